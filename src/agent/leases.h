#ifndef STRONGROOM_AGENT_LEASES_H_
#define STRONGROOM_AGENT_LEASES_H_

#include <sys/types.h>

#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "agent/lease.h"
#include "agent/log_watch.h"
#include "protocol/lease.h"

namespace strongroom::agent {

/// Every lease of one host, from draft to end. Thread-safe. Destruction ends them all.
class Leases {
 public:
  /// All borrowed.
  struct Parts {
    OwnHost host;
    LogWatch& log;
    const client::Connection& connection;
    store::BlobStore& store;  ///< a re-key writes there
    const Clock& clock;
  };
  explicit Leases(const Parts& parts) : parts_(parts) {}
  ~Leases();
  Leases(const Leases&) = delete;
  Leases& operator=(const Leases&) = delete;

  /// Takes a freeze or recall that a person signed, from whoever brings it. Errors:
  /// LogWatch::hold's.
  [[nodiscard]] Result<void> stop(const protocol::Command& stop);
  /// Writes a request with a fresh recipient key, kept in memory for ten minutes or until it is
  /// proposed. Errors: kNotFound (no such object), kUnavailable (too many drafts), kNetwork.
  [[nodiscard]] Result<protocol::Draft> draft(const protocol::DraftAsk& ask, const Owner& owner);
  /// Proposes a draft that its person has signed, and sees it through. Errors: kNotFound (no such
  /// draft of this owner), and the server's.
  [[nodiscard]] Result<protocol::LeaseStatus> start(const protocol::LeaseAsk& ask,
                                                    const Owner& owner);
  /// Waits up to `wait_ms` while the phase is still `known`. Errors: kNotFound.
  [[nodiscard]] Result<protocol::LeaseStatus> status(
      const ProposalId& proposal, const std::optional<protocol::LeasePhase>& known,
      std::chrono::milliseconds wait);
  [[nodiscard]] std::vector<protocol::LeaseStatus> all();
  /// Puts the process into the lease's cgroup. Errors: kNotFound, kRefused (not the owner),
  /// kConflict.
  [[nodiscard]] Result<void> join(const ProposalId& proposal, const Owner& owner, pid_t process);
  /// Ends it and waits until it has ended. Errors: kNotFound, kRefused (not the owner).
  [[nodiscard]] Result<protocol::LeaseStatus> close(const ProposalId& proposal, const Owner& owner);
  /// Ends them, and waits for that.
  void end_all();

 private:
  struct Drafted {
    protocol::Draft draft;
    crypto::KemKeyPair keys;
    Owner owner;
    BootSeconds until;
  };
  [[nodiscard]] Result<void> check_not_promised(const std::string& mount);
  [[nodiscard]] Result<std::shared_ptr<Lease>> find(const ProposalId& proposal);
  [[nodiscard]] Result<std::shared_ptr<Lease>> find_own(const ProposalId& proposal,
                                                        const Owner& owner);

  static constexpr std::int64_t kDraftSeconds = 600;
  static constexpr std::size_t kDraftsMax = 64;

  const Parts parts_;
  Mutex mutex_;
  std::map<ProposalId, Drafted> drafts_ GUARDED_BY(mutex_);
  std::map<ProposalId, std::shared_ptr<Lease>> leases_ GUARDED_BY(mutex_);
};

}  // namespace strongroom::agent

#endif  // STRONGROOM_AGENT_LEASES_H_

#ifndef STRONGROOM_AGENT_LEASE_H_
#define STRONGROOM_AGENT_LEASE_H_

#include <sys/types.h>

#include <memory>
#include <thread>

#include "agent/cgroup.h"
#include "agent/lease_clock.h"
#include "agent/log_watch.h"
#include "agent/mount.h"
#include "agent/redemption.h"
#include "agent/rekey.h"
#include "base/mutex.h"
#include "protocol/lease.h"

namespace strongroom::agent {

/// Who asked over the socket, as the kernel says.
struct Owner {
  uid_t uid = 0;
  gid_t gid = 0;
};

/// What a lease needs of its host. Borrowed, for its lifetime.
struct LeaseHost {
  OwnHost host;
  LogWatch& log;
  const client::Connection& connection;
  store::BlobStore& store;  ///< a re-key writes there
  const Clock& clock;
};

/// What is to be seen through.
struct LeasePlan {
  ProposalId proposal;
  protocol::Request request;
  std::optional<crypto::KemKeyPair> recipient;  ///< gone once the lease has ended
  Owner owner;
  std::string mount;  ///< empty for whatever is no lease
  bool confined = false;
};

/// One lease, in a thread of its own: waits for the grant, redeems, opens, mounts; ends when its
/// time is over, it is closed or recalled, its budget is spent, or the agent stops. At the end: the
/// consumer's cgroup is killed, the mount aborted with its cached pages, the keys wiped; only then
/// it says so in the log. What is no lease (a re-key, its rehearsal) is done in place of the mount,
/// and ended at once. Thread-safe.
class Lease {
 public:
  Lease(LeaseHost host, LeasePlan plan);
  /// Ends it, and waits for that.
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  [[nodiscard]] const Owner& owner() const { return plan_.owner; }
  [[nodiscard]] protocol::LeaseStatus status();
  /// Waits while the phase is `known`, up to the bound.
  [[nodiscard]] protocol::LeaseStatus wait(protocol::LeasePhase known,
                                           std::chrono::milliseconds bound);
  /// Errors: kConflict (not confined, or not mounted), and Cgroup::add's.
  [[nodiscard]] Result<void> join(pid_t process);
  /// Asks it to end; `wait` tells when it has.
  void close();

 private:
  struct Opened;  // what stands open while it is mounted

  void run();
  Result<void> see_through();
  Result<void> work(const protocol::Redemption& redemption,
                    const std::vector<protocol::RedeemedSite>& sites);
  Result<std::string> rekey(const protocol::Redemption& redemption,
                            const std::vector<protocol::RedeemedSite>& sites);
  Result<std::string> rehearse(const protocol::Redemption& redemption,
                               const std::vector<protocol::RedeemedSite>& sites);
  void take_back_if_refused(const WrittenRekey& written, const Error& error);
  Result<void> submit(const protocol::Command& command);
  Result<void> wait_for_grant();
  Result<protocol::Redemption> redeem(std::vector<protocol::RedeemedSite>& sites);
  Result<void> mount(const protocol::Redemption& redemption,
                     const std::vector<protocol::RedeemedSite>& sites);
  Result<void> make_cgroup(MountAccess& access);
  std::string serve(LeaseClock& clock);
  [[nodiscard]] bool is_closing();
  Result<bool> end(const std::string& cause);
  void pause();
  void tell_end(const protocol::LeaseEnd& end);
  void set(protocol::LeasePhase phase, std::string detail);

  const LeaseHost host_;
  LeasePlan plan_;
  std::unique_ptr<Opened> opened_;
  std::optional<std::int64_t> redeemed_n_;

  Mutex mutex_;
  Condition changed_;
  protocol::LeaseStatus status_ GUARDED_BY(mutex_);
  bool closing_ GUARDED_BY(mutex_) = false;
  bool budget_spent_ GUARDED_BY(mutex_) = false;
  std::optional<Cgroup> cgroup_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace strongroom::agent

#endif  // STRONGROOM_AGENT_LEASE_H_

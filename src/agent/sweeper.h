#ifndef STRONGROOM_AGENT_SWEEPER_H_
#define STRONGROOM_AGENT_SWEEPER_H_

#include <functional>
#include <thread>

#include "agent/log_watch.h"
#include "agent/sweep.h"
#include "base/journal.h"
#include "client/sweep_plan.h"

namespace strongroom::agent {

/// Sweeps this host's directories as planned, in a thread of its own: has them scanned, and tells
/// the log what is news. While the server is away it keeps what was found and tries again; leases
/// never wait for it longer than for one command. Destruction ends it, and a scan that runs.
class Sweeper {
 public:
  /// Scans directories, for as long as `goes_on` says so. Errors: kInterrupted; why it failed.
  using Scan = std::function<Result<SweepScan>(const std::vector<std::string>& directories,
                                               const std::function<bool()>& goes_on)>;
  /// All borrowed but `scan`.
  struct Parts {
    OwnHost host;
    LogWatch& log;
    const Clock& clock;
    const Journal& journal;
    Scan scan;
  };
  /// `now`: begins with one, whatever the plan says.
  Sweeper(Parts parts, io::Directory home, client::SweepPlan plan, bool now);
  ~Sweeper();
  Sweeper(const Sweeper&) = delete;
  Sweeper& operator=(const Sweeper&) = delete;

 private:
  void run(bool now);
  [[nodiscard]] bool is_due(UnixSeconds last) const;
  Result<UnixSeconds> sweep();  ///< when it was over
  Result<void> tell(const SweepScan& scan);
  Result<void> tell_once(const SweepScan& scan);
  void tell_journal(const SweepScan& scan, const SweepNews& news) const;
  [[nodiscard]] bool goes_on();
  /// Until the end, or so long; whether it goes on.
  bool pause(std::chrono::milliseconds bound);

  const Parts parts_;
  const io::Directory home_;
  const client::SweepPlan plan_;
  Mutex mutex_;
  Condition changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace strongroom::agent

#endif  // STRONGROOM_AGENT_SWEEPER_H_

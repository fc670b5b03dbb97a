#ifndef STRONGROOM_BASE_JOURNAL_H_
#define STRONGROOM_BASE_JOURNAL_H_

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace strongroom {

/// syslog's numbers, as systemd reads them (sd-daemon(3)).
enum class Priority { kError = 3, kWarning = 4, kNotice = 5, kInfo = 6 };

/// What a service tells: one line on stderr for one event, `event=started entries=3 …`, with "<6>"
/// before it when systemd reads (JOURNAL_STREAM names our stderr), else with time and program.
/// Values that are not plain words stand in quotes, control characters visible: nothing a peer
/// sends begins a line. Never given a secret. Thread-safe.
class Journal {
 public:
  using Field = std::pair<std::string_view, std::string>;
  explicit Journal(std::string_view program);
  void tell(Priority priority, std::string_view event, std::initializer_list<Field> fields) const;

 private:
  const std::string program_;
  const bool read_by_systemd_;
};

/// The line, without what goes before it.
[[nodiscard]] std::string journal_line(std::string_view event,
                                       std::initializer_list<Journal::Field> fields);

/// Tells who started us ("READY=1", "STOPPING=1") where NOTIFY_SOCKET is set; else nothing.
void notify_supervisor(std::string_view state);

}  // namespace strongroom

#endif  // STRONGROOM_BASE_JOURNAL_H_

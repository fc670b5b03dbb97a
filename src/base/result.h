#ifndef STRONGROOM_BASE_RESULT_H_
#define STRONGROOM_BASE_RESULT_H_

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace strongroom {

/// Closed list; the numbers are stable and are what programs exit with
/// (docs/operating/exit-codes.md).
enum class ErrorCode : int {
  kUsage = 2,           ///< the command line or the call is wrong
  kMalformed = 10,      ///< bytes that are not what their format says
  kTooLarge = 11,       ///< over a stated bound
  kNotFound = 12,       ///< no such thing
  kAlreadyExists = 13,  ///< the name or id is taken
  kConflict = 14,       ///< the state has moved on: read it again
  kRefused = 20,        ///< a rule says no
  kNotAuthentic = 21,   ///< a signature, tag, digest or proof does not hold
  kWrongKey = 22,  ///< wrong passphrase, or no key of ours fits; the one error of all key failures
  kFrozen = 23,    ///< a freeze is in force
  kExpired = 24,   ///< too late: an expiry, a lease or a budget is over
  kNotYet = 25,    ///< not decided yet: votes are missing
  kDisk = 30,      ///< reading or writing a file failed
  kNoSpace = 31,   ///< the disk is full
  kDurability = 32,   ///< a sync failed: what was written may not be there; stop, never retry
  kNetwork = 33,      ///< the peer is away, or broke off
  kUnavailable = 34,  ///< this machine lacks something that is needed (FUSE, memory lock, …)
  kInterrupted = 35,  ///< told to stop
  kInternal = 70,     ///< a bug of ours
};

/// The stable snake_case name of `code`, as written in JSON.
[[nodiscard]] std::string_view name_of(ErrorCode code);

/// What went wrong, for the person who must act on it: what happened, why, what to do next.
/// Text may hold outside input; print it through `printable()`. Never built from a Secret: there is
/// no conversion.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string context;
};

/// A value or an Error. Dropping one is a compile error.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

/// `return fail(ErrorCode::kMalformed, "…");`
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string context) {
  return tl::unexpected<Error>(Error{code, std::move(context)});
}
/// Passes an error on with what was being done put before it: "sealing model.gguf: …".
[[nodiscard]] inline tl::unexpected<Error> fail(Error error, std::string_view doing) {
  error.context = std::string(doing) + ": " + error.context;
  return tl::unexpected<Error>(std::move(error));
}

/// `text` with control, bidirectional and invalid UTF-8 made visible (\x1b, \u202e); nothing
/// dropped.
[[nodiscard]] std::string printable(std::string_view text);

/// Ends the process on a bug of ours; stays on in release. Outside input never reaches it.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace strongroom

#define STRONGROOM_JOIN_(a, b) a##b
#define STRONGROOM_JOIN(a, b) STRONGROOM_JOIN_(a, b)
#define STRONGROOM_ASSIGN_OR_RETURN_(temporary, declaration, expression)        \
  auto temporary = (expression);                                                \
  if (!temporary.has_value())                                                   \
    return ::tl::unexpected<::strongroom::Error>(std::move(temporary).error()); \
  declaration = std::move(temporary).value()
#define STRONGROOM_RETURN_IF_ERROR_(temporary, expression)                        \
  do {                                                                            \
    auto temporary = (expression);                                                \
    if (!temporary.has_value())                                                   \
      return ::tl::unexpected<::strongroom::Error>(std::move(temporary).error()); \
  } while (false)

// Counted, not numbered by line: a lambda inside an argument may use them again.
/// ASSIGN_OR_RETURN(const Manifest manifest, read_manifest(input));
#define ASSIGN_OR_RETURN(declaration, expression) \
  STRONGROOM_ASSIGN_OR_RETURN_(STRONGROOM_JOIN(result_, __COUNTER__), declaration, expression)
/// RETURN_IF_ERROR(log.append(entry));
#define RETURN_IF_ERROR(expression) \
  STRONGROOM_RETURN_IF_ERROR_(STRONGROOM_JOIN(result_, __COUNTER__), expression)
#define CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::strongroom::check_failed(#condition, __FILE__, __LINE__))

#endif  // STRONGROOM_BASE_RESULT_H_

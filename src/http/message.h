#ifndef STRONGROOM_HTTP_MESSAGE_H_
#define STRONGROOM_HTTP_MESSAGE_H_

#include <sys/types.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace strongroom::http {

inline constexpr std::size_t kHeaderBytesMax = 16u << 10;  ///< start line and fields together
inline constexpr std::size_t kHeaderFieldsMax = 64;
inline constexpr std::size_t kTargetBytesMax = 4'096;            ///< path and query together
inline constexpr std::size_t kBodyBytesMaxUsual = 1u << 20;      ///< unless a route says otherwise
inline constexpr std::size_t kResponseBytesMaxUsual = 8u << 20;  ///< unless a client says otherwise

enum class Method { kGet, kPost, kPut, kDelete };
/// As on the wire: "GET".
[[nodiscard]] std::string_view name_of(Method method);
[[nodiscard]] std::optional<Method> method_of(std::string_view name);

/// Header fields in the order they came. Names match without regard to case.
class Headers {
 public:
  /// Puts one more field at the end. Errors: kMalformed (a name that is no token, a value with
  /// control characters or outer blanks), kTooLarge (over kHeaderFieldsMax or kHeaderBytesMax).
  [[nodiscard]] Result<void> add(std::string_view name, std::string_view value);
  /// Takes every field of that name away.
  void remove(std::string_view name);
  /// The value if there is exactly one such field; borrowed until the next change.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  [[nodiscard]] std::size_t count(std::string_view name) const;
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& all() const {
    return fields_;
  }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
  std::size_t bytes_ = 0;
};

/// Who is at the other end of a Unix socket, as the kernel said at connect (SO_PEERCRED).
struct UnixPeer {
  uid_t uid = 0;
  gid_t gid = 0;
  pid_t pid = 0;
};

using Texts = std::map<std::string, std::string, std::less<>>;

/// What a client sends and a handler gets. A plain value type.
struct Request {
  Method method = Method::kGet;
  std::string path = "/";  ///< as on the wire: absolute, percent-encoding kept
  std::string query;       ///< as on the wire, without the '?'; empty: there is none
  Headers headers;
  Bytes body;
  Texts segments;                ///< server: what the route's {names} matched, decoded
  std::optional<UnixPeer> peer;  ///< server: set when the request came over a Unix socket
};

/// An open file, closed with its last owner.
class OpenFile {
 public:
  /// Takes ownership of `descriptor`, which must be readable with pread.
  explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
  ~OpenFile();
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

/// Part of a file, sent as a body without being read into memory whole. The file must hold
/// offset + length bytes while it is sent; if it got shorter, the connection is cut, so that the
/// client sees a body that is too short rather than a wrong one.
struct FileRange {
  std::shared_ptr<const OpenFile> file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// What a handler gives and a client gets.
struct Response {
  int status = 200;  ///< 200 to 599
  Headers headers;   ///< Content-Length and Connection are the server's own business
  Bytes body;
  std::optional<FileRange> file;  ///< server only: sent in place of `body`
};

/// Segment and parameter text with everything but RFC 3986 "unreserved" as %XX.
[[nodiscard]] std::string percent_encoded(std::string_view text);
/// Total. Errors: kMalformed (a broken escape; a decoded control character).
[[nodiscard]] Result<std::string> percent_decoded(std::string_view text);
/// "a=1&b=x%20y" by name, decoded. Errors: kMalformed (a name without '=', twice, or empty).
[[nodiscard]] Result<Texts> parse_query(std::string_view query);

/// `text` as UTF-8 of the given type.
[[nodiscard]] Response text_response(int status, std::string_view content_type,
                                     std::string_view text);
/// {"error":"not_found","message":"…"} with the status that fits the code.
[[nodiscard]] Response error_response(const Error& error);
[[nodiscard]] Response error_response(int status, const Error& error);
/// `response` if its status is 2xx; else the Error that the server put into it, or kNetwork when it
/// holds none that we know.
[[nodiscard]] Result<Response> succeeded(Response response);

}  // namespace strongroom::http

#endif  // STRONGROOM_HTTP_MESSAGE_H_

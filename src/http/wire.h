#ifndef STRONGROOM_HTTP_WIRE_H_
#define STRONGROOM_HTTP_WIRE_H_

#include <string>
#include <string_view>

#include "http/message.h"

/// Inside this room only: what is written on the wire, and what may stand in a target.
namespace strongroom::http {

/// Absolute, only characters that RFC 3986 lets into a path, escapes whole.
[[nodiscard]] bool is_path(std::string_view path);
/// As is_path, with '/' and '?' anywhere. Empty is one.
[[nodiscard]] bool is_query(std::string_view query);
/// Cuts "/path?query" into `request`. Errors: kMalformed (also an empty query: write no '?'),
/// kTooLarge.
[[nodiscard]] Result<void> set_target(Request& request, std::string_view target);

/// Start line and fields, with the empty line. Errors: kMalformed (a target that is none; a field
/// that is the client's own business: Host, Content-Length, Connection, Transfer-Encoding).
[[nodiscard]] Result<std::string> request_head(const Request& request, std::string_view host);
/// The same for an answer; fields that are the server's own business are left out.
[[nodiscard]] std::string response_head(const Response& response, std::uint64_t body_bytes,
                                        bool keep_alive);

}  // namespace strongroom::http

#endif  // STRONGROOM_HTTP_WIRE_H_

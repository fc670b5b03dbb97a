#ifndef STRONGROOM_HTTP_ADDRESS_H_
#define STRONGROOM_HTTP_ADDRESS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace strongroom::http {

/// Where a server listens: a TCP host and port, or the path of a Unix socket.
struct Address {
  std::string host = "127.0.0.1";  ///< a name or a numeric address; unused with a Unix socket
  std::uint16_t port = 0;          ///< listening on 0 takes a free one
  std::string unix_path;           ///< not empty: a Unix socket

  [[nodiscard]] static Address tcp(std::string host, std::uint16_t port);
  [[nodiscard]] static Address unix_socket(std::string path);
  [[nodiscard]] bool is_unix() const { return !unix_path.empty(); }
  /// "http://127.0.0.1:8443" or "unix:/run/strongroom/agent.sock", as `parse` takes it.
  [[nodiscard]] std::string text() const;
  /// The two forms that `text` gives. Errors: kUsage.
  [[nodiscard]] static Result<Address> parse(std::string_view text);
  bool operator==(const Address&) const = default;
};

}  // namespace strongroom::http

#endif  // STRONGROOM_HTTP_ADDRESS_H_

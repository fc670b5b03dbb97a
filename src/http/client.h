#ifndef STRONGROOM_HTTP_CLIENT_H_
#define STRONGROOM_HTTP_CLIENT_H_

#include <chrono>
#include <memory>

#include "http/address.h"
#include "http/message.h"

namespace strongroom::http {

struct ClientOptions {
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds exchange_timeout{60'000};  ///< from first byte out to last byte in
  std::size_t response_bytes_max = kResponseBytesMaxUsual;
};

/// One connection to one server, kept between calls and made anew when it is gone. Blocks. One
/// thread at a time.
class Client {
 public:
  explicit Client(Address server, const ClientOptions& options = {});
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  /// Sends and waits for the whole answer, whatever its status (`succeeded` judges it). Host,
  /// Content-Length and Connection are put in here. Never sends a request twice by itself.
  /// Errors: kNetwork (nobody there, broke off, too slow; the text says whether the server may
  /// have acted, and what to do), kTooLarge (over response_bytes_max), kMalformed (the request
  /// cannot be written as HTTP, or the answer is none).
  [[nodiscard]] Result<Response> send(const Request& request);
  [[nodiscard]] const Address& server() const;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace strongroom::http

#endif  // STRONGROOM_HTTP_CLIENT_H_

#ifndef STRONGROOM_HTTP_SERVER_H_
#define STRONGROOM_HTTP_SERVER_H_

#include <chrono>
#include <memory>

#include "http/address.h"
#include "http/router.h"

namespace strongroom::http {

struct ServerOptions {
  std::chrono::milliseconds idle_timeout{60'000};    ///< between two requests of a connection
  std::chrono::milliseconds header_timeout{10'000};  ///< from a request's first byte to its header
  std::chrono::milliseconds body_timeout{20'000};  ///< plus the time that 64 KiB/s take; both ways
  std::chrono::milliseconds stop_timeout{5'000};   ///< what is in flight may finish so long
  std::size_t connections_max = 256;  ///< above it a connection is answered with 503 and closed
  /// Threads for handlers. Most of them wait for one commit together, so few would make commits
  /// small.
  std::size_t workers = 64;
  std::size_t queue_max = 64;  ///< requests that wait for a worker; above it: 503
  std::size_t waiters = 32;    ///< threads for routes that wait; none queue: else 503
  unsigned unix_mode = 0600;   ///< of the Unix socket: 0600 or 0660
};

/// HTTP/1.1 on one socket: one thread for the network, others for handlers. Takes requests with a
/// Content-Length only (no chunked bodies), in origin form only. Thread-safe but for stop().
class Server {
 public:
  /// Listens, and answers from now on. A Unix socket file that nobody answers is replaced; a file
  /// that is no socket is not. Errors: kAlreadyExists (port taken, somebody answers at the path),
  /// kUsage (cannot listen there), kUnavailable.
  [[nodiscard]] static Result<std::unique_ptr<Server>> start(const Address& listen, Router router,
                                                             const ServerOptions& options);
  /// Stops.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// With the port that was chosen.
  [[nodiscard]] const Address& address() const;
  /// Accepts nothing more, closes idle connections, lets requests in flight finish within
  /// stop_timeout and cuts the rest; then joins every thread, which takes as long as the slowest
  /// handler: end your own long waits before you call it. The Unix socket file is removed. A second
  /// call does nothing. Never from a handler.
  void stop();

 private:
  class Core;
  explicit Server(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace strongroom::http

#endif  // STRONGROOM_HTTP_SERVER_H_

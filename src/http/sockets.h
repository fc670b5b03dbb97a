#ifndef STRONGROOM_HTTP_SOCKETS_H_
#define STRONGROOM_HTTP_SOCKETS_H_

#include <sys/socket.h>

#include <optional>
#include <utility>
#include <vector>

#include "http/address.h"
#include "http/message.h"

/// Inside this room only: sockets as the kernel gives them, close-on-exec and non-blocking.
namespace strongroom::http {

/// An open descriptor, closed with its owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }
  /// The caller closes it from now on.
  [[nodiscard]] int release() { return std::exchange(number_, -1); }

 private:
  int number_ = -1;
};

struct ListeningSocket {
  Descriptor descriptor;
  Address address;   ///< with the port that was chosen
  dev_t device = 0;  ///< of the Unix socket file
  ino_t inode = 0;
};

/// Server::start says how. Errors: kAlreadyExists, kUsage, kUnavailable.
[[nodiscard]] Result<ListeningSocket> listen_on(const Address& address, unsigned unix_mode);
/// Removes the Unix socket file, if it is still the one made.
void remove_socket_file(const ListeningSocket& socket);
/// The next waiting connection; not open: see errno (EAGAIN: there is none now).
[[nodiscard]] Descriptor accept_from(int listening);
[[nodiscard]] std::optional<UnixPeer> unix_peer_of(int connected);
/// Something waits to be read, or the peer has closed: between two exchanges, both mean that the
/// connection is of no use.
[[nodiscard]] bool is_stale(int connected);

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t bytes = 0;
};
/// In the order to try. Asks the resolver if the host is a name. Errors: kUsage (path too long),
/// kNetwork (no such host).
[[nodiscard]] Result<std::vector<SocketAddress>> resolve(const Address& address);
/// Not connected yet. Errors: kUnavailable.
[[nodiscard]] Result<Descriptor> socket_for(const SocketAddress& address);

}  // namespace strongroom::http

#endif  // STRONGROOM_HTTP_SOCKETS_H_

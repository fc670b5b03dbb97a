#include "http/sockets.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <system_error>

namespace strongroom::http {
namespace {

constexpr int kBacklog = 128;

std::string words_of(int error) { return std::generic_category().message(error); }

/// Messages are whole when they are written: no waiting for more.
void send_at_once(int connected) {
  const int on = 1;
  // Fails on Unix sockets, which never wait.
  static_cast<void>(::setsockopt(connected, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
}

const sockaddr* generic(const SocketAddress& address) {
  return static_cast<const sockaddr*>(static_cast<const void*>(&address.storage));
}

Result<SocketAddress> unix_address(const std::string& path) {
  sockaddr_un local{};
  if (path.size() >= sizeof local.sun_path || path.find('\0') != std::string::npos) {
    return fail(ErrorCode::kUsage,
                fmt::format("the path of a Unix socket takes at most {} bytes; choose a shorter "
                            "one than {}",
                            sizeof local.sun_path - 1, printable(path)));
  }
  local.sun_family = AF_UNIX;
  std::memcpy(local.sun_path, path.data(), path.size());
  SocketAddress address;
  std::memcpy(&address.storage, &local, sizeof local);
  address.bytes = sizeof local;
  return address;
}

bool is_loopback(const SocketAddress& address) {
  if (address.storage.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address.storage, sizeof v4);
    return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address.storage, sizeof v6);
  return address.storage.ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

Result<std::uint16_t> port_of(int descriptor) {
  SocketAddress address;
  address.bytes = sizeof address.storage;
  auto* own = static_cast<sockaddr*>(static_cast<void*>(&address.storage));
  if (::getsockname(descriptor, own, &address.bytes) != 0) {
    return fail(ErrorCode::kUnavailable, "the socket has no address: " + words_of(errno));
  }
  if (address.storage.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address.storage, sizeof v4);
    return ntohs(v4.sin_port);
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address.storage, sizeof v6);
  return ntohs(v6.sin6_port);
}

Result<ListeningSocket> listen_tcp(const Address& address) {
  ASSIGN_OR_RETURN(const std::vector<SocketAddress> found, resolve(address));
  const SocketAddress& first = found.front();
  if (!is_loopback(first)) {
    return fail(ErrorCode::kUsage,
                fmt::format("{} is not this machine's loopback address, and there is no TLS here: "
                            "listen on 127.0.0.1",
                            printable(address.host)));
  }
  ListeningSocket socket;
  ASSIGN_OR_RETURN(socket.descriptor, socket_for(first));
  const int number = socket.descriptor.number();
  const int on = 1;
  // Only spares the wait after a restart; a port that somebody listens on stays taken.
  static_cast<void>(::setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
  if (::bind(number, generic(first), first.bytes) != 0 || ::listen(number, kBacklog) != 0) {
    if (errno == EADDRINUSE) {
      return fail(ErrorCode::kAlreadyExists,
                  fmt::format("port {} of {} is taken by another program: stop that one, or choose "
                              "another port",
                              address.port, printable(address.host)));
    }
    return fail(ErrorCode::kUsage,
                fmt::format("cannot listen on {}: {}", address.text(), words_of(errno)));
  }
  socket.address = address;
  ASSIGN_OR_RETURN(socket.address.port, port_of(number));
  return socket;
}

/// Nothing is at `path` afterwards, or it is an error. The caller holds the lock beside it.
Result<void> clear_stale(const std::string& path, const SocketAddress& local) {
  struct stat there {};
  if (::lstat(path.c_str(), &there) != 0) {
    if (errno == ENOENT) return {};
    return fail(ErrorCode::kUsage, printable(path) + ": " + words_of(errno));
  }
  if (!S_ISSOCK(there.st_mode)) {
    return fail(ErrorCode::kAlreadyExists,
                printable(path) + " is there and is no socket: choose another path");
  }
  ASSIGN_OR_RETURN(const Descriptor probe, socket_for(local));
  const int answer = ::connect(probe.number(), generic(local), local.bytes);
  if (answer == 0 || errno != ECONNREFUSED) {
    return fail(ErrorCode::kAlreadyExists,
                fmt::format("another program answers at {}: stop that one, or choose another path",
                            printable(path)));
  }
  if (::unlink(path.c_str()) != 0) {
    return fail(ErrorCode::kUsage, fmt::format("cannot replace the stale socket {}: {}",
                                               printable(path), words_of(errno)));
  }
  return {};
}

Result<ListeningSocket> listen_unix(const Address& address, unsigned mode) {
  CHECK(mode == 0600 || mode == 0660);
  const std::string& path = address.unix_path;
  ASSIGN_OR_RETURN(const SocketAddress local, unix_address(path));
  // Two servers that start at once must not both find the socket stale. The lock file stays.
  const std::string lock_path = path + ".lock";
  const Descriptor lock(
      ::open(lock_path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock.is_open() || ::flock(lock.number(), LOCK_EX) != 0) {
    return fail(ErrorCode::kUsage,
                fmt::format("cannot make {}: {}", printable(lock_path), words_of(errno)));
  }
  RETURN_IF_ERROR(clear_stale(path, local));
  ListeningSocket socket;
  ASSIGN_OR_RETURN(socket.descriptor, socket_for(local));
  const int number = socket.descriptor.number();
  // Nobody can connect before listen(), so the mode is right when the first one comes.
  struct stat made {};
  if (::bind(number, generic(local), local.bytes) != 0 || ::chmod(path.c_str(), mode) != 0 ||
      ::lstat(path.c_str(), &made) != 0 || ::listen(number, kBacklog) != 0) {
    return fail(ErrorCode::kUsage,
                fmt::format("cannot listen on {}: {}", printable(path), words_of(errno)));
  }
  socket.address = address;
  socket.device = made.st_dev;
  socket.inode = made.st_ino;
  return socket;
}

}  // namespace

Descriptor::~Descriptor() {
  // Sockets and lock files only: closing them loses nothing.
  if (number_ >= 0) static_cast<void>(::close(number_));
}

Result<ListeningSocket> listen_on(const Address& address, unsigned unix_mode) {
  return address.is_unix() ? listen_unix(address, unix_mode) : listen_tcp(address);
}

void remove_socket_file(const ListeningSocket& socket) {
  if (!socket.address.is_unix()) return;
  const char* path = socket.address.unix_path.c_str();
  struct stat there {};
  if (::lstat(path, &there) != 0) return;
  if (there.st_dev != socket.device || there.st_ino != socket.inode) return;
  // If this fails, a stale file remains, and the next server replaces it.
  static_cast<void>(::unlink(path));
}

Descriptor accept_from(int listening) {
  Descriptor connected(::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (connected.is_open()) send_at_once(connected.number());
  return connected;
}

std::optional<UnixPeer> unix_peer_of(int connected) {
  ucred credentials{};
  socklen_t bytes = sizeof credentials;
  if (::getsockopt(connected, SOL_SOCKET, SO_PEERCRED, &credentials, &bytes) != 0 ||
      bytes != sizeof credentials) {
    return std::nullopt;
  }
  return UnixPeer{credentials.uid, credentials.gid, credentials.pid};
}

bool is_stale(int connected) {
  pollfd waiting{connected, POLLIN | POLLRDHUP, 0};
  return ::poll(&waiting, 1, 0) != 0;
}

Result<std::vector<SocketAddress>> resolve(const Address& address) {
  if (address.is_unix()) {
    ASSIGN_OR_RETURN(const SocketAddress local, unix_address(address.unix_path));
    return std::vector<SocketAddress>{local};
  }
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(address.port);
  const int error = ::getaddrinfo(address.host.c_str(), port.c_str(), &hints, &found);
  if (error != 0) {
    return fail(ErrorCode::kNetwork, fmt::format("no address for the host {}: {}",
                                                 printable(address.host), ::gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, &::freeaddrinfo);
  std::vector<SocketAddress> addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    SocketAddress one;
    if (each->ai_addrlen > sizeof one.storage) continue;
    std::memcpy(&one.storage, each->ai_addr, each->ai_addrlen);
    one.bytes = each->ai_addrlen;
    addresses.push_back(one);
  }
  if (addresses.empty()) return fail(ErrorCode::kNetwork, "no address for the host");
  return addresses;
}

Result<Descriptor> socket_for(const SocketAddress& address) {
  Descriptor descriptor(
      ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!descriptor.is_open()) {
    return fail(ErrorCode::kUnavailable, "the machine gives no socket: " + words_of(errno));
  }
  send_at_once(descriptor.number());
  return descriptor;
}

}  // namespace strongroom::http

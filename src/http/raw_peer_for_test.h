#ifndef STRONGROOM_HTTP_RAW_PEER_FOR_TEST_H_
#define STRONGROOM_HTTP_RAW_PEER_FOR_TEST_H_

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <thread>

#include "http/sockets.h"

/// Inside this room's tests only: peers that say what they like.
namespace strongroom::http {

constexpr int kPatienceMilliseconds = 20'000;  // only a failing test waits so long

/// A connected socket that sends and reads bytes as they are.
class RawPeer {
 public:
  explicit RawPeer(const Address& server) {
    const SocketAddress address = resolve(server).value().front();
    descriptor_ = socket_for(address).value();
    const auto* generic = static_cast<const sockaddr*>(static_cast<const void*>(&address.storage));
    connected_ = ::connect(descriptor_.number(), generic, address.bytes) == 0 ||
                 (errno == EINPROGRESS && is_ready(POLLOUT) && has_no_error());
  }
  explicit RawPeer(Descriptor accepted) : descriptor_(std::move(accepted)), connected_(true) {}
  [[nodiscard]] bool is_connected() const { return connected_; }
  void send(std::string_view text) {
    while (!text.empty() && is_ready(POLLOUT)) {
      const ssize_t sent = ::send(descriptor_.number(), text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  /// Until the peer closes.
  std::string read_all() {
    while (read_some()) {
    }
    return std::move(read_);
  }
  /// Until `text` came; false: the peer closed before.
  bool read_until(std::string_view text) {
    while (read_.find(text) == std::string::npos) {
      if (!read_some()) return false;
    }
    return true;
  }
  void close() { descriptor_ = Descriptor(); }

 private:
  bool is_ready(short what) const {
    pollfd waiting{descriptor_.number(), what, 0};
    return ::poll(&waiting, 1, kPatienceMilliseconds) == 1;
  }
  bool has_no_error() const {
    int error = 0;
    socklen_t bytes = sizeof error;
    return ::getsockopt(descriptor_.number(), SOL_SOCKET, SO_ERROR, &error, &bytes) == 0 &&
           error == 0;
  }
  bool read_some() {
    if (!is_ready(POLLIN)) {
      ADD_FAILURE() << "the peer neither answers nor closes";
      return false;
    }
    std::array<char, 4096> piece{};
    const ssize_t got = ::recv(descriptor_.number(), piece.data(), piece.size(), 0);
    if (got <= 0) return false;
    read_.append(piece.data(), static_cast<std::size_t>(got));
    return true;
  }
  Descriptor descriptor_;
  bool connected_ = false;
  std::string read_;
};

/// Answers its first connection with fixed bytes and closes.
class FixedServer {
 public:
  explicit FixedServer(std::string answer)
      : listening_(listen_on(Address::tcp("127.0.0.1", 0), 0600).value()),
        thread_([this, answer = std::move(answer)] {
          pollfd waiting{listening_.descriptor.number(), POLLIN, 0};
          if (::poll(&waiting, 1, kPatienceMilliseconds) != 1) return;
          RawPeer peer(accept_from(listening_.descriptor.number()));
          if (peer.read_until("\r\n\r\n")) peer.send(answer);
        }) {}
  ~FixedServer() { thread_.join(); }
  [[nodiscard]] const Address& address() const { return listening_.address; }

 private:
  ListeningSocket listening_;
  std::thread thread_;
};

/// A directory of its own, removed at the end.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "http-XXXXXX").string();
    CHECK(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace strongroom::http

#endif  // STRONGROOM_HTTP_RAW_PEER_FOR_TEST_H_

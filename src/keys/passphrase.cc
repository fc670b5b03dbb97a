#include "keys/passphrase.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "base/limits.h"
#include "io/files.h"

namespace strongroom::keys {

namespace {

constexpr std::uint8_t kNewline = '\n';
constexpr std::uint8_t kControlC = 0x03;

// Bytes on their way in; wiped when they go.
class Incoming {
 public:
  Incoming() : bytes_(limits::kPassphraseBytesMax + 2) {}  // and the newline, and one too many
  ~Incoming() { wipe(bytes_); }
  Incoming(const Incoming&) = delete;
  Incoming& operator=(const Incoming&) = delete;

  // True at the end of the input.
  Result<bool> read_some(int descriptor) {
    while (true) {
      const ssize_t got = ::read(descriptor, bytes_.data() + size_, bytes_.size() - size_);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return tl::unexpected<Error>(io::error_of(errno, "reading the passphrase"));
      size_ += static_cast<std::size_t>(got);
      return got == 0;
    }
  }
  bool is_full() const { return size_ == bytes_.size(); }
  bool ends_a_line() const { return size_ > 0 && bytes_[size_ - 1] == kNewline; }
  bool is_interrupted() const {
    return std::find(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(size_),
                     kControlC) != bytes_.begin() + static_cast<std::ptrdiff_t>(size_);
  }
  Result<SecretBytes> taken() {
    if (ends_a_line()) --size_;
    if (size_ == 0) return fail(ErrorCode::kUsage, "an empty passphrase guards nothing; type one");
    if (size_ > limits::kPassphraseBytesMax) {
      return fail(ErrorCode::kTooLarge,
                  "the passphrase is longer than 1024 bytes; take a shorter one");
    }
    return SecretBytes::take(MutableByteView(bytes_).first(size_));
  }

 private:
  Bytes bytes_;
  std::size_t size_ = 0;
};

// No echo, and Control-C as a character: a signal would leave the terminal mute.
class MuteTerminal {
 public:
  explicit MuteTerminal(int terminal) : terminal_(terminal) {
    if (tcgetattr(terminal_, &before_) != 0) return;
    termios mute = before_;
    mute.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
    mute.c_lflag |= static_cast<tcflag_t>(ICANON | IEXTEN | ECHONL);
    mute.c_cc[VEOL2] = kControlC;  // ends the line, so that it is seen at once
    is_mute_ = tcsetattr(terminal_, TCSAFLUSH, &mute) == 0;
  }
  ~MuteTerminal() {
    if (is_mute_) tcsetattr(terminal_, TCSAFLUSH, &before_);
  }
  MuteTerminal(const MuteTerminal&) = delete;
  MuteTerminal& operator=(const MuteTerminal&) = delete;
  bool is_mute() const { return is_mute_; }

 private:
  int terminal_;
  termios before_{};
  bool is_mute_ = false;
};

Result<void> show(int terminal, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(terminal, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return fail(ErrorCode::kDisk, "the terminal takes no text");
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<io::Descriptor> own_terminal() {
  io::Descriptor terminal(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!terminal.is_open()) {
    return fail(
        ErrorCode::kUnavailable,
        "no terminal to ask for a passphrase on; give it through a descriptor, --passphrase-fd N");
  }
  return terminal;
}

}  // namespace

Result<SecretBytes> read_passphrase(int descriptor) {
  Incoming incoming;
  while (!incoming.is_full()) {
    ASSIGN_OR_RETURN(const bool ended, incoming.read_some(descriptor));
    if (ended) break;
  }
  if (incoming.is_full()) {
    return fail(ErrorCode::kTooLarge,
                "the passphrase is longer than 1024 bytes; take a shorter one");
  }
  return incoming.taken();
}

Result<SecretBytes> ask_passphrase_on(int terminal, std::string_view prompt) {
  const MuteTerminal mute(terminal);
  if (!mute.is_mute())
    return fail(ErrorCode::kUnavailable,
                "this is not a terminal; give the passphrase through --passphrase-fd N");
  RETURN_IF_ERROR(show(terminal, prompt));
  Incoming incoming;
  while (!incoming.is_full() && !incoming.ends_a_line() && !incoming.is_interrupted()) {
    ASSIGN_OR_RETURN(const bool ended, incoming.read_some(terminal));
    if (ended) break;
  }
  if (incoming.is_interrupted()) {
    RETURN_IF_ERROR(show(terminal, "\n"));
    return fail(ErrorCode::kInterrupted, "no passphrase given; nothing was done");
  }
  return incoming.taken();
}

Result<SecretBytes> ask_passphrase(std::string_view prompt) {
  ASSIGN_OR_RETURN(const io::Descriptor terminal, own_terminal());
  return ask_passphrase_on(terminal.number(), prompt);
}

Result<SecretBytes> ask_new_passphrase(std::string_view prompt) {
  ASSIGN_OR_RETURN(const io::Descriptor terminal, own_terminal());
  ASSIGN_OR_RETURN(SecretBytes first, ask_passphrase_on(terminal.number(), prompt));
  ASSIGN_OR_RETURN(const SecretBytes again, ask_passphrase_on(terminal.number(), "Once more: "));
  const bool same = first.with_bytes([&](ByteView one) {
    return again.with_bytes([&](ByteView two) { return equal_in_constant_time(one, two); });
  });
  if (!same)
    return fail(ErrorCode::kUsage, "the two passphrases differ; nothing was written, run it again");
  return first;
}

}  // namespace strongroom::keys

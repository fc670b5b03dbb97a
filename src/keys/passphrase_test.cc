#include "keys/passphrase.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <future>
#include <string>

#include "base/limits.h"
#include "io/files.h"

namespace strongroom::keys {
namespace {

std::string revealed(const SecretBytes& secret) {
  return secret.with_bytes([](ByteView bytes) { return std::string(as_text(bytes)); });
}

// Through a pipe whose writing end is closed after `text`.
Result<SecretBytes> read_from_pipe(const std::string& text) {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe(ends.data()), 0);
  const io::Descriptor reading(ends[0]);
  {
    const io::Descriptor writing(ends[1]);
    EXPECT_EQ(write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  return read_passphrase(reading.number());
}

TEST(APassphraseFromADescriptor, LosesOneNewlineAndNoMore) {
  EXPECT_EQ(revealed(*read_from_pipe("two words")), "two words");
  EXPECT_EQ(revealed(*read_from_pipe("two words\n")), "two words");
  EXPECT_EQ(revealed(*read_from_pipe("two words\n\n")), "two words\n");
  EXPECT_EQ(revealed(*read_from_pipe(std::string("\0\xff ", 3))), std::string("\0\xff ", 3));
}

TEST(APassphraseFromADescriptor, ThatIsEmptyIsRefused) {
  EXPECT_EQ(read_from_pipe("").error().code, ErrorCode::kUsage);
  EXPECT_EQ(read_from_pipe("\n").error().code, ErrorCode::kUsage);
}

TEST(APassphraseFromADescriptor, MayBeAsLongAsTheLimitAndNoLonger) {
  const std::string longest(limits::kPassphraseBytesMax, 'p');
  EXPECT_EQ(revealed(*read_from_pipe(longest)), longest);
  EXPECT_EQ(revealed(*read_from_pipe(longest + "\n")), longest);
  EXPECT_EQ(read_from_pipe(longest + "p").error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(read_from_pipe(longest + "p\n").error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(read_from_pipe(longest + longest).error().code, ErrorCode::kTooLarge);
}

TEST(APassphraseFromADescriptor, ThatIsNotOpenFails) {
  EXPECT_EQ(read_passphrase(-1).error().code, ErrorCode::kDisk);
}

// A terminal with us at the keyboard.
class Terminal : public testing::Test {
 protected:
  Terminal() : keyboard_(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    EXPECT_EQ(grantpt(keyboard_.number()), 0);
    EXPECT_EQ(unlockpt(keyboard_.number()), 0);
    terminal_ = io::Descriptor(open(ptsname(keyboard_.number()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    EXPECT_TRUE(terminal_.is_open());
  }
  // Types only after the prompt has shown: by then the echo is off.
  Result<SecretBytes> asked(const std::string& typed) {
    auto asking = std::async(std::launch::async,
                             [&] { return ask_passphrase_on(terminal_.number(), "Passphrase: "); });
    while (screen_.find("Passphrase: ") == std::string::npos) see();
    EXPECT_EQ(write(keyboard_.number(), typed.data(), typed.size()),
              static_cast<ssize_t>(typed.size()));
    Result<SecretBytes> result = asking.get();
    EXPECT_EQ(write(terminal_.number(), "END", 3), 3);
    while (screen_.find("END") == std::string::npos) see();
    return result;
  }
  bool echoes() const {
    termios settings{};
    EXPECT_EQ(tcgetattr(terminal_.number(), &settings), 0);
    return (settings.c_lflag & ECHO) != 0 && (settings.c_lflag & ISIG) != 0;
  }
  const std::string& screen() const { return screen_; }

 private:
  void see() {
    std::array<char, 256> shown{};
    const ssize_t got = read(keyboard_.number(), shown.data(), shown.size());
    ASSERT_GT(got, 0);
    screen_.append(shown.data(), static_cast<std::size_t>(got));
  }
  io::Descriptor keyboard_;
  io::Descriptor terminal_;
  std::string screen_;
};

TEST_F(Terminal, TakesAPassphraseWithoutShowingIt) {
  EXPECT_TRUE(echoes());
  const auto passphrase = asked("two words\n");
  ASSERT_TRUE(passphrase);
  EXPECT_EQ(revealed(*passphrase), "two words");
  EXPECT_EQ(screen().find("two"), std::string::npos);
  EXPECT_TRUE(echoes());
}

TEST_F(Terminal, IsAsBeforeAfterControlC) {
  const auto passphrase = asked("two\x03");
  ASSERT_FALSE(passphrase);
  EXPECT_EQ(passphrase.error().code, ErrorCode::kInterrupted);
  EXPECT_TRUE(echoes());
}

TEST_F(Terminal, TakesNoEmptyPassphrase) {
  EXPECT_EQ(asked("\n").error().code, ErrorCode::kUsage);
  EXPECT_TRUE(echoes());
}

TEST(SomethingThatIsNoTerminal, IsNotAsked) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const io::Descriptor reading(ends[0]);
  const io::Descriptor writing(ends[1]);
  EXPECT_EQ(ask_passphrase_on(reading.number(), "Passphrase: ").error().code,
            ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace strongroom::keys

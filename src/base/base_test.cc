#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "base/bytes.h"
#include "base/exit_codes.h"
#include "base/ids.h"
#include "base/journal.h"
#include "base/program.h"
#include "base/result.h"
#include "base/secret.h"

namespace strongroom {
namespace {

TEST(JoinedFields, OfDifferentSplitsNeverGiveTheSameBytes) {
  EXPECT_NE(Joined().add("ab").add("c").bytes(), Joined().add("a").add("bc").bytes());
  EXPECT_NE(Joined().add("").bytes(), Joined().bytes());
}

TEST(Hexadecimal, RoundTrips) {
  const Bytes bytes{0x00, 0x7f, 0xff};
  EXPECT_EQ(to_hex(bytes), "007fff");
  EXPECT_EQ(from_hex("007fff"), bytes);
}

TEST(Hexadecimal, InUpperCaseOrOddLengthIsRefused) {
  EXPECT_FALSE(from_hex("FF"));
  EXPECT_FALSE(from_hex("fff"));
}

TEST(HostileText, IsShownHarmlessWithNothingDropped) {
  EXPECT_EQ(printable("a\x1b[2J\nb"), "a\\x1b[2J\\nb");
  EXPECT_EQ(printable("x\xe2\x80\xae"
                      "y"),
            "x\\u{202e}y");
  EXPECT_EQ(printable("\xff"), "\\xff");
  EXPECT_EQ(printable("na\xc3\xafve"), "na\xc3\xafve");
}

TEST(ALineOfTheJournal, QuotesWhatIsNoPlainWord) {
  EXPECT_EQ(journal_line("request", {{"path", "/v1/x"}, {"detail", "a \"b\"\n<3>event=y"}}),
            "event=request path=/v1/x detail=\"a \\\"b\\\"\\\\n<3>event=y\"");
}

TEST(EveryErrorCode, IsExplainedOnceInOrder) {
  int before = 0;
  for (const ExitCode& each : exit_codes()) {
    EXPECT_GT(static_cast<int>(each.code), before);
    before = static_cast<int>(each.code);
    EXPECT_FALSE(each.meaning.empty());
    EXPECT_EQ(remedy_of(each.code), each.remedy);
  }
  EXPECT_EQ(before, static_cast<int>(ErrorCode::kInternal));
}

TEST(Secret, TakenFromABufferLeavesTheBufferWiped) {
  std::array<std::uint8_t, 4> source{1, 2, 3, 4};
  const auto secret = Secret<4, struct Meaning>::take(source);
  EXPECT_EQ(source, (std::array<std::uint8_t, 4>{}));
  secret.with_bytes([](std::span<const std::uint8_t, 4> bytes) { EXPECT_EQ(bytes[3], 4); });
}

TEST(ConstantTimeComparison, AgreesWithOrdinaryComparison) {
  EXPECT_TRUE(equal_in_constant_time(as_bytes("same"), as_bytes("same")));
  EXPECT_FALSE(equal_in_constant_time(as_bytes("same"), as_bytes("samf")));
  EXPECT_FALSE(equal_in_constant_time(as_bytes("same"), as_bytes("sam")));
}

TEST(TheFirstSignalToStop, IsNotedAndTheSecondIsObeyed) {
  const StopSignals signals;
  EXPECT_EQ(StopSignals::came(), 0);
  std::raise(SIGTERM);
  EXPECT_EQ(StopSignals::came(), SIGTERM);
  EXPECT_EXIT(std::raise(SIGTERM), testing::KilledBySignal(SIGTERM), "");
}

TEST(ASignalToStop, IsObeyedAgainWhenNobodyWaitsForOneAnyMore) {
  std::signal(SIGHUP, SIG_DFL);  // whoever runs this under nohup has it ignored
  { const StopSignals signals; }
  EXPECT_EXIT(std::raise(SIGHUP), testing::KilledBySignal(SIGHUP), "");
}

TEST(StandardDescriptors, ThatWereClosedAreOpenBeforeAnyFileTakesTheirNumber) {
  const auto closed_and_begun = [] {
    close(STDERR_FILENO);
    begin_program();
    std::_Exit(fcntl(STDERR_FILENO, F_GETFD) >= 0 ? 0 : 1);
  };
  EXPECT_EXIT(closed_and_begun(), testing::ExitedWithCode(0), "");
}

TEST(AProgramsFiles, CanBeReadAgainByTheirOwnerWhateverTheUmask) {
  const auto begun = [] {
    umask(0777);
    begin_program();
    std::_Exit(umask(0) == 0077 ? 0 : 1);
  };
  EXPECT_EXIT(begun(), testing::ExitedWithCode(0), "");
}

TEST(OutputThatIsLost, FailsACommandThatDidWell) {
  const auto lost = [] {
    EXPECT_NE(std::freopen("/dev/full", "w", stdout), nullptr);
    write_out("words");
    std::_Exit(exit_status(0));
  };
  EXPECT_EXIT(lost(), testing::ExitedWithCode(static_cast<int>(ErrorCode::kDisk)),
              "could not be written");
}

TEST(DemonstrationIds, SaySoAndAreTakenBack) {
  EXPECT_EQ(shown_id("ab12", true), "demo-ab12");
  EXPECT_EQ(plain_id("demo-ab12"), "ab12");
  EXPECT_EQ(shown_id("ab12", false), "ab12");
}

}  // namespace
}  // namespace strongroom

// Input that nobody wrote: it never crashes, never hangs, and never passes for clean.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "model/pickle_for_test.h"
#include "model/pytorch.h"

namespace strongroom::model {
namespace {

/// STRONGROOM_SEED, or one that the test prints.
std::uint64_t seed() {
  const char* given = std::getenv("STRONGROOM_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
}

/// One of each instruction, in an order that is read to its end; hostile, suspicious and clean
/// things in it. Made by hand.
std::vector<std::string> seeds() {
  const std::string frame = global("collections", "OrderedDict") + ")R(" + text("a") +
                            bytes_of("K\x01") + text("b") +
                            bytes_of(
                                "]\x94(K\x02M\x03\x04"
                                "J\1\2\3\4e") +
                            "u.";
  return {
      bytes_of("\x80\x04\x95") + count(frame.size(), 8) + frame,
      "(lp0\nI1\naI01\naL12L\naF1.5\naS'x\\x41'\naV\\u0041\nag0\na0(dp1\nS'k'\nNs.",
      bytes_of(
          "\x80\x02](K\x01\x8a\x02\x01\x02G\0\0\0\0\0\0\0\0X\x01\0\0\0xU\x01yT\x01\0\0\0z\x88\x89"
          "e."),
      bytes_of(
          "\x80\x05\x8f(C\x01xB\x01\0\0\0y\x8e\x01\0\0\0\0\0\0\0z\x96\x01\0\0\0\0\0\0\0w\x90."),
      bytes_of("\x80\x02"
               "cargparse\nNamespace\n)\x81}U\x02lrG?\xf0\0\0\0\0\0\0sb."),
      bytes_of("(S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\nI4\ntQ."),
      bytes_of("\x80\x04") + global("numpy", "dtype") + text("f4") +
          bytes_of("\x89\x88\x87R(K\x03") + text("|") +
          bytes_of("NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb."),
  };
}

TEST(EverySeed, IsClean) {
  for (const std::string& pickle : seeds()) {
    EXPECT_EQ(judge(pickle).verdict(), Verdict::kClean) << said(judge(pickle));
  }
}

TEST(EveryBeginningOfAPickle, IsUnreadableOrWorse) {
  for (const std::string& pickle : seeds()) {
    for (std::size_t cut = 0; cut < pickle.size(); ++cut) {
      EXPECT_GE(judge(pickle.substr(0, cut)).verdict(), Verdict::kUnreadable) << cut;
    }
  }
}

TEST(EveryPickleWithSomethingBehindIt, IsNotClean) {
  for (const std::string& pickle : seeds()) {
    for (int byte = 0; byte < 256; ++byte) {
      EXPECT_NE(judge(pickle + static_cast<char>(byte)).verdict(), Verdict::kClean) << byte;
    }
  }
}

TEST(FlippedBits, NeverCrashAndAreCleanOnlyWithAStop) {
  for (const std::string& pickle : seeds()) {
    for (std::size_t bit = 0; bit < pickle.size() * 8; ++bit) {
      std::string flipped = pickle;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
      EXPECT_TRUE(judge(flipped).verdict() != Verdict::kClean || flipped.ends_with('.')) << bit;
    }
  }
}

TEST(RandomBytes, NeverCrash) {
  const std::uint64_t from = seed();
  std::mt19937_64 random(from);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(random() % 64, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    const Findings findings = judge(bytes);
    // The shortest pickles are two bytes: a value and STOP. All that is clean ends in STOP.
    if (findings.verdict() == Verdict::kClean) {
      EXPECT_TRUE(bytes.ends_with('.')) << "STRONGROOM_SEED=" << from;
    }
  }
}

TEST(RandomInstructions, NeverCrash) {
  const std::uint64_t from = seed();
  std::mt19937_64 random(from);
  const std::string codes = bytes_of(
      "(.012NKJMIGSVXUTBC)]}"
      "ltdaeusbcioRPQhjgqrp\x80\x81\x82\x85\x86\x87\x88\x89\x8a\x8c\x8f\x90\x91"
      "\x92\x93\x94\x97\x98");
  for (int round = 0; round < 8'000; ++round) {
    std::string bytes;
    for (std::uint64_t left = random() % 60; left > 0; --left) {
      bytes += random() % 8 == 0 ? static_cast<char>(random() % 4) : codes[random() % codes.size()];
    }
    const Findings findings = judge(bytes);
    EXPECT_TRUE(findings.verdict() != Verdict::kClean || bytes.ends_with('.'))
        << "STRONGROOM_SEED=" << from;
    Findings legacy;
    static_cast<void>(read_pytorch_legacy(io::MemoryReader(as_bytes(bytes)), legacy));
    EXPECT_EQ(legacy.verdict(), findings.verdict()) << "STRONGROOM_SEED=" << from;
  }
}

TEST(HugeCounts, AreRefusedWithoutTheMemory) {
  for (const std::string& head :
       {bytes_of("\x80\x04\x8d"), bytes_of("\x80\x04\x8e"), bytes_of("\x80\x05\x96")}) {
    EXPECT_EQ(judge(head + count(UINT64_MAX, 8) + "x.").verdict(), Verdict::kUnreadable);
    EXPECT_EQ(judge(head + count(UINT64_MAX / 2, 8) + "x.").verdict(), Verdict::kUnreadable);
  }
}

TEST(DeepNesting, IsFollowedWithoutRecursion) {
  const std::size_t deep = 1'000'000;
  const std::string nested = std::string(deep, ']') + std::string(deep - 1, 'a') + ".";
  EXPECT_EQ(judge(nested).verdict(), Verdict::kClean);
  std::string tuples = "N";
  for (std::size_t level = 0; level < deep; ++level) tuples += '\x85';
  EXPECT_EQ(judge(tuples + ".").verdict(), Verdict::kClean);
}

TEST(MoreThanIsFollowed, IsUnreadable) {
  const std::string marks(PickleValues::kValuesMax + 10, '(');
  EXPECT_TRUE(tells(judge(marks), kPickleTooLarge));
}

TEST(TheSameHugeStateGivenAgainAndAgain, IsPaidFromAPurse) {
  std::string pickle = bytes_of(
      "\x80\x02"
      "cargparse\nNamespace\n)\x81q\x00"
      "0}q\x01(");
  for (int item = 0; item < 100'000; ++item) pickle += bytes_of("U\x01xN");
  pickle += "u0";
  for (int again = 0; again < 100'000; ++again)
    pickle += bytes_of(
        "h\x00h\x01"
        "b0");
  EXPECT_TRUE(tells(judge(pickle + "N."), kPickleTooLarge));
}

TEST(PlacesThatLookLikePickles, AreNotAllFollowed) {
  std::string bait;
  for (int i = 0; i < 300'000; ++i) bait += bytes_of("\x80\x02");
  Findings findings;
  const io::MemoryReader reader{as_bytes(bait)};
  ASSERT_TRUE(judge_hidden_pickles(reader, 0, bait.size(), findings).has_value());
  EXPECT_TRUE(tells(findings, kPickleTooLarge)) << said(findings);
}

TEST(ConstantsInConstants, AreFollowedToADepth) {
  std::string nested = bytes_of(
      "\x80\x02"
      "cos\nsystem\n)R.");
  for (int level = 0; level < 3; ++level) {
    nested = bytes_of(
                 "\x80\x03"
                 "B") +
             count(nested.size(), 4) + nested + ".";
  }
  EXPECT_TRUE(tells(judge(nested), kPickleRunsCode));
}

}  // namespace
}  // namespace strongroom::model

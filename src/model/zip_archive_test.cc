#include "model/zip_archive.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "model/container_rules.h"
#include "model/zip_for_test.h"

namespace strongroom::model {
namespace {

using hand_made::deflated;
using hand_made::end_record;
using hand_made::Member;
using hand_made::number;
using hand_made::packed;
using hand_made::parts_of;
using hand_made::stored;
using hand_made::zip;

struct Opened {
  std::string bytes;
  Findings findings;
  std::vector<ZipMember> members;
  std::vector<ZipGap> gaps;
  bool is_open = false;

  explicit Opened(std::string archive) : bytes(std::move(archive)) {
    const io::MemoryReader reader(as_bytes(bytes));
    const Result<ZipArchive> zip = ZipArchive::open(reader, findings);
    is_open = zip.has_value();
    if (!is_open) return;
    members = zip->members();
    gaps = zip->gaps();
  }
  [[nodiscard]] std::vector<std::string> rules() const {
    std::vector<std::string> ids;
    for (const Finding& each : findings.all()) ids.emplace_back(each.rule->id);
    return ids;
  }
  [[nodiscard]] bool says(const Rule& rule) const {
    for (const Finding& each : findings.all()) {
      if (each.rule == &rule) return true;
    }
    return false;
  }
  [[nodiscard]] std::string content(std::size_t member) const {
    const io::MemoryReader reader(as_bytes(bytes));
    Findings ignored;
    const Result<ZipArchive> zip = ZipArchive::open(reader, ignored);
    const Result<Bytes> content = zip->unpack(members.at(member), 1u << 20);
    return content ? std::string(as_text(*content)) : "error: " + content.error().context;
  }
};

using Rules = std::vector<std::string>;

TEST(OrdinaryZip, IsListedAndUnpackedWithoutFindings) {
  const Opened zip(hand_made::zip({stored("a", "first"), packed("b/c", "second second second")}));
  EXPECT_EQ(zip.rules(), Rules{});
  ASSERT_EQ(zip.members.size(), 2U);
  EXPECT_EQ(zip.members[0].name, "a");
  EXPECT_EQ(zip.content(0), "first");
  EXPECT_EQ(zip.content(1), "second second second");
}

TEST(OrdinaryZip, WithoutMembersIsEmptyAndWithoutFindings) {
  const Opened zip(hand_made::zip({}));
  EXPECT_TRUE(zip.is_open);
  EXPECT_EQ(zip.rules(), Rules{});
  EXPECT_TRUE(zip.members.empty());
}

TEST(OrdinaryZip, MayHoldAnotherStoredAtItsEnd) {
  const Opened zip(hand_made::zip({stored("inner.zip", hand_made::zip({stored("a", "x")}))}));
  EXPECT_EQ(zip.rules(), Rules{});
  EXPECT_EQ(zip.members.size(), 1U);
}

TEST(OrdinaryZip, MayHaveAComment) {
  const Opened zip(hand_made::zip({stored("a", "x")}, "made by hand"));
  EXPECT_EQ(zip.rules(), Rules{});
  ASSERT_EQ(zip.gaps.size(), 1U);
  EXPECT_TRUE(zip.gaps[0].is_comment);
  EXPECT_EQ(zip.gaps[0].bytes, 12U);
}

TEST(OrdinaryZip, MayBeWrittenAsAStreamWithSizesBehindTheData) {
  Member member = packed("a", "streamed streamed");
  member.directory.flags = member.local.flags = 8;
  member.local.crc = 0;
  member.local.packed = member.local.bytes = 0;
  member.behind = "PK\x07\x08" + number(member.directory.crc, 4) +
                  number(member.directory.packed, 4) + number(member.directory.bytes, 4);
  const Opened zip(hand_made::zip({member, stored("b", "y")}));
  EXPECT_EQ(zip.rules(), Rules{});
  EXPECT_EQ(zip.content(0), "streamed streamed");
}

TEST(HeadersThatDisagreeOnTheName, AreTwoReadingsAndBothAreListed) {
  Member member = stored("data.pkl", "x");
  member.local.name = "datap.kl";
  const Opened zip(hand_made::zip({member}));
  EXPECT_TRUE(zip.says(kZipHeadersDisagree));
  ASSERT_EQ(zip.members.size(), 2U);
  EXPECT_EQ(zip.members[0].seen, ZipMember::Seen::kByDirectory);
  EXPECT_EQ(zip.members[1].name, "datap.kl");
  EXPECT_EQ(zip.members[1].seen, ZipMember::Seen::kByLocalHeader);
}

TEST(HeadersThatDisagreeOnTheSize, AreTwoReadings) {
  Member member = stored("a", "harmlessHARMFUL");
  member.directory.packed = member.directory.bytes = 8;
  member.directory.crc = hand_made::crc_of("harmless");
  const Opened zip(hand_made::zip({member}));
  EXPECT_TRUE(zip.says(kZipHeadersDisagree));
  ASSERT_EQ(zip.members.size(), 2U);
  EXPECT_EQ(zip.content(0), "harmless");
  EXPECT_EQ(zip.content(1), "harmlessHARMFUL");
}

TEST(HeadersThatDisagreeOnTheMethod, AreTwoReadings) {
  Member member = packed("a", "one thing one thing");
  member.directory.method = 0;
  member.directory.bytes = member.directory.packed;
  member.directory.crc = hand_made::crc_of(member.content);
  const Opened zip(hand_made::zip({member}));
  EXPECT_TRUE(zip.says(kZipHeadersDisagree));
  ASSERT_EQ(zip.members.size(), 2U);
  EXPECT_EQ(zip.content(0), member.content);
  EXPECT_EQ(zip.content(1), "one thing one thing");
}

TEST(HeadersThatDisagreeOnFlags, AreTwoReadings) {
  Member member = stored("a", "x");
  member.directory.flags = 1;
  EXPECT_TRUE(Opened(hand_made::zip({member})).says(kZipHeadersDisagree));
}

TEST(DataDescriptor, ThatLiesIsADisagreement) {
  Member member = stored("a", "xyz");
  member.directory.flags = member.local.flags = 8;
  member.local.crc = 0;
  member.local.packed = member.local.bytes = 0;
  member.behind = "PK\x07\x08" + number(member.directory.crc, 4) + number(2, 4) + number(2, 4);
  EXPECT_TRUE(Opened(hand_made::zip({member})).says(kZipHeadersDisagree));
}

TEST(MemberThatOnlyALocalHeaderTellsOf, IsListedAndNamed) {
  Member hidden = stored("hidden.pkl", "evil");
  hidden.is_in_directory = false;
  const Opened zip(hand_made::zip({stored("a", "x"), hidden, stored("b", "y")}));
  EXPECT_TRUE(zip.says(kZipHiddenMember));
  ASSERT_EQ(zip.members.size(), 3U);
  EXPECT_EQ(zip.members[2].name, "hidden.pkl");
  EXPECT_EQ(zip.content(2), "evil");
}

TEST(BytesBeforeTheFirstMember, AreNamedAndAreAGap) {
  const Opened zip("MZ something" + hand_made::zip({stored("a", "x")}));
  EXPECT_TRUE(zip.says(kZipHiddenData));
  ASSERT_EQ(zip.members.size(), 1U);
  EXPECT_EQ(zip.content(0), "x");
  EXPECT_EQ(zip.gaps.at(0).bytes, 12U);
}

TEST(BytesBehindTheEnd, AreNamed) {
  const Opened zip(hand_made::zip({stored("a", "x")}) + "more");
  EXPECT_EQ(zip.rules(), Rules{"zip-hidden-data"});
  EXPECT_EQ(zip.members.size(), 1U);
}

TEST(BytesBetweenMembers, AreNamedUnlessTheyAreZeroes) {
  Member member = stored("a", "x");
  member.behind = "secret";
  EXPECT_EQ(Opened(hand_made::zip({member, stored("b", "y")})).rules(), Rules{"zip-hidden-data"});
  member.behind = std::string(64, '\0');
  EXPECT_EQ(Opened(hand_made::zip({member, stored("b", "y")})).rules(), Rules{});
}

TEST(TwoMembersOfOneName, AreNamedAndBothListed) {
  const Opened zip(hand_made::zip({stored("data.pkl", "good"), stored("data.pkl", "evil")}));
  EXPECT_EQ(zip.rules(), Rules{"zip-duplicate-name"});
  EXPECT_EQ(zip.members.size(), 2U);
}

TEST(MembersThatOverlap, AreHostile) {
  std::vector<Member> members = {stored("a", "x"), stored("a", "x")};
  const std::size_t one = parts_of({members[0]}).members.size();
  members[1].offset_lie = ~std::uint64_t{0} - one + 1;
  const Opened zip(hand_made::zip(members));
  EXPECT_TRUE(zip.says(kZipOverlap));
  EXPECT_EQ(zip.findings.verdict(), Verdict::kHostile);
}

TEST(SecondArchiveInTheComment, IsFoundAndItsMembersListed) {
  const std::string inner = hand_made::zip({stored("inner", "evil")});
  const Opened zip(hand_made::zip({stored("outer", "good")}, inner));
  EXPECT_TRUE(zip.says(kZipSeveralDirectories));
  std::vector<std::string> names;
  for (const ZipMember& each : zip.members) names.push_back(each.name);
  EXPECT_NE(std::find(names.begin(), names.end(), "inner"), names.end());
  EXPECT_NE(std::find(names.begin(), names.end(), "outer"), names.end());
}

TEST(DirectoryThatPythonAndOthersFindInTwoPlaces, IsReadInBoth) {
  // Python counts back from the end record; others believe the offset in it.
  const auto evil = parts_of({stored("evil", "evil")});
  const auto good = parts_of({stored("good", "good")}, evil.members.size() + evil.directory.size());
  const std::string bytes = evil.members + evil.directory + good.members + good.directory +
                            end_record(1, good.directory.size(), evil.members.size());
  const Opened zip(bytes);
  EXPECT_TRUE(zip.says(kZipSeveralDirectories));
  std::vector<std::string> names;
  for (const ZipMember& each : zip.members) names.push_back(each.name);
  EXPECT_NE(std::find(names.begin(), names.end(), "evil"), names.end());
  EXPECT_NE(std::find(names.begin(), names.end(), "good"), names.end());
}

TEST(EndRecordThatMiscounts, IsADisagreement) {
  const auto parts = parts_of({stored("a", "x"), stored("b", "y")});
  EXPECT_TRUE(Opened(parts.members + parts.directory +
                     end_record(1, parts.directory.size(), parts.members.size()))
                  .says(kZipHeadersDisagree));
}

TEST(ZipOfManyDisks, IsUnreadable) {
  std::string bytes = hand_made::zip({stored("a", "x")});
  bytes[bytes.size() - 18] = 3;
  EXPECT_TRUE(Opened(bytes).says(kManyDisks));
}

TEST(NamesThatLeaveTheDirectory, AreHostile) {
  EXPECT_TRUE(Opened(zip({stored("../../etc/x", "x")})).says(kArchiveEscape));
  EXPECT_TRUE(Opened(zip({stored("/etc/x", "x")})).says(kArchiveEscape));
  EXPECT_TRUE(Opened(zip({stored("a\\..\\..\\x", "x")})).says(kArchiveEscape));
  EXPECT_TRUE(Opened(zip({stored("C:x", "x")})).says(kArchiveEscape));
  EXPECT_TRUE(Opened(zip({stored(std::string("a.pkl\0.txt", 10), "x")})).says(kArchiveEscape));
  EXPECT_EQ(Opened(zip({stored("a..b/..c/x", "x")})).rules(), Rules{});
}

TEST(BackslashInAName, IsOdd) {
  EXPECT_EQ(Opened(zip({stored("a\\b", "x")})).rules(), Rules{"archive-odd-name"});
}

TEST(SecondNameInAnExtraField, IsOdd) {
  Member member = stored("a.txt", "x");
  member.directory.extra =
      number(0x7075, 2) + number(10, 2) + number(1, 1) + number(0, 4) + "b.pkl";
  EXPECT_EQ(Opened(zip({member})).rules(), Rules{"archive-odd-name"});
}

TEST(LinkInAZip, IsNamed) {
  Member member = stored("a", "/etc/passwd");
  member.attributes = 0120777u << 16;
  EXPECT_EQ(Opened(zip({member})).rules(), Rules{"archive-link"});
}

TEST(WrongChecksum, IsMalformedButStreamsWhatStandsThere) {
  Member member = stored("a", "content");
  member.directory.crc = member.local.crc = 1;
  const Opened opened(zip({member}));
  EXPECT_EQ(opened.content(0), "error: the member does not match its checksum");
  const io::MemoryReader reader(as_bytes(opened.bytes));
  Findings findings;
  const Result<ZipArchive> archive = ZipArchive::open(reader, findings);
  std::string seen;
  const Result<Unpacked> what = archive->stream(opened.members[0], [&](ByteView some) {
    seen += as_text(some);
    return true;
  });
  EXPECT_EQ(seen, "content");
  EXPECT_TRUE(what->is_whole);
  EXPECT_FALSE(what->crc_holds);
}

TEST(EncryptionThatIsOnlyClaimed, IsSeenThrough) {
  Member member = stored("a", "content");
  member.directory.flags = member.local.flags = 1;
  const Opened opened(zip({member}));
  EXPECT_TRUE(opened.members[0].is_encrypted);
  EXPECT_EQ(opened.content(0), "content");
}

TEST(EncryptedMember, IsRefused) {
  Member member = stored("a", "ciphertext");
  member.directory.flags = member.local.flags = 1;
  member.directory.crc = member.local.crc = 7;
  EXPECT_EQ(Opened(zip({member})).content(0), "error: the member is encrypted");
}

TEST(MemberThatUnpacksToMoreThanItClaims, IsMalformed) {
  Member member = packed("a", std::string(100'000, 'x'));
  member.directory.bytes = member.local.bytes = 10;
  EXPECT_EQ(Opened(zip({member})).content(0), "error: the member is not as long as it claims");
}

TEST(MemberWithBytesBehindItsPackedStream, IsMalformed) {
  Member member = packed("a", "content content");
  member.content += "more";
  member.directory.packed = member.local.packed = member.content.size();
  EXPECT_NE(Opened(zip({member})).content(0), "content content");
}

TEST(ZipCutAnywhere, IsNeverWithoutAFinding) {
  const std::string whole = zip({stored("a", "first"), packed("b", "second second second")});
  for (std::size_t bytes = 1; bytes < whole.size(); ++bytes) {
    const Opened cut(whole.substr(0, bytes));
    EXPECT_TRUE(!cut.is_open || cut.findings.verdict() != Verdict::kClean) << bytes;
  }
}

TEST(ZipWithAnyBitFlipped, IsReadWithinItsBounds) {
  const std::string whole = zip({stored("a", "first"), packed("b", "second second second")}, "c");
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const Opened opened(flipped);
    for (const ZipMember& each : opened.members) {
      EXPECT_LE(each.data_offset, flipped.size());
      EXPECT_LE(each.packed_bytes, flipped.size() - each.data_offset);
    }
  }
}

/// Reads what `script` (Python) writes to the path that it is given.
std::optional<std::string> made_by_python(const std::string& script) {
  const std::string path = testing::TempDir() + "made_by_python";
  std::filesystem::remove(path);
  const std::string command =
      "/usr/bin/python3 -c '" + script + "' " + path + " >" + path + ".log 2>&1";
  if (std::system(command.c_str()) != 0) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

TEST(TorchSave, WritesWhatIsWithoutFindings) {
  const auto bytes = made_by_python(
      "import sys, torch\n"
      "torch.save({str(i): torch.randn(i + 1, 7) for i in range(30)}, sys.argv[1])");
  if (!bytes) GTEST_SKIP() << "no python3-torch here";
  const Opened zip(*bytes);
  EXPECT_EQ(zip.rules(), Rules{});
  EXPECT_GE(zip.members.size(), 32U);
}

TEST(NumpySavez, WritesWhatIsWithoutFindings) {
  const auto bytes = made_by_python(
      "import sys, numpy\n"
      "f = open(sys.argv[1], \"wb\")\n"
      "numpy.savez(f, a=numpy.arange(10), b=numpy.ones((3, 3)))");
  if (!bytes) GTEST_SKIP() << "no python3-numpy here";
  EXPECT_EQ(Opened(*bytes).rules(), Rules{});
}

TEST(PythonZipfile, WritesWhatIsWithoutFindingsInEveryMode) {
  const auto bytes = made_by_python(
      "import sys, zipfile\n"
      "class Pipe:\n"
      "    def __init__(self): self.f = open(sys.argv[1], \"wb\")\n"
      "    def write(self, b): return self.f.write(b)\n"
      "    def flush(self): self.f.flush()\n"
      "with zipfile.ZipFile(Pipe(), \"w\", zipfile.ZIP_DEFLATED) as z:\n"
      "    z.writestr(\"a\", \"text \" * 999)\n"
      "    z.mkdir(\"d\") if hasattr(z, \"mkdir\") else None\n"
      "    z.writestr(\"big\", b\"y\" * 100, zipfile.ZIP_STORED)\n"
      "    with z.open(\"c\", \"w\", force_zip64=True) as m: m.write(b\"x\" * 1000)\n"
      "    z.comment = b\"hello\"\n");
  ASSERT_TRUE(bytes);
  const Opened zip(*bytes);
  EXPECT_EQ(zip.rules(), Rules{});
  EXPECT_GE(zip.members.size(), 3U);
}

TEST(ScannersVectors, AreEachSeenThrough) {
  const char* root = std::getenv("STRONGROOM_VECTORS");
  if (root == nullptr) GTEST_SKIP() << "STRONGROOM_VECTORS is not set";
  const auto open = [&](const std::string& path) {
    std::ifstream in(std::string(root) + "/pickles/" + path, std::ios::binary);
    return Opened(std::string(std::istreambuf_iterator<char>(in), {}));
  };
  EXPECT_TRUE(open("data/malicious1_central_directory.zip").says(kZipHeadersDisagree));
  for (const char* name : {"0x1", "0x20", "0x40"}) {
    const Opened zip = open("data/malicious1_" + std::string(name) + ".zip");
    ASSERT_EQ(zip.members.size(), 1U) << name;
    EXPECT_EQ(zip.content(0).substr(0, 2), "\x80\x04") << name;
  }
  EXPECT_EQ(open("data2/malicious1_crc.zip").content(0),
            "error: the member does not match its checksum");
  EXPECT_EQ(open("data/benign_password_protected.zip").content(0),
            "error: the member is encrypted");
  EXPECT_EQ(open("data/new_pytorch_model.bin").rules(), Rules{});
}

}  // namespace
}  // namespace strongroom::model

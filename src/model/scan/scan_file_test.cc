#include "model/scan/scan_file.h"

#include <gtest/gtest.h>

#include "model/scan/scanned_for_test.h"

namespace strongroom::model::scan {
namespace {

using hand_made::packed;
using hand_made::stored;
using hand_made::zip;

/// Python's answer to `script`, which writes to sys.argv[1].
std::optional<std::string> made_by_python(const std::string& script) {
  const std::string path = testing::TempDir() + "scan_made_by_python";
  std::filesystem::remove(path);
  const std::string command =
      "/usr/bin/python3 -c '" + script + "' " + path + " >" + path + ".log 2>&1";
  if (std::system(command.c_str()) != 0) return std::nullopt;  // NOLINT(cert-env33-c): ours
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

/// `bytes` packed by a program of the machine's, which reads stdin and writes stdout.
std::optional<std::string> packed_by(const std::string& program, const std::string& bytes) {
  const std::string path = testing::TempDir() + "scan_to_pack";
  std::ofstream(path, std::ios::binary) << bytes;
  const std::string command = program + " <" + path + " >" + path + ".packed 2>" + path + ".log";
  if (std::system(command.c_str()) != 0) return std::nullopt;  // NOLINT(cert-env33-c): ours
  std::ifstream in(path + ".packed", std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// Plain files.

TEST(OrdinaryFilesOfAModel, AreClean) {
  EXPECT_EQ(rules(scan("README.md", "# A model\n")), Rules{});
  EXPECT_EQ(rules(scan("generation_config.json", R"({"a": 1})")), Rules{});
  EXPECT_EQ(rules(scan("model.safetensors", safetensors())), Rules{});
  EXPECT_EQ(rules(scan("model.gguf", gguf())), Rules{});
  EXPECT_EQ(rules(scan("picture.jpg", "\xff\xd8\xff\xe0" + random_bytes(9'000))), Rules{});
  EXPECT_EQ(rules(scan("empty.bin", "")), Rules{});
}

TEST(HonestWeights, AreFoundAndAreNoShadow) {
  const ScannedFile scanned = scan("model.safetensors", safetensors());
  ASSERT_EQ(scanned.weights.size(), 1U);
  EXPECT_FALSE(scanned.weights[0].is_shadow);
  EXPECT_EQ(scanned.weights[0].member, "");
  EXPECT_EQ(scanned.weights[0].begins_at, 0U);
  ASSERT_TRUE(scanned.weights[0].structure);
  EXPECT_EQ(scanned.weights[0].structure->tensors.size(), 1U);
}

TEST(WeightsNamedByTheirDigest, AreNoShadow) {
  EXPECT_EQ(rules(scan("sha256-" + std::string(64, 'a'), gguf())), Rules{});
}

TEST(PointerOfGitLfs, IsClean) {
  EXPECT_EQ(rules(scan("model.safetensors",
                       "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")),
            Rules{});
}

TEST(PickleUnderAnyName, IsJudged) {
  EXPECT_EQ(scan("model.pkl", kEvilPickle).verdict(), Verdict::kHostile);
  EXPECT_EQ(scan("notes.txt", kEvilPickle).verdict(), Verdict::kHostile);
  EXPECT_TRUE(says(scan("notes.txt", kGoodPickle), "name-misleads"));
  EXPECT_EQ(rules(scan("notes.pkl", kGoodPickle)), Rules{});
}

TEST(TextNamedLikeAPickle, IsJudgedAsTheLoaderWouldReadIt) {
  EXPECT_NE(scan("model.pkl", "cos\nsystem\n.").verdict(), Verdict::kClean);
}

TEST(PickleOfTheFirstProtocol, UnderItsNameIsClean) {
  EXPECT_EQ(rules(scan("list.pkl", "(lp0\nI1\na.")), Rules{});
}

TEST(PictureNamedLikeAPickle, IsUnreadable) {
  EXPECT_EQ(scan("model.pt", "\x89PNG\r\n\x1a\n").verdict(), Verdict::kUnreadable);
}

TEST(BytesOfNoKindNamedBin, AreJudgedAsThePickleThatPyTorchWouldRead) {
  EXPECT_NE(scan("model.bin", "cmod\n\xf8").verdict(), Verdict::kClean);
}

TEST(NumpyArrayOfObjects, IsJudgedByItsPickle) {
  const auto array = [](const std::string& pickle) {
    std::string header = "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }";
    header.resize(117, ' ');
    header += '\n';
    return "\x93NUMPY\x01" + std::string(1, '\0') + number(header.size(), 2) + header + pickle;
  };
  EXPECT_EQ(scan("a.npy", array(kEvilPickle)).verdict(), Verdict::kHostile);
  EXPECT_EQ(rules(scan("a.npy", array(kGoodPickle))), Rules{});
  EXPECT_EQ(scan("a.npz", zip({packed("a.npy", array(kEvilPickle))})).verdict(), Verdict::kHostile);
}

TEST(NoiseNamedLikeWeights, IsNeverClean) {
  EXPECT_NE(scan("model.pt", random_bytes(300)).verdict(), Verdict::kClean);
  EXPECT_NE(scan("model.safetensors", random_bytes(300)).verdict(), Verdict::kClean);
}

TEST(ProgramsAmongModelFiles, AreSuspicious) {
  EXPECT_EQ(rules(scan("ops.so", "\x7f\x45LF" + std::string(60, '\1'))), Rules{"executable"});
  EXPECT_EQ(rules(scan("modeling.py", "import os\n")), Rules{"code-file"});
  EXPECT_EQ(rules(scan("run", "#!/bin/sh\nid\n")), Rules{"code-file"});
}

TEST(ChatTemplate, IsJudgedWhereItStands) {
  EXPECT_EQ(scan("chat_template.jinja", "{{ x.__class__ }}").verdict(), Verdict::kHostile);
  EXPECT_EQ(scan("tokenizer_config.json", R"({"chat_template": "{{ x.__class__ }}"})").verdict(),
            Verdict::kHostile);
}

// Zip.

TEST(HostilePickleInAZip, IsFoundUnderAnyNameAtAnyDepth) {
  const ScannedFile one = scan("a.zip", zip({packed("readme.txt", kEvilPickle)}));
  EXPECT_EQ(one.verdict(), Verdict::kHostile);
  EXPECT_EQ(finding(one, "name-misleads")->member, "readme.txt");
  const ScannedFile two =
      scan("a.zip", zip({stored("b.zip", zip({packed("x.bin", kEvilPickle)}))}));
  EXPECT_EQ(two.verdict(), Verdict::kHostile);
  EXPECT_EQ(two.members, 2U);
}

TEST(HarmlessZip, IsClean) {
  EXPECT_EQ(rules(scan("a.zip", zip({stored("a.txt", "text"), packed("b.json", "{\"a\": 1}")}))),
            Rules{});
}

TEST(EncryptedMember, IsUnreadable) {
  hand_made::Member member = stored("a.txt", random_bytes(40));
  member.directory.flags = member.local.flags = 1;
  member.directory.crc = member.local.crc = 7;
  const ScannedFile scanned = scan("a.zip", zip({member}));
  EXPECT_EQ(scanned.verdict(), Verdict::kUnreadable);
  EXPECT_TRUE(says(scanned, "archive-encrypted"));
}

TEST(MemberThatOnlyClaimsToBeEncrypted, IsJudgedAndTheLieSaid) {
  hand_made::Member member = packed("a.pkl", kEvilPickle);
  member.directory.flags = member.local.flags = 1;
  const ScannedFile scanned = scan("a.zip", zip({member}));
  EXPECT_EQ(scanned.verdict(), Verdict::kHostile);
  EXPECT_TRUE(says(scanned, "zip-flag-lie"));
}

TEST(MemberWithAWrongChecksum, IsJudgedAsItStands) {
  hand_made::Member member = packed("a.pkl", kEvilPickle);
  member.directory.crc = member.local.crc = 7;
  const ScannedFile scanned = scan("a.zip", zip({member}));
  EXPECT_EQ(scanned.verdict(), Verdict::kHostile);
  EXPECT_TRUE(says(scanned, "zip-checksum"));
}

TEST(BytesBetweenMembers, AreJudged) {
  hand_made::Member member = stored("a.txt", "text");
  member.behind = kEvilPickle;
  EXPECT_EQ(scan("a.zip", zip({member, stored("b.txt", "text")})).verdict(), Verdict::kHostile);
}

TEST(CommentOfAZip, IsJudged) {
  EXPECT_EQ(scan("a.zip", zip({stored("a.txt", "text")}, kEvilPickle)).verdict(),
            Verdict::kHostile);
}

TEST(BombInAZip, IsHostile) {
  const ScannedFile scanned = scan("a.zip", zip({packed("a", std::string(12u << 20, 'x'))}));
  EXPECT_TRUE(says(scanned, "archive-bomb"));
  EXPECT_EQ(scanned.verdict(), Verdict::kHostile);
}

TEST(ZipsInZipsWithoutEnd, AreUnreadable) {
  std::string bytes = zip({stored("a.txt", "text")});
  for (int i = 0; i < 12; ++i) bytes = zip({stored("a.zip", bytes)});
  EXPECT_EQ(rules(scan("a.zip", bytes)), Rules{"archive-too-deep"});
}

TEST(MemberOverTheBound, IsUnreadableAndItsBeginningLookedAt) {
  ScanLimits limits;
  limits.unpacked_bytes_max = 4096;
  const ScannedFile scanned = scan("a.zip", zip({packed("a.txt", random_bytes(9'000))}), limits);
  EXPECT_TRUE(says(scanned, "archive-too-large"));
  EXPECT_GE(scanned.verdict(), Verdict::kUnreadable);
  const ScannedFile evil =
      scan("a.zip", zip({packed("a.txt", kEvilPickle + random_bytes(9'000))}), limits);
  EXPECT_EQ(evil.verdict(), Verdict::kHostile);
}

TEST(MembersOverTheBound, AreUnreadable) {
  ScanLimits limits;
  limits.members_max = 2;
  EXPECT_EQ(
      rules(scan("a.zip", zip({stored("a", "x"), stored("b", "x"), stored("c", "x")}), limits)),
      Rules{"archive-too-large"});
}

// Tar.

TEST(HarmlessTar, IsClean) {
  EXPECT_EQ(rules(scan("a.tar", tar_member("a.txt", "text") + kTarEnd)), Rules{});
}

TEST(HostilePickleInATar, IsFound) {
  const ScannedFile scanned = scan("a.tar", tar_member("a.txt", kEvilPickle) + kTarEnd);
  EXPECT_EQ(scanned.verdict(), Verdict::kHostile);
}

TEST(TarThatEscapes, IsHostile) {
  EXPECT_TRUE(says(scan("a.tar", tar_member("../a", "x") + kTarEnd), "archive-path-escape"));
  EXPECT_TRUE(
      says(scan("a.tar", tar_header("a", 0, '2', "/etc/passwd") + kTarEnd), "archive-path-escape"));
  EXPECT_TRUE(
      says(scan("a.tar", tar_header("a/b", 0, '2', "../../x") + kTarEnd), "archive-path-escape"));
}

TEST(TarWithALinkThatStaysInside, IsSuspicious) {
  EXPECT_EQ(rules(scan("a.tar", tar_header("s/b", 0, '2', "../blobs/x") + kTarEnd)),
            Rules{"archive-link"});
  EXPECT_EQ(rules(scan("a.tar", tar_header("null", 0, '3') + kTarEnd)), Rules{"archive-link"});
}

TEST(TarThatGoesOnBehindItsEnd, IsReadOn) {
  const ScannedFile scanned =
      scan("a.tar", tar_member("a", "x") + kTarEnd + tar_member("b", kEvilPickle) + kTarEnd);
  EXPECT_TRUE(says(scanned, "tar-hidden-data"));
  EXPECT_EQ(scanned.verdict(), Verdict::kHostile);
}

TEST(TarWhoseSizeIsToldTwice, IsSuspiciousAndBothReadingsAreJudged) {
  // The extended header says 1,024 bytes; who goes by the plain one finds a second archive there.
  const std::string pax = "13 size=1024\n";
  const std::string inner = tar_member("evil", kEvilPickle);
  const std::string bytes =
      tar_member("PaxHeaders/a", pax, 'x') + tar_header("a", 512) + inner + kTarEnd;
  const ScannedFile scanned = scan("a.tar", bytes);
  EXPECT_TRUE(says(scanned, "tar-header"));
  EXPECT_EQ(scanned.verdict(), Verdict::kHostile);
}

TEST(TarCutAnywhere, IsNeverClean) {
  const std::string whole = tar_member("a.txt", "text") + tar_member("b.txt", "text");
  for (std::size_t bytes = 1; bytes <= whole.size(); bytes += 37) {
    const ScannedFile scanned = scan("a.tar", whole.substr(0, bytes));
    EXPECT_NE(scanned.verdict(), Verdict::kClean) << bytes;
  }
}

TEST(TarWithLongNames, GivesThemWhole) {
  const std::string name(150, 'n');
  const std::string gnu = tar_member("././@LongLink", name + '\0', 'L') +
                          tar_member(name.substr(0, 99), kEvilPickle) + kTarEnd;
  const ScannedFile scanned = scan("a.tar", gnu);
  ASSERT_FALSE(scanned.findings.all().empty());
  EXPECT_EQ(scanned.findings.all()[0].member, name);
}

TEST(TarsOfPython, AreCleanInEveryFormat) {
  for (const char* format : {"USTAR_FORMAT", "GNU_FORMAT", "PAX_FORMAT"}) {
    const auto bytes = made_by_python(
        "import sys, tarfile, io\n"
        "t = tarfile.open(sys.argv[1], \"w\", format=tarfile." +
        std::string(format) +
        ")\n"
        "for n in (\"a.txt\", \"d/\" + \"e\" * 90 + \"/f.txt\"):\n"
        "    i = tarfile.TarInfo(n); i.size = 700; i.mtime = 1.5 if \"PAX\" in \"" +
        format +
        "\" else 1\n"
        "    t.addfile(i, io.BytesIO(b\"text \" * 140))\n"
        "t.close()\n");
    ASSERT_TRUE(bytes) << format;
    const ScannedFile scanned = scan("a.tar", *bytes);
    EXPECT_EQ(rules(scanned), Rules{}) << format;
    EXPECT_EQ(scanned.members, 2U) << format;
  }
}

// Compressed streams and 7z.

TEST(StreamsOfEveryKind, AreUnpackedAndJudged) {
  for (const char* program : {"gzip", "bzip2", "xz", "zstd", "lz4"}) {
    const auto evil = packed_by(std::string(program) + " -c", kEvilPickle);
    if (!evil) GTEST_SKIP() << "no " << program << " here";
    EXPECT_EQ(scan("a", *evil).verdict(), Verdict::kHostile) << program;
    const auto good = packed_by(std::string(program) + " -c", "text");
    EXPECT_EQ(rules(scan("a", *good)), Rules{}) << program;
  }
}

TEST(StreamOfSeveralFrames, IsReadToItsEnd) {
  for (const char* program : {"gzip", "bzip2", "xz", "zstd", "lz4"}) {
    const auto good = packed_by(std::string(program) + " -c", "text");
    const auto evil = packed_by(std::string(program) + " -c", kEvilPickle);
    if (!good || !evil) GTEST_SKIP() << "no " << program << " here";
    // What unpacks in one piece is text with a pickle behind it; a pickle alone is hostile.
    EXPECT_EQ(scan("a", *evil + *good).verdict(), Verdict::kHostile) << program;
    EXPECT_NE(scan("a", *good + *evil).verdict(), Verdict::kClean) << program;
  }
}

TEST(BytesBehindAStream, AreJudged) {
  for (const char* program : {"gzip", "bzip2", "xz", "zstd", "lz4"}) {
    const auto good = packed_by(std::string(program) + " -c", "text");
    if (!good) GTEST_SKIP() << "no " << program << " here";
    EXPECT_EQ(scan("a", *good + kEvilPickle).verdict(), Verdict::kHostile) << program;
  }
}

TEST(StreamCutAnywhere, IsNeverClean) {
  for (const char* program : {"gzip", "bzip2", "xz", "zstd", "lz4"}) {
    const auto whole = packed_by(std::string(program) + " -c", "text text text and more text");
    if (!whole) GTEST_SKIP() << "no " << program << " here";
    for (std::size_t bytes = 1; bytes < whole->size(); ++bytes) {
      const ScannedFile scanned = scan("a.gz", whole->substr(0, bytes));
      EXPECT_NE(scanned.verdict(), Verdict::kClean) << program << " " << bytes;
    }
  }
}

TEST(BombInAStream, IsHostile) {
  const auto bytes = packed_by("bzip2 -c", std::string(64u << 20, 'x'));
  if (!bytes) GTEST_SKIP() << "no bzip2 here";
  EXPECT_TRUE(says(scan("a.bz2", *bytes), "archive-bomb"));
}

TEST(SevenZip, IsUnpackedAndJudged) {
  const std::string directory = testing::TempDir() + "scan_7z";
  std::filesystem::create_directories(directory);
  std::ofstream(directory + "/a.txt", std::ios::binary) << kEvilPickle;
  std::ofstream(directory + "/b.txt", std::ios::binary) << "text";
  // Into a file: what goes to a pipe is padded.
  const auto pack = [&](const std::string& name) {
    const std::string path = directory + "/" + name + ".7z";
    std::filesystem::remove(path);
    return packed_by(
        "bsdtar --format 7zip -cf " + path + " -C " + directory + " " + name + " && cat " + path,
        "");
  };
  const auto evil = pack("a.txt");
  const auto good = pack("b.txt");
  if (!evil || !good) GTEST_SKIP() << "no bsdtar here";
  const ScannedFile scanned = scan("a.7z", *evil);
  EXPECT_EQ(scanned.verdict(), Verdict::kHostile);
  EXPECT_EQ(finding(scanned, "name-misleads")->member, "a.txt");
  EXPECT_EQ(rules(scan("b.7z", *good)), Rules{});
  EXPECT_EQ(scan("b.7z", *good + kEvilPickle).verdict(), Verdict::kHostile);
  for (std::size_t bytes = 1; bytes < good->size(); ++bytes) {
    EXPECT_NE(scan("b.7z", good->substr(0, bytes)).verdict(), Verdict::kClean) << bytes;
  }
}

TEST(Rar, IsUnreadable) {
  EXPECT_EQ(rules(scan("a.rar", "Rar!\x1a\x07 and so on")), Rules{"archive-unsupported"});
}

TEST(WeightsInACompressedTar, AreAShadowWithTheirWholePath) {
  const auto bytes = packed_by("gzip -c", tar_member("notes.txt", safetensors()) + kTarEnd);
  ASSERT_TRUE(bytes);
  const ScannedFile scanned = scan("backup.tar.gz", *bytes);
  ASSERT_NE(shadow(scanned), nullptr);
  EXPECT_EQ(shadow(scanned)->member, "backup.tar!notes.txt");
}

TEST(Watcher, IsToldOfWeightsWhileTheyCanBeRead) {
  const std::string bytes = zip({packed("a.bin", safetensors())});
  const io::MemoryReader reader(as_bytes(bytes));
  std::uint64_t told = 0;
  Watch watch;
  watch.found_weights = [&](const FoundWeights& found, const io::Reader& member) {
    std::uint8_t first[8];
    told += *member.read_at(found.structure->tensors.at(0).offset, first);
  };
  ASSERT_TRUE(scan_file("a.zip", reader, {}, watch).has_value());
  EXPECT_EQ(told, 8U);
}

TEST(Watcher, CanStopTheScan) {
  const std::string bytes = zip({stored("a", "x")});
  const io::MemoryReader reader(as_bytes(bytes));
  Watch watch;
  watch.keep_going = [] { return false; };
  const Result<ScannedFile> scanned = scan_file("a.zip", reader, {}, watch);
  ASSERT_FALSE(scanned.has_value());
  EXPECT_EQ(scanned.error().code, ErrorCode::kInterrupted);
}

TEST(PublishedVectors, ThatAreArchivesAreJudged) {
  const char* root = std::getenv("STRONGROOM_VECTORS");
  if (root == nullptr) GTEST_SKIP() << "STRONGROOM_VECTORS is not set";
  const auto verdict = [&](const std::string& path) {
    std::ifstream in(std::string(root) + "/pickles/" + path, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(in), {});
    return scan(path, bytes).verdict();
  };
  for (const char* path :
       {"data/malicious1.zip", "data/malicious1_0x1.zip", "data/malicious1_0x20.zip",
        "data/malicious1_0x40.zip", "data/malicious1_central_directory.zip",
        "data/malicious1_wrong_ext.zip", "data2/malicious1_crc.zip", "data/malicious1.7z"}) {
    EXPECT_EQ(verdict(path), Verdict::kHostile) << path;
  }
  EXPECT_EQ(verdict("data/benign_password_protected.zip"), Verdict::kUnreadable);
  EXPECT_EQ(verdict("data2/int_arrays.npz"), Verdict::kClean);
  EXPECT_EQ(verdict("data2/int_arrays_compressed.npz"), Verdict::kClean);
}

}  // namespace
}  // namespace strongroom::model::scan

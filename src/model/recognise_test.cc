#include "model/recognise.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "model/formats.h"

namespace strongroom::model {
namespace {

/// Little-endian bytes, put together as a hostile writer would.
class Writer {
 public:
  Writer& raw(std::string_view text) {
    bytes_ += text;
    return *this;
  }
  Writer& number(std::uint64_t value, unsigned width) {
    for (unsigned i = 0; i < width; ++i) bytes_ += static_cast<char>((value >> (8 * i)) & 0xff);
    return *this;
  }
  Writer& text(std::string_view text) { return number(text.size(), 8).raw(text); }
  Writer& text_key(std::string_view key, std::string_view value) {
    return text(key).number(8, 4).text(value);
  }
  Writer& zeroes(std::size_t count) {
    bytes_.append(count, '\0');
    return *this;
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

Recognised whole(std::string_view name, std::string_view bytes) {
  return recognise(name, as_bytes(bytes), bytes.size());
}

bool has(const Recognised& recognised, Doubt doubt) {
  return std::find(recognised.doubts.begin(), recognised.doubts.end(), doubt) !=
         recognised.doubts.end();
}

Writer gguf(std::uint64_t tensors, std::uint64_t keys, std::uint32_t version = 3) {
  Writer writer;
  writer.raw("GGUF").number(version, 4).number(tensors, 8).number(keys, 8);
  return writer;
}

std::string safetensors(std::string_view json) {
  return Writer().number(json.size(), 8).raw(json).zeroes(64).bytes();
}

TEST(Gguf, TellsItsVersionArchitectureNameAndTensorCount) {
  const std::string bytes = gguf(2, 3)
                                .text_key("general.architecture", "llama")
                                .text("x.count")
                                .number(4, 4)
                                .number(7, 4)
                                .text_key("general.name", "Small one")
                                .zeroes(200)
                                .bytes();
  const Recognised recognised = whole("m.gguf", bytes);
  EXPECT_EQ(recognised.kind, FileKind::kGguf);
  EXPECT_EQ(recognised.version, 3U);
  EXPECT_EQ(recognised.tensors, 2U);
  EXPECT_EQ(recognised.architecture, "llama");
  EXPECT_EQ(recognised.name, "Small one");
  EXPECT_TRUE(recognised.doubts.empty());
}

TEST(Gguf, WithMoreTensorsThanItsBytesCanHoldIsMalformed) {
  const Recognised recognised = whole("m.gguf", gguf(std::uint64_t{1} << 62, 0).zeroes(64).bytes());
  EXPECT_EQ(recognised.kind, FileKind::kGguf);
  EXPECT_TRUE(has(recognised, Doubt::kHeaderMalformed));
  EXPECT_FALSE(recognised.tensors);
}

TEST(Gguf, WithMoreKeysThanItsBytesCanHoldIsMalformed) {
  EXPECT_TRUE(
      has(whole("m.gguf", gguf(0, ~std::uint64_t{0}).zeroes(64).bytes()), Doubt::kHeaderMalformed));
}

TEST(Gguf, WithATextLongerThanTheFileIsMalformedNotCut) {
  const std::string bytes =
      gguf(0, 1).text("general.name").number(8, 4).number(~std::uint64_t{0}, 8).zeroes(64).bytes();
  EXPECT_EQ(whole("m.gguf", bytes).doubts, std::vector<Doubt>{Doubt::kHeaderMalformed});
}

TEST(Gguf, WithAnArrayWhoseSizeOverflowsIsMalformed) {
  const std::string bytes = gguf(0, 1)
                                .text("a")
                                .number(9, 4)
                                .number(10, 4)
                                .number((std::uint64_t{1} << 61) + 1, 8)
                                .zeroes(64)
                                .bytes();
  EXPECT_TRUE(has(whole("m.gguf", bytes), Doubt::kHeaderMalformed));
}

TEST(Gguf, WithAnArrayInAnArrayIsMalformed) {
  const std::string bytes =
      gguf(0, 1).text("a").number(9, 4).number(9, 4).number(1, 8).zeroes(64).bytes();
  EXPECT_TRUE(has(whole("m.gguf", bytes), Doubt::kHeaderMalformed));
}

TEST(Gguf, WithTwoArchitecturesIsMalformed) {
  const std::string bytes = gguf(0, 2)
                                .text_key("general.architecture", "llama")
                                .text_key("general.architecture", "other")
                                .bytes();
  const Recognised recognised = whole("m.gguf", bytes);
  EXPECT_TRUE(has(recognised, Doubt::kHeaderMalformed));
  EXPECT_EQ(recognised.architecture, "llama");
}

TEST(Gguf, OfUnknownVersionIsMalformed) {
  EXPECT_TRUE(has(whole("m.gguf", gguf(0, 0, 0x03000000).bytes()), Doubt::kHeaderMalformed));
}

TEST(Gguf, ThatStopsInItsHeaderIsMalformed) {
  EXPECT_TRUE(has(whole("m.gguf", "GGUF\x03"), Doubt::kHeaderMalformed));
}

TEST(Gguf, WhoseHeaderGoesOnBeyondTheHeadIsCutAndKeepsWhatWasRead) {
  const std::string bytes = gguf(5, 2)
                                .text_key("general.architecture", "llama")
                                .text("tokens")
                                .number(9, 4)
                                .number(4, 4)
                                .number(1000, 8)
                                .zeroes(4000)
                                .bytes();
  const Recognised recognised = recognise("m.gguf", as_bytes(bytes).first(100), bytes.size());
  EXPECT_EQ(recognised.doubts, std::vector<Doubt>{Doubt::kHeaderCut});
  EXPECT_EQ(recognised.architecture, "llama");
  EXPECT_EQ(recognised.tensors, 5U);
}

TEST(Gguf, WithControlCharactersInItsNameShowsThemHarmless) {
  const Recognised recognised =
      whole("m.gguf", gguf(0, 1).text_key("general.name", "a\x1b[2Jb").bytes());
  EXPECT_EQ(recognised.name, "a\\x1b[2Jb");
}

TEST(Gguf, WithAnEndlessNameLeavesItOut) {
  const Recognised recognised =
      whole("m.gguf", gguf(0, 1).text_key("general.name", std::string(5000, 'a')).bytes());
  EXPECT_EQ(recognised.name, "");
}

TEST(Gguf, CutAnywhereIsStillGgufAndNeverReadBeyondItsEnd) {
  const std::string bytes = gguf(1, 2)
                                .text_key("general.architecture", "llama")
                                .text("tokens")
                                .number(9, 4)
                                .number(8, 4)
                                .number(2, 8)
                                .text("one")
                                .text("two")
                                .zeroes(40)
                                .bytes();
  for (std::size_t length = 4; length < bytes.size(); ++length) {
    const std::vector<std::uint8_t> exact(bytes.begin(),
                                          bytes.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_EQ(recognise("m", exact, length).kind, FileKind::kGguf) << length;
  }
}

TEST(Safetensors, CountsItsTensorsWithoutTheMetadata) {
  const Recognised recognised = whole(
      "m.safetensors",
      safetensors(R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F16"},"b":{"shape":[1,2]}}  )"));
  EXPECT_EQ(recognised.kind, FileKind::kSafetensors);
  EXPECT_EQ(recognised.tensors, 2U);
  EXPECT_TRUE(recognised.doubts.empty());
}

TEST(Safetensors, WithALengthBeyondTheFileIsNotRecognised) {
  EXPECT_EQ(whole("m", Writer().number(1000, 8).raw("{\"a\":{}}").bytes()).kind,
            FileKind::kUnknown);
}

TEST(Safetensors, WithALengthThatWrapsAroundIsNotRecognised) {
  EXPECT_EQ(whole("m", Writer().number(~std::uint64_t{0} - 7, 8).raw("{\"a\":{}}").bytes()).kind,
            FileKind::kUnknown);
}

TEST(Safetensors, WhoseHeaderIsNotJsonIsNotRecognised) {
  EXPECT_NE(whole("m", safetensors("{\"a\":{]}")).kind, FileKind::kSafetensors);
  EXPECT_NE(whole("m", safetensors("{\"a\":{}} x")).kind, FileKind::kSafetensors);
}

TEST(Safetensors, WithATensorThatIsNoObjectIsMalformed) {
  EXPECT_TRUE(has(whole("m", safetensors(R"({"a":1})")), Doubt::kHeaderMalformed));
}

TEST(Safetensors, WhoseHeaderGoesOnBeyondTheHeadIsCut) {
  const std::string json = "{\"a\":{}," + std::string(500, ' ') + "\"b\":{}}";
  const std::string bytes = safetensors(json);
  const Recognised recognised = recognise("m", as_bytes(bytes).first(200), bytes.size());
  EXPECT_EQ(recognised.kind, FileKind::kSafetensors);
  EXPECT_EQ(recognised.doubts, std::vector<Doubt>{Doubt::kHeaderCut});
  EXPECT_FALSE(recognised.tensors);
  EXPECT_EQ(recognised.header_bytes, json.size());
}

TEST(DeepJson, IsRefusedWithoutRecursion) {
  EXPECT_EQ(walk_json(std::string(100'000, '[')).end, JsonHead::End::kBroken);
}

TEST(JsonHead, TellsWholeFromCutFromBroken) {
  using End = JsonHead::End;
  EXPECT_EQ(walk_json(R"({"a":[1,-2.5e+3,true,null,"\u00e9\n"],"b":{}})").end, End::kWhole);
  EXPECT_EQ(walk_json(R"({"a":[1,)").end, End::kCut);
  EXPECT_EQ(walk_json(R"({"a":tr)").end, End::kCut);
  EXPECT_EQ(walk_json(R"({"a":"\u00)").end, End::kCut);
  EXPECT_EQ(walk_json("{\"a\":[1,]}").end, End::kBroken);
  EXPECT_EQ(walk_json("{\"a\":01}").end, End::kBroken);
  EXPECT_EQ(walk_json("{\"a\":1]").end, End::kBroken);
  EXPECT_EQ(walk_json("{\"a\":1}{}").end, End::kBroken);
  EXPECT_EQ(walk_json("{,}").end, End::kBroken);
  EXPECT_EQ(walk_json("{\"a\" 1}").end, End::kBroken);
}

TEST(ConfigJson, TellsTheArchitecture) {
  const Recognised recognised =
      whole("config.json", R"({"x":{"model_type":"no"},"model_type":"llama"})");
  EXPECT_EQ(recognised.kind, FileKind::kJson);
  EXPECT_EQ(recognised.architecture, "llama");
}

TEST(PytorchZip, IsRecognisedByItsPickleAndRunsCode) {
  const std::string name = "archive/data.pkl";
  const std::string bytes =
      Writer().raw("PK\x03\x04").zeroes(22).number(name.size(), 2).number(0, 2).raw(name).bytes();
  const Recognised recognised = whole("m.bin", bytes);
  EXPECT_EQ(recognised.kind, FileKind::kPytorchZip);
  EXPECT_EQ(recognised.doubts, std::vector<Doubt>{Doubt::kRunsCode});
}

TEST(Zip, WithANameLongerThanTheFileIsMalformed) {
  const std::string bytes =
      Writer().raw("PK\x03\x04").zeroes(22).number(0xffff, 2).number(0, 2).raw("a").bytes();
  EXPECT_EQ(whole("m.zip", bytes).doubts, std::vector<Doubt>{Doubt::kHeaderMalformed});
}

TEST(Pickle, ThatImportsRunsCode) {
  const Recognised recognised = whole("m.pkl",
                                      "\x80\x02"
                                      "cos\nsystem\nU\x02id\x85R.");
  EXPECT_EQ(recognised.kind, FileKind::kPickle);
  EXPECT_EQ(recognised.version, 2U);
  EXPECT_TRUE(has(recognised, Doubt::kRunsCode));
}

TEST(Pickle, OfPlainValuesRunsNoCode) {
  const Recognised recognised = whole("m.pkl", std::string_view("\x80\x03]q\x00(K\x01K\x02"
                                                                "e.",
                                                                12));
  EXPECT_EQ(recognised.kind, FileKind::kPickle);
  EXPECT_TRUE(recognised.doubts.empty());
}

TEST(Pickle, OfProtocolZeroThatCallsIsRecognisedThoughItReadsAsText) {
  const Recognised recognised = whole("notes.txt", "cos\nsystem\n(S'id'\ntR.");
  EXPECT_EQ(recognised.kind, FileKind::kPickle);
  EXPECT_EQ(recognised.doubts, (std::vector<Doubt>{Doubt::kNameDisagrees, Doubt::kRunsCode}));
}

TEST(Pickle, ThatBreaksAfterItsCallStillRunsCode) {
  const Recognised recognised = whole("m.pkl",
                                      "\x80\x02"
                                      "cos\nsystem\nU\x02id\x85R\xff");
  EXPECT_EQ(recognised.doubts, (std::vector<Doubt>{Doubt::kHeaderMalformed, Doubt::kRunsCode}));
}

TEST(Pickle, HiddenBehindAHarmlessOneRunsCode) {
  const Recognised recognised = whole("m.pt",
                                      "\x80\x02N.\x80\x02"
                                      "cos\nsystem\nU\x02id\x85R.");
  EXPECT_TRUE(has(recognised, Doubt::kRunsCode));
}

TEST(Pickle, WithALengthBeyondTheFileIsMalformed) {
  const std::string bytes = Writer().raw("\x80\x04NNN\x8e").number(~std::uint64_t{0}, 8).bytes();
  EXPECT_EQ(whole("m.pkl", bytes).doubts, std::vector<Doubt>{Doubt::kHeaderMalformed});
}

TEST(ProseAndWordLists, AreTextNotPickles) {
  EXPECT_EQ(whole("a.txt", "cat\ndog\nRat\n").kind, FileKind::kText);
  EXPECT_EQ(whole("a.md", "import this\nIt is (t) Rich.\n").kind, FileKind::kText);
}

TEST(Onnx, IsRecognisedByItsFieldsAndItsGraph) {
  const std::string bytes =
      std::string("\x08\x09\x12\x02pt\x3a\x03", 8) + "abc" + "\x42\x02\x10\x11";
  const Recognised recognised = whole("m.onnx", bytes);
  EXPECT_EQ(recognised.kind, FileKind::kOnnx);
  EXPECT_EQ(recognised.version, 9U);
  EXPECT_TRUE(recognised.doubts.empty());
}

TEST(Onnx, WithAGraphLongerThanTheFileIsNotRecognised) {
  EXPECT_NE(whole("m.onnx", std::string("\x08\x09\x3a\x7f", 4) + "abc").kind, FileKind::kOnnx);
}

TEST(Onnx, WithoutAGraphIsNotRecognised) {
  EXPECT_NE(whole("m.onnx", std::string("\x08\x09\x12\x02pt", 6)).kind, FileKind::kOnnx);
}

TEST(Onnx, WithAVarintThatNeverEndsIsNotRecognised) {
  EXPECT_EQ(whole("m", "\x08" + std::string(40, '\xff')).kind, FileKind::kUnknown);
}

TEST(Name, NeverDecidesTheKind) {
  const Recognised recognised = whole("weights.safetensors", gguf(0, 0).bytes());
  EXPECT_EQ(recognised.kind, FileKind::kGguf);
  EXPECT_TRUE(has(recognised, Doubt::kNameDisagrees));
}

TEST(EmptyFile, IsEmptyWhateverItsName) {
  const Recognised recognised = whole("m.gguf", "");
  EXPECT_EQ(recognised.kind, FileKind::kEmpty);
  EXPECT_TRUE(recognised.doubts.empty());
}

TEST(HeadThatWasNotRead, OfANonEmptyFileIsUnknown) {
  EXPECT_EQ(recognise("m.gguf", {}, 100).kind, FileKind::kUnknown);
}

TEST(Bytes, ThatAreNeitherUtf8NorAKnownFormatAreUnknown) {
  EXPECT_EQ(whole("m", std::string("ab\0c", 4)).kind, FileKind::kUnknown);
  EXPECT_EQ(whole("m", "caf\xc3").kind, FileKind::kUnknown);
  EXPECT_EQ(whole("m", "\xed\xa0\x80").kind, FileKind::kUnknown);
  EXPECT_EQ(whole("m", "\xc0\xaf").kind, FileKind::kUnknown);
}

TEST(Utf8, CutWhereTheHeadEndsIsStillText) {
  const std::string text = "caf\xc3\xa9";
  EXPECT_EQ(recognise("m", as_bytes(text).first(4), 5).kind, FileKind::kText);
}

FileKind kind_of(std::string_view bytes) { return whole("m", bytes).kind; }

TEST(Containers, AreRecognisedByTheirMagic) {
  EXPECT_EQ(kind_of("\x1f\x8b\x08 and so on"), FileKind::kGzip);
  EXPECT_EQ(kind_of("BZh91AY&SY and so on"), FileKind::kBzip2);
  EXPECT_EQ(kind_of(std::string("\xfd\x37zXZ\0 and so on", 16)), FileKind::kXz);
  EXPECT_EQ(kind_of("\x28\xb5\x2f\xfd and so on"), FileKind::kZstd);
  EXPECT_EQ(kind_of("\x5e\x2a\x4d\x18 skipped"), FileKind::kZstd);
  EXPECT_EQ(kind_of("\x04\x22\x4d\x18 and so on"), FileKind::kLz4);
  EXPECT_EQ(kind_of("7z\xbc\xaf\x27\x1c and so on"), FileKind::kSevenZip);
  EXPECT_EQ(kind_of("Rar!\x1a\x07 and so on"), FileKind::kRar);
  EXPECT_EQ(kind_of("PK\x05\x06" + std::string(18, '\0')), FileKind::kZip);
}

TEST(Text, ThatOnlyBeginsLikeAContainerIsText) {
  EXPECT_EQ(kind_of("BZh9 is how it begins"), FileKind::kText);
  EXPECT_EQ(kind_of("MZ is how it begins, but it goes on as text, and no further header"),
            FileKind::kText);
}

TEST(Hdf5, IsRecognisedBehindABlockOfTheUsers) {
  const std::string magic = "\x89HDF\r\n\x1a\n";
  EXPECT_EQ(kind_of(magic + std::string(100, '\0')), FileKind::kHdf5);
  EXPECT_EQ(kind_of(std::string(1024, '\0') + magic + std::string(100, '\0')), FileKind::kHdf5);
  EXPECT_NE(kind_of(std::string(700, '\0') + magic), FileKind::kHdf5);
}

TEST(Programs, AreRecognised) {
  EXPECT_EQ(kind_of("\x7f\x45LF\x02\x01\x01"), FileKind::kExecutable);
  EXPECT_EQ(kind_of("#!/bin/sh\nid\n"), FileKind::kScript);
  EXPECT_EQ(kind_of(std::string("\xcb\x0d\r\n\0\0\0\0abcdefgh\xe3", 17)), FileKind::kExecutable);
}

/// An old tar header: without "ustar".
std::string tar_header(const std::string& name) {
  std::string block = name + std::string(512 - name.size(), '\0');
  block.replace(124, 11, "00000000000");
  block.replace(148, 8, "        ");
  unsigned sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  char digits[8];
  std::snprintf(digits, sizeof(digits), "%06o", sum);
  block.replace(148, 7, std::string(digits, 7));
  return block;
}

TEST(Tar, OfTheOldFormIsRecognisedByItsChecksum) {
  EXPECT_EQ(kind_of(tar_header("a.txt") + std::string(1024, '\0')), FileKind::kTar);
  std::string wrong = tar_header("a.txt") + std::string(1024, '\0');
  wrong[0] = 'b';
  EXPECT_NE(kind_of(wrong), FileKind::kTar);
}

TEST(NumpyArchive, IsAZipOfArraysOnly) {
  const auto entry = [](const std::string& name) {
    return Writer()
        .raw("PK\x03\x04")
        .zeroes(22)
        .number(name.size(), 2)
        .number(0, 2)
        .raw(name)
        .bytes();
  };
  EXPECT_EQ(kind_of(entry("a.npy") + entry("b.npy")), FileKind::kNumpyZip);
  EXPECT_EQ(kind_of(entry("a.npy") + entry("b.txt")), FileKind::kZip);
  EXPECT_EQ(kind_of(entry("metadata.json") + entry("config.json")), FileKind::kKerasZip);
  EXPECT_EQ(kind_of(entry("a.npy") + entry("x/data.pkl")), FileKind::kPytorchZip);
}

TEST(SavedModel, IsRecognisedByItsMetaGraphs) {
  EXPECT_EQ(kind_of(std::string("\x08\x01\x12\x02\x0a\x00", 6)), FileKind::kSavedModel);
  EXPECT_NE(kind_of(std::string("\x08\x01\x12\x7f\x0a\x00", 6)), FileKind::kSavedModel);
}

TEST(Extension, CountsInAnyCase) {
  EXPECT_TRUE(has(whole("M.GGUF", "text"), Doubt::kNameDisagrees));
  EXPECT_TRUE(has(whole("holiday.JPG", "text"), Doubt::kNameDisagrees));
  EXPECT_FALSE(has(whole("holiday.JPG", "\xff\xd8\xff\xe0"), Doubt::kNameDisagrees));
}

TEST(SampleModel, IsRecognisedWithItsFacts) {
  namespace fs = std::filesystem;
  const fs::path directory = fs::path(::testing::TempDir()) / "strongroom_sample_model";
  const std::string command = "python3 '" STRONGROOM_SOURCE_DIR "/tools/make_sample_model.py' '" +
                              directory.string() + "' --size 2M >/dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0);  // NOLINT(cert-env33-c): our own script
  const fs::path path = directory / "sample.gguf";
  std::ifstream file(path, std::ios::binary);
  std::string head(kHeadBytesMax, '\0');
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(file.gcount()));
  const Recognised recognised = recognise("sample.gguf", as_bytes(head), fs::file_size(path));
  fs::remove_all(directory);
  EXPECT_EQ(recognised.kind, FileKind::kGguf);
  EXPECT_EQ(recognised.architecture, "llama");
  EXPECT_EQ(recognised.name, "Strongroom sample");
  EXPECT_EQ(recognised.tensors, 12U);
  EXPECT_TRUE(recognised.doubts.empty());
}

TEST(PublishedMaliciousPickles, AllRunCode) {
  namespace fs = std::filesystem;
  const char* vectors = std::getenv("STRONGROOM_VECTORS");
  if (vectors == nullptr) GTEST_SKIP() << "STRONGROOM_VECTORS does not name the published vectors";
  std::size_t seen = 0;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(fs::path(vectors) / "pickles/data2")) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("GHSA-") || entry.path().extension() != ".pkl") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    const Recognised recognised = recognise(name, as_bytes(bytes), bytes.size());
    EXPECT_EQ(recognised.kind, FileKind::kPickle) << name;
    EXPECT_TRUE(has(recognised, Doubt::kRunsCode)) << name;
    ++seen;
  }
  EXPECT_GT(seen, 20U);
}

}  // namespace
}  // namespace strongroom::model

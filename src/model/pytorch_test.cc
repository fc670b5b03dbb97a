#include "model/pytorch.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "model/pickle_for_test.h"
#include "model/zip_for_test.h"

namespace strongroom::model {
namespace {

struct Read {
  Findings findings;
  Result<Structure> structure;
};
Read read_zip(std::string_view bytes) {
  Findings findings;
  Result<Structure> structure = read_pytorch_zip(io::MemoryReader(as_bytes(bytes)), findings);
  return {std::move(findings), std::move(structure)};
}
Read read_legacy(std::string_view bytes) {
  Findings findings;
  Result<Structure> structure = read_pytorch_legacy(io::MemoryReader(as_bytes(bytes)), findings);
  return {std::move(findings), std::move(structure)};
}

std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Writes files of every form, and beside them what PyTorch itself says of each tensor: file, name,
// type, shape, strides, and the bytes of a contiguous one.
constexpr std::string_view kScript = R"py(
import sys, collections, argparse, datetime, pickle
import numpy as np, torch
place = sys.argv[1]
base = torch.arange(24, dtype=torch.float32)
state = collections.OrderedDict(
    a=base.view(4, 6), b=base.view(4, 6).t(), c=base[6:12], d=torch.ones(3, dtype=torch.bfloat16),
    e=torch.tensor(5), f=torch.zeros(0, 3), g=torch.ones(1).expand(5), h=torch.ones(2, dtype=torch.complex64),
    i=torch.nn.Parameter(torch.ones(2)), j=torch.zeros(2, dtype=torch.bool), k=torch.ones(2, dtype=torch.half))
nested = {"model": state, "optimizer": {"state": {0: {"avg": base[2:4]}}, "groups": [{"lr": 0.1}]}, "epoch": 3}
net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2))
names = {torch.float32: "F32", torch.bfloat16: "BF16", torch.int64: "I64", torch.complex64: "C64",
         torch.bool: "BOOL", torch.float16: "F16"}
said = open(place + "/said", "w")
def say(file, name, t):
    t = t.detach()
    raw = bytes(t.contiguous().view(-1).view(torch.uint8).numpy()) if t.numel() and t.is_contiguous() and t.dtype not in (torch.bool, torch.complex64) and t.dim() else b""
    show = lambda v: ",".join(map(str, v))
    print(file, name, names[t.dtype], "[" + show(t.shape) + "]",
          "[]" if t.is_contiguous() else "[" + show(t.stride()) + "]", "x" + raw.hex(), file=said)
for form in (True, False):
    for name, thing in (("state", state), ("nested", nested), ("net", net)):
        file = name + (".zip" if form else ".legacy")
        torch.save(thing, place + "/" + file, _use_new_zipfile_serialization=form)
        tensors = thing.state_dict().items() if name == "net" else state.items()
        for key, t in tensors: say(file, ("model." if name == "nested" else "") + key, t)
        if name == "nested": say(file, "optimizer.state.0.avg", base[2:4])
for protocol in range(6):
    with open(place + "/plain%d.legacy" % protocol, "wb") as f:
        more = {"tensor": torch.ones(2)} if protocol > 2 else {}
        pickle.dump({**more, "a": np.arange(6, dtype="<f4").reshape(2, 3), "o": np.array([1, "x"], dtype=object),
                     "s": np.float32(1), "u": np.array(["ab"]), "b": b"\xff\x00x", "ba": bytearray(b"zz"),
                     "st": {1, 2}, "fs": frozenset([1]), "c": 1j, "sl": slice(1, 2), "big": 10**30, "neg": -5,
                     "t": (1,), "x": [True, None, 1.5], "ns": argparse.Namespace(lr=1.0),
                     "w": datetime.datetime(2026, 1, 2), "dd": collections.defaultdict(list, {1: [2]}),
                     "cn": collections.Counter("aab"), "dq": collections.deque([1, 2], 5)},
                    f, protocol=protocol)
)py";

std::optional<std::filesystem::path> make_by_pytorch() {
  const std::filesystem::path place =
      std::filesystem::path(testing::TempDir()) / ("pytorch_test." + std::to_string(getpid()));
  std::filesystem::create_directories(place);
  std::ofstream(place / "make.py") << kScript;
  const std::string command = "/usr/bin/python3 " + (place / "make.py").string() + " " +
                              place.string() + " >" + (place / "log").string() + " 2>&1";
  if (std::system(command.c_str()) != 0) return std::nullopt;
  return place;
}

/// Once for all tests. Nothing: no python3-torch here.
const std::optional<std::filesystem::path>& made_by_pytorch() {
  static const std::optional<std::filesystem::path> kMade = make_by_pytorch();
  return kMade;
}

/// As the script says it.
std::string told(const Tensor& tensor, std::string_view file, bool with_bytes) {
  const auto listed = [](const std::vector<std::uint64_t>& numbers) {
    std::string all = "[";
    for (const std::uint64_t number : numbers) {
      all += (all.size() > 1 ? "," : "") + std::to_string(number);
    }
    return all + "]";
  };
  const std::string bytes =
      with_bytes ? to_hex(as_bytes(file.substr(tensor.offset, tensor.bytes))) : "";
  return tensor.name + " " + std::string(layout_of(tensor.type).name) + " " + listed(tensor.shape) +
         " " + listed(tensor.strides) + " x" + bytes;
}

TEST(FilesWrittenByPyTorch, AreReadAsPyTorchReadsThem) {
  const auto& place = made_by_pytorch();
  if (!place) GTEST_SKIP() << "no python3-torch here";
  std::map<std::string, std::vector<std::string>> said_of;
  std::istringstream lines(file_text(*place / "said"));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t space = line.find(' ');
    said_of[line.substr(0, space)].push_back(line.substr(space + 1));
  }
  ASSERT_EQ(said_of.size(), 6U);
  for (const auto& [name, expected] : said_of) {
    const std::string bytes = file_text(*place / name);
    const Read read = name.ends_with(".zip") ? read_zip(bytes) : read_legacy(bytes);
    ASSERT_TRUE(read.structure.has_value()) << name << said(read.findings);
    EXPECT_EQ(read.findings.verdict(), Verdict::kClean) << name << model::said(read.findings);
    ASSERT_EQ(read.structure->tensors.size(), expected.size()) << name;
    for (std::size_t at = 0; at < expected.size(); ++at) {
      const bool with_bytes = !expected[at].ends_with(" x");
      EXPECT_EQ(told(read.structure->tensors[at], bytes, with_bytes), expected[at]) << name;
    }
  }
}

TEST(PicklesWrittenByPython, AreCleanInEveryProtocol) {
  const auto& place = made_by_pytorch();
  if (!place) GTEST_SKIP() << "no python3-torch here";
  for (int protocol = 0; protocol <= 5; ++protocol) {
    const std::string bytes = file_text(*place / ("plain" + std::to_string(protocol) + ".legacy"));
    ASSERT_FALSE(bytes.empty());
    const Findings findings = judge(bytes);
    EXPECT_EQ(findings.verdict(), Verdict::kClean) << protocol << said(findings);
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      ASSERT_NE(judge(bytes.substr(0, cut)).verdict(), Verdict::kClean) << protocol << " " << cut;
    }
  }
}

TEST(FilesWrittenByPyTorch, AreNeverCleanWhenCut) {
  const auto& place = made_by_pytorch();
  if (!place) GTEST_SKIP() << "no python3-torch here";
  const std::string legacy = file_text(*place / "state.legacy");
  const std::string zip = file_text(*place / "state.zip");
  for (std::size_t cut = 1; cut < legacy.size(); ++cut) {
    ASSERT_NE(read_legacy(legacy.substr(0, cut)).findings.verdict(), Verdict::kClean) << cut;
  }
  for (std::size_t cut = 1; cut < zip.size(); ++cut) {
    ASSERT_NE(read_zip(zip.substr(0, cut)).findings.verdict(), Verdict::kClean) << cut;
  }
}

// By hand: one float tensor of 2 × 2 in storage "0".

struct Tensor2x2 {
  std::string storage = bytes_of("(") + text("storage") + global("torch", "FloatStorage") +
                        text("0") + text("cpu") + bytes_of("K\x04tQ");
  std::string first = bytes_of("K\x00");
  std::string shape = bytes_of("K\x02K\x02\x86");
  std::string strides = bytes_of("K\x02K\x01\x86");

  [[nodiscard]] std::string pickle() const {
    return proto4("}" + text("weight") + global("torch._utils", "_rebuild_tensor_v2") + "(" +
                  storage + first + shape + strides + bytes_of("\x89") +
                  global("collections", "OrderedDict") + ")RtRs");
  }
};

std::string zip_of(const std::string& pickle, const std::string& storage = std::string(16, 'f'),
                   const std::string& order = "little") {
  return hand_made::zip(
      {hand_made::stored("m/data.pkl", pickle), hand_made::stored("m/byteorder", order),
       hand_made::stored("m/data/0", storage), hand_made::stored("m/version", "3\n")});
}

void expect_malformed(const std::string& zip, std::string_view says) {
  const Read read = read_zip(zip);
  EXPECT_FALSE(read.structure.has_value());
  EXPECT_TRUE(tells(read.findings, kPytorchMalformed)) << said(read.findings);
  EXPECT_NE(said(read.findings).find(says), std::string::npos) << said(read.findings);
}

TEST(ATensorInAZip, IsFoundWhereItsMemberStands) {
  const std::string zip = zip_of(Tensor2x2().pickle());
  const Read read = read_zip(zip);
  ASSERT_TRUE(read.structure.has_value()) << said(read.findings);
  EXPECT_EQ(read.findings.verdict(), Verdict::kClean) << said(read.findings);
  ASSERT_EQ(read.structure->tensors.size(), 1U);
  EXPECT_EQ(told(read.structure->tensors[0], zip, false), "weight F32 [2,2] [] x");
  EXPECT_EQ(zip.substr(read.structure->tensors[0].offset, 16), std::string(16, 'f'));
  EXPECT_EQ(read.structure->tensor_bytes, 16U);
}

TEST(AViewOutsideItsStorage, IsMalformed) {
  Tensor2x2 tensor;
  tensor.first = bytes_of("K\x01");
  expect_malformed(zip_of(tensor.pickle()), "weight reaches outside its storage 0");
  tensor = {};
  tensor.strides = bytes_of("K\x03K\x01\x86");
  expect_malformed(zip_of(tensor.pickle()), "weight reaches outside its storage 0");
  tensor = {};
  tensor.strides = bytes_of("\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7fK\x01\x86");
  expect_malformed(zip_of(tensor.pickle()), "weight reaches outside its storage 0");
  tensor = {};
  tensor.shape = bytes_of("J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86");
  tensor.strides = bytes_of("K\x00K\x00\x86");
  expect_malformed(
      zip_of(Tensor2x2{tensor.storage, "J\xff\xff\xff\xff", tensor.shape, tensor.strides}.pickle()),
      "weight has a shape that is none");
}

TEST(AStorageLargerThanItsMember, IsMalformed) {
  expect_malformed(zip_of(Tensor2x2().pickle(), std::string(15, 'f')),
                   "storage 0 claims 16 bytes, and its member has 15");
}

TEST(AStorageThatIsMissing, IsMalformed) {
  expect_malformed(hand_made::zip({hand_made::stored("m/data.pkl", Tensor2x2().pickle())}),
                   "lies in storage 0, which is missing");
}

TEST(AFileInBigEndian, IsUnreadable) {
  const Read read = read_zip(zip_of(Tensor2x2().pickle(), std::string(16, 'f'), "big"));
  EXPECT_TRUE(tells(read.findings, kPytorchByteOrder)) << said(read.findings);
}

TEST(TwoPicklesInOneZip, AreMalformed) {
  expect_malformed(hand_made::zip({hand_made::stored("m/data.pkl", proto4("N")),
                                   hand_made::stored("n/data.pkl", proto4("N"))}),
                   "more than one data.pkl");
}

TEST(AZipWithoutAPickle, IsMalformed) {
  expect_malformed(hand_made::zip({hand_made::stored("m/data/0", "f")}), "no data.pkl");
}

TEST(AHostilePickleInAZip, IsHostileDeflatedToo) {
  const std::string pickle = proto4(global("os", "system") + ")R");
  EXPECT_TRUE(tells(read_zip(zip_of(pickle)).findings, kPickleRunsCode));
  const Read deflated = read_zip(hand_made::zip({hand_made::packed("m/data.pkl", pickle)}));
  EXPECT_TRUE(tells(deflated.findings, kPickleRunsCode));
  EXPECT_EQ(deflated.findings.all()[0].member, "m/data.pkl");
}

TEST(AStorageThatIsDeflated, IsSaidToBePacked) {
  const Read read = read_zip(hand_made::zip({hand_made::stored("m/data.pkl", Tensor2x2().pickle()),
                                             hand_made::packed("m/data/0", std::string(16, 'f'))}));
  ASSERT_TRUE(read.structure.has_value()) << said(read.findings);
  EXPECT_TRUE(read.structure->tensors.at(0).is_packed);
}

TEST(TwoTensorsOfOneName, AreToldApart) {
  const std::string one = Tensor2x2().pickle();
  const std::string tensor = one.substr(2 + 1 + 8, one.size() - 2 - 1 - 8 - 2);
  const Read read = read_zip(zip_of(
      proto4("}" + text("a.b") + tensor + "s" + text("a") + "}" + text("b") + tensor + "ss")));
  ASSERT_TRUE(read.structure.has_value()) << said(read.findings);
  ASSERT_EQ(read.structure->tensors.size(), 2U);
  EXPECT_EQ(read.structure->tensors[0].name, "a.b");
  EXPECT_EQ(read.structure->tensors[1].name, "a.b#2");
}

TEST(ABillionLaughs, AreEnteredOnce) {
  std::string laughs = "]";
  for (int level = 0; level < 200; ++level) {
    laughs += bytes_of("\x94") + "0](";
    for (int copy = 0; copy < 10; ++copy) laughs += "j" + count(static_cast<unsigned>(level), 4);
    laughs += "e";
  }
  EXPECT_TRUE(read_zip(zip_of(proto4(laughs))).structure.has_value());
}

TEST(AContainerThatHoldsItself, IsEnteredOnce) {
  EXPECT_TRUE(read_zip(zip_of(proto4("]" + bytes_of("\x94h\x00"
                                                    "a"))))
                  .structure.has_value());
}

// The form of before 1.6, by hand.
std::string legacy_of(const std::string& object, const std::string& storages,
                      std::string_view magic = {"\x8a\x0al\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19",
                                                12}) {
  return bytes_of("\x80\x02") + std::string(magic) + "." + bytes_of("\x80\x02M\xe9\x03.") +
         bytes_of("\x80\x02}X\x0d\0\0\0little_endian\x88s.") + object +
         bytes_of(
             "\x80\x02]X\x01\0\0\0"
             "0a.") +
         storages;
}

TEST(ALegacyFile, IsReadToItsLastByte) {
  const std::string file = legacy_of(Tensor2x2().pickle(), count(4, 8) + std::string(16, 'f'));
  const Read read = read_legacy(file);
  ASSERT_TRUE(read.structure.has_value()) << said(read.findings);
  EXPECT_EQ(read.findings.verdict(), Verdict::kClean) << said(read.findings);
  EXPECT_EQ(read.structure->tensors.at(0).offset, file.size() - 16);
  EXPECT_TRUE(tells(read_legacy(file + "x").findings, kPickleAfterStop));
}

TEST(ALegacyStorageOfAnotherSize, IsMalformed) {
  for (const std::string& storages :
       {count(5, 8) + std::string(20, 'f'), count(4, 8) + std::string(15, 'f'),
        count(UINT64_MAX, 8) + std::string(16, 'f'), count(0, 8), std::string("abc")}) {
    const Read read = read_legacy(legacy_of(Tensor2x2().pickle(), storages));
    EXPECT_TRUE(tells(read.findings, kPytorchMalformed)) << said(read.findings);
  }
}

TEST(ALegacyFileWithAnotherMagic, IsAFileOfPickles) {
  const std::string hostile = proto4(global("os", "system") + ")R");
  EXPECT_TRUE(tells(read_legacy(legacy_of(hostile, "", "N")).findings, kPickleRunsCode));
  EXPECT_TRUE(tells(read_legacy(legacy_of(hostile, "")).findings, kPickleRunsCode));
}

// A pickle that brings a file of PyTorch's along as bytes.
std::string loads(const std::string& inner) {
  return proto4(global("torch.storage", "_load_from_bytes") + "B" + count(inner.size(), 4) + inner +
                bytes_of("\x85R"));
}

TEST(AFileWithinAPickle, IsJudgedLikeAFileOfItsOwn) {
  const std::string clean = legacy_of(Tensor2x2().pickle(), count(4, 8) + std::string(16, 'f'));
  EXPECT_EQ(judge(loads(clean)).verdict(), Verdict::kClean) << said(judge(loads(clean)));
  const std::string hostile = legacy_of(proto4(global("os", "system") + ")R"), "");
  EXPECT_EQ(judge(loads(hostile)).verdict(), Verdict::kHostile);
  EXPECT_EQ(judge(loads(zip_of(proto4(global("os", "system") + ")R")))).verdict(),
            Verdict::kHostile);
  EXPECT_NE(judge(loads("no such file")).verdict(), Verdict::kClean);
  std::string deep = clean;
  for (int level = 0; level < 8; ++level) deep = loads(deep);
  EXPECT_TRUE(tells(judge(deep), kPickleTooLarge)) << said(judge(deep));
}

}  // namespace
}  // namespace strongroom::model

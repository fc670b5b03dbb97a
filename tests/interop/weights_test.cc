#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "io/reader.h"
#include "model/structure.h"

// Our readers of weights against the tools that write and read them: NumPy, PyTorch and onnx
// (Debian's), npm's readers of GGUF and safetensors, and two small independent writers
// (tests/interop/weights).
namespace strongroom::model {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path kSource = STRONGROOM_SOURCE_DIR;
const fs::path kPeers = kSource / "tests/interop/weights";

bool runs(const std::string& command) {
  return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
}

/// What `command` prints, as JSON; null when it fails.
json answer_of(const std::string& command, const fs::path& scratch) {
  const fs::path out = scratch / "answer.json";
  if (std::system((command + " > '" + out.string() + "'").c_str()) != 0) return nullptr;
  std::ifstream file(out);
  return json::parse(file);
}

std::string bytes_of_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

FileKind kind_named(const std::string& name) {
  for (const FileKind kind :
       {FileKind::kSafetensors, FileKind::kGguf, FileKind::kNumpy, FileKind::kNumpyZip,
        FileKind::kOnnx, FileKind::kPytorchZip, FileKind::kPickle}) {
    if (name_of(kind) == name) return kind;
  }
  return FileKind::kUnknown;
}

/// Everything is written once, for all tests.
class WeightsBesideOthers : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string pattern = (fs::temp_directory_path() / "weights-interop-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    written_ = answer_of(
        "/usr/bin/python3 '" + (kPeers / "write.py").string() + "' '" + folder_.string() + "'",
        folder_);
  }
  static void TearDownTestSuite() { fs::remove_all(folder_); }

  static Structure read(const std::string& file, FileKind kind) {
    const std::string bytes = bytes_of_file(folder_ / file);
    Findings findings;
    Result<Structure> structure = read_structure(kind, io::MemoryReader(as_bytes(bytes)), findings);
    EXPECT_TRUE(structure.has_value()) << file << ": " << structure.error().context;
    for (const Finding& finding : findings.all())
      ADD_FAILURE() << file << ": " << finding.rule->id << ": " << finding.what;
    return structure.value_or(Structure{});
  }

  /// Holds every file that `tool` wrote against what it says of it.
  static void agree_on(const std::string& kinds_of, const std::vector<std::string>& kinds) {
    if (written_.is_null()) GTEST_SKIP() << "no /usr/bin/python3";
    if (written_["absent"].contains(kinds_of)) {
      GTEST_SKIP() << kinds_of << " is not installed: tools/install_dependencies.sh --test";
    }
    std::size_t files = 0;
    for (const json& file : written_["files"]) {
      if (std::find(kinds.begin(), kinds.end(), file["kind"]) == kinds.end()) continue;
      agree(file);
      ++files;
    }
    EXPECT_GT(files, 0u);
  }

  static void agree(const json& file) {
    const std::string name = file["file"];
    const Structure structure = read(name, kind_named(file["kind"]));
    std::map<std::string, const Tensor*> ours;
    for (const Tensor& tensor : structure.tensors) ours.emplace(tensor.name, &tensor);
    for (const json& said : file["tensors"]) {
      const auto found = ours.find(said["name"]);
      ASSERT_NE(found, ours.end()) << name << ": " << said["name"];
      agree(said, *found->second, name);
    }
  }

  static void agree(const json& said, const Tensor& tensor, const std::string& file) {
    const std::string where = file + ": " + tensor.name;
    EXPECT_EQ(layout_of(tensor.type).name, said["dtype"].get<std::string>()) << where;
    EXPECT_EQ(tensor.shape, said["shape"].get<std::vector<std::uint64_t>>()) << where;
    if (said.contains("strides")) {
      EXPECT_EQ(tensor.strides, said["strides"].get<std::vector<std::uint64_t>>()) << where;
    }
    if (said["bytes"].is_null()) return;
    EXPECT_FALSE(tensor.is_packed) << where;
    const std::string holder =
        bytes_of_file(folder_ / (tensor.external.empty() ? file : tensor.external));
    ASSERT_LE(tensor.offset, holder.size()) << where;
    EXPECT_EQ(to_hex(as_bytes(holder.substr(tensor.offset, tensor.bytes))),
              said["bytes"].get<std::string>())
        << where;
  }

  /// Asks npm's reader of `kind` for what stands in `path`, and compares all of it.
  static void agree_with_npm(const std::string& kind, const fs::path& path) {
    if (!runs("node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)'"))
      GTEST_SKIP() << "no Node of version 20 or later";
    if (!fs::exists(kPeers / "node_modules/@huggingface/gguf"))
      GTEST_SKIP() << "npm's readers are not installed: run tests/interop/install.sh";
    const json theirs = answer_of(
        "node '" + (kPeers / "read.mjs").string() + "' " + kind + " '" + path.string() + "'",
        folder_);
    ASSERT_FALSE(theirs.is_null());
    json ours = json::array();
    for (const Tensor& tensor : read(path, kind_named(kind)).tensors) {
      ours.push_back({{"name", tensor.name},
                      {"dtype", std::string(layout_of(tensor.type).name)},
                      {"shape", tensor.shape},
                      {"offset", tensor.offset}});
    }
    EXPECT_GT(theirs.size(), 0u);
    EXPECT_EQ(ours, theirs);
  }

  static fs::path folder_;
  static json written_;
};
fs::path WeightsBesideOthers::folder_;
json WeightsBesideOthers::written_;

TEST_F(WeightsBesideOthers, AgreeWithAnIndependentWriterOfSafetensors) {
  agree_on("safetensors", {"safetensors"});
}

TEST_F(WeightsBesideOthers, AgreeWithAnIndependentWriterOfGgufInEveryType) {
  agree_on("gguf", {"gguf"});
}

TEST_F(WeightsBesideOthers, AgreeWithNumpyOnArraysAndArchivesOfThem) {
  agree_on("numpy", {"npy", "npz"});
}

TEST_F(WeightsBesideOthers, AgreeWithOnnxOnTensorsInsideAndBesideTheFile) {
  agree_on("onnx", {"onnx"});
}

TEST_F(WeightsBesideOthers, AgreeWithPytorchOnItsNewFilesAndItsOldOnes) {
  agree_on("torch", {"pytorch-zip", "pickle"});
}

TEST_F(WeightsBesideOthers, AgreeWithNpmOnGguf) {
  if (written_.is_null()) GTEST_SKIP() << "no /usr/bin/python3";
  agree_with_npm("gguf", folder_ / "own.gguf");
  agree_with_npm("gguf", folder_ / "version2.gguf");
}

TEST_F(WeightsBesideOthers, AgreeWithNpmOnASampleModel) {
  if (!runs("/usr/bin/python3 '" + (kSource / "tools/make_sample_model.py").string() + "' '" +
            (folder_ / "sample").string() + "'"))
    GTEST_SKIP() << "no /usr/bin/python3";
  agree_with_npm("gguf", folder_ / "sample/sample.gguf");
}

TEST_F(WeightsBesideOthers, AgreeWithNpmOnSafetensors) {
  if (written_.is_null()) GTEST_SKIP() << "no /usr/bin/python3";
  agree_with_npm("safetensors", folder_ / "plain.safetensors");
}

}  // namespace
}  // namespace strongroom::model

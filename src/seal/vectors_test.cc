// Against spec/key-record.vectors and spec/payload.vectors, made by an independent program.
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "seal/keys.h"
#include "seal/payload.h"

namespace strongroom::seal {
namespace {

class Vector {
 public:
  explicit Vector(const std::string& path) {
    std::ifstream file(std::string(STRONGROOM_SOURCE_DIR) + "/spec/" + path);
    for (std::string line; std::getline(file, line);) {
      const std::size_t colon = line.find(": ");
      if (colon != std::string::npos) fields_[line.substr(0, colon)] = line.substr(colon + 2);
    }
  }
  [[nodiscard]] const std::string& text(const std::string& name) const { return fields_.at(name); }
  [[nodiscard]] std::int64_t number(const std::string& name) const {
    return std::stoll(fields_.at(name));
  }
  [[nodiscard]] Bytes bytes(const std::string& name) const { return *from_hex(fields_.at(name)); }
  template <class Id>
  [[nodiscard]] Id id(const std::string& name) const {
    return *Id::from_view(bytes(name));
  }
  template <class Key>
  [[nodiscard]] Key key(const std::string& name) const {
    return Key::filled([&](MutableByteView out) { std::ranges::copy(bytes(name), out.begin()); });
  }

 private:
  std::map<std::string, std::string> fields_;
};

class WrapVectors : public testing::TestWithParam<const char*> {};

TEST_P(WrapVectors, AreReproduced) {
  const Vector vector("key-record.vectors/wrap-" + std::string(GetParam()) + ".txt");
  const Context context{vector.id<StrongroomId>("strongroom"),
                        vector.id<ObjectId>("object"),
                        vector.number("group"),
                        vector.number("epoch"),
                        wrap_suite_from(vector.text("suite")).value(),
                        vector.id<Digest>("policy")};
  EXPECT_EQ(context.bytes(), vector.bytes("context"));
  const WrappedKey wrapped =
      wrap(vector.key<DataKey>("data_key"), vector.key<QuorumSecret>("quorum"),
           vector.key<SiteSecret>("site"), context);
  EXPECT_EQ(copy_bytes(wrapped.view()), vector.bytes("wrapped"));
}
INSTANTIATE_TEST_SUITE_P(Suites, WrapVectors,
                         testing::Values("development-x25519", "classical-p256"),
                         [](const auto& suite) {
                           return std::string(suite.param).starts_with("dev") ? "X25519" : "P256";
                         });

class AssociatedVectors : public testing::TestWithParam<const char*> {};

TEST_P(AssociatedVectors, AreReproduced) {
  const Vector vector("payload.vectors/associated-" + std::string(GetParam()) + ".txt");
  StreamIdentity stream;
  stream.strongroom = vector.id<StrongroomId>("strongroom");
  stream.object = vector.id<ObjectId>("object");
  stream.group = vector.number("group");
  stream.kind = vector.text("kind") == "file" ? StreamKind::kFile : StreamKind::kNames;
  stream.index = vector.number("index");
  stream.bytes = static_cast<std::uint64_t>(vector.number("bytes"));
  stream.suite = payload_suite_from(vector.text("suite")).value();
  EXPECT_EQ(associated_with(stream), vector.id<Digest>("associated"));
}
INSTANTIATE_TEST_SUITE_P(Kinds, AssociatedVectors, testing::Values("file", "names"),
                         [](const auto& kind) { return std::string(kind.param); });

}  // namespace
}  // namespace strongroom::seal

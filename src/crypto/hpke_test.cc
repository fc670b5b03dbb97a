#include "crypto/hpke.h"

#include <gtest/gtest.h>

#include <sstream>

#include "crypto/hpke_context.h"
#include "crypto/vectors_for_test.h"

namespace strongroom::crypto {
namespace {

namespace fs = std::filesystem;
using Lines = std::multimap<std::string, std::string>;

const fs::path kFolder = fs::path(STRONGROOM_SOURCE_DIR) / "spec/hpke.vectors";

Lines lines_of(const fs::path& path) {
  Lines lines;
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) lines.emplace(line.substr(0, colon), line.substr(colon + 2));
  }
  return lines;
}

std::string text(const Lines& lines, const std::string& name) {
  const auto found = lines.find(name);
  EXPECT_NE(found, lines.end()) << name;
  return found == lines.end() ? "" : found->second;
}

Bytes unhex(const std::string& value) {
  if (value == "-") return {};
  const std::optional<Bytes> bytes = from_hex(value);
  EXPECT_TRUE(bytes) << value;
  return bytes.value_or(Bytes{});
}

Bytes bytes(const Lines& lines, const std::string& name) { return unhex(text(lines, name)); }

HpkeSuite suite_of(const Lines& lines) {
  return {static_cast<KemKind>(std::stoi(text(lines, "kem"))),
          static_cast<KdfKind>(std::stoi(text(lines, "kdf"))),
          static_cast<HpkeAead>(std::stoi(text(lines, "aead")))};
}

KemPrivate private_of(Bytes scalar) {
  return KemPrivate::take(std::span<std::uint8_t, 32>(scalar.data(), 32));
}

template <class SecretType>
Bytes revealed(const SecretType& secret) {
  return secret.with_bytes([](ByteView view) { return copy_bytes(view); });
}

std::vector<Lines> cases(const std::string& expect) {
  std::vector<Lines> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(kFolder)) {
    Lines lines = lines_of(entry.path());
    if (text(lines, "expect") != expect) continue;
    lines.emplace("file", entry.path().filename());
    found.push_back(std::move(lines));
  }
  return found;
}

class Rfc9180 : public testing::TestWithParam<Lines> {
 protected:
  const Lines& lines() const { return GetParam(); }
  HpkeSuite suite() const { return suite_of(lines()); }
  KemPrivate recipient() const { return private_of(bytes(lines(), "recipient_secret")); }
  HpkeContext sender() const {
    const KemKeyPair ephemeral{private_of(bytes(lines(), "ephemeral_secret")),
                               bytes(lines(), "encapsulated")};
    return *setup_base_sender(suite(), ephemeral, bytes(lines(), "recipient_public"),
                              bytes(lines(), "info"));
  }
  HpkeContext receiver() const {
    return *setup_base_receiver(suite(), recipient(), bytes(lines(), "encapsulated"),
                                bytes(lines(), "info"));
  }
};
INSTANTIATE_TEST_SUITE_P(AppendixA, Rfc9180, testing::ValuesIn(cases("valid")),
                         [](const testing::TestParamInfo<Lines>& test) {
                           std::string name = fs::path(text(test.param, "file")).stem();
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(Rfc9180Figures, AreSixCases) { EXPECT_EQ(cases("valid").size(), 6u); }

TEST_P(Rfc9180, DerivesBothKeyPairs) {
  for (const std::string who : {"ephemeral", "recipient"}) {
    const auto pair = derive_kem(suite().kem, bytes(lines(), who + "_seed"));
    ASSERT_TRUE(pair);
    EXPECT_EQ(revealed(pair->secret), bytes(lines(), who + "_secret"));
    EXPECT_EQ(pair->public_key,
              bytes(lines(), who == "recipient" ? "recipient_public" : "encapsulated"));
  }
}

TEST_P(Rfc9180, AgreesOnTheSharedSecretAtBothEnds) {
  const KemKeyPair ephemeral{private_of(bytes(lines(), "ephemeral_secret")),
                             bytes(lines(), "encapsulated")};
  const auto sent = encapsulate(suite().kem, ephemeral, bytes(lines(), "recipient_public"));
  const auto got = decapsulate(suite().kem, recipient(), bytes(lines(), "encapsulated"));
  ASSERT_TRUE(sent && got);
  EXPECT_EQ(revealed(*sent), bytes(lines(), "shared_secret"));
  EXPECT_EQ(revealed(*got), bytes(lines(), "shared_secret"));
}

struct Message {
  std::uint64_t sequence;
  Bytes associated, plaintext, ciphertext;
};

std::map<std::uint64_t, Message> messages_of(const Lines& lines) {
  std::map<std::uint64_t, Message> messages;
  const auto [first, last] = lines.equal_range("message");
  for (auto at = first; at != last; ++at) {
    std::istringstream fields(at->second);
    std::uint64_t sequence = 0;
    std::string associated, plaintext, ciphertext;
    fields >> sequence >> associated >> plaintext >> ciphertext;
    messages[sequence] = {sequence, unhex(associated), unhex(plaintext), unhex(ciphertext)};
  }
  return messages;
}

TEST_P(Rfc9180, SealsAndOpensEveryMessageInItsPlace) {
  HpkeContext from = sender();
  HpkeContext to = receiver();
  const std::map<std::uint64_t, Message> messages = messages_of(lines());
  if (suite().aead == HpkeAead::kExportOnly) {
    EXPECT_TRUE(messages.empty());
    EXPECT_EQ(from.seal({}, {}).error().code, ErrorCode::kUsage);
    EXPECT_EQ(to.open({}, Bytes(16)).error().code, ErrorCode::kUsage);
    return;
  }
  ASSERT_EQ(messages.size(), 6u);
  for (std::uint64_t sequence = 0; sequence <= 256; ++sequence) {
    const auto published = messages.find(sequence);
    const Message message =
        published == messages.end() ? Message{sequence, {}, Bytes{1}, {}} : published->second;
    const auto ciphertext = from.seal(message.associated, message.plaintext);
    ASSERT_TRUE(ciphertext);
    if (published != messages.end()) {
      EXPECT_EQ(*ciphertext, message.ciphertext) << sequence;
    }
    const auto plaintext = to.open(message.associated, *ciphertext);
    ASSERT_TRUE(plaintext);
    EXPECT_EQ(revealed(*plaintext), message.plaintext) << sequence;
  }
}

TEST_P(Rfc9180, ExportsThePublishedSecretsAtBothEnds) {
  const HpkeContext from = sender();
  const HpkeContext to = receiver();
  const auto [first, last] = lines().equal_range("export");
  for (auto at = first; at != last; ++at) {
    std::istringstream fields(at->second);
    std::string context, value;
    fields >> context >> value;
    EXPECT_EQ(revealed(*from.exported(unhex(context), 32)), unhex(value));
    EXPECT_EQ(revealed(*to.exported(unhex(context), 32)), unhex(value));
  }
  EXPECT_EQ(revealed(*from.exported({}, 100)), revealed(*to.exported({}, 100)));
}

TEST(HostileHpke, FailsAlwaysWithTheOneErrorOfKeys) {
  const std::vector<Lines> hostile = cases("wrong_key");
  EXPECT_EQ(hostile.size(), 17u);
  for (const Lines& lines : hostile) {
    const HpkeSealed sealed{bytes(lines, "encapsulated"), bytes(lines, "ciphertext")};
    const auto opened = hpke_open(suite_of(lines), private_of(bytes(lines, "recipient_secret")),
                                  bytes(lines, "info"), bytes(lines, "associated"), sealed);
    ASSERT_FALSE(opened) << text(lines, "file");
    EXPECT_EQ(opened.error().code, ErrorCode::kWrongKey) << text(lines, "file");
  }
}

class EveryKem : public testing::TestWithParam<KemKind> {
 protected:
  HpkeSuite suite() const { return {GetParam(), KdfKind::kHkdfSha384, HpkeAead::kAes256Gcm}; }
};
INSTANTIATE_TEST_SUITE_P(Both, EveryKem, testing::Values(KemKind::kX25519, KemKind::kP256));

TEST_P(EveryKem, OpensWhatWasSealedToIt) {
  const KemKeyPair pair = generate_kem(GetParam());
  EXPECT_EQ(pair.public_key.size(), kem_public_bytes(GetParam()));
  const auto sealed =
      hpke_seal(suite(), pair.public_key, as_bytes("info"), as_bytes("aad"), as_bytes("share"));
  ASSERT_TRUE(sealed);
  EXPECT_EQ(sealed->encapsulated.size(), kem_public_bytes(GetParam()));
  const auto opened = hpke_open(suite(), pair.secret, as_bytes("info"), as_bytes("aad"), *sealed);
  ASSERT_TRUE(opened);
  EXPECT_EQ(revealed(*opened), copy_bytes(as_bytes("share")));
}

TEST_P(EveryKem, NeverSealsTheSameBytesTwice) {
  const KemKeyPair pair = generate_kem(GetParam());
  const auto first = hpke_seal(suite(), pair.public_key, {}, {}, as_bytes("share"));
  const auto second = hpke_seal(suite(), pair.public_key, {}, {}, as_bytes("share"));
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->encapsulated, second->encapsulated);
  EXPECT_NE(first->ciphertext, second->ciphertext);
}

TEST_P(EveryKem, OpensNothingOfAnotherKeyInfoAssociatedDataOrSuite) {
  const KemKeyPair pair = generate_kem(GetParam());
  const auto sealed = hpke_seal(suite(), pair.public_key, as_bytes("info"), as_bytes("aad"), {});
  ASSERT_TRUE(sealed);
  const auto code = [&](const HpkeSuite& with, const KemPrivate& key, std::string_view info,
                        std::string_view associated) {
    return hpke_open(with, key, as_bytes(info), as_bytes(associated), *sealed).error().code;
  };
  HpkeSuite other = suite();
  other.kdf = KdfKind::kHkdfSha256;
  EXPECT_EQ(code(suite(), generate_kem(GetParam()).secret, "info", "aad"), ErrorCode::kWrongKey);
  EXPECT_EQ(code(suite(), pair.secret, "infO", "aad"), ErrorCode::kWrongKey);
  EXPECT_EQ(code(suite(), pair.secret, "info", "aaD"), ErrorCode::kWrongKey);
  EXPECT_EQ(code(other, pair.secret, "info", "aad"), ErrorCode::kWrongKey);
}

TEST_P(EveryKem, SealsNothingToWhatIsNotAKey) {
  const std::size_t right = kem_public_bytes(GetParam());
  for (const Bytes& key : {Bytes{}, Bytes(right - 1, 9), Bytes(right + 1, 9), Bytes(right, 0)}) {
    const auto sealed = hpke_seal(suite(), key, {}, {}, as_bytes("share"));
    ASSERT_FALSE(sealed);
    EXPECT_EQ(sealed.error().code, ErrorCode::kMalformed);
  }
}

TEST(AP256Scalar, OutOfRangeHasNoPublicKey) {
  const std::string order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
  const std::string below = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550";
  const std::string above = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552";
  EXPECT_TRUE(kem_public_of(KemKind::kP256, private_of(unhex(below))));
  for (const Bytes& scalar : {unhex(order), unhex(above), Bytes(32, 0), Bytes(32, 0xff)}) {
    const auto key = kem_public_of(KemKind::kP256, private_of(scalar));
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().code, ErrorCode::kMalformed);
  }
}

TEST(AnExportOnlySuite, SealsAndOpensNothing) {
  const HpkeSuite suite{KemKind::kX25519, KdfKind::kHkdfSha384, HpkeAead::kExportOnly};
  const KemKeyPair pair = generate_kem(KemKind::kX25519);
  EXPECT_EQ(hpke_seal(suite, pair.public_key, {}, {}, {}).error().code, ErrorCode::kUsage);
  EXPECT_EQ(hpke_open(suite, pair.secret, {}, {}, {pair.public_key, Bytes(16)}).error().code,
            ErrorCode::kWrongKey);
}

TEST(AnHpkeContext, ThatFailedToOpenStillWaitsForTheSameMessage) {
  const KemKeyPair recipient = generate_kem(KemKind::kX25519);
  const KemKeyPair ephemeral = generate_kem(KemKind::kX25519);
  HpkeContext from = *setup_base_sender({}, ephemeral, recipient.public_key, {});
  HpkeContext to = *setup_base_receiver({}, recipient.secret, ephemeral.public_key, {});
  const Bytes sealed = *from.seal({}, as_bytes("first"));
  EXPECT_EQ(to.open({}, Bytes(21)).error().code, ErrorCode::kNotAuthentic);
  EXPECT_TRUE(to.open({}, sealed));
}

// "acceptable" cases are non-canonical or twisted inputs for which RFC 7748 gives an answer: we
// either give the same one, or refuse the zeroes.
TEST(WycheproofX25519, IsJudgedCaseByCase) {
  STRONGROOM_VECTORS_OR_SKIP(path, "wycheproof/x25519_test.json");
  const nlohmann::json file = json_of(*path);
  int judged = 0;
  int zeroes = 0;
  for (const nlohmann::json& group : file.at("testGroups")) {
    for (const nlohmann::json& test : group.at("tests")) {
      const auto output = diffie_hellman(KemKind::kX25519, private_of(hex_of(test, "private")),
                                         hex_of(test, "public"));
      const Bytes expected = hex_of(test, "shared");
      if (expected == Bytes(32, 0)) {
        EXPECT_FALSE(output) << test.dump();
        ++zeroes;
      } else {
        ASSERT_TRUE(output) << test.dump();
        EXPECT_EQ(revealed(*output), expected) << test.dump();
      }
      ++judged;
    }
  }
  EXPECT_EQ(judged, 518);
  EXPECT_GT(zeroes, 0);
}

// The head of a P-256 SubjectPublicKeyInfo with an uncompressed point. Keys in any other encoding
// never reach us: they count as refused.
Bytes point_in(const Bytes& encoded) {
  static const Bytes kHead = unhex("3059301306072a8648ce3d020106082a8648ce3d030107034200");
  if (encoded.size() < kHead.size()) return {};
  if (!std::equal(kHead.begin(), kHead.end(), encoded.begin())) return {};
  return Bytes(encoded.begin() + static_cast<std::ptrdiff_t>(kHead.size()), encoded.end());
}

TEST(WycheproofEcdhP256, IsJudgedCaseByCase) {
  STRONGROOM_VECTORS_OR_SKIP(path, "wycheproof/ecdh_secp256r1_test.json");
  const nlohmann::json file = json_of(*path);
  int judged = 0;
  int agreed = 0;
  for (const nlohmann::json& group : file.at("testGroups")) {
    for (const nlohmann::json& test : group.at("tests")) {
      ++judged;
      Bytes scalar = hex_of(test, "private");
      while (scalar.size() > 32 && scalar.front() == 0) scalar.erase(scalar.begin());
      scalar.insert(scalar.begin(), 32 - std::min<std::size_t>(32, scalar.size()), 0);
      ASSERT_EQ(scalar.size(), 32u) << test.dump();
      const Bytes point = point_in(hex_of(test, "public"));
      const auto output = diffie_hellman(KemKind::kP256, private_of(scalar), point);
      const std::string result = test.at("result");
      if (result == "valid" && !point.empty() && point[0] == 4) {
        EXPECT_TRUE(output) << test.dump();
      }
      if (result == "invalid") {
        EXPECT_FALSE(output) << test.dump();
      }
      if (!output) continue;
      EXPECT_EQ(revealed(*output), hex_of(test, "shared")) << test.dump();
      ++agreed;
    }
  }
  EXPECT_EQ(judged, 612);
  EXPECT_GE(agreed, 300);
}

}  // namespace
}  // namespace strongroom::crypto

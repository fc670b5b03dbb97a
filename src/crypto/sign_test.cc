#include "crypto/sign.h"

#include <gtest/gtest.h>

#include "crypto/vectors_for_test.h"

namespace strongroom::crypto {
namespace {

Ed25519Seed seed_of(std::uint8_t fill) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(fill);
  return Ed25519Seed::take(bytes);
}

TEST(Ed25519, GivesTheAnswerOfRfc8032) {  // §7.1, test 2
  Bytes seed = from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb").value();
  const Ed25519Seed secret = Ed25519Seed::take(std::span<std::uint8_t, 32>(seed));
  EXPECT_EQ(ed25519_public(secret).hex(),
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  EXPECT_EQ(ed25519_sign(secret, Bytes{0x72}).hex(),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}

TEST(Ed25519, SignatureHoldsForItsMessageAndKeyAlone) {
  const Ed25519Seed seed = seed_of(7);
  const Ed25519Public key = ed25519_public(seed);
  const Ed25519Signature signature = ed25519_sign(seed, as_bytes("open"));
  EXPECT_TRUE(ed25519_verify(key, as_bytes("open"), signature));
  const Result<void> other_message = ed25519_verify(key, as_bytes("opem"), signature);
  ASSERT_FALSE(other_message);
  EXPECT_EQ(other_message.error().code, ErrorCode::kNotAuthentic);
  EXPECT_FALSE(ed25519_verify(ed25519_public(seed_of(8)), as_bytes("open"), signature));
}

TEST(Ed25519, SignsTheEmptyMessage) {
  const Ed25519Seed seed = seed_of(1);
  EXPECT_TRUE(ed25519_verify(ed25519_public(seed), {}, ed25519_sign(seed, {})));
}

TEST(GeneratedKeys, DifferFromEachOther) {
  EXPECT_NE(ed25519_public(generate_ed25519()), ed25519_public(generate_ed25519()));
}

// Under the neutral point as key, R = neutral and S = 0 satisfy the equation for every message.
TEST(AKeyOfSmallOrder, CannotSignEverythingAtOnce) {
  Ed25519Signature signature;
  signature.bytes[0] = 1;
  for (const char* y : {
           "0100000000000000000000000000000000000000000000000000000000000000",
           "0100000000000000000000000000000000000000000000000000000000000080",
           "0000000000000000000000000000000000000000000000000000000000000000",
           "0000000000000000000000000000000000000000000000000000000000000080",
           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
           "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
           "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
           "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
       }) {
    const Ed25519Public key = Ed25519Public::from_hex_text(y).value();
    for (char message = 'a'; message < 'a' + 16; ++message) {
      EXPECT_FALSE(ed25519_verify(key, as_bytes(std::string_view(&message, 1)), signature)) << y;
    }
  }
}

struct Count {
  int judged = 0;
  int valid = 0;
};

// `verdict(group, test)`: does the signature hold?
template <class Verdict>
Count judge(const std::filesystem::path& path, Verdict verdict) {
  const nlohmann::json file = json_of(path);
  Count count;
  for (const nlohmann::json& group : file.at("testGroups")) {
    for (const nlohmann::json& test : group.at("tests")) {
      const bool valid = test.at("result") == "valid";
      EXPECT_EQ(verdict(group, test), valid) << test.dump();
      ++count.judged;
      if (valid) ++count.valid;
    }
  }
  return count;
}

TEST(WycheproofEd25519, IsJudgedCaseByCase) {
  STRONGROOM_VECTORS_OR_SKIP(path, "wycheproof/ed25519_test.json");
  const Count count = judge(*path, [](const nlohmann::json& group, const nlohmann::json& test) {
    const auto key = Ed25519Public::from_view(hex_of(group.at("publicKey"), "pk"));
    const auto signature = Ed25519Signature::from_view(hex_of(test, "sig"));
    return key && signature && ed25519_verify(*key, hex_of(test, "msg"), *signature).has_value();
  });
  EXPECT_EQ(count.judged, 151);
  EXPECT_EQ(count.valid, 88);
}

TEST(WycheproofEcdsaP256WithDerSignatures, IsJudgedCaseByCase) {
  STRONGROOM_VECTORS_OR_SKIP(path, "wycheproof/ecdsa_secp256r1_sha256_test.json");
  const Count count = judge(*path, [](const nlohmann::json& group, const nlohmann::json& test) {
    return p256_verify_der(hex_of(group.at("publicKey"), "uncompressed"), hex_of(test, "msg"),
                           hex_of(test, "sig"))
        .has_value();
  });
  EXPECT_EQ(count.judged, 484);
  EXPECT_EQ(count.valid, 174);
}

TEST(WycheproofEcdsaP256WithP1363Signatures, IsJudgedCaseByCase) {
  STRONGROOM_VECTORS_OR_SKIP(path, "wycheproof/ecdsa_secp256r1_sha256_p1363_test.json");
  const Count count = judge(*path, [](const nlohmann::json& group, const nlohmann::json& test) {
    return p256_verify(hex_of(group.at("publicKey"), "uncompressed"), hex_of(test, "msg"),
                       hex_of(test, "sig"))
        .has_value();
  });
  EXPECT_EQ(count.judged, 262);
  EXPECT_EQ(count.valid, 173);
}

TEST(AP256Key, OffTheCurveOrInAnotherFormIsRefused) {
  Bytes off_curve(65, 1);
  off_curve[0] = 4;
  for (const Bytes& key : {off_curve, Bytes(65, 0), Bytes(33, 2), Bytes{}, Bytes{0}}) {
    const Result<void> verdict = p256_verify(key, as_bytes("m"), Bytes(64, 1));
    ASSERT_FALSE(verdict);
    EXPECT_EQ(verdict.error().code, ErrorCode::kNotAuthentic);
  }
}

}  // namespace
}  // namespace strongroom::crypto

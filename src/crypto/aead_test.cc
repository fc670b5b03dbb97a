#include "crypto/aead.h"

#include <gtest/gtest.h>

#include "crypto/vectors_for_test.h"

namespace strongroom::crypto {
namespace {

class EveryAead : public testing::TestWithParam<AeadKind> {
 protected:
  Aead aead(std::uint8_t fill = 7) const {
    return Aead(GetParam(), Bytes(aead_key_bytes(GetParam()), fill));
  }
  static Bytes sealed(Aead& aead, ByteView plaintext) {
    Bytes out(plaintext.size() + kAeadTagBytes);
    aead.seal(kNonce, as_bytes("aad"), plaintext, out);
    return out;
  }
  static inline const Bytes kNonce = Bytes(kAeadNonceBytes, 1);
  static inline const Bytes kPlaintext = copy_bytes(as_bytes("the weights of a small model"));
};
INSTANTIATE_TEST_SUITE_P(AllThree, EveryAead,
                         testing::Values(AeadKind::kAes128Gcm, AeadKind::kAes256Gcm,
                                         AeadKind::kChaCha20Poly1305));

TEST_P(EveryAead, SealsAndOpensInTurnUnderOneKey) {
  Aead aead = this->aead();
  for (int round = 0; round < 3; ++round) {
    const Bytes ciphertext = sealed(aead, kPlaintext);
    Bytes opened(kPlaintext.size());
    ASSERT_TRUE(aead.open(kNonce, as_bytes("aad"), ciphertext, opened));
    EXPECT_EQ(opened, kPlaintext);
    EXPECT_EQ(ciphertext, sealed(aead, kPlaintext));
  }
}

TEST_P(EveryAead, SealsNothingAtAll) {
  Aead aead = this->aead();
  const Bytes tag = sealed(aead, {});
  EXPECT_EQ(tag.size(), kAeadTagBytes);
  EXPECT_TRUE(aead.open(kNonce, as_bytes("aad"), tag, {}));
}

TEST_P(EveryAead, WorksInPlace) {
  Aead aead = this->aead();
  Bytes buffer = kPlaintext;
  buffer.resize(kPlaintext.size() + kAeadTagBytes);
  const MutableByteView front = MutableByteView(buffer).first(kPlaintext.size());
  aead.seal(kNonce, as_bytes("aad"), front, buffer);
  EXPECT_EQ(buffer, sealed(aead, kPlaintext));
  ASSERT_TRUE(aead.open(kNonce, as_bytes("aad"), buffer, front));
  EXPECT_EQ(copy_bytes(front), kPlaintext);
}

TEST_P(EveryAead, RefusesEveryFlippedBitAndLeavesZeroes) {
  Aead aead = this->aead();
  const Bytes ciphertext = sealed(aead, kPlaintext);
  for (std::size_t bit = 0; bit < ciphertext.size() * 8; ++bit) {
    Bytes flipped = ciphertext;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1u << (bit % 8)));
    Bytes out(kPlaintext.size(), 0xaa);
    const Result<void> opened = aead.open(kNonce, as_bytes("aad"), flipped, out);
    ASSERT_FALSE(opened) << bit;
    EXPECT_EQ(opened.error().code, ErrorCode::kNotAuthentic);
    EXPECT_EQ(out, Bytes(kPlaintext.size(), 0));
  }
}

TEST_P(EveryAead, RefusesAnotherNonceAssociatedDataKeyOrLength) {
  Aead aead = this->aead();
  const Bytes ciphertext = sealed(aead, kPlaintext);
  Bytes out(kPlaintext.size());
  Bytes shorter(kPlaintext.size() - 1);
  EXPECT_FALSE(aead.open(Bytes(kAeadNonceBytes, 2), as_bytes("aad"), ciphertext, out));
  EXPECT_FALSE(aead.open(kNonce, as_bytes("aaD"), ciphertext, out));
  EXPECT_FALSE(aead.open(kNonce, {}, ciphertext, out));
  Aead other = this->aead(8);
  EXPECT_FALSE(other.open(kNonce, as_bytes("aad"), ciphertext, out));
  EXPECT_FALSE(aead.open(kNonce, as_bytes("aad"), ByteView(ciphertext).first(ciphertext.size() - 1),
                         shorter));
  EXPECT_FALSE(aead.open(kNonce, as_bytes("aad"), Bytes(kAeadTagBytes - 1), {}));
  EXPECT_FALSE(aead.open(kNonce, as_bytes("aad"), {}, {}));
  EXPECT_TRUE(aead.open(kNonce, as_bytes("aad"), ciphertext, out));
}

TEST(ChaCha20Poly1305, GivesTheAnswerOfRfc8439) {  // §2.8.2
  Aead aead(AeadKind::kChaCha20Poly1305,
            *from_hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"));
  const std::string_view plaintext =
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
      "sunscreen would be it.";
  Bytes out(plaintext.size() + kAeadTagBytes);
  aead.seal(*from_hex("070000004041424344454647"), *from_hex("50515253c0c1c2c3c4c5c6c7"),
            as_bytes(plaintext), out);
  EXPECT_EQ(to_hex(ByteView(out).last(kAeadTagBytes)), "1ae10b594f09e26a7e902ecbd0600691");
  EXPECT_EQ(to_hex(ByteView(out).first(16)), "d31a8d34648e60db7b86afbc53ef7ec2");
}

// What we offer: 96-bit nonces, 128-bit tags, 128- and 256-bit keys. Other cases are counted apart.
TEST(WycheproofAesGcm, IsJudgedCaseByCase) {
  STRONGROOM_VECTORS_OR_SKIP(path, "wycheproof/aes_gcm_test.json");
  const nlohmann::json file = json_of(*path);
  int judged = 0;
  int not_offered = 0;
  for (const nlohmann::json& group : file.at("testGroups")) {
    const int key_bits = group.at("keySize");
    const bool offered = group.at("ivSize") == 96 && group.at("tagSize") == 128 && key_bits != 192;
    for (const nlohmann::json& test : group.at("tests")) {
      if (!offered) {
        ++not_offered;
        continue;
      }
      ++judged;
      Aead aead(key_bits == 128 ? AeadKind::kAes128Gcm : AeadKind::kAes256Gcm, hex_of(test, "key"));
      const Bytes message = hex_of(test, "msg");
      Bytes sealed = hex_of(test, "ct");
      const Bytes tag = hex_of(test, "tag");
      sealed.insert(sealed.end(), tag.begin(), tag.end());
      Bytes opened(sealed.size() - kAeadTagBytes);
      const bool valid = test.at("result") == "valid";
      EXPECT_EQ(aead.open(hex_of(test, "iv"), hex_of(test, "aad"), sealed, opened).has_value(),
                valid)
          << test.dump();
      if (!valid) continue;
      EXPECT_EQ(opened, message) << test.dump();
      Bytes ours(sealed.size());
      aead.seal(hex_of(test, "iv"), hex_of(test, "aad"), message, ours);
      EXPECT_EQ(ours, sealed) << test.dump();
    }
  }
  EXPECT_EQ(judged + not_offered, 316);
  EXPECT_GE(judged, 100);
}

}  // namespace
}  // namespace strongroom::crypto

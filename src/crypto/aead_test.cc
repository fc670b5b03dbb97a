#include "crypto/aead.h"

#include <gtest/gtest.h>

#include "crypto/vectors_for_test.h"

namespace strongroom::crypto {
namespace {

struct Computed {
  AeadKind kind;
  AeadEngine engine;
};

class EveryAead : public testing::TestWithParam<Computed> {
 protected:
  void SetUp() override {
    if (!is_available(GetParam().engine, GetParam().kind)) {
      GTEST_SKIP() << "libipsec-mb is not built in, or this processor lacks AVX-512 with VAES";
    }
  }
  Aead aead(std::uint8_t fill = 7) const {
    return Aead(GetParam().kind, Bytes(aead_key_bytes(GetParam().kind), fill), GetParam().engine);
  }
  static Bytes sealed(Aead& aead, ByteView plaintext) {
    Bytes out(plaintext.size() + kAeadTagBytes);
    aead.seal(kNonce, as_bytes("aad"), plaintext, out);
    return out;
  }
  static inline const Bytes kNonce = Bytes(kAeadNonceBytes, 1);
  static inline const Bytes kPlaintext = copy_bytes(as_bytes("the weights of a small model"));
};
INSTANTIATE_TEST_SUITE_P(
    AllThree, EveryAead,
    testing::Values(Computed{AeadKind::kAes128Gcm, AeadEngine::kOpenssl},
                    Computed{AeadKind::kAes256Gcm, AeadEngine::kOpenssl},
                    Computed{AeadKind::kChaCha20Poly1305, AeadEngine::kOpenssl},
                    Computed{AeadKind::kAes128Gcm, AeadEngine::kIpsecMb},
                    Computed{AeadKind::kAes256Gcm, AeadEngine::kIpsecMb},
                    Computed{AeadKind::kChaCha20Poly1305, AeadEngine::kFastest}));

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

class BothAesGcms : public testing::TestWithParam<AeadKind> {};
INSTANTIATE_TEST_SUITE_P(BothKeyLengths, BothAesGcms,
                         testing::Values(AeadKind::kAes128Gcm, AeadKind::kAes256Gcm));

// Every length around the block sizes of wide code, and one of a whole segment.
TEST_P(BothAesGcms, GiveTheSameBytesAtEveryLength) {
  if (!is_available(AeadEngine::kIpsecMb, GetParam())) GTEST_SKIP() << "no libipsec-mb here";
  const Bytes key(aead_key_bytes(GetParam()), 9);
  Aead one(GetParam(), key, AeadEngine::kOpenssl);
  Aead other(GetParam(), key, AeadEngine::kIpsecMb);
  std::vector<std::size_t> lengths{1'048'575, 1'048'576, 1'048'577};
  for (std::size_t length = 0; length <= 1'100; ++length) lengths.push_back(length);
  Bytes message(1'048'577);
  for (std::size_t i = 0; i < message.size(); ++i) {
    message[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
  }
  for (const std::size_t length : lengths) {
    const ByteView plaintext = ByteView(message).first(length);
    const ByteView associated = ByteView(message).first(length % 67);
    Bytes nonce(kAeadNonceBytes, static_cast<std::uint8_t>(length));
    Bytes by_one(length + kAeadTagBytes);
    Bytes by_other(length + kAeadTagBytes);
    one.seal(nonce, associated, plaintext, by_one);
    other.seal(nonce, associated, plaintext, by_other);
    ASSERT_EQ(by_one, by_other) << length;
    Bytes opened(length, 1);
    ASSERT_TRUE(other.open(nonce, associated, by_one, opened)) << length;
    ASSERT_TRUE(std::ranges::equal(opened, plaintext)) << length;
    ASSERT_TRUE(one.open(nonce, associated, by_other, opened)) << length;
  }
}

// NIST's test case 16 of the GCM submission (McGrew and Viega).
TEST(Aes256Gcm, GivesTheAnswerOfItsAuthorsByEveryEngine) {
  for (const AeadEngine engine :
       {AeadEngine::kFastest, AeadEngine::kOpenssl, AeadEngine::kIpsecMb}) {
    if (!is_available(engine, AeadKind::kAes256Gcm)) continue;
    Aead aead(AeadKind::kAes256Gcm,
              *from_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"),
              engine);
    const Bytes plaintext = *from_hex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449"
        "a6"
        "b525b16aedf5aa0de657ba637b39");
    Bytes out(plaintext.size() + kAeadTagBytes);
    aead.seal(*from_hex("cafebabefacedbaddecaf888"),
              *from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2"), plaintext, out);
    EXPECT_EQ(to_hex(ByteView(out).first(16)), "522dc1f099567d07f47f37a32a84427d");
    EXPECT_EQ(to_hex(ByteView(out).last(kAeadTagBytes)), "76fc6ece0f4e1768cddf8853bb2d551b");
  }
}

// What we offer: 96-bit nonces, 128-bit tags, 128- and 256-bit keys. Other cases are counted apart.
void judge_wycheproof(AeadEngine engine) {
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
      Aead aead(key_bits == 128 ? AeadKind::kAes128Gcm : AeadKind::kAes256Gcm, hex_of(test, "key"),
                engine);
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

TEST(WycheproofAesGcm, IsJudgedCaseByCase) { judge_wycheproof(AeadEngine::kOpenssl); }

TEST(WycheproofAesGcm, IsJudgedCaseByCaseByTheWideEngine) {
  if (!is_available(AeadEngine::kIpsecMb, AeadKind::kAes256Gcm)) {
    GTEST_SKIP() << "libipsec-mb is not built in, or this processor lacks AVX-512 with VAES";
  }
  judge_wycheproof(AeadEngine::kIpsecMb);
}

}  // namespace
}  // namespace strongroom::crypto

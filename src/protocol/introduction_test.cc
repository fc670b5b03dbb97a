#include "protocol/introduction.h"

#include <gtest/gtest.h>

#include "crypto/hpke.h"
#include "crypto/random.h"
#include "protocol/spoken_id.h"

namespace strongroom::protocol {
namespace {

struct Somebody {
  crypto::Ed25519Seed seed = crypto::generate_ed25519();
  Introduction introduction;

  Somebody() {
    introduction.person = crypto::random_id<PersonId>();
    introduction.name = open_text("alice").value();
    crypto::PublicKeys& keys = introduction.keys;
    keys.sign = crypto::ed25519_public(seed);
    keys.seal = crypto::generate_kem(keys.kem).public_key;
    keys.id = crypto::key_id_of(keys.sign, keys.kem, keys.seal);
  }
  [[nodiscard]] std::string file(const Introduction& of) const {
    const Signer signer{of.keys.id, [this](ByteView bytes) -> Result<crypto::Ed25519Signature> {
                          return crypto::ed25519_sign(seed, bytes);
                        }};
    return encode_introduction(of, signer).value();
  }
};

ErrorCode code_of(std::string_view bytes) {
  const Result<Introduction> read = decode_introduction(bytes);
  return read ? ErrorCode{} : read.error().code;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), by);
}

TEST(AnIntroduction, IsReadAsItWasWritten) {
  const Somebody alice;
  const Result<Introduction> read = decode_introduction(alice.file(alice.introduction));
  ASSERT_TRUE(read) << read.error().context;
  EXPECT_EQ(alice.file(*read), alice.file(alice.introduction));
  EXPECT_EQ(read->person, alice.introduction.person);
  EXPECT_EQ(read->keys, alice.introduction.keys);
}

TEST(AnIntroduction, WithAnotherNameIsRefused) {
  const Somebody alice;
  EXPECT_EQ(code_of(replaced(alice.file(alice.introduction), "\"alice\"", "\"alise\"")),
            ErrorCode::kNotAuthentic);
}

TEST(AnIntroduction, WithAnotherPersonIsRefused) {
  const Somebody alice;
  EXPECT_EQ(code_of(replaced(alice.file(alice.introduction), alice.introduction.person.hex(),
                             crypto::random_id<PersonId>().hex())),
            ErrorCode::kNotAuthentic);
}

TEST(AnIntroduction, WithAnotherOpeningKeyIsRefusedThoughItsIdFits) {
  const Somebody alice;
  const Somebody mallory;
  Introduction changed = alice.introduction;
  changed.keys.seal = mallory.introduction.keys.seal;
  changed.keys.id = crypto::key_id_of(changed.keys.sign, changed.keys.kem, changed.keys.seal);
  EXPECT_EQ(code_of(mallory.file(changed)), ErrorCode::kNotAuthentic);
}

TEST(AnIntroduction, SignedByAnotherKeyIsRefused) {
  const Somebody alice;
  const Somebody mallory;
  Introduction changed = alice.introduction;
  EXPECT_EQ(
      code_of(replaced(alice.file(changed), "\"signature\":{\"key\":\"" + changed.keys.id.hex(),
                       "\"signature\":{\"key\":\"" + mallory.introduction.keys.id.hex())),
      ErrorCode::kNotAuthentic);
}

TEST(AnIntroduction, WithANameThatDeceivesTheEyeIsRefused) {
  Somebody alice;
  for (const char* name : {"", "Alice", "al ice", "al\xd0\xb0"}) {
    alice.introduction.name.text = name;
    EXPECT_EQ(code_of(alice.file(alice.introduction)), ErrorCode::kMalformed) << name;
  }
}

TEST(AnIntroduction, ClaimsItsPlaceInOneStrongroomOnly) {
  const Somebody alice;
  const auto here = crypto::random_id<StrongroomId>();
  const auto elsewhere = crypto::random_id<StrongroomId>();
  const Signer signer{alice.introduction.keys.id,
                      [&](ByteView bytes) -> Result<crypto::Ed25519Signature> {
                        return crypto::ed25519_sign(alice.seed, bytes);
                      }};
  const std::string file = encode_introduction(alice.introduction, signer, here).value();
  const Result<Introduction> read = decode_introduction(file);
  ASSERT_TRUE(read && read->claim);
  EXPECT_EQ(read->claim->strongroom, here);
  EXPECT_EQ(code_of(replaced(file, here.hex(), elsewhere.hex())), ErrorCode::kNotAuthentic);
}

TEST(AnIntroduction, CutShortAnywhereIsRefused) {
  const Somebody alice;
  const std::string file = alice.file(alice.introduction);
  for (std::size_t length = 0; length < file.size(); ++length)
    EXPECT_NE(code_of(std::string_view(file).substr(0, length)), ErrorCode{}) << length;
}

TEST(AFoundingSignature, IsReadAsItWasWritten) {
  FoundingSignature signature{crypto::random_id<StrongroomId>(), {}};
  signature.signature.key = crypto::random_id<KeyId>();
  const Result<FoundingSignature> read = decode_founding_signature(encode(signature));
  ASSERT_TRUE(read) << read.error().context;
  EXPECT_EQ(read->strongroom, signature.strongroom);
  EXPECT_EQ(encode(*read), encode(signature));
  EXPECT_FALSE(decode_founding_signature(encode(signature) + " "));
}

// The first byte pairs by hand: 0x00, 0x10, 0x83 are the values 0, 1, 2, 3; 0xff are all 63.
TEST(ASpokenId, IsItsFirstBitsAsSyllables) {
  StrongroomId id;
  id.bytes.fill(0xff);
  id.bytes[0] = 0x00;
  id.bytes[1] = 0x10;
  id.bytes[2] = 0x83;
  EXPECT_EQ(spoken(id), "babibobu zuzuzuzu zuzuzuzu zuzuzuzu zuzuzuzu zuzuzuzu zuzuzuzu zuzuzuzu");
}

TEST(ASpokenId, DiffersInAnyOfItsBits) {
  const auto id = crypto::random_id<StrongroomId>();
  for (std::size_t bit = 0; bit < 192; ++bit) {
    StrongroomId other = id;
    other.bytes[bit / 8] = static_cast<std::uint8_t>(other.bytes[bit / 8] ^ (1u << (bit % 8)));
    EXPECT_FALSE(is_spoken_of(spoken(other), id)) << bit;
  }
}

TEST(ASpokenId, IsKnownHoweverItIsWrittenDown) {
  const auto id = crypto::random_id<StrongroomId>();
  std::string heard = spoken(id);
  for (char& each : heard) each = each == ' ' ? '-' : each;
  heard[0] = static_cast<char>(heard[0] - 'a' + 'A');
  EXPECT_TRUE(is_spoken_of(" " + heard + "\n", id));
}

TEST(ASpokenId, IsNotKnownByAPartOfIt) {
  const auto id = crypto::random_id<StrongroomId>();
  const std::string all = spoken(id);
  EXPECT_FALSE(is_spoken_of(std::string_view(all).substr(0, all.size() - 2), id));
  EXPECT_FALSE(is_spoken_of("", id));
}

}  // namespace
}  // namespace strongroom::protocol

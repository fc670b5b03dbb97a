#include "crypto/hash.h"

#include <gtest/gtest.h>

#include "crypto/vectors_for_test.h"

namespace strongroom::crypto {
namespace {

std::string hmac_hex(HashKind kind, std::string_view key, std::string_view input) {
  Bytes out(hash_bytes(kind));
  hmac(kind, as_bytes(key), as_bytes(input), out);
  return to_hex(out);
}

TEST(Sha256, GivesTheKnownAnswers) {  // FIPS 180-4 examples
  EXPECT_EQ(sha256({}).hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256(as_bytes("abc")).hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha384, GivesTheKnownAnswer) {  // FIPS 180-4 examples
  EXPECT_EQ(sha384(as_bytes("abc")).hex(),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
            "8086072ba1e7cc2358baeca134c825a7");
}

TEST(Blake3, GivesTheKnownAnswers) {  // BLAKE3 test vectors: input byte i is i mod 251
  EXPECT_EQ(blake3({}).hex(), "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
  EXPECT_EQ(blake3(as_bytes(std::string_view("\0", 1))).hex(),
            "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213");
  EXPECT_EQ(blake3(as_bytes("abc")).hex(),
            "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85");
}

TEST(Digests, OfPartsEqualThoseOfTheWhole) {
  EXPECT_EQ(sha256_of({as_bytes("a"), {}, as_bytes("bc")}), sha256(as_bytes("abc")));
  EXPECT_EQ(blake3_of({as_bytes("a"), {}, as_bytes("bc")}), blake3(as_bytes("abc")));
}

TEST(Sha256Stream, FedInPiecesEqualsTheWhole) {
  Sha256Stream stream;
  stream.add(as_bytes("a"));
  stream.add({});
  stream.add(as_bytes("bc"));
  EXPECT_EQ(stream.finish(), sha256(as_bytes("abc")));
}

TEST(LabelledDigest, IsSha256OverTheJoinedFields) {
  EXPECT_EQ(labelled_digest("key", {as_bytes("a"), {}, as_bytes("bc")}),
            sha256(Joined().add("key").add("a").add("").add("bc").bytes()));
}

TEST(Hmac, GivesTheKnownAnswers) {  // RFC 4231, test case 2
  EXPECT_EQ(hmac_hex(HashKind::kSha256, "Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hmac_hex(HashKind::kSha384, "Jefe", "what do ya want for nothing?"),
            "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
            "8e2240ca5e69e2c78b3239ecfab21649");
  EXPECT_EQ(hmac_hex(HashKind::kSha512, "Jefe", "what do ya want for nothing?"),
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
            "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
}

TEST(Hmac, WithAnEmptyKeyIsThatOfOneZeroByte) {
  EXPECT_EQ(hmac_hex(HashKind::kSha256, "", ""),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  EXPECT_EQ(hmac_hex(HashKind::kSha256, "", "x"),
            hmac_hex(HashKind::kSha256, std::string_view("\0", 1), "x"));
}

TEST(Hkdf, MayGive255BlocksAndTheirPrefixIsTheShorterOutput) {
  Bytes longest(255 * 48);
  Bytes shorter(100);
  hkdf(HashKind::kSha384, {}, as_bytes("secret"), as_bytes("info"), longest);
  hkdf(HashKind::kSha384, {}, as_bytes("secret"), as_bytes("info"), shorter);
  EXPECT_TRUE(std::equal(shorter.begin(), shorter.end(), longest.begin()));
  EXPECT_NE(Bytes(longest.end() - 48, longest.end()), Bytes(48, 0));
}

TEST(WycheproofHkdfSha256, IsJudgedCaseByCase) {
  STRONGROOM_VECTORS_OR_SKIP(path, "wycheproof/hkdf_sha256_test.json");
  const nlohmann::json file = json_of(*path);
  int judged = 0;
  int too_long = 0;
  for (const nlohmann::json& group : file.at("testGroups")) {
    for (const nlohmann::json& test : group.at("tests")) {
      ++judged;
      const auto bytes = test.at("size").get<std::size_t>();
      if (bytes > 255 * hash_bytes(HashKind::kSha256)) {  // callers must not ask: a CHECK
        EXPECT_EQ(test.at("result"), "invalid") << test.dump();
        ++too_long;
        continue;
      }
      EXPECT_EQ(test.at("result"), "valid") << test.dump();
      Bytes out(bytes);
      hkdf(HashKind::kSha256, hex_of(test, "salt"), hex_of(test, "ikm"), hex_of(test, "info"), out);
      EXPECT_EQ(out, hex_of(test, "okm")) << test.dump();
    }
  }
  EXPECT_EQ(judged, 86);
  EXPECT_EQ(too_long, 3);
}

}  // namespace
}  // namespace strongroom::crypto

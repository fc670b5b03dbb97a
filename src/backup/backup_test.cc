#include "backup/index.h"

#include <gtest/gtest.h>

#include "crypto/hash.h"

namespace strongroom::backup {
namespace {

Index two_files() {
  return {{"log/checkpoints/001", {crypto::sha256(as_bytes("a")), 1}},
          {"objects/x/f0", {crypto::sha256(as_bytes("")), 0}}};
}

Manifest manifest_of(const Index& index) {
  Manifest manifest;
  manifest.number = 7;
  manifest.made = UnixSeconds{1'800'000'000};
  manifest.log_size = 4;
  manifest.files = static_cast<std::int64_t>(index.size());
  manifest.index = crypto::sha256(as_bytes(encode_index(index)));
  return manifest;
}

TEST(AnIndex, ComesBackAsItWas) {
  const std::string text = encode_index(two_files());
  EXPECT_EQ(decode_index(text).value(), two_files());
  EXPECT_TRUE(decode_index("").value().empty());
}

TEST(AnIndex, HasOneFormOnly) {
  const std::string text = encode_index(two_files());
  const std::size_t second = text.find('\n') + 1;
  const std::string first_line = text.substr(0, second);
  const std::string digest(64, 'a');
  for (const std::string& wrong :
       {text.substr(0, text.size() - 1), text + "\n", text + first_line, first_line + first_line,
        text.substr(second) + first_line, digest + " 1 ../etc\n", digest + " 1 \n",
        digest + " 01 a\n", digest + " -1 a\n", digest + "  a\n", digest + " 1 .partial\n",
        digest.substr(1) + " 1 a\n", std::string(64, 'G') + " 1 a\n",
        digest + " 99999999999999999999 a\n", digest + " 1 a b\n"}) {
    EXPECT_FALSE(decode_index(wrong).has_value()) << wrong;
  }
}

TEST(AManifest, ComesBackAsItWas) {
  const std::string text = encode_manifest(manifest_of(two_files()));
  const Manifest back = decode_manifest(text).value();
  EXPECT_EQ(encode_manifest(back), text);
  EXPECT_EQ(back.number, 7);
}

TEST(AManifest, WithAnyByteFlippedIsRefused) {
  const std::string text = encode_manifest(manifest_of(two_files()));
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string flipped = text;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
    EXPECT_FALSE(decode_manifest(flipped).has_value()) << at;
    EXPECT_FALSE(decode_manifest(text.substr(0, at)).has_value()) << at;
  }
}

TEST(AFileOfABackup, HasOnePlaceInASiteOrNone) {
  EXPECT_EQ(place_in_site(1, "objects/ab/f0").value(), "objects/objects/ab/f0");
  EXPECT_EQ(place_in_site(1, "log/tile/0/000").value(), "public/tile/0/000");
  EXPECT_EQ(place_in_site(1, "backups/000001/log/checkpoint").value(), "public/checkpoint");
  EXPECT_EQ(place_in_site(1, "backups/000001/database").value(), "copy.db");
  for (const char* name : {"backups/000002/database", "strongroom.db", "keys/log.key",
                           "backups/000001/manifest", "server.json"}) {
    EXPECT_FALSE(place_in_site(1, name).has_value()) << name;
  }
}

}  // namespace
}  // namespace strongroom::backup

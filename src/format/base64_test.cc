#include "format/base64.h"

#include <gtest/gtest.h>

namespace strongroom::format {
namespace {

TEST(Base64, OfTheRfcExamplesIsAsPublished) {  // RFC 4648 §10
  EXPECT_EQ(to_base64(as_bytes("")), "");
  EXPECT_EQ(to_base64(as_bytes("f")), "Zg==");
  EXPECT_EQ(to_base64(as_bytes("fo")), "Zm8=");
  EXPECT_EQ(to_base64(as_bytes("foo")), "Zm9v");
  EXPECT_EQ(to_base64(as_bytes("foob")), "Zm9vYg==");
  EXPECT_EQ(to_base64(as_bytes("fooba")), "Zm9vYmE=");
  EXPECT_EQ(to_base64(as_bytes("foobar")), "Zm9vYmFy");
}

TEST(Base64, OfEveryByteIsTakenBack) {
  Bytes all;
  for (int i = 0; i < 256; ++i) {
    all.push_back(static_cast<std::uint8_t>(i));
    EXPECT_EQ(from_base64(to_base64(all)), all);
  }
}

TEST(Base64WithUnusedBitsSet, IsRefused) {
  EXPECT_FALSE(from_base64("Zh=="));
  EXPECT_FALSE(from_base64("Zm9="));
}

TEST(Base64WithoutItsPadding, IsRefused) {
  EXPECT_FALSE(from_base64("Zg"));
  EXPECT_FALSE(from_base64("Zg="));
  EXPECT_FALSE(from_base64("Zm8"));
}

TEST(Base64WithPaddingOutOfPlace, IsRefused) {
  EXPECT_FALSE(from_base64("===="));
  EXPECT_FALSE(from_base64("Z==="));
  EXPECT_FALSE(from_base64("Zg==Zg=="));
  EXPECT_FALSE(from_base64("Zm9v===="));
  EXPECT_FALSE(from_base64("="));
}

TEST(Base64WithForeignCharacters, IsRefused) {
  EXPECT_FALSE(from_base64("Zm9-"));
  EXPECT_FALSE(from_base64("Zm9_"));
  EXPECT_FALSE(from_base64("Zm\n9"));
  EXPECT_FALSE(from_base64("Zm9v\n"));
  EXPECT_FALSE(from_base64(" Zm9"));
  EXPECT_FALSE(from_base64("Zm9\xc3"));
  EXPECT_FALSE(from_base64(std::string_view("Zm\0v", 4)));
}

}  // namespace
}  // namespace strongroom::format

#include "ledger/tile.h"

#include <gtest/gtest.h>

namespace strongroom::ledger {
namespace {

TEST(ATilePath, IsInGroupsOfThreeDigits) {
  EXPECT_EQ(path_of(TileId{0, 0, 256}), "tile/0/000");
  EXPECT_EQ(path_of(TileId{3, 1234067, 256}), "tile/3/x001/x234/067");
  EXPECT_EQ(path_of(TileId{0, 1000, 256}), "tile/0/x001/000");
  EXPECT_EQ(path_of(TileId{1, 999, 12}), "tile/1/999.p/12");
  EXPECT_EQ(path_of(BundleId{1234067, 256}), "tile/entries/x001/x234/067");
  EXPECT_EQ(path_of(BundleId{0, 1}), "tile/entries/000.p/1");
  EXPECT_EQ(checkpoint_path(0), "checkpoints/000");
  EXPECT_EQ(checkpoint_path(1067), "checkpoints/x001/067");
}

TEST(ATilePath, IsTakenBack) {
  for (const std::uint64_t index :
       {0ull, 1ull, 999ull, 1000ull, 999'999ull, 1'000'000ull, (1ull << 56) - 1, ~0ull}) {
    for (const std::uint64_t width : {1ull, 255ull, 256ull}) {
      const TileId tile{7, index, width};
      EXPECT_EQ(parse_tile_path(path_of(tile)).value(), tile);
      const BundleId bundle{index, width};
      EXPECT_EQ(parse_bundle_path(path_of(bundle)).value(), bundle);
    }
    EXPECT_EQ(parse_checkpoint_path(checkpoint_path(index)).value(), index);
  }
}

TEST(APathThatIsNotExactlyATiles, IsRefused) {
  for (const std::string_view path : {"",
                                      "tile",
                                      "tile/",
                                      "tile/0",
                                      "tile/0/",
                                      "tile/0/0",
                                      "tile/0/00",
                                      "tile/0/0000",
                                      "tile/00/000",
                                      "tile/64/000",
                                      "tile/-1/000",
                                      "tile/x/000",
                                      "tile/0/x000/000",
                                      "tile/0/x001",
                                      "tile/0/001/000",
                                      "tile/0/x001/x000",
                                      "tile/0/000.p/0",
                                      "tile/0/000.p/256",
                                      "tile/0/000.p/01",
                                      "tile/0/000.p/",
                                      "tile/0/000.p",
                                      "tile/0/000.p/1/",
                                      "tile/0/000/",
                                      "/tile/0/000",
                                      "tile/0/x018/x446/x744/x073/x709/x551/616",
                                      "tile/0/0x1",
                                      "tile/0/000.p/+1",
                                      "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
                                      "tile/entries/000"}) {
    EXPECT_FALSE(parse_tile_path(path).has_value()) << path;
  }
  for (const std::string_view path : {"tile/0/000", "tile/entries", "tile/entries/",
                                      "tile/entries/0", "tile/entries/000.p/256"}) {
    EXPECT_FALSE(parse_bundle_path(path).has_value()) << path;
  }
  for (const std::string_view path : {"checkpoint", "checkpoints/", "checkpoints/newest",
                                      "checkpoints/1", "checkpoints/000.p/1"}) {
    EXPECT_FALSE(parse_checkpoint_path(path).has_value()) << path;
  }
}

TEST(TilesOfSeventyThousandEntries, AreAsTheStandardSays) {  // tlog-tiles, "Partial Tiles"
  EXPECT_TRUE(tile_in(70'000, 0, 272).is_full());
  EXPECT_EQ(tile_in(70'000, 0, 273).width, 112u);
  EXPECT_EQ(tile_in(70'000, 0, 274).width, 0u);
  EXPECT_TRUE(tile_in(70'000, 1, 0).is_full());
  EXPECT_EQ(tile_in(70'000, 1, 1).width, 17u);
  EXPECT_EQ(tile_in(70'000, 2, 0).width, 1u);
  EXPECT_EQ(tile_in(70'000, 3, 0).width, 0u);
}

TEST(TilesOf256Entries, AreOneFullAndOneOfWidthOneAbove) {
  EXPECT_TRUE(tile_in(256, 0, 0).is_full());
  EXPECT_EQ(tile_in(256, 0, 1).width, 0u);
  EXPECT_EQ(tile_in(256, 1, 0).width, 1u);
}

TEST(ATile, OfAnotherLengthThanItsWidthIsMalformed) {
  const std::vector<Digest> hashes(3);
  const Bytes bytes = encode_tile(hashes);
  EXPECT_EQ(decode_tile(bytes, 3).value(), hashes);
  EXPECT_FALSE(decode_tile(bytes, 2).has_value());
  EXPECT_FALSE(decode_tile(bytes, 4).has_value());
  EXPECT_FALSE(decode_tile(ByteView(bytes).first(95), 3).has_value());
  EXPECT_FALSE(decode_tile({}, 0).has_value());
  EXPECT_FALSE(decode_tile(Bytes(257 * 32), 257).has_value());
}

TEST(ABundle, GivesBackItsEntries) {
  const std::vector<Bytes> entries{{}, {1}, Bytes(limits::kEntryBytesMax, 7)};
  const Bytes bytes = encode_bundle(entries);
  EXPECT_EQ(bytes.size(), 2 + 3 + 2 + limits::kEntryBytesMax);
  EXPECT_EQ(decode_bundle(bytes, 3).value(), entries);
}

TEST(ABundle, IsBigEndian) {
  EXPECT_EQ(encode_bundle(std::vector<Bytes>{Bytes(258, 9)})[0], 1);
  EXPECT_EQ(encode_bundle(std::vector<Bytes>{Bytes(258, 9)})[1], 2);
}

TEST(ABundle, OfAnotherNumberOfEntriesThanItsWidthIsMalformed) {
  const Bytes bytes = encode_bundle(std::vector<Bytes>{{1, 2}, {3}});
  EXPECT_FALSE(decode_bundle(bytes, 1).has_value());
  EXPECT_FALSE(decode_bundle(bytes, 3).has_value());
  EXPECT_FALSE(decode_bundle(bytes, 0).has_value());
  EXPECT_FALSE(decode_bundle(bytes, 257).has_value());
}

TEST(ABundle, CutShortIsMalformed) {
  const Bytes bytes = encode_bundle(std::vector<Bytes>{{1, 2}, {3}});
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(decode_bundle(ByteView(bytes).first(length), 2).has_value()) << length;
  }
}

TEST(ABundle, WithALengthThatLiesIsMalformed) {
  EXPECT_FALSE(decode_bundle(Bytes{0xff, 0xff, 1, 2}, 1).has_value());
  EXPECT_FALSE(decode_bundle(Bytes{0, 3, 1, 2}, 1).has_value());
}

TEST(ADecimalNumber, HasNoLeadingZeroSignOrSpace) {
  EXPECT_EQ(parse_decimal("0").value(), 0u);
  EXPECT_EQ(parse_decimal("18446744073709551615").value(), ~0ull);
  for (const std::string_view text :
       {"", "00", "01", "+1", "-1", " 1", "1 ", "1a", "0x1", "18446744073709551616"}) {
    EXPECT_FALSE(parse_decimal(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace strongroom::ledger

#include "format/json.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "base/limits.h"

namespace strongroom::format {
namespace {

constexpr std::size_t kAmple = 1 << 20;

bool is_refused(std::string_view bytes) {
  const Result<Json> decoded = decode_canonical(bytes, kAmple);
  return !decoded.has_value() && decoded.error().code == ErrorCode::kMalformed;
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(CanonicalJson, IsEncodedWithSortedKeysAndMinimalEscapes) {
  const Json value(Json::Object{{"b", Json(true)},
                                {"a", Json(Json::Array{Json(std::int64_t{-1}), Json("x\"\\y")})},
                                {"B", Json(Json::Object{})}});
  EXPECT_EQ(encode(value), R"({"B":{},"a":[-1,"x\"\\y"],"b":true})");
}

TEST(CanonicalJson, DecodesToTheSameValue) {
  const std::string text = R"({"B":{},"a":[-1,"x\"\\y/é🔒"],"b":true,"z":9007199254740991})";
  const Result<Json> value = decode_canonical(text, kAmple);
  ASSERT_TRUE(value.has_value()) << value.error().context;
  EXPECT_EQ(encode(*value), text);
  EXPECT_EQ(*value->object()->at("z").integer(), limits::kJsonIntegerMax);
}

TEST(CanonicalJson, MayBeAScalar) {
  EXPECT_TRUE(decode_canonical("0", kAmple).has_value());
  EXPECT_TRUE(decode_canonical("\"\"", kAmple).has_value());
  EXPECT_TRUE(decode_canonical("false", kAmple).has_value());
}

TEST(JsonWithADuplicateKey, IsRefused) {
  EXPECT_TRUE(is_refused(R"({"a":1,"a":1})"));
  EXPECT_TRUE(is_refused(R"({"a":1,"a":2})"));
  EXPECT_TRUE(is_refused(R"({"a":1,"\u0061":1})"));
}

TEST(JsonWithKeysOutOfOrder, IsRefused) { EXPECT_TRUE(is_refused(R"({"b":1,"a":1})")); }

TEST(JsonWithKeysThatAreNotPrintableAscii, IsRefused) {
  EXPECT_TRUE(is_refused(R"({"é":1})"));
  EXPECT_TRUE(is_refused(R"({"":1})"));
  EXPECT_TRUE(is_refused(R"({"a\nb":1})"));
  EXPECT_TRUE(is_refused("{\"a\x7f\":1}"));
}

TEST(JsonWithWhiteSpace, IsRefused) {
  EXPECT_TRUE(is_refused(" {}"));
  EXPECT_TRUE(is_refused("{} "));
  EXPECT_TRUE(is_refused("{}\n"));
  EXPECT_TRUE(is_refused(R"({"a": 1})"));
  EXPECT_TRUE(is_refused("[1, 2]"));
  EXPECT_TRUE(is_refused("\t1"));
}

TEST(JsonWithNull, IsRefused) {
  EXPECT_TRUE(is_refused("null"));
  EXPECT_TRUE(is_refused(R"({"a":null})"));
  EXPECT_TRUE(is_refused("[null]"));
}

TEST(JsonWithNumbersThatAreNotPlainIntegers, IsRefused) {
  EXPECT_TRUE(is_refused("-0"));
  EXPECT_TRUE(is_refused("1.0"));
  EXPECT_TRUE(is_refused("1e2"));
  EXPECT_TRUE(is_refused("1E0"));
  EXPECT_TRUE(is_refused("01"));
  EXPECT_TRUE(is_refused("+1"));
  EXPECT_TRUE(is_refused("-"));
  EXPECT_TRUE(is_refused("0x10"));
  EXPECT_TRUE(is_refused("NaN"));
  EXPECT_TRUE(is_refused("Infinity"));
  EXPECT_TRUE(is_refused("-0.0"));
  EXPECT_TRUE(is_refused("1e400"));
}

TEST(JsonWithIntegersBeyondTwoToThe53MinusOne, IsRefused) {
  EXPECT_TRUE(decode_canonical("9007199254740991", kAmple).has_value());
  EXPECT_TRUE(decode_canonical("-9007199254740991", kAmple).has_value());
  EXPECT_TRUE(is_refused("9007199254740992"));
  EXPECT_TRUE(is_refused("-9007199254740992"));
  EXPECT_TRUE(is_refused("9223372036854775808"));
  EXPECT_TRUE(is_refused("18446744073709551615"));
  EXPECT_TRUE(is_refused("18446744073709551616"));
  EXPECT_TRUE(is_refused("-9223372036854775809"));
  EXPECT_TRUE(is_refused("[1" + std::string(400, '0') + "]"));
}

TEST(JsonWithEscapesThatAreNotNeeded, IsRefused) {
  EXPECT_TRUE(is_refused(R"("\u0041")"));
  EXPECT_TRUE(is_refused(R"("\/")"));
  EXPECT_TRUE(is_refused(R"("\u00e9")"));
  EXPECT_TRUE(is_refused(R"("\ud83d\udd12")"));
}

TEST(JsonWithLoneSurrogates, IsRefused) {
  EXPECT_TRUE(is_refused(R"("\ud800")"));
  EXPECT_TRUE(is_refused(R"("\udc00")"));
  EXPECT_TRUE(is_refused(R"("\ud800x")"));
  EXPECT_TRUE(is_refused(R"("\ud800\ud800")"));
  EXPECT_TRUE(is_refused("\"\xed\xa0\x80\""));
}

TEST(JsonWithInvalidUtf8, IsRefused) {
  EXPECT_TRUE(is_refused("\"\xff\""));
  EXPECT_TRUE(is_refused("\"\xc0\xaf\""));
  EXPECT_TRUE(is_refused("\"\xe2\x82\""));
  EXPECT_TRUE(is_refused("\"\xf4\x90\x80\x80\""));
  EXPECT_TRUE(is_refused("\"\x80\""));
}

TEST(JsonWithControlCharacters, IsRefused) {
  EXPECT_TRUE(is_refused(R"("a\nb")"));
  EXPECT_TRUE(is_refused(R"("a\tb")"));
  EXPECT_TRUE(is_refused(R"("\u0000")"));
  EXPECT_TRUE(is_refused("\"a\nb\""));
  EXPECT_TRUE(is_refused("\"a\x1b[2J\""));
  EXPECT_TRUE(is_refused("\"\x7f\""));
  EXPECT_TRUE(is_refused("\"\xc2\x85\""));
  EXPECT_TRUE(is_refused(std::string_view("\"a\0b\"", 5)));
}

TEST(JsonWithBidirectionalOrInvisibleCharacters, IsRefused) {
  EXPECT_TRUE(is_refused("\"\u202e\""));
  EXPECT_TRUE(is_refused("\"\u2066\""));
  EXPECT_TRUE(is_refused("\"a\u200bb\""));
  EXPECT_TRUE(is_refused("\"\ufeff\""));
  EXPECT_TRUE(is_refused("\"\u2028\""));
}

TEST(JsonWithAByteOrderMark, IsRefused) { EXPECT_TRUE(is_refused("\xef\xbb\xbf{}")); }

TEST(JsonWithBytesAfterTheValue, IsRefused) {
  EXPECT_TRUE(is_refused("{}{}"));
  EXPECT_TRUE(is_refused("{},"));
  EXPECT_TRUE(is_refused("1 2"));
  EXPECT_TRUE(is_refused(std::string_view("{}\0", 3)));
}

TEST(JsonThatIsBroken, IsRefused) {
  EXPECT_TRUE(is_refused(""));
  EXPECT_TRUE(is_refused("{"));
  EXPECT_TRUE(is_refused("}"));
  EXPECT_TRUE(is_refused("[1,]"));
  EXPECT_TRUE(is_refused("[,1]"));
  EXPECT_TRUE(is_refused(R"({"a":})"));
  EXPECT_TRUE(is_refused(R"({"a":1,})"));
  EXPECT_TRUE(is_refused(R"({a:1})"));
  EXPECT_TRUE(is_refused("'a'"));
  EXPECT_TRUE(is_refused("\"a"));
  EXPECT_TRUE(is_refused("tru"));
  EXPECT_TRUE(is_refused("[1}"));
}

TEST(JsonNestedToTheLimit, IsTakenAndOneMoreIsNot) {
  EXPECT_TRUE(decode_canonical(nested(limits::kJsonDepthMax), kAmple).has_value());
  EXPECT_TRUE(is_refused(nested(limits::kJsonDepthMax + 1)));
  EXPECT_TRUE(is_refused(nested(limits::kJsonDepthMax + 2)));
  EXPECT_TRUE(is_refused(nested(100'000)));
  EXPECT_TRUE(is_refused(std::string(100'000, '[')));
}

TEST(JsonOverItsBound, IsTooLargeBeforeItIsRead) {
  const Result<Json> decoded = decode_canonical("[1,2", 3);
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().code, ErrorCode::kTooLarge);
}

TEST(CleanText, IsWhatAScreenShowsAsItIs) {
  EXPECT_TRUE(is_clean_text(""));
  EXPECT_TRUE(is_clean_text("na\u00efve \u65e5\u672c \\ \" \U0001f512"));
  EXPECT_FALSE(is_clean_text("a\nb"));
  EXPECT_FALSE(is_clean_text("\u202e"));
  EXPECT_FALSE(is_clean_text("\xff"));
  EXPECT_FALSE(is_clean_text(std::string_view("\0", 1)));
}

TEST(CleanText, HasABound) {
  EXPECT_TRUE(is_clean_text(std::string(limits::kTextBytesMax, 'a')));
  EXPECT_FALSE(is_clean_text(std::string(limits::kTextBytesMax + 1, 'a')));
}

Json sample() {
  return Json(Json::Object{{"flag", Json(true)},
                           {"id", Json(PersonId{{1, 2, 3, 4, 5, 6, 7, 8}})},
                           {"items", Json(Json::Array{Json("x"), Json("y")})},
                           {"key", Json("Zm9v")},
                           {"number", Json(std::int64_t{7})},
                           {"type", Json("vote/v1")}});
}

TEST(Fields, AreReadByNameAndType) {
  const Json json = sample();
  Fields fields(json, "vote");
  EXPECT_TRUE(fields.require("type", "vote/v1").has_value());
  EXPECT_EQ(fields.boolean("flag").value(), true);
  EXPECT_EQ(fields.id<PersonId>("id").value().hex(), "0102030405060708");
  EXPECT_EQ(fields.array("items", 2).value()->size(), 2u);
  EXPECT_EQ(fields.base64("key", 3).value(), copy_bytes(as_bytes("foo")));
  EXPECT_EQ(fields.integer("number", 0, 7).value(), 7);
  EXPECT_TRUE(fields.done().has_value());
}

TEST(FieldsLeftUnread, AreNamed) {
  const Json json = sample();
  Fields fields(json, "vote");
  EXPECT_TRUE(fields.boolean("flag").has_value());
  const Result<void> done = fields.done();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code, ErrorCode::kMalformed);
  EXPECT_NE(done.error().context.find("vote: id"), std::string::npos) << done.error().context;
}

TEST(FieldsOfTheWrongTypeOrRange, AreRefused) {
  const Json json = sample();
  Fields fields(json, "vote");
  EXPECT_FALSE(fields.text("flag").has_value());
  EXPECT_FALSE(fields.integer("number", 0, 6).has_value());
  EXPECT_FALSE(fields.integer("number", 8, 9).has_value());
  EXPECT_FALSE(fields.integer("type", 0, 9).has_value());
  EXPECT_FALSE(fields.boolean("number").has_value());
  EXPECT_FALSE(fields.array("items", 1).has_value());
  EXPECT_FALSE(fields.object("items").has_value());
  EXPECT_FALSE(fields.base64("key", 2).has_value());
  EXPECT_FALSE(fields.base64("type", 99).has_value());
  EXPECT_FALSE(fields.id<HostId>("key").has_value());
  EXPECT_FALSE(fields.id<KeyId>("id").has_value());
  EXPECT_FALSE(fields.require("type", "vote/v2").has_value());
  EXPECT_FALSE(fields.text("absent").has_value());
  EXPECT_FALSE(fields.text("type", 6).has_value());
}

TEST(FieldsOfSomethingThatIsNoObject, AreRefused) {
  const Json json("text");
  Fields fields(json, "vote");
  EXPECT_FALSE(fields.text("type").has_value());
  EXPECT_FALSE(fields.done().has_value());
  EXPECT_FALSE(fields.has("type"));
}

/// Values drawn from a seed; STRONGROOM_SEED repeats a run.
class Draw {
 public:
  Draw() {
    const char* given = std::getenv("STRONGROOM_SEED");
    seed_ = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    random_.seed(seed_);
  }
  [[nodiscard]] std::uint64_t seed() const { return seed_; }
  std::size_t below(std::size_t bound) { return random_() % bound; }
  std::string text() {
    static constexpr std::array<std::string_view, 10> kPieces = {
        "a", "\"", "\\", "/", " ", "\u00e9", "\u65e5", "\U0001f512", "~", "0"};
    std::string out;
    for (std::size_t i = below(8); i > 0; --i) out += kPieces[below(kPieces.size())];
    return out;
  }
  std::string key() {
    std::string out;
    for (std::size_t i = below(6) + 1; i > 0; --i) out += static_cast<char>(0x20 + below(95));
    return out;
  }
  Json value(std::size_t depth) {
    switch (below(depth == 0 ? 3 : 5)) {
      case 0:
        return Json(below(2) == 0);
      case 1: {
        const auto magnitude = static_cast<std::int64_t>(random_() >> (11 + below(53)));
        return Json(below(2) == 0 ? magnitude : -magnitude);
      }
      case 2:
        return Json(text());
      case 3: {
        Json::Array array;
        for (std::size_t i = below(4); i > 0; --i) array.push_back(value(depth - 1));
        return Json(std::move(array));
      }
      default: {
        Json::Object object;
        for (std::size_t i = below(5); i > 0; --i) object.insert_or_assign(key(), value(depth - 1));
        return Json(std::move(object));
      }
    }
  }

 private:
  std::uint64_t seed_ = 0;
  std::mt19937_64 random_;
};

TEST(AnyValue, IsTakenBackFromItsEncoding) {
  Draw draw;
  SCOPED_TRACE("STRONGROOM_SEED=" + std::to_string(draw.seed()));
  for (int i = 0; i < 2'000; ++i) {
    const Json value = draw.value(6);
    const std::string text = encode(value);
    const Result<Json> decoded = decode_canonical(text, kAmple);
    ASSERT_TRUE(decoded.has_value()) << text << ": " << decoded.error().context;
    ASSERT_EQ(*decoded, value) << text;
  }
}

TEST(AnyDamagedEncoding, IsRefusedOrIsItselfCanonical) {
  Draw draw;
  SCOPED_TRACE("STRONGROOM_SEED=" + std::to_string(draw.seed()));
  for (int i = 0; i < 5'000; ++i) {
    std::string text = encode(draw.value(4));
    text[draw.below(text.size())] = static_cast<char>(draw.below(256));
    const Result<Json> decoded = decode_canonical(text, kAmple);
    if (decoded.has_value()) {
      ASSERT_EQ(encode(*decoded), text);
    } else {
      ASSERT_EQ(decoded.error().code, ErrorCode::kMalformed) << text;
    }
  }
}

}  // namespace
}  // namespace strongroom::format

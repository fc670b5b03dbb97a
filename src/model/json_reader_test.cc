#include "model/json_reader.h"

#include <gtest/gtest.h>

namespace strongroom::model {
namespace {

using Token = JsonReader::Token;

/// The last token of a document that is read to its end.
Token end_of(std::string_view text) {
  JsonReader reader(text);
  Token token = reader.next();
  while (token != Token::kWhole && token != Token::kCut && token != Token::kBroken)
    token = reader.next();
  return token;
}

std::optional<std::size_t> duplicate_in(std::string_view text) {
  JsonReader reader(text);
  EXPECT_EQ(reader.skip(reader.next()), Token::kObjectEnd);
  return reader.duplicate_at();
}

TEST(JsonText, ComesTokenByToken) {
  JsonReader reader(R"( {"a":[1,"b\n",true,false,null],"c":{}} )");
  EXPECT_EQ(reader.next(), Token::kObjectBegin);
  EXPECT_EQ(reader.next(), Token::kName);
  EXPECT_EQ(reader.raw(), "a");
  EXPECT_EQ(reader.position(), 2u);
  EXPECT_EQ(reader.next(), Token::kArrayBegin);
  EXPECT_EQ(reader.depth(), 2u);
  EXPECT_EQ(reader.next(), Token::kNumber);
  EXPECT_EQ(reader.whole_number(), 1u);
  EXPECT_EQ(reader.next(), Token::kString);
  EXPECT_EQ(reader.text(), "b\n");
  EXPECT_EQ(reader.next(), Token::kTrue);
  EXPECT_EQ(reader.next(), Token::kFalse);
  EXPECT_EQ(reader.next(), Token::kNull);
  EXPECT_EQ(reader.next(), Token::kArrayEnd);
  EXPECT_EQ(reader.next(), Token::kName);
  EXPECT_EQ(reader.next(), Token::kObjectBegin);
  EXPECT_EQ(reader.next(), Token::kObjectEnd);
  EXPECT_EQ(reader.next(), Token::kObjectEnd);
  EXPECT_EQ(reader.next(), Token::kWhole);
  EXPECT_EQ(reader.next(), Token::kWhole);
}

TEST(JsonText, IsUnescapedWithItsSurrogatePairs) {
  EXPECT_EQ(unescaped(R"(\u0041\"\\\/\b\f\n\r\t)"), "A\"\\/\b\f\n\r\t");
  EXPECT_EQ(unescaped(R"(\ud83d\ude00 \u20ac \u00e9)"), "😀 € é");
}

TEST(JsonText, WithHalfASurrogatePairIsBroken) {
  EXPECT_EQ(end_of(R"("\ud83d")"), Token::kBroken);
  EXPECT_EQ(end_of(R"("\ude00")"), Token::kBroken);
  EXPECT_EQ(end_of(R"("\ud83d\u0041")"), Token::kBroken);
  EXPECT_EQ(end_of(R"("\ud83d\ude00")"), Token::kWhole);
}

TEST(JsonText, IsBrokenWhereItsGrammarIs) {
  for (const std::string_view text :
       {"{]",       "[}",   "[1,]",     "{\"a\":1,}", "{,}",   "{\"a\"}", "{1:2}",
        "01",       "1.",   "-",        "1e",         "+1",    ".5",      "NaN",
        "Infinity", "tru ", "\"\x01\"", "\"\\x41\"",  "[1 2]", "{} {}",   "[1]]"}) {
    EXPECT_EQ(end_of(text), Token::kBroken) << text;
  }
}

TEST(JsonText, CutAtAnyByteIsCutAndNotBroken) {
  const std::string text = R"({"a":[1.5e3,"b\u20ac",true,null],"c":{"d":-2}})";
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_EQ(end_of(std::string_view(text).substr(0, length)), Token::kCut) << length;
  }
}

TEST(JsonText, DeeperThanTheBoundIsBroken) {
  const std::string fits = std::string(64, '[') + std::string(64, ']');
  EXPECT_EQ(end_of(fits), Token::kWhole);
  EXPECT_EQ(end_of("[" + fits + "]"), Token::kBroken);
}

TEST(NameThatStandsTwiceInAnObject, IsFoundWhereverItIs) {
  EXPECT_EQ(duplicate_in(R"({"a":1,"b":2,"a":3})"), 13u);
  EXPECT_EQ(duplicate_in(R"({"a":{"b":1,"b":2}})"), 12u);
  EXPECT_EQ(duplicate_in(R"({"a":[{"b":1},{"b":2}],"b":3})"), std::nullopt);
}

TEST(NameThatStandsTwiceInAnObject, IsFoundBehindItsEscapes) {
  EXPECT_EQ(duplicate_in(R"({"a":1,"\u0061":2})"), 7u);
}

TEST(NameThatStandsTwiceInAnObject, IsFoundAmongManyNames) {
  std::string text = "{";
  for (int i = 0; i < 1000; ++i) text += "\"" + std::to_string(i) + "\":0,";
  EXPECT_EQ(duplicate_in(text + "\"last\":0}"), std::nullopt);
  EXPECT_EQ(duplicate_in(text + "\"\\u0037\":0}"), text.size());
}

TEST(NumberInJson, IsWholeOnlyWhenItSaysSoPlainly) {
  for (const std::string_view text : {"-1", "1.0", "1e3", "18446744073709551616"}) {
    JsonReader reader(text);
    EXPECT_EQ(reader.next(), Token::kNumber) << text;
    EXPECT_EQ(reader.whole_number(), std::nullopt) << text;
  }
  JsonReader reader("18446744073709551615");
  EXPECT_EQ(reader.next(), Token::kNumber);
  EXPECT_EQ(reader.whole_number(), ~std::uint64_t{0});
}

}  // namespace
}  // namespace strongroom::model

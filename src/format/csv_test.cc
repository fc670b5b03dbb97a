#include "format/csv.h"

#include <gtest/gtest.h>

namespace strongroom::format {
namespace {

std::string refusal(std::string_view text, const CsvBounds& bounds = {}) {
  const Result<Csv> read = decode_csv(text, bounds);
  return read ? "" : read.error().context;
}

TEST(ATable, IsReadWithItsColumnsRowsAndLines) {
  const Result<Csv> csv = decode_csv("name,owner\r\nx,Ada\r\ny,\"Sato-Reyes, Gwen\"\n");
  ASSERT_TRUE(csv);
  EXPECT_EQ(csv->columns, (std::vector<std::string>{"name", "owner"}));
  ASSERT_EQ(csv->rows.size(), 2U);
  EXPECT_EQ(csv->rows[1].line, 3U);
  EXPECT_EQ(csv->rows[1].fields[1], "Sato-Reyes, Gwen");
}

TEST(ATable, WithoutAnEndToItsLastLineIsWhole) {
  const Result<Csv> csv = decode_csv("name\nx");
  ASSERT_TRUE(csv);
  EXPECT_EQ(csv->rows.size(), 1U);
}

TEST(ATable, BehindAByteOrderMarkIsRead) {
  const Result<Csv> csv = decode_csv("\xEF\xBB\xBFname\nx\n");
  ASSERT_TRUE(csv);
  EXPECT_EQ(csv->columns.front(), "name");
}

TEST(AQuote, InsideQuotesIsDoubled) {
  const Result<Csv> csv = decode_csv("a,b\n\"say \"\"so\"\"\",2\n");
  ASSERT_TRUE(csv);
  EXPECT_EQ(csv->rows[0].fields[0], "say \"so\"");
}

TEST(AQuote, ThatIsNeverClosedIsRefusedWithItsLineAndColumn) {
  EXPECT_EQ(refusal("a,b\n1,\"x\n2,3\n"), "line 2, column 2: a quote that is never closed");
}

TEST(AQuote, InTheMiddleOfAFieldIsRefused) {
  EXPECT_NE(refusal("a\nx\"y\n").find("line 2, column 1"), std::string::npos);
  EXPECT_NE(refusal("a,b\n\"x\"y,1\n").find("behind the closing quote"), std::string::npos);
}

TEST(ARow, WithAFieldTooFewOrTooManyIsRefusedWithItsLine) {
  EXPECT_EQ(refusal("a,b\n1,2\n3\n"), "line 3: 1 fields where the first line names 2 columns");
  EXPECT_EQ(refusal("a,b\n1,2,3\n"), "line 2: 3 fields where the first line names 2 columns");
}

TEST(AColumn, ThatStandsTwiceOrHasNoNameIsRefused) {
  EXPECT_EQ(refusal("a,a\n"), "line 1, column 2: a column that stands twice");
  EXPECT_EQ(refusal("a,,b\n"), "line 1, column 2: a column without a name");
  EXPECT_FALSE(refusal("").empty());
}

TEST(AField, WithControlOrInvisibleCharactersIsRefused) {
  EXPECT_NE(refusal("a\nx\x1b[31m\n").find("line 2, column 1"), std::string::npos);
  EXPECT_FALSE(refusal(std::string_view("a\nx\0y\n", 6)).empty());
  EXPECT_FALSE(refusal("a\n\xff\xfe\n").empty());
  EXPECT_FALSE(refusal("a\nadm\xE2\x80\xAEin\n").empty());  // right-to-left override
}

TEST(ACarriageReturn, ThatEndsNoLineIsRefused) { EXPECT_FALSE(refusal("a\nx\ry\n").empty()); }

TEST(ALinesEnd, InsideAFieldIsRefused) { EXPECT_FALSE(refusal("a\n\"x\ny\"\n").empty()); }

TEST(ATable, OverItsBoundsIsRefused) {
  EXPECT_FALSE(refusal("a\n1\n2\n", {.rows_max = 1}).empty());
  EXPECT_FALSE(refusal("a,b\n", {.columns_max = 1}).empty());
  EXPECT_FALSE(refusal("a\n1\n", {.bytes_max = 3}).empty());
}

TEST(ATable, ThatIsWrittenIsReadAsItWas) {
  const Result<Csv> csv = decode_csv("a\n\"\"\n\"x,\"\"y\"\n");
  ASSERT_TRUE(csv);
  const Result<Csv> again = decode_csv(encode(*csv));
  ASSERT_TRUE(again);
  ASSERT_EQ(again->rows.size(), 2U);
  EXPECT_EQ(again->rows[0].fields[0], "");
  EXPECT_EQ(again->rows[1].fields[0], "x,\"y");
}

}  // namespace
}  // namespace strongroom::format

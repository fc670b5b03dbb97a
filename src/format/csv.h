#ifndef STRONGROOM_FORMAT_CSV_H_
#define STRONGROOM_FORMAT_CSV_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace strongroom::format {

/// A table in the form of RFC 4180, strict: fields apart by commas, those with a comma, a quote or
/// a line's end within quotes, a quote inside doubled. Lines end with LF or CRLF. A UTF-8 byte
/// order mark in front is passed over. Every row has as many fields as the first.
struct Csv {
  struct Row {
    std::size_t line = 0;  ///< on which it begins, from 1
    std::vector<std::string> fields;
  };
  std::vector<std::string> columns;  ///< the first row: not empty, each once
  std::vector<Row> rows;
};

struct CsvBounds {
  std::size_t bytes_max = 64u << 20;
  std::size_t rows_max = 100'000;
  std::size_t columns_max = 256;
};

/// Total. Fields are clean text (json.h, is_clean_text). Errors: kMalformed (with line and column),
/// kTooLarge.
[[nodiscard]] Result<Csv> decode_csv(std::string_view text, const CsvBounds& bounds = {});

/// The same table: what decode_csv reads, it gives back. Every field that needs it in quotes.
[[nodiscard]] std::string encode(const Csv& csv);

}  // namespace strongroom::format

#endif  // STRONGROOM_FORMAT_CSV_H_

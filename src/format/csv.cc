#include "format/csv.h"

#include <fmt/format.h>

#include <set>

#include "format/json.h"

namespace strongroom::format {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

class Reader {
 public:
  Reader(std::string_view text, const CsvBounds& bounds) : text_(text), bounds_(bounds) {}

  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }

  Result<Csv::Row> row() {
    Csv::Row row;
    row.line = line_;
    for (;;) {
      const std::size_t number = row.fields.size() + 1;
      if (number > bounds_.columns_max)
        return fail(ErrorCode::kTooLarge,
                    fmt::format("line {}: more than {} columns", row.line, bounds_.columns_max));
      ASSIGN_OR_RETURN(std::string field, this->field(number));
      if (!is_clean_text(field))
        return wrong(number,
                     "control or invisible characters, bytes that are no UTF-8, or more "
                     "than 10,000 of them");
      row.fields.push_back(std::move(field));
      if (at_end()) return row;
      if (text_[at_] == ',') {
        ++at_;
        continue;
      }
      RETURN_IF_ERROR(end_of_line(number));
      return row;
    }
  }

 private:
  [[nodiscard]] tl::unexpected<Error> wrong(std::size_t column, std::string_view why) const {
    return fail(ErrorCode::kMalformed, fmt::format("line {}, column {}: {}", line_, column, why));
  }

  Result<std::string> field(std::size_t number) {
    if (!at_end() && text_[at_] == '"') return quoted(number);
    const std::size_t end = std::min(text_.find_first_of(",\r\n\"", at_), text_.size());
    if (end < text_.size() && text_[end] == '"')
      return wrong(number, "a quote inside a field that does not begin with one");
    std::string field(text_.substr(at_, end - at_));
    at_ = end;
    return field;
  }

  Result<std::string> quoted(std::size_t number) {
    std::string field;
    const std::size_t begun = line_;
    for (++at_;;) {
      const std::size_t quote = text_.find('"', at_);
      if (quote == std::string_view::npos)
        return fail(ErrorCode::kMalformed,
                    fmt::format("line {}, column {}: a quote that is never closed", begun, number));
      field.append(text_.substr(at_, quote - at_));
      at_ = quote + 1;
      if (at_end() || text_[at_] != '"') break;
      field.push_back('"');
      ++at_;
    }
    if (field.find('\n') != std::string::npos || field.find('\r') != std::string::npos)
      return wrong(number, "a line's end inside a field: no name or word has one");
    if (!at_end() && text_[at_] != ',' && text_[at_] != '\r' && text_[at_] != '\n')
      return wrong(number, "something behind the closing quote");
    return field;
  }

  Result<void> end_of_line(std::size_t number) {
    if (text_[at_] == '\r') ++at_;
    if (at_end() || text_[at_] != '\n') return wrong(number, "a carriage return that ends no line");
    ++at_;
    ++line_;
    return {};
  }

  std::string_view text_;
  const CsvBounds& bounds_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

void put(std::string& out, const std::vector<std::string>& fields) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) out += ',';
    // A row of one empty field would be no row.
    const bool bare = fields[i].find_first_of(",\"\r\n") == std::string::npos &&
                      !(fields.size() == 1 && fields[i].empty());
    if (bare) {
      out += fields[i];
      continue;
    }
    out += '"';
    for (const char c : fields[i]) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  }
  out += "\r\n";
}

}  // namespace

Result<Csv> decode_csv(std::string_view text, const CsvBounds& bounds) {
  if (text.size() > bounds.bytes_max)
    return fail(ErrorCode::kTooLarge, fmt::format("more than {} bytes", bounds.bytes_max));
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  Reader reader(text, bounds);
  if (reader.at_end()) return fail(ErrorCode::kMalformed, "line 1: no columns are named");
  ASSIGN_OR_RETURN(Csv::Row first, reader.row());
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < first.fields.size(); ++i) {
    if (first.fields[i].empty() || !seen.insert(first.fields[i]).second)
      return fail(ErrorCode::kMalformed,
                  fmt::format("line 1, column {}: {}", i + 1,
                              first.fields[i].empty() ? "a column without a name"
                                                      : "a column that stands twice"));
  }
  Csv csv;
  while (!reader.at_end()) {
    if (csv.rows.size() == bounds.rows_max)
      return fail(ErrorCode::kTooLarge, fmt::format("more than {} rows", bounds.rows_max));
    ASSIGN_OR_RETURN(Csv::Row row, reader.row());
    if (row.fields.size() != first.fields.size())
      return fail(ErrorCode::kMalformed,
                  fmt::format("line {}: {} fields where the first line names {} columns", row.line,
                              row.fields.size(), first.fields.size()));
    csv.rows.push_back(std::move(row));
  }
  seen.clear();
  csv.columns = std::move(first.fields);
  return csv;
}

std::string encode(const Csv& csv) {
  std::string out;
  put(out, csv.columns);
  for (const Csv::Row& row : csv.rows) put(out, row.fields);
  return out;
}

}  // namespace strongroom::format

// What the beginning of a JSON document says, for recognise().
#include "model/formats.h"
#include "model/json_reader.h"

namespace strongroom::model {

JsonHead walk_json(std::string_view text) {
  using Token = JsonReader::Token;
  JsonReader reader(text);
  JsonHead found;
  bool naming_model_type = false;
  bool value_is_due = false;  // of a member of the top-level object
  for (bool first = true;; first = false) {
    const Token token = reader.next();
    if (first) found.is_object = token == Token::kObjectBegin;
    if (token == Token::kWhole) found.end = JsonHead::End::kWhole;
    if (token == Token::kCut) found.end = JsonHead::End::kCut;
    if (token == Token::kWhole || token == Token::kCut || token == Token::kBroken) return found;
    if (token == Token::kName && reader.depth() == 1) {
      ++found.members;
      if (reader.raw() == "__metadata__") found.has_metadata = true;
      naming_model_type = reader.raw() == "model_type";
      value_is_due = true;
    } else if (value_is_due) {
      value_is_due = false;
      if (token != Token::kObjectBegin) ++found.members_not_objects;
      if (naming_model_type && token == Token::kString && !reader.has_escapes())
        found.model_type = claimed_text(reader.raw());
    }
  }
}

std::optional<Recognised> as_json(ByteView head, std::uint64_t file_bytes) {
  const std::string_view text = as_text(head);
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos || (text[begin] != '{' && text[begin] != '[')) {
    return std::nullopt;
  }
  const JsonHead json = walk_json(text);
  if (json.end == JsonHead::End::kBroken) return std::nullopt;
  const bool whole = json.end == JsonHead::End::kWhole;
  if (!whole && head.size() == file_bytes) return std::nullopt;
  Recognised recognised;
  recognised.kind = FileKind::kJson;
  recognised.architecture = json.model_type;
  if (head.size() < file_bytes) add_doubt(recognised, Doubt::kHeaderCut);
  return recognised;
}

}  // namespace strongroom::model

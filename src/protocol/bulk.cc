#include "protocol/bulk.h"

#include "base/error_names.h"
#include "format/base64.h"
#include "format/json.h"

namespace strongroom::protocol {

using format::Fields;
using format::Json;

namespace {

constexpr std::size_t kAnswersBytesMax = 24u << 20;
constexpr std::size_t kReceiptBytesMax = 256u << 10;

Json to_json(const Result<Receipt>& answer) {
  if (!answer)
    return Json::Object{{"error", std::string(name_of(answer.error().code))},
                        {"message", format::is_clean_text(answer.error().context)
                                        ? answer.error().context
                                        : printable(answer.error().context)}};
  return Json::Object{{"receipt", format::to_base64(as_bytes(encode(*answer)))}};
}

Result<Result<Receipt>> answer_from(const Json& json) {
  Fields fields(json, "answer");
  if (fields.has("receipt")) {
    ASSIGN_OR_RETURN(const Bytes bytes, fields.base64("receipt", kReceiptBytesMax));
    RETURN_IF_ERROR(fields.done());
    ASSIGN_OR_RETURN(Receipt receipt, decode_receipt(as_text(bytes)));
    return Result<Receipt>(std::move(receipt));
  }
  ASSIGN_OR_RETURN(const std::string name, fields.text("error"));
  ASSIGN_OR_RETURN(const std::string message, fields.text("message"));
  RETURN_IF_ERROR(fields.done());
  const std::optional<ErrorCode> code = code_named(name);
  if (!code) return fail(ErrorCode::kMalformed, "answer: an error of no known name");
  return Result<Receipt>(fail(*code, message));
}

// The one member of a document that is a list.
Result<Json> list_in(std::string_view bytes, std::size_t bytes_max, std::string_view name,
                     std::size_t items_max) {
  ASSIGN_OR_RETURN(const Json json, format::decode_canonical(bytes, bytes_max));
  Fields fields(json, name);
  ASSIGN_OR_RETURN(const Json::Array* list, fields.array(name, items_max));
  RETURN_IF_ERROR(fields.done());
  if (list->empty()) return fail(ErrorCode::kMalformed, std::string(name) + ": none");
  return Json(*list);
}

}  // namespace

// A command as base64: it stays the bytes that decode_command takes.
std::string encode(std::span<const Command> commands) {
  Json::Array list;
  for (const Command& each : commands) list.emplace_back(format::to_base64(as_bytes(encode(each))));
  return format::encode(Json::Object{{"commands", std::move(list)}});
}

Result<std::vector<Command>> decode_commands(std::string_view bytes) {
  ASSIGN_OR_RETURN(const Json list, list_in(bytes, kCommandBytesMax, "commands", kBulkCommandsMax));
  std::vector<Command> commands;
  for (const Json& each : *list.array()) {
    const std::optional<Bytes> decoded =
        each.text() != nullptr ? format::from_base64(*each.text()) : std::nullopt;
    if (!decoded) return fail(ErrorCode::kMalformed, "commands: one is not base64");
    ASSIGN_OR_RETURN(Command command, decode_command(as_text(*decoded)));
    commands.push_back(std::move(command));
  }
  return commands;
}

std::string encode(std::span<const Result<Receipt>> answers) {
  Json::Array list;
  for (const Result<Receipt>& each : answers) list.push_back(to_json(each));
  return format::encode(Json::Object{{"answers", std::move(list)}});
}

Result<std::vector<Result<Receipt>>> decode_answers(std::string_view bytes) {
  ASSIGN_OR_RETURN(const Json list, list_in(bytes, kAnswersBytesMax, "answers", kBulkCommandsMax));
  std::vector<Result<Receipt>> answers;
  for (const Json& each : *list.array()) {
    ASSIGN_OR_RETURN(Result<Receipt> answer, answer_from(each));
    answers.push_back(std::move(answer));
  }
  return answers;
}

std::string encode(std::span<const Digest> commitments) {
  Json::Array list(commitments.begin(), commitments.end());
  return format::encode(Json::Object{{"commitments", std::move(list)}});
}

Result<std::vector<Digest>> decode_commitments(std::string_view bytes) {
  ASSIGN_OR_RETURN(const Json list, list_in(bytes, kCommandBytesMax, "commitments", kBulkTextsMax));
  std::vector<Digest> commitments;
  for (const Json& each : *list.array()) {
    const auto digest = each.text() != nullptr ? Digest::from_hex_text(*each.text()) : std::nullopt;
    if (!digest) return fail(ErrorCode::kMalformed, "commitments: not a digest");
    commitments.push_back(*digest);
  }
  return commitments;
}

std::string encode(std::span<const std::optional<Opening>> openings) {
  Json::Array list;
  for (const std::optional<Opening>& each : openings) {
    list.push_back(each ? Json(Json::Object{{"salt", each->salt}, {"text", each->text}})
                        : Json(Json::Object{}));
  }
  return format::encode(Json::Object{{"texts", std::move(list)}});
}

Result<std::vector<std::optional<Opening>>> decode_openings(std::string_view bytes) {
  ASSIGN_OR_RETURN(const Json list, list_in(bytes, kAnswersBytesMax, "texts", kBulkTextsMax));
  std::vector<std::optional<Opening>> openings;
  for (const Json& each : *list.array()) {
    Fields fields(each, "text");
    if (!fields.has("salt")) {
      RETURN_IF_ERROR(fields.done());
      openings.emplace_back();
      continue;
    }
    Opening opening;
    ASSIGN_OR_RETURN(opening.salt, fields.id<decltype(opening.salt)>("salt"));
    ASSIGN_OR_RETURN(opening.text, fields.text("text"));
    RETURN_IF_ERROR(fields.done());
    openings.emplace_back(std::move(opening));
  }
  return openings;
}

}  // namespace strongroom::protocol

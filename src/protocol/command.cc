#include "protocol/command.h"

#include "base/limits.h"
#include "format/base64.h"

namespace strongroom::protocol {

using format::Fields;
using format::Json;

namespace {

constexpr std::size_t kListMax = 64;
constexpr std::size_t kSealedBytesMax = 4096;
constexpr std::size_t kProofBytesMax = 16 * 1024;

Json to_json(const Text& text) {
  return Json::Object{
      {"field", text.field}, {"salt", text.opening.salt}, {"text", text.opening.text}};
}

Result<Text> text_from(const Json& json) {
  Fields fields(json, "text");
  Text text;
  ASSIGN_OR_RETURN(text.field, fields.text("field"));
  ASSIGN_OR_RETURN(text.opening.salt, fields.id<decltype(text.opening.salt)>("salt"));
  ASSIGN_OR_RETURN(text.opening.text, fields.text("text"));
  RETURN_IF_ERROR(fields.done());
  return text;
}

Result<Attachment> attachment_from(const Json& json) {
  Fields fields(json, "attachment");
  Attachment attachment;
  ASSIGN_OR_RETURN(attachment.name, fields.text("name"));
  ASSIGN_OR_RETURN(attachment.bytes, fields.base64("bytes", kAttachmentBytesMax));
  RETURN_IF_ERROR(fields.done());
  return attachment;
}

template <class T, class Decode>
Result<std::vector<T>> list_from(Fields& fields, std::string_view name, Decode decode) {
  ASSIGN_OR_RETURN(const Json::Array* items, fields.array(name, kListMax));
  std::vector<T> list;
  for (const Json& item : *items) {
    ASSIGN_OR_RETURN(T value, decode(item));
    list.push_back(std::move(value));
  }
  return list;
}

}  // namespace

std::string encode(const Command& command) {
  Json::Array signatures;
  for (const Signature& each : command.signatures) signatures.push_back(to_json(each));
  Json::Array texts;
  for (const Text& each : command.texts) texts.push_back(to_json(each));
  Json::Array attachments;
  for (const Attachment& each : command.attachments) {
    attachments.push_back(
        Json::Object{{"name", each.name}, {"bytes", format::to_base64(each.bytes)}});
  }
  Json::Object object{{"type", std::string(name_of(command.type))},
                      {"signatures", std::move(signatures)},
                      {"texts", std::move(texts)},
                      {"attachments", std::move(attachments)}};
  if (command.statement) object.emplace("statement", *command.statement);
  if (command.body) object.emplace("body", *command.body);
  return format::encode(Json(std::move(object)));
}

Result<Command> decode_command(std::string_view bytes) {
  ASSIGN_OR_RETURN(const Json json, format::decode_canonical(bytes, kCommandBytesMax));
  Fields fields(json, "command");
  Command command;
  ASSIGN_OR_RETURN(const std::string type, fields.text("type"));
  ASSIGN_OR_RETURN(command.type, entry_type_from(type));
  if (fields.has("statement")) {
    ASSIGN_OR_RETURN(const Json* statement, fields.any("statement"));
    command.statement = *statement;
  }
  if (fields.has("body")) {
    ASSIGN_OR_RETURN(const Json* body, fields.any("body"));
    command.body = *body;
  }
  ASSIGN_OR_RETURN(command.signatures, list_from<Signature>(fields, "signatures", signature_from));
  ASSIGN_OR_RETURN(command.texts, list_from<Text>(fields, "texts", text_from));
  ASSIGN_OR_RETURN(command.attachments,
                   list_from<Attachment>(fields, "attachments", attachment_from));
  RETURN_IF_ERROR(fields.done());
  return command;
}

// Entries and proofs hold quotes and newlines; as base64 they stay the bytes they are.
std::string encode(const Receipt& receipt) {
  return format::encode(Json::Object{{"index", receipt.index},
                                     {"entry", format::to_base64(as_bytes(receipt.entry))},
                                     {"proof", format::to_base64(as_bytes(receipt.proof))}});
}

Result<Receipt> decode_receipt(std::string_view bytes) {
  ASSIGN_OR_RETURN(const Json json, format::decode_canonical(bytes, kCommandBytesMax));
  Fields fields(json, "receipt");
  Receipt receipt;
  ASSIGN_OR_RETURN(receipt.index, fields.integer("index", 0, limits::kJsonIntegerMax));
  ASSIGN_OR_RETURN(const Bytes entry, fields.base64("entry", limits::kEntryBytesMax));
  ASSIGN_OR_RETURN(const Bytes proof, fields.base64("proof", kProofBytesMax));
  receipt.entry = as_text(entry);
  receipt.proof = as_text(proof);
  RETURN_IF_ERROR(fields.done());
  return receipt;
}

std::string encode(const std::vector<RedeemedSite>& sites) {
  Json::Array list;
  for (const RedeemedSite& site : sites) {
    list.push_back(Json::Object{{"group", site.group},
                                {"encapsulated", format::to_base64(site.sealed.encapsulated)},
                                {"ciphertext", format::to_base64(site.sealed.ciphertext)}});
  }
  return format::encode(Json::Object{{"sites", std::move(list)}});
}

Result<std::vector<RedeemedSite>> decode_redeemed_sites(std::string_view bytes) {
  ASSIGN_OR_RETURN(const Json json, format::decode_canonical(bytes, kAttachmentBytesMax));
  Fields fields(json, "redeemed sites");
  ASSIGN_OR_RETURN(const Json::Array* list, fields.array("sites", limits::kObjectGroupsMax));
  RETURN_IF_ERROR(fields.done());
  std::vector<RedeemedSite> sites;
  for (const Json& each : *list) {
    Fields site_fields(each, "redeemed site");
    RedeemedSite site;
    ASSIGN_OR_RETURN(
        site.group,
        site_fields.integer("group", 0, static_cast<std::int64_t>(limits::kObjectGroupsMax)));
    ASSIGN_OR_RETURN(site.sealed.encapsulated, site_fields.base64("encapsulated", kSealedBytesMax));
    ASSIGN_OR_RETURN(site.sealed.ciphertext, site_fields.base64("ciphertext", kSealedBytesMax));
    RETURN_IF_ERROR(site_fields.done());
    sites.push_back(std::move(site));
  }
  return sites;
}

namespace {
std::string carried_by(const ProposalId& proposal, const std::string& what) {
  return "proposal/" + proposal.hex() + "/" + what;
}
}  // namespace

std::string evidence_name(const ProposalId& proposal) { return carried_by(proposal, "evidence"); }
std::string leaves_name(const Vote& vote) {
  const Digest first = vote.leaves.empty() ? Digest{} : vote.leaves.front().digest;
  return carried_by(vote.proposal, "leaves/" + vote.person.hex() + "/" + first.hex());
}
std::string sites_name(const ProposalId& proposal, std::int64_t n) {
  return carried_by(proposal, "sites/" + std::to_string(n));
}

}  // namespace strongroom::protocol

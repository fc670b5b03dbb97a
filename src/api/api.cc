#include "api/api.h"

#include <algorithm>
#include <map>

#include "api/carried.h"
#include "base/limits.h"
#include "format/json.h"
#include "http/signature.h"
#include "ledger/tile.h"
#include "protocol/bulk.h"
#include "seal/layout.h"

namespace strongroom::api {

using format::Fields;
using format::Json;
using http::Method;
using http::Request;
using http::Response;

namespace {

constexpr std::int64_t kSkewSecondsMax = 300;
constexpr std::int64_t kGrowthSecondsMax = 25;
constexpr std::size_t kPublishedFileBytesMax = ledger::kBundleBytesMax;
constexpr std::size_t kChallengeBytesMax = 1024;
constexpr std::int64_t kKeeperBatch = 512;
constexpr std::size_t kCommitmentsBytesMax = 128 * 1024;

Response json_response(std::string_view json) {
  return http::text_response(200, "application/json", json);
}

Response bytes_response(Bytes bytes) {
  Response response;
  response.body = std::move(bytes);
  static_cast<void>(response.headers.add("content-type", "application/octet-stream"));
  return response;
}

// Turns a handler's Result into a response: one place for every error.
template <class Work>
Response respond(Work&& work) {
  Result<Response> response = work();
  return response ? std::move(*response) : http::error_response(response.error());
}

Result<std::optional<crypto::Ed25519Public>> enrolled_key(const judge::Rooms& rooms,
                                                          const KeyId& key) {
  ASSIGN_OR_RETURN(const auto holder, rooms.people.holder_of(key));
  if (holder) return holder->key.sign;
  ASSIGN_OR_RETURN(const std::vector<protocol::Host> hosts, rooms.people.hosts());
  for (const protocol::Host& host : hosts) {
    if (crypto::key_id_of(host.key) == key) return host.key;
  }
  return std::nullopt;
}

Result<std::int64_t> number_in(const http::Texts& texts, std::string_view name, std::int64_t max) {
  const auto found = texts.find(name);
  const Result<std::uint64_t> number =
      found == texts.end() ? Result<std::uint64_t>(fail(ErrorCode::kMalformed, "missing"))
                           : ledger::parse_decimal(found->second);
  if (!number || *number > static_cast<std::uint64_t>(max)) {
    return fail(ErrorCode::kMalformed,
                "the query's " + std::string(name) + " is not a number in range");
  }
  return static_cast<std::int64_t>(*number);
}

// What was stored for a release before it was frozen or recalled, or its key record lapsed, is not
// given out after it.
Result<void> gives_still(const sequencer::Sequencer& sequencer, const ProposalId& id) {
  return sequencer.read([&](const judge::Rooms& rooms) -> Result<void> {
    ASSIGN_OR_RETURN(const auto proposal, rooms.vault.proposal(id));
    if (!proposal) return fail(ErrorCode::kNotFound, "no such proposal");
    if (proposal->recalled) return fail(ErrorCode::kRefused, "the proposal has been recalled");
    ASSIGN_OR_RETURN(const bool frozen, rooms.vault.is_frozen(proposal->request.object));
    if (frozen)
      return fail(ErrorCode::kFrozen, "a freeze is in force: a frozen object gives nothing");
    ASSIGN_OR_RETURN(const auto object, rooms.vault.object(proposal->request.object));
    if (!object || object->record_of(proposal->request.epoch) == nullptr)
      return fail(ErrorCode::kExpired, "its key record has lapsed: another one is in force");
    return {};
  });
}

// Re-sealed leaves and site secrets: the pieces that open. Their names begin with the proposal.
std::optional<ProposalId> proposal_whose_pieces(std::string_view name) {
  constexpr std::string_view kProposal = "proposal/";
  constexpr std::size_t kDigits = 2 * ProposalId::kBytes;
  if (!name.starts_with(kProposal)) return std::nullopt;
  name.remove_prefix(kProposal.size());
  const std::string_view what = name.size() > kDigits ? name.substr(kDigits) : "";
  if (!what.starts_with("/leaves/") && !what.starts_with("/sites/")) return std::nullopt;
  return ProposalId::from_hex_text(name.substr(0, kDigits));
}

Result<keeper::ObjectRecords> records_of(const store::BlobStore& objects, const ObjectId& object,
                                         const vault::Record& record) {
  ASSIGN_OR_RETURN(const Bytes key_record,
                   objects.get(seal::key_record_blob(object, record.epoch, record.key_record),
                               limits::kJsonDocumentBytesMax));
  ASSIGN_OR_RETURN(const Bytes shares,
                   objects.get(seal::sealed_shares_blob(object, record.epoch, record.sealed_shares),
                               limits::kJsonDocumentBytesMax));
  return keeper::ObjectRecords{std::string(as_text(key_record)), std::string(as_text(shares))};
}

}  // namespace

Api::Api(const Parts& parts, const StrongroomId& strongroom)
    : parts_(parts),
      strongroom_(strongroom),
      nonces_({.skew_seconds_max = kSkewSecondsMax}, parts.clock.now()) {}

void Api::add(http::Router& router, Method method, std::string_view pattern, Handler handler,
              http::RouteOptions options) {
  router.add(
      method, pattern,
      [this, handler](const Request& request) { return (this->*handler)(request); }, options);
}

http::Router Api::router() {
  http::Router router;
  add(router, Method::kGet, "/log/{name...}", &Api::log_file);
  add(router, Method::kGet, "/v1/growth", &Api::growth, {.waits = true});
  add(router, Method::kPost, "/v1/commands", &Api::command,
      {.body_bytes_max = protocol::kCommandBytesMax});
  add(router, Method::kPost, "/v1/bulk/commands", &Api::commands,
      {.body_bytes_max = protocol::kCommandBytesMax});
  add(router, Method::kPost, "/v1/bulk/texts", &Api::texts,
      {.body_bytes_max = kCommitmentsBytesMax});
  add(router, Method::kGet, "/v1/texts/{commitment}", &Api::text);
  add(router, Method::kGet, "/v1/attachments/{name...}", &Api::attachment);
  add(router, Method::kGet, "/v1/objects/{object}/{document}", &Api::object_document);
  add(router, Method::kPost, "/v1/redemptions/challenge", &Api::challenge,
      {.body_bytes_max = kChallengeBytesMax});
  add(router, Method::kPost, "/v1/redemptions", &Api::redeem);
  return router;
}

Result<KeyId> Api::authenticated(const Request& request) {
  const UnixSeconds now = parts_.clock.now();
  const auto lookup = [this](std::string_view name) {
    std::optional<crypto::Ed25519Public> found;
    const std::optional<KeyId> key = protocol::key_named(strongroom_, name);
    if (!key) return found;
    const Result<void> read = parts_.sequencer.read([&](const judge::Rooms& rooms) -> Result<void> {
      ASSIGN_OR_RETURN(found, enrolled_key(rooms, *key));
      return {};
    });
    if (!read) found.reset();
    return found;
  };
  ASSIGN_OR_RETURN(const http::VerifiedSigner signer,
                   http::verify_request(request, lookup, now, kSkewSecondsMax));
  RETURN_IF_ERROR(nonces_.admit(signer, now));
  return *protocol::key_named(strongroom_, signer.key_id);
}

Response Api::log_file(const Request& request) {
  return respond([&]() -> Result<Response> {
    const std::string& name = request.segments.at("name");
    // Who leases what, where, is a target map: entries are for those the log knows. Hashes are
    // open.
    if (name.starts_with("tile/entries/")) {
      RETURN_IF_ERROR(authenticated(request));
    }
    ASSIGN_OR_RETURN(Bytes bytes, parts_.publication.get(name, kPublishedFileBytesMax));
    return bytes_response(std::move(bytes));
  });
}

Response Api::growth(const Request& request) {
  return respond([&]() -> Result<Response> {
    RETURN_IF_ERROR(authenticated(request));
    ASSIGN_OR_RETURN(const http::Texts query, http::parse_query(request.query));
    ASSIGN_OR_RETURN(const std::int64_t size, number_in(query, "size", limits::kJsonIntegerMax));
    ASSIGN_OR_RETURN(const std::int64_t seconds, number_in(query, "seconds", kGrowthSecondsMax));
    ASSIGN_OR_RETURN(const std::int64_t now,
                     parts_.sequencer.wait_for_growth(size, seconds * 1000));
    return json_response(format::encode(Json::Object{{"size", now}}));
  });
}

Response Api::command(const Request& request) {
  return respond([&]() -> Result<Response> {
    RETURN_IF_ERROR(authenticated(request));
    ASSIGN_OR_RETURN(protocol::Command command, protocol::decode_command(as_text(request.body)));
    std::vector<protocol::Command> one;
    one.push_back(std::move(command));
    ASSIGN_OR_RETURN(std::vector<Result<protocol::Receipt>> answers, submit(std::move(one)));
    ASSIGN_OR_RETURN(const protocol::Receipt receipt, std::move(answers.front()));
    return json_response(encode(receipt));
  });
}

Response Api::commands(const Request& request) {
  return respond([&]() -> Result<Response> {
    RETURN_IF_ERROR(authenticated(request));
    ASSIGN_OR_RETURN(std::vector<protocol::Command> commands,
                     protocol::decode_commands(as_text(request.body)));
    ASSIGN_OR_RETURN(const std::vector<Result<protocol::Receipt>> answers,
                     submit(std::move(commands)));
    return json_response(protocol::encode(answers));
  });
}

Result<void> Api::check(const std::vector<protocol::Command>& commands) const {
  std::optional<protocol::Recovery> recovery;
  RETURN_IF_ERROR(parts_.sequencer.read([&](const judge::Rooms& rooms) -> Result<void> {
    ASSIGN_OR_RETURN(const auto founding, rooms.vault.founding());
    if (founding) recovery = founding->recovery;
    return {};
  }));
  for (const protocol::Command& each : commands)
    RETURN_IF_ERROR(check_carried(each, parts_.objects, recovery));
  return {};
}

// What one of them lacks refuses them all, before any is judged.
Result<std::vector<Result<protocol::Receipt>>> Api::submit(
    std::vector<protocol::Command> commands) {
  RETURN_IF_ERROR(check(commands));
  const bool registers = std::any_of(
      commands.begin(), commands.end(),
      [](const protocol::Command& each) { return each.type == protocol::EntryType::kRegistered; });
  if (!registers) return parts_.sequencer.submit_all(std::move(commands));
  const Lock lock(names_mutex_);
  RETURN_IF_ERROR(names_are_free(commands));
  return parts_.sequencer.submit_all(std::move(commands));
}

// The log commits to names under fresh salts and cannot compare them; who holds the texts can. Two
// assets of one name would each be somebody's newest version.
Result<void> Api::names_are_free(const std::vector<protocol::Command>& commands) const {
  const auto taken = [] {
    return fail(ErrorCode::kAlreadyExists,
                "a model of this name has been registered meanwhile: run it again, and it becomes "
                "its next version, or choose another name");
  };
  std::map<std::string_view, AssetId> wanted;
  for (const protocol::Command& each : commands) {
    if (each.type != protocol::EntryType::kRegistered) continue;
    ASSIGN_OR_RETURN(const protocol::Registration registration,
                     protocol::registration_from(*each.statement));
    if (!wanted.emplace(each.texts.front().opening.text, registration.asset).second) return taken();
  }
  std::vector<registry::Asset> assets;
  RETURN_IF_ERROR(parts_.sequencer.read([&](const judge::Rooms& rooms) -> Result<void> {
    ASSIGN_OR_RETURN(assets, rooms.registry.assets());
    return {};
  }));
  for (const registry::Asset& each : assets) {
    ASSIGN_OR_RETURN(const auto text, parts_.sequencer.text(each.name));
    const auto same = text ? wanted.find(text->text) : wanted.end();
    // The same registration again, or the judge's matter.
    if (same == wanted.end() || same->second == each.asset) continue;
    return taken();
  }
  return {};
}

Response Api::texts(const Request& request) {
  return respond([&]() -> Result<Response> {
    RETURN_IF_ERROR(authenticated(request));
    ASSIGN_OR_RETURN(const std::vector<Digest> commitments,
                     protocol::decode_commitments(as_text(request.body)));
    std::vector<std::optional<protocol::Opening>> openings;
    for (const Digest& each : commitments) {
      ASSIGN_OR_RETURN(std::optional<protocol::Opening> opening, parts_.sequencer.text(each));
      openings.push_back(std::move(opening));
    }
    return json_response(protocol::encode(openings));
  });
}

Response Api::text(const Request& request) {
  return respond([&]() -> Result<Response> {
    RETURN_IF_ERROR(authenticated(request));
    const std::optional<Digest> commitment =
        Digest::from_hex_text(request.segments.at("commitment"));
    if (!commitment) return fail(ErrorCode::kMalformed, "not a commitment");
    ASSIGN_OR_RETURN(const std::optional<protocol::Opening> opening,
                     parts_.sequencer.text(*commitment));
    if (!opening) return fail(ErrorCode::kNotFound, "no such text: never given, or erased");
    return json_response(
        format::encode(Json::Object{{"salt", opening->salt}, {"text", opening->text}}));
  });
}

Response Api::attachment(const Request& request) {
  return respond([&]() -> Result<Response> {
    RETURN_IF_ERROR(authenticated(request));
    const std::string& name = request.segments.at("name");
    if (const std::optional<ProposalId> proposal = proposal_whose_pieces(name))
      RETURN_IF_ERROR(gives_still(parts_.sequencer, *proposal));
    ASSIGN_OR_RETURN(std::optional<Bytes> bytes, parts_.sequencer.attachment(name));
    if (!bytes) return fail(ErrorCode::kNotFound, "nothing of this name is carried");
    return bytes_response(std::move(*bytes));
  });
}

Response Api::object_document(const Request& request) {
  return respond([&]() -> Result<Response> {
    RETURN_IF_ERROR(authenticated(request));
    const std::optional<ObjectId> object = ObjectId::from_hex_text(request.segments.at("object"));
    const std::string& document = request.segments.at("document");
    if (!object || !seal::is_document(document))
      return fail(ErrorCode::kNotFound, "no such document");
    ASSIGN_OR_RETURN(Bytes bytes, parts_.objects.get(seal::object_folder(*object) + "/" + document,
                                                     limits::kJsonDocumentBytesMax));
    return bytes_response(std::move(bytes));
  });
}

Response Api::challenge(const Request& request) {
  return respond([&]() -> Result<Response> {
    RETURN_IF_ERROR(authenticated(request));
    ASSIGN_OR_RETURN(const Json json,
                     format::decode_canonical(as_text(request.body), kChallengeBytesMax));
    Fields fields(json, "challenge");
    ASSIGN_OR_RETURN(const ProposalId proposal, fields.id<ProposalId>("proposal"));
    ASSIGN_OR_RETURN(const std::int64_t n, fields.integer("n", 1, limits::kRedemptionsMax));
    RETURN_IF_ERROR(fields.done());
    ASSIGN_OR_RETURN(const Digest nonce, parts_.keeper.challenge(proposal, n));
    return json_response(format::encode(Json::Object{{"nonce", nonce}}));
  });
}

Response Api::redeem(const Request& request) {
  return respond([&]() -> Result<Response> {
    RETURN_IF_ERROR(authenticated(request));
    ASSIGN_OR_RETURN(const protocol::Command command,
                     protocol::decode_command(as_text(request.body)));
    ASSIGN_OR_RETURN(Bytes sites, redeemed_sites(command));
    return json_response(as_text(sites));
  });
}

Result<void> Api::feed_keeper() {
  const Lock lock(keeper_mutex_);
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<std::string> entries,
                     parts_.sequencer.entries(parts_.keeper.followed(), kKeeperBatch));
    if (entries.empty()) return {};
    RETURN_IF_ERROR(parts_.keeper.follow(entries));
  }
}

// A crash before the entry: nothing has happened. After it, before the sites are stored: the host
// asks again with the same signed statement, which the log holds, and the keeper opens by the
// ordinary path. After that: the stored bytes are given again.
Result<Bytes> Api::redeemed_sites(const protocol::Command& command) {
  if (command.type != protocol::EntryType::kRedeemed || !command.statement ||
      command.attachments.size() != 1 || !command.texts.empty()) {
    return fail(ErrorCode::kMalformed, "not a redemption with its evidence");
  }
  ASSIGN_OR_RETURN(const protocol::Redemption redemption,
                   protocol::redemption_from(*command.statement));
  RETURN_IF_ERROR(feed_keeper());
  std::optional<ObjectId> object;
  std::optional<vault::Record> record;
  bool logged = false;
  RETURN_IF_ERROR(parts_.sequencer.read([&](const judge::Rooms& rooms) -> Result<void> {
    ASSIGN_OR_RETURN(const auto proposal, rooms.vault.proposal(redemption.proposal));
    if (!proposal) return fail(ErrorCode::kNotFound, "no such proposal");
    object = proposal->request.object;
    ASSIGN_OR_RETURN(const auto sealed, rooms.vault.object(*object));
    const vault::Record* stands = sealed ? sealed->record_of(proposal->request.epoch) : nullptr;
    if (stands != nullptr) record = *stands;
    logged =
        std::any_of(proposal->redemptions.begin(), proposal->redemptions.end(),
                    [&](const vault::Redeemed& each) { return each.redemption == redemption; });
    return {};
  }));
  if (!logged) {
    ASSIGN_OR_RETURN(const Json json,
                     format::decode_canonical(as_text(command.attachments.front().bytes),
                                              limits::kEntryBytesMax));
    ASSIGN_OR_RETURN(const protocol::Evidence evidence, protocol::evidence_from(json));
    RETURN_IF_ERROR(parts_.keeper.admit(redemption, evidence));
  }
  // The same command again gets its first receipt: nothing is counted twice, and a forged signature
  // fails.
  protocol::Command entry = command;
  entry.attachments.clear();
  RETURN_IF_ERROR(parts_.sequencer.submit(std::move(entry)));
  RETURN_IF_ERROR(gives_still(parts_.sequencer, redemption.proposal));
  const std::string name = protocol::sites_name(redemption.proposal, redemption.n);
  ASSIGN_OR_RETURN(std::optional<Bytes> stored, parts_.sequencer.attachment(name));
  if (stored) return std::move(*stored);
  RETURN_IF_ERROR(feed_keeper());
  if (!record) return fail(ErrorCode::kExpired, "its key record has lapsed");
  ASSIGN_OR_RETURN(const keeper::ObjectRecords records,
                   records_of(parts_.objects, *object, *record));
  ASSIGN_OR_RETURN(const std::vector<protocol::RedeemedSite> sites,
                   parts_.keeper.open(redemption, records));
  const Bytes bytes = copy_bytes(as_bytes(encode(sites)));
  const Result<void> attached = parts_.sequencer.attach({name, bytes});
  if (!attached && attached.error().code != ErrorCode::kConflict)
    return tl::unexpected<Error>(attached.error());
  // Two tries at once: the one stored first is what both get.
  ASSIGN_OR_RETURN(std::optional<Bytes> kept, parts_.sequencer.attachment(name));
  if (!kept) return fail(ErrorCode::kInternal, "the redeemed sites were not kept");
  return std::move(*kept);
}

}  // namespace strongroom::api

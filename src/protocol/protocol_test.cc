#include <gtest/gtest.h>

#include "base/limits.h"
#include "protocol/command.h"
#include "protocol/deposit.h"
#include "protocol/genesis.h"
#include "protocol/release.h"

namespace strongroom::protocol {
namespace {

using format::Json;

template <class Id>
Id filled(std::uint8_t byte) {
  Id id;
  id.bytes.fill(byte);
  return id;
}

Registration registration() {
  return {.strongroom = filled<StrongroomId>(1),
          .asset = filled<AssetId>(2),
          .name = filled<Digest>(3),
          .kind = "model",
          .formats = {{"gguf", 2}, {"safetensors", 1}},
          .person = filled<PersonId>(4)};
}
Deposit deposit() {
  Deposit deposit;
  deposit.strongroom = filled<StrongroomId>(1);
  deposit.object = filled<ObjectId>(2);
  deposit.payload_suite = "p";
  deposit.wrap_suite = "w";
  deposit.files = 3;
  deposit.checkpoint = {5, filled<Digest>(6)};
  return deposit;
}
Request request() {
  Request request;
  request.strongroom = filled<StrongroomId>(1);
  request.object = filled<ObjectId>(2);
  request.payload_suite = "p";
  request.wrap_suite = "w";
  request.groups = {0, 3};
  request.recipient.assign(32, 7);
  request.byte_budget = 10;
  request.lease_seconds = 60;
  request.redemptions = 2;
  request.expires = {1'800'000'000};
  return request;
}
Vote vote() {
  Vote vote;
  vote.proposal = filled<ProposalId>(1);
  vote.decision = VoteDecision::kApprove;
  vote.person = filled<PersonId>(2);
  vote.key = filled<KeyId>(3);
  vote.valid_until = {9};
  vote.leaves = {{0, "1", filled<Digest>(4)}, {3, "1", filled<Digest>(5)}};
  return vote;
}
Redemption redemption() {
  Redemption redemption;
  redemption.proposal = filled<ProposalId>(1);
  redemption.n = 2;
  redemption.host = filled<HostId>(2);
  return redemption;
}
LeaseEnd lease_end() {
  LeaseEnd end;
  end.proposal = filled<ProposalId>(1);
  end.cause = "budget";
  end.served_bytes = 12;
  end.wiped = true;
  return end;
}
Freeze freeze() {
  Freeze freeze;
  freeze.object = filled<ObjectId>(1);
  freeze.person = filled<PersonId>(2);
  return freeze;
}
Recall recall() {
  Recall recall;
  recall.proposal = filled<ProposalId>(1);
  recall.person = filled<PersonId>(2);
  return recall;
}
crypto::PublicKeys keys(std::uint8_t number) {
  crypto::PublicKeys keys;
  keys.sign = filled<crypto::Ed25519Public>(number);
  keys.seal.assign(32, number);
  keys.id = crypto::key_id_of(keys.sign, keys.kem, keys.seal);
  return keys;
}
Member member(std::uint8_t number) {
  return {.person = filled<PersonId>(number),
          .kind = PersonKind::kHuman,
          .name = filled<Digest>(number),
          .roles = {Role::kCustodian, Role::kDepositor},
          .clearance = Level::kSl4,
          .cleared_until = {100},
          .keys = {keys(number)}};
}
Host host() {
  return {.host = filled<HostId>(1),
          .name = filled<Digest>(2),
          .key = filled<crypto::Ed25519Public>(3),
          .evidence = std::string(kEvidenceNone)};
}
Policy policy(std::int64_t threshold, const std::vector<PersonId>& persons) {
  PolicyNode root;
  root.threshold = threshold;
  for (const PersonId& person : persons) {
    PolicyNode leaf;
    leaf.person = person;
    root.of.push_back(leaf);
  }
  Result<Policy> checked = Policy::checked(std::move(root));
  CHECK(checked.has_value());
  return std::move(*checked);
}
Genesis genesis() {
  Genesis genesis{.policy = policy(2, {member(1).person, member(2).person})};
  genesis.nonce = filled<GenesisNonce>(8);
  genesis.origin = origin_for(genesis.nonce);
  genesis.witness_policy = "none";
  genesis.levels = catalog_levels();
  genesis.members = {member(1), member(2), member(3)};
  genesis.founders = {member(1).person, member(2).person};
  genesis.hosts = {host()};
  genesis.deposit_key.seal.assign(32, 9);
  genesis.deposit_key.id = crypto::key_id_of(genesis.deposit_key.kem, genesis.deposit_key.seal);
  return genesis;
}

// Another document with one member changed, added or taken away.
Json with(const Json& document, const std::string& name, const Json& value) {
  Json::Object members = *document.object();
  members.insert_or_assign(name, value);
  return members;
}
Json without(const Json& document, const std::string& name) {
  Json::Object members = *document.object();
  members.erase(name);
  return members;
}

// What every decoder owes: the same back, and nothing else taken.
template <class T, class Decode>
void expect_strict(const T& value, Decode decode) {
  const Json document = to_json(value);
  const auto again = decode(document);
  ASSERT_TRUE(again.has_value()) << again.error().context;
  EXPECT_EQ(format::encode(to_json(*again)), format::encode(document));
  EXPECT_FALSE(decode(with(document, "unknown", true)).has_value());
  EXPECT_FALSE(decode(Json("text")).has_value());
  EXPECT_FALSE(decode(Json(Json::Object{})).has_value());
  for (const auto& [name, member] : *document.object()) {
    EXPECT_FALSE(decode(without(document, name)).has_value()) << name << " is missing";
    const Json other = member.boolean() != nullptr ? Json("text") : Json(true);
    EXPECT_FALSE(decode(with(document, name, other)).has_value()) << name << " of another type";
  }
}
template <class T>
ErrorCode code_of(const Result<T>& result) {
  return result ? ErrorCode{} : result.error().code;
}

TEST(ARegistration, IsReadStrictly) { expect_strict(registration(), registration_from); }
TEST(ADeposit, IsReadStrictly) { expect_strict(deposit(), deposit_from); }
TEST(ARequest, IsReadStrictly) { expect_strict(request(), request_from); }
TEST(AVote, IsReadStrictly) { expect_strict(vote(), vote_from); }
TEST(ARedemption, IsReadStrictly) { expect_strict(redemption(), redemption_from); }
TEST(ALeaseEnd, IsReadStrictly) { expect_strict(lease_end(), lease_end_from); }
TEST(AFreeze, IsReadStrictly) { expect_strict(freeze(), freeze_from); }
TEST(ARecall, IsReadStrictly) { expect_strict(recall(), recall_from); }
TEST(AMember, IsReadStrictly) { expect_strict(member(1), member_from); }
TEST(AHost, IsReadStrictly) { expect_strict(host(), host_from); }
TEST(APublicKey, IsReadStrictly) { expect_strict(keys(1), public_keys_from); }
TEST(AGenesis, IsReadStrictly) { expect_strict(genesis(), genesis_from); }
TEST(ALevelDemand, IsReadStrictly) { expect_strict(catalog_levels()[0], level_demand_from); }
TEST(Evidence, IsReadStrictly) {
  expect_strict(Evidence{std::string(kEvidenceNone), filled<HostId>(1), filled<Digest>(2)},
                evidence_from);
}

TEST(AFreezeOfEverything, ComesBackAsOne) {
  Freeze all = freeze();
  all.object.reset();
  EXPECT_EQ(*freeze_from(to_json(all)), all);
}

TEST(OneStatement, IsNeverTakenForAnother) {
  EXPECT_FALSE(vote_from(to_json(request())).has_value());
  EXPECT_FALSE(recall_from(with(to_json(freeze()), "type", "recall")).has_value());
}

// Hostile members.

TEST(ARequest, RefusesGroupsOutOfOrder) {
  EXPECT_EQ(code_of(request_from(
                with(to_json(request()), "groups", Json::Array{std::int64_t{3}, std::int64_t{0}}))),
            ErrorCode::kMalformed);
}

TEST(ARequest, RefusesAGroupTwice) {
  EXPECT_EQ(code_of(request_from(
                with(to_json(request()), "groups", Json::Array{std::int64_t{3}, std::int64_t{3}}))),
            ErrorCode::kMalformed);
}

TEST(ARequest, RefusesToAskForNoGroup) {
  EXPECT_EQ(code_of(request_from(with(to_json(request()), "groups", Json::Array{}))),
            ErrorCode::kMalformed);
}

TEST(ARequest, RefusesALeaseBeyondThirtyDays) {
  const std::int64_t too_long = limits::kLeaseSecondsMax + 1;
  EXPECT_FALSE(request_from(with(to_json(request()), "lease_seconds", too_long)).has_value());
}

TEST(ARequest, RefusesNoRedemption) {
  EXPECT_FALSE(request_from(with(to_json(request()), "redemptions", std::int64_t{0})).has_value());
}

TEST(ARequest, RefusesANegativeBudget) {
  EXPECT_FALSE(request_from(with(to_json(request()), "byte_budget", std::int64_t{-1})).has_value());
}

TEST(ARequest, RefusesARecipientKeyOfTheWrongLength) {
  EXPECT_FALSE(request_from(with(to_json(request()), "recipient", "AAAA")).has_value());
}

TEST(ARequest, RefusesAnIdInUpperCase) {
  EXPECT_FALSE(request_from(with(to_json(request()), "host", "ABCDEFABCDEFABCD")).has_value());
}

TEST(AVote, RefusesADecisionThatIsNeitherYesNorNo) {
  EXPECT_EQ(code_of(vote_from(with(to_json(vote()), "decision", "abstain"))),
            ErrorCode::kMalformed);
}

TEST(AVote, RefusesARoleThatDoesNotExist) {
  EXPECT_FALSE(vote_from(with(to_json(vote()), "role", "admin")).has_value());
}

TEST(ARegistration, RefusesAFormatCountedZeroTimes) {
  const Json none = Json::Object{{"gguf", std::int64_t{0}}};
  EXPECT_FALSE(registration_from(with(to_json(registration()), "formats", none)).has_value());
}

TEST(ALeaseEnd, RefusesACauseThatIsNotOnTheList) {
  EXPECT_FALSE(lease_end_from(with(to_json(lease_end()), "cause", "bored")).has_value());
}

TEST(AFreeze, RefusesAScopeThatIsNeitherAllNorAnObject) {
  EXPECT_FALSE(freeze_from(with(to_json(freeze()), "scope", "some")).has_value());
}

TEST(AMember, RefusesRolesOutOfOrder) {
  const Json roles = Json::Array{Json("depositor"), Json("custodian")};
  EXPECT_FALSE(member_from(with(to_json(member(1)), "roles", roles)).has_value());
}

TEST(AMember, RefusesToHaveNoKey) {
  EXPECT_FALSE(member_from(with(to_json(member(1)), "keys", Json::Array{})).has_value());
}

TEST(AMember, RefusesOneKeyTwice) {
  const Json twice = Json::Array{to_json(keys(1)), to_json(keys(1))};
  EXPECT_FALSE(member_from(with(to_json(member(1)), "keys", twice)).has_value());
}

TEST(APublicKey, RefusesAnIdThatIsNotItsDigest) {
  EXPECT_EQ(code_of(public_keys_from(with(to_json(keys(1)), "id", filled<KeyId>(1)))),
            ErrorCode::kMalformed);
}

TEST(AHost, RefusesAKindOfEvidenceThatIsUnknown) {
  EXPECT_FALSE(host_from(with(to_json(host()), "evidence", "trust me")).has_value());
}

// Genesis.

ErrorCode genesis_with(const std::function<void(Genesis&)>& change) {
  Genesis changed = genesis();
  change(changed);
  return code_of(genesis_from(to_json(changed)));
}

TEST(AGenesis, IsNamedByItsDigest) {
  Genesis other = genesis();
  other.nonce.bytes[31] ^= 1;
  EXPECT_NE(other.id(), genesis().id());
}

TEST(AGenesis, RefusesAnOriginThatDoesNotFollowFromTheNonce) {
  EXPECT_EQ(genesis_with([](Genesis& g) { g.origin = "example.com/log"; }), ErrorCode::kMalformed);
}

TEST(AGenesis, RefusesAPersonTwice) {
  EXPECT_EQ(genesis_with([](Genesis& g) { g.members.push_back(g.members[2]); }),
            ErrorCode::kMalformed);
}

TEST(AGenesis, RefusesOneKeyForTwoPersons) {
  EXPECT_EQ(genesis_with([](Genesis& g) { g.members[2].keys = g.members[0].keys; }),
            ErrorCode::kMalformed);
}

TEST(AGenesis, RefusesAFounderWhoIsAnAiAgent) {
  EXPECT_EQ(genesis_with([](Genesis& g) { g.members[0].kind = PersonKind::kAiAgent; }),
            ErrorCode::kMalformed);
}

TEST(AGenesis, RefusesAFounderTwice) {
  EXPECT_EQ(genesis_with([](Genesis& g) { g.founders.push_back(g.founders[0]); }),
            ErrorCode::kMalformed);
}

TEST(AGenesis, RefusesToHaveNoFounders) {
  EXPECT_EQ(genesis_with([](Genesis& g) { g.founders.clear(); }), ErrorCode::kMalformed);
}

TEST(AGenesis, RefusesAPolicyThatNamesSomebodyWhoDidNotFoundIt) {
  EXPECT_EQ(genesis_with([](Genesis& g) {
              g.policy = policy(2, {g.members[0].person, g.members[2].person});
            }),
            ErrorCode::kMalformed);
}

TEST(AGenesis, RefusesAPolicyThatNamesSomebodyWhoIsNoCustodian) {
  EXPECT_EQ(genesis_with([](Genesis& g) { g.members[0].roles = {Role::kDepositor}; }),
            ErrorCode::kMalformed);
}

TEST(AGenesis, RefusesLevelsOutOfOrder) {
  EXPECT_EQ(genesis_with([](Genesis& g) { std::swap(g.levels[0], g.levels[1]); }),
            ErrorCode::kMalformed);
}

TEST(AGenesis, RefusesAHostTwice) {
  EXPECT_EQ(genesis_with([](Genesis& g) { g.hosts.push_back(g.hosts[0]); }), ErrorCode::kMalformed);
}

TEST(AGenesis, RefusesWitnessesThatThisVersionDoesNotKnow) {
  EXPECT_EQ(genesis_with([](Genesis& g) { g.witness_policy = "witness w1"; }),
            ErrorCode::kMalformed);
}

TEST(Founders, MustAllSignAndNobodyElse) {
  EXPECT_EQ(code_of(verify_founders(genesis(), {})), ErrorCode::kNotAuthentic);
}

// Entries.

Entry entry() {
  return {.index = 4,
          .time = {1'800'000'000},
          .type = EntryType::kFrozen,
          .statement = to_json(freeze()),
          .signatures = {{filled<KeyId>(1), filled<crypto::Ed25519Signature>(2)}},
          .body = std::nullopt};
}

TEST(AnEntry, ComesBackByteForByte) {
  const std::string bytes = *encode_entry(entry());
  const Result<Entry> decoded = decode_entry(bytes);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(*encode_entry(*decoded), bytes);
}

TEST(AnEntry, RefusesEveryTruncation) {
  const std::string bytes = *encode_entry(entry());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_entry(std::string_view(bytes).substr(0, size)).has_value()) << size;
  }
}

TEST(AnEntry, RefusesTrailingBytes) {
  EXPECT_FALSE(decode_entry(*encode_entry(entry()) + " ").has_value());
}

TEST(AnEntry, RefusesAnotherVersion) {
  const Json json = *format::decode_canonical(*encode_entry(entry()), limits::kEntryBytesMax);
  EXPECT_FALSE(decode_entry(format::encode(with(json, "v", std::int64_t{2}))).has_value());
}

TEST(AnEntry, RefusesATypeThatIsUnknown) {
  const Json json = *format::decode_canonical(*encode_entry(entry()), limits::kEntryBytesMax);
  EXPECT_FALSE(decode_entry(format::encode(with(json, "type", "thawed"))).has_value());
}

TEST(AnEntry, RefusesAStatementWithoutSignature) {
  Entry bare = entry();
  bare.signatures.clear();
  EXPECT_FALSE(decode_entry(*encode_entry(bare)).has_value());
}

TEST(AnEntry, RefusesSignaturesWithoutAStatement) {
  const Json json = *format::decode_canonical(*encode_entry(entry()), limits::kEntryBytesMax);
  EXPECT_FALSE(decode_entry(format::encode(without(json, "statement"))).has_value());
}

TEST(AnEntry, IsNeverOverItsBound) {
  Entry large = entry();
  Json::Array parts;
  for (int i = 0; i < 7; ++i) parts.push_back(std::string(limits::kTextBytesMax, 'x'));
  large.body = Json::Object{{"parts", std::move(parts)}};
  EXPECT_EQ(code_of(encode_entry(large)), ErrorCode::kTooLarge);
}

TEST(EveryEntryType, IsKnownByItsName) {
  for (int type = 0; type <= static_cast<int>(EntryType::kExplained); ++type) {
    EXPECT_EQ(*entry_type_from(name_of(static_cast<EntryType>(type))),
              static_cast<EntryType>(type));
  }
}

// What binds what.

TEST(AProposalsId, ChangesWithItsEvidence) {
  EXPECT_NE(proposal_id(request(), filled<Digest>(1)), proposal_id(request(), filled<Digest>(2)));
}

TEST(AProposalsId, ChangesWithItsRequest) {
  Request other = request();
  other.byte_budget += 1;
  EXPECT_NE(proposal_id(request(), filled<Digest>(1)), proposal_id(other, filled<Digest>(1)));
}

TEST(ARedemptionsBinding, ChangesWithItsNumber) {
  const auto proposal = filled<ProposalId>(1);
  EXPECT_NE(redemption_binding(proposal, 1, {}), redemption_binding(proposal, 2, {}));
}

TEST(ACommitment, DoesNotStandForAnotherField) {
  const Opening opening = *open_text("evaluation");
  EXPECT_NE(commitment_to("name", opening), commitment_to("purpose", opening));
}

TEST(ACommitment, DoesNotShowThatTwoTextsAreTheSame) {
  EXPECT_NE(commitment_to("name", *open_text("Alice")), commitment_to("name", *open_text("Alice")));
}

TEST(ACommitment, RefusesATextThatHidesCharacters) {
  EXPECT_EQ(code_of(open_text("a\xe2\x80\xae b")), ErrorCode::kMalformed);
}

TEST(ACommitment, RefusesATextOverItsBound) {
  EXPECT_EQ(code_of(open_text(std::string(limits::kTextBytesMax + 1, 'x'))), ErrorCode::kTooLarge);
}

// Over the wire.

TEST(ACommand, ComesBackAsItWas) {
  Command command;
  command.type = EntryType::kFrozen;
  command.statement = to_json(freeze());
  command.signatures = entry().signatures;
  command.texts = {{"reason", *open_text("leak")}};
  command.attachments = {{"a/b", {0, 255}}};
  const std::string bytes = encode(command);
  const Result<Command> decoded = decode_command(bytes);
  ASSERT_TRUE(decoded.has_value()) << decoded.error().context;
  EXPECT_EQ(encode(*decoded), bytes);
}

TEST(AReceipt, ComesBackAsItWas) {
  const Receipt receipt{.index = 3, .entry = "{\"a\":1}", .proof = "c2sp\n"};
  const Result<Receipt> decoded = decode_receipt(encode(receipt));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->entry, receipt.entry);
  EXPECT_EQ(decoded->proof, receipt.proof);
}

}  // namespace
}  // namespace strongroom::protocol

#ifndef STRONGROOM_JUDGE_TEST_LAB_H_
#define STRONGROOM_JUDGE_TEST_LAB_H_

#include <string>
#include <vector>

#include "crypto/hpke.h"
#include "crypto/random.h"
#include "judge/world.h"
#include "protocol/command.h"

/// For tests: a small lab whose people hold real keys, and a log in memory. Everything that can go
/// wrong in making them ends the test program.
namespace strongroom::judge {

/// Somebody, or a machine, with the private half of one key.
struct TestSigner {
  KeyId key;
  std::shared_ptr<const crypto::Ed25519Seed> seed;

  [[nodiscard]] protocol::Signer signer() const {
    return {key, [held = seed](ByteView bytes) -> Result<crypto::Ed25519Signature> {
              return crypto::ed25519_sign(*held, bytes);
            }};
  }
};

struct TestPerson : TestSigner {
  protocol::Member member;
  protocol::Text name;
  [[nodiscard]] const PersonId& id() const { return member.person; }
};

struct TestHost : TestSigner {
  protocol::Host host;
};

/// Commitment and opening made together.
struct TestText {
  Digest commitment;
  protocol::Text text;
};
[[nodiscard]] inline TestText make_text(std::string field, std::string text) {
  Result<protocol::Opening> opening = protocol::open_text(std::move(text));
  CHECK(opening.has_value());
  const Digest commitment = protocol::commitment_to(field, *opening);
  return {commitment, {std::move(field), std::move(*opening)}};
}

inline constexpr UnixSeconds kTestStart{1'800'000'000};
inline constexpr std::int64_t kTestHour = 3'600;

[[nodiscard]] inline TestPerson make_person(const std::string& name, protocol::PersonKind kind,
                                            std::set<protocol::Role> roles) {
  TestPerson person;
  person.seed = std::make_shared<const crypto::Ed25519Seed>(crypto::generate_ed25519());
  crypto::PublicKeys keys;
  keys.sign = crypto::ed25519_public(*person.seed);
  keys.seal = crypto::generate_kem(keys.kem).public_key;
  keys.id = crypto::key_id_of(keys.sign, keys.kem, keys.seal);
  person.key = keys.id;
  const TestText text = make_text("name", name);
  person.name = text.text;
  person.member = {.person = crypto::random_id<PersonId>(),
                   .kind = kind,
                   .name = text.commitment,
                   .roles = std::move(roles),
                   .clearance = protocol::Level::kSl3,
                   .cleared_until = kTestStart + 1000 * kTestHour,
                   .keys = {keys}};
  return person;
}

[[nodiscard]] inline TestHost make_host() {
  TestHost host;
  host.seed = std::make_shared<const crypto::Ed25519Seed>(crypto::generate_ed25519());
  const crypto::Ed25519Public key = crypto::ed25519_public(*host.seed);
  host.key = crypto::key_id_of(key);
  host.host = {.host = crypto::random_id<HostId>(),
               .name = crypto::random_id<Digest>(),
               .key = key,
               .evidence = std::string(protocol::kEvidenceNone)};
  return host;
}

[[nodiscard]] inline protocol::Policy make_policy(std::int64_t threshold,
                                                  const std::vector<PersonId>& persons) {
  protocol::PolicyNode root;
  root.threshold = threshold;
  for (const PersonId& person : persons) {
    protocol::PolicyNode leaf;
    leaf.person = person;
    root.of.push_back(std::move(leaf));
  }
  Result<protocol::Policy> policy = protocol::Policy::checked(std::move(root));
  CHECK(policy.has_value());
  return std::move(*policy);
}

/// Three founding custodians, any two of whom agree, and others; in mode solo Alice alone. In modes
/// small and lab any two of Rita, Remy and Ruth can recover the site. Statements are made complete
/// and true: a test changes one member, then has it signed.
class TestLab {
 public:
  explicit TestLab(protocol::Mode mode = protocol::Mode::kDemonstration, std::int64_t threshold = 2)
      : policy_(mode == protocol::Mode::kSolo
                    ? make_policy(1, {alice.id()})
                    : make_policy(threshold, {alice.id(), bob.id(), carol.id()})),
        genesis(make_genesis(mode)),
        id(genesis.id()) {}

 private:
  static TestPerson custodian(const std::string& name) {
    using enum protocol::Role;
    return make_person(name, protocol::PersonKind::kHuman,
                       {kCustodian, kOfficer, kDepositor, kRequester});
  }

 public:
  TestPerson alice = custodian("Alice");
  TestPerson bob = custodian("Bob");
  TestPerson carol = custodian("Carol");
  TestPerson rex = make_person("Rex", protocol::PersonKind::kHuman, {protocol::Role::kRequester});
  /// With a custodian's role on paper, which must not help them.
  TestPerson ai_agent = make_person("Agent", protocol::PersonKind::kAiAgent,
                                    {protocol::Role::kCustodian, protocol::Role::kRequester});
  TestPerson service =
      make_person("Service", protocol::PersonKind::kService, {protocol::Role::kCustodian});
  TestPerson rita = make_person("Rita", protocol::PersonKind::kHuman, {});
  TestPerson remy = make_person("Remy", protocol::PersonKind::kHuman, {});
  TestPerson ruth = make_person("Ruth", protocol::PersonKind::kHuman, {});
  TestHost host = make_host();
  TestHost other_host = make_host();
  crypto::Ed25519Seed log_seed = crypto::generate_ed25519();

 private:
  protocol::Policy policy_;

 public:
  protocol::Genesis genesis;
  StrongroomId id;
  AssetId asset = crypto::random_id<AssetId>();
  ObjectId object = crypto::random_id<ObjectId>();

  /// Signs checkpoints for genesis.log_key.
  [[nodiscard]] std::function<crypto::Ed25519Signature(ByteView)> log_signer() const {
    return [this](ByteView bytes) { return crypto::ed25519_sign(log_seed, bytes); };
  }

  [[nodiscard]] static protocol::Command signed_by(protocol::EntryType type,
                                                   const format::Json& statement,
                                                   const TestSigner& who) {
    protocol::Command command;
    command.type = type;
    command.statement = statement;
    Result<protocol::Signature> signature = protocol::sign_statement(statement, who.signer());
    CHECK(signature.has_value());
    command.signatures.push_back(*signature);
    return command;
  }

  [[nodiscard]] protocol::Command founding() const {
    protocol::Command command;
    command.type = protocol::EntryType::kGenesis;
    command.statement = to_json(genesis);
    for (const TestPerson* founder : {&alice, &bob, &carol}) {
      if (std::ranges::find(genesis.founders, founder->id()) == genesis.founders.end()) continue;
      command.signatures.push_back(
          {founder->key, crypto::ed25519_sign(*founder->seed, protocol::genesis_signed_bytes(id))});
      command.texts.push_back(founder->name);
    }
    return command;
  }

  [[nodiscard]] protocol::Registration registration() const {
    return {.strongroom = id,
            .asset = asset,
            .name = crypto::random_id<Digest>(),
            .kind = "model",
            .formats = {{"gguf", 1}},
            .person = alice.id()};
  }
  [[nodiscard]] static protocol::Command register_asset(const protocol::Registration& registration,
                                                        const TestSigner& who) {
    return signed_by(protocol::EntryType::kRegistered, to_json(registration), who);
  }

  [[nodiscard]] protocol::Deposit deposit() const {
    protocol::Deposit deposit;
    deposit.strongroom = id;
    deposit.object = object;
    deposit.asset = asset;
    deposit.manifest.bytes.fill(1);
    deposit.key_record.bytes.fill(2);
    deposit.sealed_shares.bytes.fill(3);
    deposit.policy = genesis.policy.digest();
    deposit.deposit_key = genesis.deposit_key.id;
    deposit.payload_suite = "floe-blake3";
    deposit.wrap_suite = "x25519-development";
    deposit.groups = 2;
    deposit.files = 4;
    deposit.plaintext_bytes = 1'000;
    deposit.sealed_bytes = 1'100;
    deposit.person = alice.id();
    return deposit;
  }
  [[nodiscard]] static protocol::Command make_deposit(const protocol::Deposit& deposit,
                                                      const TestSigner& who) {
    return signed_by(protocol::EntryType::kDeposited, to_json(deposit), who);
  }

  /// By `person`, of both groups, to `host`, for one redemption, standing for 24 hours.
  [[nodiscard]] protocol::Request request(const TestPerson& person) const {
    const protocol::Deposit sealed = deposit();
    protocol::Request request;
    request.strongroom = id;
    request.object = object;
    request.manifest = sealed.manifest;
    request.key_record = sealed.key_record;
    request.policy = sealed.policy;
    request.payload_suite = sealed.payload_suite;
    request.wrap_suite = sealed.wrap_suite;
    request.groups = {0, 1};
    request.recipient.assign(32, 9);
    request.person = person.id();
    request.host = host.host.host;
    request.purpose.bytes.fill(4);
    request.byte_budget = 1'000'000;
    request.lease_seconds = 4 * kTestHour;
    request.redemptions = 1;
    request.expires = kTestStart + 24 * kTestHour;
    return request;
  }
  [[nodiscard]] static Digest evidence_for(const protocol::Request& request) {
    return protocol::digest_of(protocol::Evidence{.kind = std::string(protocol::kEvidenceNone),
                                                  .host = request.host,
                                                  .binding = protocol::evidence_binding(request)});
  }
  [[nodiscard]] static ProposalId proposal_of(const protocol::Request& request) {
    return protocol::proposal_id(request, evidence_for(request));
  }
  [[nodiscard]] static protocol::Command propose(const protocol::Request& request,
                                                 const TestSigner& who) {
    protocol::Command command = signed_by(protocol::EntryType::kProposed, to_json(request), who);
    command.body = vault::proposed_body({request, evidence_for(request)});
    return command;
  }

  /// An approval with a leaf for each group, valid as long as the proposal, by somebody who has
  /// seen so much of the log.
  [[nodiscard]] protocol::Vote approval(const TestPerson& person, const protocol::Request& request,
                                        const protocol::CheckpointSeen& seen = {}) const {
    protocol::Vote vote;
    vote.strongroom = id;
    vote.proposal = proposal_of(request);
    vote.decision = protocol::VoteDecision::kApprove;
    vote.person = person.id();
    vote.key = person.key;
    vote.role = protocol::Role::kCustodian;
    vote.valid_until = request.expires;
    vote.checkpoint = seen;
    for (const std::int64_t group : request.groups) {
      vote.leaves.push_back(
          {group, genesis.policy.path_of(person.id()).value_or("1"), crypto::random_id<Digest>()});
    }
    return vote;
  }
  [[nodiscard]] protocol::Vote refusal(const TestPerson& person, const protocol::Request& request,
                                       const protocol::CheckpointSeen& seen = {}) const {
    protocol::Vote vote = approval(person, request, seen);
    vote.decision = protocol::VoteDecision::kRefuse;
    vote.leaves.clear();
    return vote;
  }
  [[nodiscard]] static protocol::Command cast(const protocol::Vote& vote, const TestSigner& who) {
    return signed_by(protocol::EntryType::kVoted, to_json(vote), who);
  }

  [[nodiscard]] protocol::Redemption redemption(const protocol::Request& request,
                                                std::int64_t n = 1) const {
    protocol::Redemption redemption;
    redemption.strongroom = id;
    redemption.proposal = proposal_of(request);
    redemption.n = n;
    redemption.host = request.host;
    redemption.nonce = crypto::random_id<Digest>();
    redemption.evidence.bytes.fill(6);
    return redemption;
  }
  [[nodiscard]] static protocol::Command redeem(const protocol::Redemption& redemption,
                                                const TestSigner& who) {
    return signed_by(protocol::EntryType::kRedeemed, to_json(redemption), who);
  }

  [[nodiscard]] protocol::LeaseEnd lease_end(const protocol::Request& request,
                                             std::int64_t n = 1) const {
    return {.strongroom = id,
            .proposal = proposal_of(request),
            .n = n,
            .host = request.host,
            .cause = "closed",
            .served_bytes = 17,
            .wiped = true};
  }
  [[nodiscard]] static protocol::Command end_lease(const protocol::LeaseEnd& end,
                                                   const TestSigner& who) {
    return signed_by(protocol::EntryType::kLeaseEnded, to_json(end), who);
  }

  /// Without an object: everything.
  [[nodiscard]] protocol::Command freeze(const TestPerson& who,
                                         std::optional<ObjectId> what = std::nullopt) const {
    protocol::Freeze freeze;
    freeze.strongroom = id;
    freeze.object = what;
    freeze.person = who.id();
    freeze.reason.bytes.fill(7);
    return signed_by(protocol::EntryType::kFrozen, to_json(freeze), who);
  }
  [[nodiscard]] protocol::Command recall(const TestPerson& who,
                                         const protocol::Request& request) const {
    protocol::Recall recall;
    recall.strongroom = id;
    recall.proposal = proposal_of(request);
    recall.person = who.id();
    recall.reason.bytes.fill(8);
    return signed_by(protocol::EntryType::kRecalled, to_json(recall), who);
  }

  /// Proposed by `person`, standing for 24 hours.
  [[nodiscard]] protocol::Change change(const TestPerson& person, protocol::Subject subject,
                                        const protocol::CheckpointSeen& seen = {}) const {
    protocol::Change change;
    change.strongroom = id;
    change.subject = std::move(subject);
    change.person = person.id();
    change.reason.bytes.fill(9);
    change.expires = kTestStart + 24 * kTestHour;
    change.checkpoint = seen;
    return change;
  }
  [[nodiscard]] static protocol::Command propose(const protocol::Change& change,
                                                 const TestSigner& who) {
    return signed_by(protocol::EntryType::kChangeProposed, to_json(change), who);
  }
  [[nodiscard]] protocol::ChangeVote change_approval(
      const TestPerson& person, const protocol::Change& change,
      const protocol::CheckpointSeen& seen = {}) const {
    protocol::ChangeVote vote;
    vote.strongroom = id;
    vote.change = protocol::change_id(change);
    vote.decision = protocol::VoteDecision::kApprove;
    vote.person = person.id();
    vote.key = person.key;
    vote.valid_until = change.expires;
    vote.checkpoint = seen;
    vote.reason.bytes.fill(10);
    return vote;
  }
  [[nodiscard]] static protocol::Command cast(const protocol::ChangeVote& vote,
                                              const TestSigner& who) {
    return signed_by(protocol::EntryType::kChangeVoted, to_json(vote), who);
  }
  /// With every key's own claim.
  [[nodiscard]] protocol::Enrol enrolment(const TestPerson& newcomer) const {
    return {newcomer.member, {claim_of(newcomer, newcomer.id())}};
  }
  /// What the holder of `key` signs to become a key of `person`.
  [[nodiscard]] protocol::Signature claim_of(const TestPerson& key, const PersonId& person) const {
    Result<protocol::Signature> claim = protocol::sign_statement(
        protocol::key_claim(id, person, key.member.keys.front()), key.signer());
    CHECK(claim.has_value());
    return *claim;
  }
  [[nodiscard]] protocol::AddHost host_addition(const TestHost& added) const {
    Result<protocol::Signature> claim =
        protocol::sign_statement(protocol::host_claim(id, added.host), added.signer());
    CHECK(claim.has_value());
    return {added.host, *claim};
  }

 private:
  [[nodiscard]] protocol::Genesis make_genesis(protocol::Mode mode) const {
    protocol::Genesis made{.policy = policy_};
    made.mode = mode;
    made.nonce = crypto::random_id<protocol::GenesisNonce>();
    made.origin = protocol::origin_for(made.nonce);
    made.log_key = crypto::ed25519_public(log_seed);
    made.witness_policy = "none";
    made.levels = protocol::catalog_levels();
    made.triage = to_json(triage::shipped_rules());
    for (const TestPerson* each : {&alice, &bob, &carol, &rex, &ai_agent, &service})
      made.members.push_back(each->member);
    made.founders = policy_.persons();
    if (mode == protocol::Mode::kSmall || mode == protocol::Mode::kLab) {
      for (const TestPerson* each : {&rita, &remy, &ruth}) made.members.push_back(each->member);
      made.recovery = protocol::Recovery{2, {rita.id(), remy.id(), ruth.id()}};
    }
    made.hosts = {host.host, other_host.host};
    made.deposit_key.seal = crypto::generate_kem(made.deposit_key.kem).public_key;
    made.deposit_key.id = crypto::key_id_of(made.deposit_key.kem, made.deposit_key.seal);
    return made;
  }
};

/// A log in memory, written as the sequencer writes it, one hour at a time: nothing but the judge
/// stands between a command and the log. `force` goes past the judge, as a dishonest server would.
class TestLog {
 public:
  /// Errors: the judge's; the log is then as it was.
  [[nodiscard]] Result<void> add(const protocol::Command& command) {
    const protocol::Entry first = entry_of(command);
    ASSIGN_OR_RETURN(const Event event, judge(first, rooms(), time_));
    take(first, event);
    Event last = event;
    protocol::Entry entry = first;
    for (;;) {
      ASSIGN_OR_RETURN(const std::optional<protocol::Entry> next, follow_up(last, entry, rooms()));
      if (!next) return {};
      ASSIGN_OR_RETURN(last, judge(*next, rooms(), time_));
      take(*next, last);
      entry = *next;
    }
  }
  void force(const protocol::Entry& entry) {
    lines_.push_back(encoded(entry));
    tree_.add(lines_.back());
  }

  /// As the next entry would be.
  [[nodiscard]] protocol::Entry entry_of(const protocol::Command& command) const {
    return {.index = size(),
            .time = now_,
            .type = command.type,
            .statement = command.statement,
            .signatures = command.signatures,
            .body = command.body};
  }
  void advance(std::int64_t seconds) { now_ = now_ + seconds; }
  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(lines_.size()); }
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
  [[nodiscard]] Rooms rooms() const { return {people_, registry_, vault_, tree_}; }
  [[nodiscard]] protocol::CheckpointSeen seen() const { return {size(), tree_.root()}; }
  [[nodiscard]] UnixSeconds now() const { return now_; }

 private:
  static std::string encoded(const protocol::Entry& entry) {
    Result<std::string> bytes = protocol::encode_entry(entry);
    CHECK(bytes.has_value());
    return std::move(*bytes);
  }
  void take(const protocol::Entry& entry, const Event& event) {
    const Result<void> applied = apply(event, entry, {people_, registry_, vault_});
    CHECK(applied.has_value());
    lines_.push_back(encoded(entry));
    tree_.add(lines_.back());
    time_ = entry.time;
  }

  std::vector<std::string> lines_;
  Roots tree_;
  UnixSeconds time_;
  UnixSeconds now_ = kTestStart;
  people::Fold people_;
  registry::Fold registry_;
  vault::Fold vault_;
};

/// Where the mode wants a rehearsal, a whole release of a throwaway object: seven entries and the
/// server's own.
inline void add_rehearsal(TestLog& log, const TestLab& lab) {
  const Result<bool> wanted = rehearsal_wanted(log.rooms());
  CHECK(wanted.has_value());
  if (!*wanted) return;
  protocol::Registration registration = lab.registration();
  registration.asset = crypto::random_id<AssetId>();
  registration.kind = protocol::kRehearsalKind;
  protocol::Deposit deposit = lab.deposit();
  deposit.asset = registration.asset;
  deposit.object = crypto::random_id<ObjectId>();
  deposit.groups = 1;
  protocol::Request request = lab.request(lab.rex);
  request.object = deposit.object;
  request.groups = {0};
  request.byte_budget = protocol::kRehearsalBudgetBytesMax;
  request.expires = log.now() + 24 * kTestHour;
  const auto must = [&](const protocol::Command& command) {
    const Result<void> added = log.add(command);
    CHECK(added.has_value());
  };
  must(TestLab::register_asset(registration, lab.alice));
  must(TestLab::make_deposit(deposit, lab.alice));
  must(TestLab::propose(request, lab.rex));
  for (const TestPerson* each : {&lab.alice, &lab.bob})
    must(TestLab::cast(lab.approval(*each, request, log.seen()), *each));
  must(TestLab::redeem(lab.redemption(request), lab.host));
  must(TestLab::end_lease(lab.lease_end(request), lab.host));
}

/// Everything up to the proposal that is to be voted on: five entries.
inline void add_up_to_proposal(TestLog& log, const TestLab& lab, const protocol::Request& request,
                               const TestSigner& who) {
  for (const protocol::Command& command :
       {lab.founding(), TestLab::register_asset(lab.registration(), lab.alice),
        TestLab::make_deposit(lab.deposit(), lab.alice), TestLab::propose(request, who)}) {
    const Result<void> added = log.add(command);
    CHECK(added.has_value());
  }
}

}  // namespace strongroom::judge

#endif  // STRONGROOM_JUDGE_TEST_LAB_H_

#include <fmt/format.h>

#include "seal/layout.h"
#include "seal/recovery.h"
#include "session.h"
#include "verbs.h"

/// A recovery holder's side: testing a share, and what recovering waits for.
namespace strongroom::terminal {

namespace {

constexpr int kWitnessedHours = 72;

// Every group's share of this holder: opened with this key, held against its commitment.
Result<std::int64_t> test_shares_of(Session& session, const vault::Object& object,
                                    const vault::Record& named,
                                    const protocol::Recovery& recovery) {
  const ObjectId& id = object.deposit.object;
  const std::string record_name = seal::key_record_document(named.epoch, named.key_record);
  const std::string shares_name = seal::sealed_shares_document(named.epoch, named.sealed_shares);
  ASSIGN_OR_RETURN(const Bytes record_bytes, session.follower().object_document(id, record_name));
  ASSIGN_OR_RETURN(const Bytes shares_bytes, session.follower().object_document(id, shares_name));
  if (seal::key_record_digest(as_text(record_bytes)) != named.key_record ||
      seal::sealed_shares_digest(as_text(shares_bytes)) != named.sealed_shares) {
    return fail(ErrorCode::kNotAuthentic,
                "the server gave another key record or other shares than the log names");
  }
  ASSIGN_OR_RETURN(const seal::KeyRecord record, seal::decode_key_record(as_text(record_bytes)));
  ASSIGN_OR_RETURN(const seal::SealedShares shares,
                   seal::decode_sealed_shares(as_text(shares_bytes)));
  const bool same = record.strongroom == session.config().strongroom && record.object == id &&
                    record.epoch == named.epoch && record.recovery == recovery;
  if (!same) {
    return fail(ErrorCode::kNotAuthentic,
                "its key record names other recovery holders than this strongroom's genesis: with "
                "the site lost, it would be lost too. Tell its depositor to seal it again");
  }
  const KeyId& own = session.key().public_keys().id;
  const auto groups = static_cast<std::int64_t>(record.groups.size());
  for (std::int64_t group = 0; group < groups; ++group) {
    const seal::SealedRecoveryShare* share = shares.recovery_share(group, own);
    if (share == nullptr || share->person != session.person())
      return fail(ErrorCode::kNotFound, "no recovery share in it is sealed to this key");
    RETURN_IF_ERROR(seal::open_recovery_share(*share, record, session.key().opening_secret()));
  }
  return groups;
}

// Of the key record in force, and of the one that a re-key left to be confirmed.
Result<std::int64_t> test_shares(Session& session, const vault::Object& object,
                                 const protocol::Recovery& recovery) {
  ASSIGN_OR_RETURN(std::int64_t shares, test_shares_of(session, object, object.record, recovery));
  if (!object.pending) return shares;
  ASSIGN_OR_RETURN(const std::int64_t more,
                   test_shares_of(session, object, *object.pending, recovery));
  return shares + more;
}

Result<int> test_all(const Common& common, Session& session, const RecoverOptions& options,
                     const protocol::Recovery& recovery) {
  std::vector<vault::Object> objects;
  if (options.name.empty()) {
    ASSIGN_OR_RETURN(objects, session.follower().world().rooms().vault.objects());
  } else {
    ASSIGN_OR_RETURN(vault::Object found, find_object(session.follower(), options.name));
    objects.push_back(std::move(found));
  }
  format::Json::Array failed;
  for (const vault::Object& object : objects) {
    ASSIGN_OR_RETURN(const std::string name,
                     custodian::object_name(session.follower(), object.deposit.object));
    const Result<std::int64_t> tested = test_shares(session, object, recovery);
    say(common,
        tested ? fmt::format("  {}  your share holds, in {} group{}", name, *tested,
                             *tested == 1 ? "" : "s")
               : fmt::format("  {}  DOES NOT HOLD: {}", name, printable(tested.error().context)));
    if (!tested) failed.push_back(session.shown(object.deposit.object.hex()));
  }
  const auto bad = static_cast<std::int64_t>(failed.size());
  const auto all = static_cast<std::int64_t>(objects.size());
  say(common,
      fmt::format("{} of {} tested objects can be recovered with your share", all - bad, all));
  if (bad > 0) {
    return fail(ErrorCode::kNotAuthentic,
                fmt::format("{} of {} recovery shares do not hold: raise the alarm", bad, all));
  }
  tell(common, {{"tested", all}, {"failed", std::move(failed)}});
  return 0;
}

}  // namespace

Result<int> recover(const Common& common, const RecoverOptions& options) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  const protocol::Genesis& genesis = session->follower().world().genesis();
  if (!genesis.recovery) {
    return fail(
        ErrorCode::kRefused,
        "nobody can recover this strongroom: its genesis names no recovery holders; keep backups");
  }
  if (!genesis.recovery->x_of(session->person())) {
    return fail(
        ErrorCode::kRefused,
        "you are none of this strongroom's recovery holders; name the home of one with --home");
  }
  if (options.test) return test_all(common, *session, options, *genesis.recovery);
  return fail(
      ErrorCode::kNotYet,
      fmt::format("recovering a site waits {} hours, counted by witnesses and not by any "
                  "clock here; this strongroom names no witness (its witness policy is "
                  "\"{}\"), so the wait cannot begin. Your share: strongroom recover --test",
                  kWitnessedHours, printable(genesis.witness_policy)));
}

Verb recover_verb() {
  auto typed = std::make_shared<RecoverOptions>();
  return {
      .name = "recover",
      .group = Group::kFounding,
      .summary = "Test a recovery holder's shares, or ask what recovering waits for",
      .more =
          "With --test it opens your share of every object and holds it against what the "
          "depositor committed to: do it after the founding and after each deposit. Recovering a "
          "lost site takes 72 hours counted by witnesses, which this version does not have yet: "
          "it says so, and does nothing.",
      .options = {{.spelled = "--test", .about = "Test your shares", .into = &typed->test},
                  {.spelled = "name",
                   .about = "With --test: one object (all)",
                   .into = &typed->name,
                   .completes = Completes::kName}},
      .examples = {{"strongroom recover --test --home ~/strongroom",
                    "opens every share of yours and checks it"}},
      .run = [typed](const Common& common) { return recover(common, *typed); }};
}

}  // namespace strongroom::terminal

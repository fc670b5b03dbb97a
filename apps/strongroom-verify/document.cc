#include "account.h"
#include "tally.h"

namespace strongroom::verifier {

using format::Json;

namespace {

constexpr std::size_t kMessageBytesMax = 2'000;

Json number(std::uint64_t value) { return static_cast<std::int64_t>(value); }

Json stamp(const vault::Stamp& at) {
  return Json::Object{{"entry", at.index}, {"time", at.time.value}};
}

Json votes_in(const vault::Proposal& proposal) {
  Json::Array votes;
  for (const std::int64_t index : proposal.granted->votes) {
    const vault::CastVote* cast = vote_at(proposal, index);
    CHECK(cast != nullptr);  // the rules have compared them
    votes.push_back(Json::Object{{"entry", index}, {"person", cast->vote.person}});
  }
  return votes;
}

Json redemptions_in(const vault::Proposal& proposal) {
  Json::Array redemptions;
  for (const vault::Redeemed& each : proposal.redemptions) {
    Json::Object redemption{{"at", stamp(each.stamp)}, {"n", each.redemption.n}};
    if (const vault::Ended* ended = end_of(proposal, each.redemption.n)) {
      redemption.emplace("end", Json::Object{{"at", stamp(ended->stamp)},
                                             {"cause", ended->end.cause},
                                             {"served_bytes", ended->end.served_bytes},
                                             {"wiped_claimed", ended->end.wiped}});
    }
    redemptions.push_back(std::move(redemption));
  }
  return redemptions;
}

Json grant(const vault::Proposal& proposal) {
  const protocol::Request& request = proposal.request;
  Json::Object granted{{"act", std::string(name_of(request.act))},
                       {"at", stamp(*proposal.granted_at)},
                       {"byte_budget", request.byte_budget},
                       {"host", request.host},
                       {"lease_seconds", request.lease_seconds},
                       {"object", request.object},
                       {"person", request.person},
                       {"proposal", proposal.id},
                       {"redemptions", redemptions_in(proposal)},
                       {"redemptions_allowed", request.redemptions},
                       {"votes", votes_in(proposal)}};
  if (proposal.recalled) granted.emplace("recalled", stamp(*proposal.recalled));
  return granted;
}

Json change(const vault::ProposedChange& change) {
  Json::Object told{{"change", change.id},
                    {"kind", std::string(kind_of(change.change.subject))},
                    {"asked_at", stamp(change.stamp)},
                    {"person", change.change.person},
                    {"subject", to_json(change.change).object()->at("subject")},
                    {"words", in_words(change.change.subject)}};
  if (!change.made) return told;
  Json::Array votes;
  for (const std::int64_t index : change.made->votes) {
    const vault::CastChangeVote* cast = vote_at(change, index);
    CHECK(cast != nullptr);  // the rules have compared them
    votes.push_back(Json::Object{{"entry", index}, {"person", cast->vote.person}});
  }
  told.emplace("made_at", stamp(*change.made_at));
  told.emplace("votes", std::move(votes));
  return told;
}

Json recovery(const protocol::Genesis& genesis) {
  if (!genesis.recovery) return Json::Object{};
  Json::Array holders;
  for (const PersonId& each : genesis.recovery->holders) holders.push_back(each);
  return Json::Object{{"holders", std::move(holders)}, {"threshold", genesis.recovery->threshold}};
}

}  // namespace

Result<Json> document(const Verified& verified) {
  ASSIGN_OR_RETURN(const Tally tally, tally_of(verified.world.rooms()));
  const protocol::Genesis& genesis = verified.world.genesis();
  const bool demonstration = genesis.demonstration();
  Json::Array grants;
  for (const vault::Proposal& proposal : tally.proposals) {
    if (proposal.granted) grants.push_back(grant(proposal));
  }
  Json::Array changes;
  for (const vault::ProposedChange& each : tally.changes) changes.push_back(change(each));
  Json::Array not_proved;
  for (const std::string_view each : kNotProved) not_proved.push_back(std::string(each));
  return Json(Json::Object{
      {"ok", true},
      {"strongroom", shown_id(genesis.id().hex(), demonstration)},
      {"mode", std::string(name_of(genesis.mode))},
      {"origin", genesis.origin},
      {"policy", genesis.policy.to_json()},
      {"entries", number(verified.audit.checkpoint.size)},
      {"root", verified.audit.checkpoint.root},
      {"first_time", verified.founded.value},
      {"last_time", verified.world.time().value},
      {"checkpoints", number(verified.audit.checkpoints)},
      {"tiles", number(verified.audit.tiles)},
      {"bundles", number(verified.audit.bundles)},
      {"history_listed", verified.audit.history_listed},
      {"heads_compared", number(verified.world.heads_seen())},
      {"since_size", number(verified.since_size)},
      {"assets", number(tally.assets)},
      {"objects", number(tally.objects)},
      {"proposals", number(tally.proposals.size())},
      {"approvals", number(tally.approvals)},
      {"refusals", number(tally.refusals)},
      {"grants", std::move(grants)},
      {"redemptions", number(tally.redemptions)},
      {"lease_ends", number(tally.lease_ends)},
      {"leases_without_end", number(tally.redemptions - tally.lease_ends)},
      {"freezes", number(tally.freezes)},
      {"freezes_lifted", number(tally.freezes_lifted)},
      {"recalls", number(tally.recalls)},
      {"confirmations", number(tally.confirmations)},
      {"rehearsals", number(tally.rehearsals)},
      {"rekeys", number(tally.rekeys)},
      {"objects_rekeyed", number(tally.rekeys_in_force)},
      {"objects_certain", number(tally.objects_certain)},
      {"changes", std::move(changes)},
      {"changes_made", number(tally.changes_made)},
      {"change_approvals", number(tally.change_approvals)},
      {"change_refusals", number(tally.change_refusals)},
      {"people", number(tally.people)},
      {"hosts", number(tally.hosts)},
      {"recovery", recovery(genesis)},
      {"freshness_proved", false},
      {"not_proved", std::move(not_proved)},
  });
}

Json failure_document(const Error& error) {
  // Cut before it is made printable: half a character becomes visible instead of invalid.
  return Json::Object{{"ok", false},
                      {"error", std::string(name_of(error.code))},
                      {"exit_code", std::int64_t{static_cast<int>(error.code)}},
                      {"message", printable(error.context.substr(0, kMessageBytesMax))}};
}

}  // namespace strongroom::verifier

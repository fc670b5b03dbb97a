#include "agent/rekey.h"

namespace strongroom::agent {

using protocol::ReleaseAct;

namespace {

Result<std::vector<seal::CustodianKey>> keys_of(const std::vector<PersonId>& persons,
                                                const judge::Rooms& rooms) {
  std::vector<seal::CustodianKey> keys;
  for (const PersonId& person : persons) {
    ASSIGN_OR_RETURN(const auto member, rooms.people.member(person));
    if (!member)
      return fail(ErrorCode::kNotAuthentic, "somebody is to hold a share whom the log lacks");
    for (const crypto::PublicKeys& key : member->keys) keys.push_back({person, key});
  }
  return keys;
}

// By the log that was followed here, not by the server's word.
Result<seal::KeyHolders> holders_now(const client::Follower& follower,
                                     const protocol::NewKeys& asked) {
  const judge::Rooms rooms = follower.world().rooms();
  ASSIGN_OR_RETURN(const auto founding, rooms.vault.founding());
  if (!founding || founding->policy.digest() != asked.policy) {
    return fail(ErrorCode::kConflict,
                "the policy has changed since the re-key was asked for: ask again");
  }
  seal::KeyHolders holders{.policy = founding->policy,
                           .custodians = {},
                           .deposit_key = founding->deposit_key,
                           .recovery = founding->recovery,
                           .recovery_keys = {}};
  ASSIGN_OR_RETURN(holders.custodians, keys_of(holders.policy.persons(), rooms));
  if (holders.recovery) {
    ASSIGN_OR_RETURN(holders.recovery_keys, keys_of(holders.recovery->holders, rooms));
  }
  return holders;
}

// A key that opens nothing would be wrapped again, and the old record lapse: it is tried first.
Result<void> check_keys_open(const Opening& opening, const protocol::Redemption& redemption,
                             const std::vector<protocol::RedeemedSite>& sites) {
  ASSIGN_OR_RETURN(RedeemedKeys tried,
                   redeemed_keys(opening, redemption, sites, ReleaseAct::kRekey));
  ASSIGN_OR_RETURN(const std::unique_ptr<seal::OpenObject> object,
                   seal::OpenObject::open(opening.store, tried.manifest, std::move(tried.keys)));
  object->wipe();
  return {};
}

Result<protocol::Command> signed_command(const protocol::Rekey& rekey, const OwnHost& host) {
  return host_command(host, protocol::EntryType::kRekeyed, to_json(rekey));
}

}  // namespace

Result<WrittenRekey> write_rekey(const Rekeying& rekeying, const protocol::Redemption& redemption,
                                 const std::vector<protocol::RedeemedSite>& sites) {
  const Opening opening{rekeying.follower, rekeying.store, rekeying.recipient};
  RETURN_IF_ERROR(check_keys_open(opening, redemption, sites));
  ASSIGN_OR_RETURN(RedeemedKeys redeemed,
                   redeemed_keys(opening, redemption, sites, ReleaseAct::kRekey));
  const protocol::Request& request = redeemed.request;
  CHECK(request.new_keys.has_value());  // the rules have refused it
  ASSIGN_OR_RETURN(const seal::KeyHolders holders,
                   holders_now(rekeying.follower, *request.new_keys));
  ASSIGN_OR_RETURN(const seal::WrapSuite suite,
                   seal::wrap_suite_from(request.new_keys->wrap_suite));
  // The request takes every group, ascending from 0: the rules have seen to that.
  std::vector<seal::DataKey> data_keys;
  for (seal::GroupKey& each : redeemed.keys) data_keys.push_back(std::move(each.key));
  ASSIGN_OR_RETURN(seal::NewKeys keys, seal::draw_keys({request.strongroom, request.object,
                                                        request.new_keys->epoch, suite},
                                                       holders, data_keys));
  data_keys.clear();
  ASSIGN_OR_RETURN(const seal::WrittenKeys written, seal::write_keys(keys, rekeying.store));
  const protocol::Rekey rekey{.strongroom = request.strongroom,
                              .proposal = redemption.proposal,
                              .n = redemption.n,
                              .host = rekeying.host.id,
                              .object = request.object,
                              .epoch = request.new_keys->epoch,
                              .key_record = written.key_record,
                              .sealed_shares = written.sealed_shares,
                              .policy = request.new_keys->policy,
                              .deposit_key = holders.deposit_key.id,
                              .wrap_suite = request.new_keys->wrap_suite,
                              .checkpoint = rekeying.follower.world().seen()};
  Result<protocol::Command> command = signed_command(rekey, rekeying.host);
  if (!command) {
    seal::remove_keys(keys, written, rekeying.store);
    return tl::unexpected<Error>(command.error());
  }
  return WrittenRekey{rekey, std::move(*command), std::move(keys), written};
}

void take_back(const WrittenRekey& rekey, store::BlobStore& store) {
  seal::remove_keys(rekey.keys, rekey.written, store);
}

Result<std::vector<std::string>> rehearse_redeemed(
    const Opening& opening, const protocol::Redemption& redemption,
    const std::vector<protocol::RedeemedSite>& sites) {
  ASSIGN_OR_RETURN(RedeemedKeys redeemed,
                   redeemed_keys(opening, redemption, sites, ReleaseAct::kRehearse));
  ASSIGN_OR_RETURN(
      const std::unique_ptr<seal::OpenObject> object,
      seal::OpenObject::open(opening.store, redeemed.manifest, std::move(redeemed.keys)));
  object->wipe();
  return std::move(redeemed.nodes);
}

}  // namespace strongroom::agent

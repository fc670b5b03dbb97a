#include "vault/rules_rekey.h"

namespace strongroom::vault {

using protocol::ReleaseAct;
using protocol::Request;

namespace {

std::string epoch_text(const Record& record) { return "epoch " + std::to_string(record.epoch); }

// Whatever is no lease concerns the object whole, once.
Result<void> is_whole(const Request& request, const Object& object) {
  const bool whole = static_cast<std::int64_t>(request.groups.size()) == object.deposit.groups &&
                     request.redemptions == 1;
  if (!whole) return fail(ErrorCode::kRefused, "a re-key and its rehearsal take every group, once");
  return {};
}

Result<void> may_end_in(const Request& request, const Object& object, const Founding& founding) {
  if (!request.new_keys) return fail(ErrorCode::kMalformed, "a re-key that does not say to what");
  const protocol::NewKeys& keys = *request.new_keys;
  if (keys.epoch != object.next_epoch()) {
    return fail(ErrorCode::kConflict,
                "the next key record is epoch " + std::to_string(object.next_epoch()) + ", not " +
                    std::to_string(keys.epoch) + ": another re-key came first; ask again");
  }
  if (keys.policy != founding.policy.digest()) {
    return fail(ErrorCode::kConflict,
                "a re-key to a policy that is not the one in force: ask again");
  }
  if (protocol::weakens_wrap_suite(object.record.wrap_suite, keys.wrap_suite)) {
    return fail(ErrorCode::kRefused, "a re-key never weakens: " + printable(keys.wrap_suite) +
                                         " after " + printable(object.record.wrap_suite));
  }
  return {};
}

Result<void> may_be_of(const Request& request, const Object& object, bool waits) {
  if (request.act == ReleaseAct::kRehearse) {
    if (waits) return {};
    return fail(ErrorCode::kRefused,
                "there is nothing to rehearse: the key record is in force already");
  }
  if (!waits) return {};
  return fail(ErrorCode::kNotYet, "the new key record is not confirmed yet: until it is, " +
                                      epoch_text(object.record) + " opens");
}

}  // namespace

Result<void> record_stands(const Request& request, const Object& object, const Founding& founding) {
  const Record* record = object.record_of(request.epoch);
  if (record == nullptr && request.epoch < object.next_epoch()) {
    return fail(ErrorCode::kExpired,
                "the key record it names (epoch " + std::to_string(request.epoch) +
                    ") has lapsed: " + epoch_text(object.record) + " is in force; ask again");
  }
  const bool same = record != nullptr && request.object == object.deposit.object &&
                    request.manifest == object.deposit.manifest &&
                    request.key_record == record->key_record && request.policy == record->policy &&
                    request.payload_suite == object.deposit.payload_suite &&
                    request.wrap_suite == record->wrap_suite;
  if (!same) {
    return fail(ErrorCode::kConflict,
                "the request names other digests, epoch or suites than the log has");
  }
  if (request.groups.empty() || request.groups.back() >= object.deposit.groups)
    return fail(ErrorCode::kNotFound, "no such group in the object");
  RETURN_IF_ERROR(may_be_of(request, object, record != &object.record));
  if (request.act == ReleaseAct::kLease) return {};
  RETURN_IF_ERROR(is_whole(request, object));
  return request.act == ReleaseAct::kRekey ? may_end_in(request, object, founding) : Result<void>();
}

Result<void> may_rekey(const protocol::Rekey& rekey, const RekeyFacts& facts) {
  if (!facts.founding) return fail(ErrorCode::kRefused, "nothing is founded here yet");
  if (rekey.strongroom != facts.founding->strongroom)
    return fail(ErrorCode::kRefused, "meant for another strongroom");
  if (!facts.proposal || !facts.proposal->granted)
    return fail(ErrorCode::kNotFound, "no such release");
  if (!facts.object) return fail(ErrorCode::kNotFound, "no such object");
  const Request& request = facts.proposal->request;
  if (request.act != ReleaseAct::kRekey) {
    return fail(
        ErrorCode::kRefused,
        "that release is for something else: a re-key takes one that was asked for as such");
  }
  const std::vector<Redeemed>& redemptions = facts.proposal->redemptions;
  const auto redeemed =
      std::find_if(redemptions.begin(), redemptions.end(), [&](const Redeemed& each) {
        return each.redemption.n == rekey.n && each.redemption.host == rekey.host;
      });
  if (redeemed == redemptions.end())
    return fail(ErrorCode::kRefused, "this host has not redeemed it");
  if (facts.proposal->recalled) return fail(ErrorCode::kRefused, "the release has been recalled");
  if (facts.frozen) return fail(ErrorCode::kFrozen, "a freeze is in force: nothing is re-keyed");
  const bool ended = std::any_of(facts.proposal->ends.begin(), facts.proposal->ends.end(),
                                 [&](const Ended& each) { return each.end.n == rekey.n; });
  if (ended || redeemed->stamp.time + request.lease_seconds <= facts.now)
    return fail(ErrorCode::kExpired, "the time given for the re-key is over: ask again");
  if (rekey.checkpoint.size <= redeemed->stamp.index)
    return fail(ErrorCode::kRefused, "sealed to what the log said before the redemption");
  if (rekey.object != request.object)
    return fail(ErrorCode::kRefused, "a key record of another object than was released");
  RETURN_IF_ERROR(record_stands(request, *facts.object, *facts.founding));
  const protocol::NewKeys asked{rekey.epoch, rekey.policy, rekey.wrap_suite};
  if (asked != *request.new_keys || rekey.deposit_key != facts.founding->deposit_key.id) {
    return fail(ErrorCode::kRefused,
                "the new key record is not what was asked for: another epoch, policy, suite or "
                "deposit key");
  }
  return {};
}

}  // namespace strongroom::vault

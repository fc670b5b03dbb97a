#include "custodian/confirm.h"

#include "custodian/records.h"
#include "judge/standing.h"
#include "protocol/confirmation.h"

namespace strongroom::custodian {

namespace {

Result<void> open_own_leaves(const Records& records, const Hands& hands, std::int64_t groups) {
  for (std::int64_t group = 0; group < groups; ++group) {
    const seal::SealedLeaf* sealed = records.shares.leaf(group, hands.key.public_keys().id);
    if (sealed == nullptr) {
      return fail(ErrorCode::kWrongKey,
                  "no leaf of this object is sealed to this key; confirm with a key that you held "
                  "when it was sealed");
    }
    ASSIGN_OR_RETURN(const seal::OpenLeaf leaf,
                     seal::open_leaf(*sealed, records.key_record, hands.key.opening_secret()));
    if (leaf.person != hands.person || leaf.group != group)
      return fail(ErrorCode::kWrongKey, "the leaf is another person's, or of another group");
  }
  return {};
}

bool is_missing(const judge::DepositStanding& standing, const PersonId& person) {
  return std::find(standing.missing.begin(), standing.missing.end(), person) !=
         standing.missing.end();
}

// What a re-key left to be confirmed comes first: more waits for it.
Result<vault::Record> record_to_confirm(const client::Follower& follower,
                                        const vault::Object& object, const PersonId& person) {
  ASSIGN_OR_RETURN(const std::optional<judge::DepositStanding> waits,
                   judge::rekey_standing(object.deposit.object, follower.world().rooms()));
  if (waits && is_missing(*waits, person)) return *object.pending;
  return object.record;
}

}  // namespace

Result<protocol::Receipt> confirm(client::Follower& follower, const Hands& hands,
                                  const ObjectId& id) {
  RETURN_IF_ERROR(follower.follow());
  ASSIGN_OR_RETURN(const auto object, follower.world().rooms().vault.object(id));
  if (!object) return fail(ErrorCode::kNotFound, "no such object in the log");
  ASSIGN_OR_RETURN(const vault::Record record, record_to_confirm(follower, *object, hands.person));
  ASSIGN_OR_RETURN(const Records records, records_of(follower, *object, record));
  RETURN_IF_ERROR(open_own_leaves(records, hands, object->deposit.groups));
  const protocol::Confirmation confirmation{.strongroom = object->deposit.strongroom,
                                            .object = id,
                                            .epoch = record.epoch,
                                            .key_record = record.key_record,
                                            .groups = object->deposit.groups,
                                            .person = hands.person,
                                            .key = hands.key.public_keys().id,
                                            .checkpoint = follower.world().seen()};
  protocol::Command command{.type = protocol::EntryType::kConfirmed,
                            .statement = to_json(confirmation),
                            .signatures = {},
                            .body = std::nullopt,
                            .texts = {},
                            .attachments = {}};
  ASSIGN_OR_RETURN(const protocol::Signature signature,
                   protocol::sign_statement(*command.statement, signer_of(hands.key)));
  command.signatures = {signature};
  return follower.submit(command);
}

Result<std::vector<ObjectId>> unconfirmed_by(const client::Follower& follower,
                                             const PersonId& person) {
  const judge::Rooms rooms = follower.world().rooms();
  std::vector<ObjectId> unconfirmed;
  ASSIGN_OR_RETURN(const std::vector<vault::Object> objects, rooms.vault.objects());
  for (const vault::Object& object : objects) {
    ASSIGN_OR_RETURN(const judge::DepositStanding standing,
                     judge::deposit_standing(object.deposit.object, rooms));
    ASSIGN_OR_RETURN(const auto waits, judge::rekey_standing(object.deposit.object, rooms));
    if (is_missing(standing, person) || (waits && is_missing(*waits, person)))
      unconfirmed.push_back(object.deposit.object);
  }
  return unconfirmed;
}

}  // namespace strongroom::custodian

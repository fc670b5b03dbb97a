#include "api/carried.h"

#include <set>

#include "base/limits.h"
#include "protocol/change.h"
#include "protocol/deposit.h"
#include "protocol/inventory.h"
#include "protocol/rekey.h"
#include "protocol/release.h"
#include "protocol/sweep.h"
#include "seal/key_record.h"
#include "seal/layout.h"
#include "seal/manifest.h"
#include "seal/resealed_leaves.h"
#include "seal/shares.h"

namespace strongroom::api {

using format::Json;
using protocol::Command;
using protocol::EntryType;

namespace {

Result<const Bytes*> carried(const Command& command, const std::string& name) {
  for (const protocol::Attachment& each : command.attachments) {
    if (each.name == name) return &each.bytes;
  }
  return fail(ErrorCode::kNotFound, "the command does not carry " + name);
}

Result<void> only(const Command& command, std::size_t attachments) {
  if (command.attachments.size() != attachments) {
    return fail(ErrorCode::kMalformed, "the command carries what it should not");
  }
  return {};
}

Result<void> has_text(const Command& command, std::string_view field, const Digest& commitment,
                      std::size_t texts = 1) {
  const bool found =
      std::any_of(command.texts.begin(), command.texts.end(), [&](const protocol::Text& text) {
        return text.field == field && format::is_clean_text(text.opening.text) &&
               protocol::commitment_to(field, text.opening) == commitment;
      });
  if (!found || command.texts.size() != texts) {
    return fail(ErrorCode::kMalformed,
                "the command does not carry the text of its " + std::string(field));
  }
  return {};
}

Result<void> check_proposed(const Command& command) {
  ASSIGN_OR_RETURN(const protocol::Request request, protocol::request_from(*command.statement));
  RETURN_IF_ERROR(has_text(command, "purpose", request.purpose));
  RETURN_IF_ERROR(only(command, 1));
  const protocol::Attachment& attachment = command.attachments.front();
  ASSIGN_OR_RETURN(const Json json,
                   format::decode_canonical(as_text(attachment.bytes), limits::kEntryBytesMax));
  ASSIGN_OR_RETURN(const protocol::Evidence evidence, protocol::evidence_from(json));
  const Digest digest = digest_of(evidence);
  if (attachment.name != protocol::evidence_name(protocol::proposal_id(request, digest)) ||
      command.body != Json(Json::Object{{"evidence", digest}})) {
    return fail(ErrorCode::kNotAuthentic, "the evidence is not the one that the proposal names");
  }
  if (evidence.host != request.host || evidence.binding != protocol::evidence_binding(request)) {
    return fail(ErrorCode::kNotAuthentic, "the evidence is not of this host for this request");
  }
  return {};
}

Result<void> check_voted(const Command& command) {
  ASSIGN_OR_RETURN(const protocol::Vote vote, protocol::vote_from(*command.statement));
  RETURN_IF_ERROR(has_text(command, "reason", vote.reason));
  if (vote.decision == protocol::VoteDecision::kRefuse) return only(command, 0);
  RETURN_IF_ERROR(only(command, 1));
  ASSIGN_OR_RETURN(const Bytes* bytes, carried(command, protocol::leaves_name(vote)));
  ASSIGN_OR_RETURN(const std::vector<seal::ResealedLeaf> leaves,
                   seal::decode_resealed_leaves(as_text(*bytes)));
  if (leaves.size() != vote.leaves.size())
    return fail(ErrorCode::kNotAuthentic, "not the leaves that were voted");
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    const protocol::LeafDigest& voted = vote.leaves[i];
    if (leaves[i].group != voted.group || leaves[i].path != voted.path ||
        leaves[i].person != vote.person || digest_of(leaves[i]) != voted.digest) {
      return fail(ErrorCode::kNotAuthentic, "a re-sealed leaf is not the one that the vote names");
    }
  }
  return {};
}

// The place of each sighting, in words.
Result<void> check_swept(const Command& command) {
  ASSIGN_OR_RETURN(const protocol::Sweep sweep, protocol::sweep_from(*command.statement));
  RETURN_IF_ERROR(only(command, 0));
  if (command.texts.size() != sweep.seen.size())
    return fail(ErrorCode::kMalformed, "a sweep carries one text for each sighting");
  for (const protocol::Sighting& each : sweep.seen)
    RETURN_IF_ERROR(has_text(command, protocol::kPlaceField, each.place, sweep.seen.size()));
  for (const protocol::Text& each : command.texts) {
    if (each.opening.text.size() > protocol::kPlaceBytesMax)
      return fail(ErrorCode::kTooLarge, "a place of more than 4,096 bytes");
  }
  return {};
}

// A reason for custodians to read, and the name of whoever or whatever joins.
Result<void> check_change_proposed(const Command& command) {
  ASSIGN_OR_RETURN(const protocol::Change change, protocol::change_from(*command.statement));
  RETURN_IF_ERROR(only(command, 0));
  std::optional<Digest> name;
  if (const auto* enrol = std::get_if<protocol::Enrol>(&change.subject)) name = enrol->member.name;
  if (const auto* added = std::get_if<protocol::AddHost>(&change.subject)) name = added->host.name;
  if (!name) return has_text(command, "reason", change.reason);
  RETURN_IF_ERROR(has_text(command, "name", *name, 2));
  return has_text(command, "reason", change.reason, 2);
}

// Left out, or sealed to others, they would be missed on the worst day only.
Result<void> check_recovery(const seal::KeyRecord& record, const seal::SealedShares& shares,
                            const std::optional<protocol::Recovery>& recovery) {
  if (record.recovery != recovery) {
    return fail(ErrorCode::kConflict,
                "sealed with other recovery holders than the genesis names: seal again");
  }
  if (!recovery) return {};
  std::set<std::pair<std::int64_t, std::uint8_t>> sealed;
  for (const seal::SealedRecoveryShare& share : shares.recovery) {
    if (recovery->x_of(share.person) == share.x) sealed.emplace(share.group, share.x);
  }
  if (sealed.size() != record.groups.size() * recovery->holders.size())
    return fail(ErrorCode::kMalformed, "a recovery holder was left out: seal again");
  return {};
}

/// What a statement says of an object's documents at one epoch.
struct NamedDocuments {
  std::string_view by;  ///< "deposit"
  ObjectId object;
  std::int64_t epoch;
  Digest key_record;
  Digest sealed_shares;
  Digest policy;
  std::string wrap_suite;
};

// They stand in the store as they are named, fit one another, and leave no recovery holder out.
// Gives the manifest, which the caller holds against what its statement says of it.
Result<seal::Manifest> check_documents(const NamedDocuments& named, const store::BlobStore& objects,
                                       const std::optional<protocol::Recovery>& recovery,
                                       const std::optional<Digest>& manifest_named) {
  const std::string by(named.by);
  ASSIGN_OR_RETURN(const Bytes manifest_bytes,
                   objects.get(seal::manifest_blob(named.object), limits::kJsonDocumentBytesMax));
  ASSIGN_OR_RETURN(const Bytes record_bytes,
                   objects.get(seal::key_record_blob(named.object, named.epoch, named.key_record),
                               limits::kJsonDocumentBytesMax));
  ASSIGN_OR_RETURN(
      const Bytes shares_bytes,
      objects.get(seal::sealed_shares_blob(named.object, named.epoch, named.sealed_shares),
                  limits::kJsonDocumentBytesMax));
  const bool is_manifest =
      !manifest_named || seal::manifest_digest(as_text(manifest_bytes)) == *manifest_named;
  if (!is_manifest || seal::key_record_digest(as_text(record_bytes)) != named.key_record ||
      seal::sealed_shares_digest(as_text(shares_bytes)) != named.sealed_shares) {
    return fail(ErrorCode::kNotAuthentic,
                "the documents in the store are not those that the " + by + " names");
  }
  ASSIGN_OR_RETURN(seal::Manifest manifest, seal::decode_manifest(as_text(manifest_bytes)));
  ASSIGN_OR_RETURN(const seal::KeyRecord record, seal::decode_key_record(as_text(record_bytes)));
  RETURN_IF_ERROR(seal::check_belongs(record, manifest));
  ASSIGN_OR_RETURN(const seal::SealedShares shares,
                   seal::decode_sealed_shares(as_text(shares_bytes)));
  RETURN_IF_ERROR(check_recovery(record, shares, recovery));
  const bool same = record.object == named.object && record.epoch == named.epoch &&
                    record.policy.digest() == named.policy &&
                    name_of(record.suite) == named.wrap_suite;
  if (!same)
    return fail(ErrorCode::kNotAuthentic,
                "the " + by + " says other things than its own documents");
  return manifest;
}

Result<void> check_deposited(const Command& command, const store::BlobStore& objects,
                             const std::optional<protocol::Recovery>& recovery) {
  ASSIGN_OR_RETURN(const protocol::Deposit deposit, protocol::deposit_from(*command.statement));
  RETURN_IF_ERROR(only(command, 0));
  if (!command.texts.empty()) return fail(ErrorCode::kMalformed, "a deposit carries no text");
  ASSIGN_OR_RETURN(const seal::Manifest manifest,
                   check_documents({"deposit", deposit.object, deposit.epoch, deposit.key_record,
                                    deposit.sealed_shares, deposit.policy, deposit.wrap_suite},
                                   objects, recovery, deposit.manifest));
  const bool same =
      manifest.strongroom == deposit.strongroom && manifest.object == deposit.object &&
      name_of(manifest.suite) == deposit.payload_suite &&
      static_cast<std::int64_t>(manifest.groups.size()) == deposit.groups &&
      manifest.file_count() == deposit.files &&
      static_cast<std::int64_t>(manifest.plaintext_bytes()) == deposit.plaintext_bytes;
  if (!same)
    return fail(ErrorCode::kNotAuthentic, "the deposit says other things than its own documents");
  return {};
}

Result<void> check_rekeyed(const Command& command, const store::BlobStore& objects,
                           const std::optional<protocol::Recovery>& recovery) {
  ASSIGN_OR_RETURN(const protocol::Rekey rekey, protocol::rekey_from(*command.statement));
  RETURN_IF_ERROR(only(command, 0));
  if (!command.texts.empty()) return fail(ErrorCode::kMalformed, "a re-key carries no text");
  ASSIGN_OR_RETURN(const seal::Manifest manifest,
                   check_documents({"re-key", rekey.object, rekey.epoch, rekey.key_record,
                                    rekey.sealed_shares, rekey.policy, rekey.wrap_suite},
                                   objects, recovery, std::nullopt));
  if (manifest.strongroom != rekey.strongroom)
    return fail(ErrorCode::kNotAuthentic, "the re-key says other things than its own documents");
  return {};
}

}  // namespace

Result<void> check_carried(const Command& command, const store::BlobStore& objects,
                           const std::optional<protocol::Recovery>& recovery) {
  if (!command.statement)
    return fail(ErrorCode::kRefused, "nothing enters the log without a signed statement");
  switch (command.type) {
    case EntryType::kRegistered: {
      ASSIGN_OR_RETURN(const auto registration, protocol::registration_from(*command.statement));
      RETURN_IF_ERROR(has_text(command, "name", registration.name));
      return only(command, 0);
    }
    case EntryType::kDeposited:
      return check_deposited(command, objects, recovery);
    case EntryType::kRekeyed:
      return check_rekeyed(command, objects, recovery);
    case EntryType::kProposed:
      return check_proposed(command);
    case EntryType::kVoted:
      return check_voted(command);
    case EntryType::kLeaseEnded:
      return only(command, 0);
    case EntryType::kFrozen: {
      ASSIGN_OR_RETURN(const auto freeze, protocol::freeze_from(*command.statement));
      RETURN_IF_ERROR(has_text(command, "reason", freeze.reason));
      return only(command, 0);
    }
    case EntryType::kRecalled: {
      ASSIGN_OR_RETURN(const auto recall, protocol::recall_from(*command.statement));
      RETURN_IF_ERROR(has_text(command, "reason", recall.reason));
      return only(command, 0);
    }
    case EntryType::kChangeProposed:
      return check_change_proposed(command);
    case EntryType::kChangeVoted: {
      ASSIGN_OR_RETURN(const auto vote, protocol::change_vote_from(*command.statement));
      RETURN_IF_ERROR(has_text(command, "reason", vote.reason));
      return only(command, 0);
    }
    case EntryType::kStated:  // names said before are committed to again, without their text
      return only(command, 0);
    case EntryType::kFound: {
      ASSIGN_OR_RETURN(const auto finding, protocol::finding_from(*command.statement));
      RETURN_IF_ERROR(has_text(command, "reason", finding.reason));
      return only(command, 0);
    }
    case EntryType::kSwept:
      return check_swept(command);
    case EntryType::kExplained: {
      ASSIGN_OR_RETURN(const auto explained, protocol::explained_from(*command.statement));
      RETURN_IF_ERROR(has_text(command, "reason", explained.reason));
      return only(command, 0);
    }
    case EntryType::kConfirmed:
    case EntryType::kRehearsed:
      if (!command.texts.empty()) return fail(ErrorCode::kMalformed, "it carries no text");
      return only(command, 0);
    case EntryType::kGenesis:
    case EntryType::kTriaged:
    case EntryType::kGranted:
    case EntryType::kRedeemed:
    case EntryType::kChanged:
      break;
  }
  return fail(ErrorCode::kRefused, "an entry of type " + std::string(name_of(command.type)) +
                                       " is not for clients to send here");
}

}  // namespace strongroom::api

#include "agent/redemption.h"

#include "base/limits.h"
#include "judge/standing.h"
#include "protocol/confirmation.h"
#include "seal/key_record.h"
#include "seal/layout.h"
#include "seal/manifest.h"
#include "seal/resealed_leaves.h"

namespace strongroom::agent {

using format::Json;

namespace {
constexpr std::size_t kNonceDocumentBytesMax = 4096;
}

Result<protocol::Command> host_command(const OwnHost& host, protocol::EntryType type,
                                       Json statement) {
  protocol::Command command;
  command.type = type;
  command.statement = std::move(statement);
  const protocol::Signer signer{
      host.key.id(),
      [&host](ByteView bytes) -> Result<crypto::Ed25519Signature> { return host.key.sign(bytes); }};
  ASSIGN_OR_RETURN(const protocol::Signature signature,
                   protocol::sign_statement(*command.statement, signer));
  command.signatures = {signature};
  return command;
}

protocol::Evidence evidence_for(const OwnHost& host, const Digest& binding) {
  return {.kind = std::string(protocol::kEvidenceNone), .host = host.id, .binding = binding};
}

Result<SignedRedemption> sign_redemption(const client::Connection& connection, const OwnHost& host,
                                         const vault::Proposal& proposal, std::int64_t n) {
  const std::string ask = format::encode(Json::Object{{"proposal", proposal.id}, {"n", n}});
  ASSIGN_OR_RETURN(const Bytes answer, connection.post("/v1/redemptions/challenge", as_bytes(ask)));
  ASSIGN_OR_RETURN(const Json json,
                   format::decode_canonical(as_text(answer), kNonceDocumentBytesMax));
  format::Fields fields(json, "challenge");
  ASSIGN_OR_RETURN(const Digest nonce, fields.id<Digest>("nonce"));
  RETURN_IF_ERROR(fields.done());
  const protocol::Evidence evidence =
      evidence_for(host, protocol::redemption_binding(proposal.id, n, nonce));
  SignedRedemption result;
  result.redemption = {.strongroom = proposal.request.strongroom,
                       .proposal = proposal.id,
                       .n = n,
                       .host = host.id,
                       .nonce = nonce,
                       .evidence = digest_of(evidence)};
  ASSIGN_OR_RETURN(result.command,
                   host_command(host, protocol::EntryType::kRedeemed, to_json(result.redemption)));
  result.command.attachments = {{protocol::evidence_name(proposal.id),
                                 copy_bytes(as_bytes(format::encode(to_json(evidence))))}};
  return result;
}

Result<std::vector<protocol::RedeemedSite>> send_redemption(const client::Connection& connection,
                                                            const SignedRedemption& redemption) {
  ASSIGN_OR_RETURN(const Bytes answer,
                   connection.post("/v1/redemptions", as_bytes(encode(redemption.command))));
  return protocol::decode_redeemed_sites(as_text(answer));
}

namespace {

struct Proved {
  vault::Proposal proposal;
  seal::Manifest manifest;
  seal::KeyRecord key_record;
};

Result<Proved> proved(const Opening& opening, const protocol::Redemption& redemption) {
  const judge::Rooms rooms = opening.follower.world().rooms();
  ASSIGN_OR_RETURN(auto proposal, rooms.vault.proposal(redemption.proposal));
  if (!proposal || !proposal->granted) return fail(ErrorCode::kNotYet, "the log holds no grant");
  const bool logged =
      std::any_of(proposal->redemptions.begin(), proposal->redemptions.end(),
                  [&](const vault::Redeemed& each) { return each.redemption == redemption; });
  if (!logged) return fail(ErrorCode::kNotYet, "the log does not hold this redemption");
  const protocol::Request& request = proposal->request;
  ASSIGN_OR_RETURN(const auto object, rooms.vault.object(request.object));
  const vault::Record* record = object ? object->record_of(request.epoch) : nullptr;
  if (record == nullptr)
    return fail(ErrorCode::kExpired, "its key record has lapsed: another one is in force");
  ASSIGN_OR_RETURN(
      const Bytes manifest_bytes,
      opening.store.get(seal::manifest_blob(request.object), limits::kJsonDocumentBytesMax));
  ASSIGN_OR_RETURN(
      const Bytes record_bytes,
      opening.store.get(seal::key_record_blob(request.object, record->epoch, record->key_record),
                        limits::kJsonDocumentBytesMax));
  if (seal::manifest_digest(as_text(manifest_bytes)) != request.manifest ||
      seal::key_record_digest(as_text(record_bytes)) != request.key_record) {
    return fail(ErrorCode::kNotAuthentic,
                "the store holds another manifest or key record than the log names");
  }
  ASSIGN_OR_RETURN(seal::Manifest manifest, seal::decode_manifest(as_text(manifest_bytes)));
  ASSIGN_OR_RETURN(seal::KeyRecord key_record, seal::decode_key_record(as_text(record_bytes)));
  RETURN_IF_ERROR(seal::check_belongs(key_record, manifest));
  if (manifest.object != request.object || key_record.epoch != request.epoch) {
    return fail(ErrorCode::kNotAuthentic,
                "the store holds another object or epoch than was granted");
  }
  return Proved{std::move(*proposal), std::move(manifest), std::move(key_record)};
}

// The leaves of exactly those votes that the grant counts, each the one that its voter signed for.
Result<std::vector<seal::ResealedLeaf>> voted_leaves(const client::Follower& follower,
                                                     const vault::Proposal& proposal) {
  std::vector<seal::ResealedLeaf> all;
  for (const vault::CastVote& cast : proposal.votes) {
    const std::vector<std::int64_t>& counted = proposal.granted->votes;
    if (std::find(counted.begin(), counted.end(), cast.stamp.index) == counted.end()) continue;
    ASSIGN_OR_RETURN(const Bytes bytes, follower.attachment(protocol::leaves_name(cast.vote)));
    ASSIGN_OR_RETURN(std::vector<seal::ResealedLeaf> leaves,
                     seal::decode_resealed_leaves(as_text(bytes)));
    for (seal::ResealedLeaf& leaf : leaves) {
      const bool voted = std::any_of(cast.vote.leaves.begin(), cast.vote.leaves.end(),
                                     [&](const protocol::LeafDigest& each) {
                                       return each.group == leaf.group && each.path == leaf.path &&
                                              each.digest == digest_of(leaf);
                                     });
      if (!voted || leaf.person != cast.vote.person) {
        return fail(ErrorCode::kNotAuthentic, "the server gave another leaf than person " +
                                                  cast.vote.person.hex() + " voted with");
      }
      all.push_back(std::move(leaf));
    }
  }
  return all;
}

// A tree that does not fit its commitments lost a custodian when it was sealed. The readable copy
// is still there then: so the first opening says it, loudly. Later ones open what they can.
Result<std::vector<std::string>> rehearsed_nodes(const Opening& opening, const Proved& proved,
                                                 const seal::Combined& combined) {
  std::vector<std::string> nodes = combined.recomputed;
  std::sort(nodes.begin(), nodes.end());
  const judge::Rooms rooms = opening.follower.world().rooms();
  ASSIGN_OR_RETURN(const auto object, rooms.vault.object(proved.proposal.request.object));
  const bool rehearsed = object && std::any_of(object->rehearsals.begin(), object->rehearsals.end(),
                                               [&](const vault::Rehearsed& each) {
                                                 return each.epoch == proved.key_record.epoch;
                                               });
  ASSIGN_OR_RETURN(const std::vector<std::string> expected,
                   judge::recomputable_in(proved.proposal.id, rooms));
  if (nodes == expected || rehearsed) return nodes;
  std::string wrong;
  for (const std::string& path : expected) {
    if (!std::binary_search(nodes.begin(), nodes.end(), path)) wrong += " " + path + ";";
  }
  return fail(
      ErrorCode::kNotAuthentic,
      "the object was sealed wrong: these nodes of its tree are not what was committed to:" +
          wrong + " seal it again while the readable copy is there");
}

struct Unwrapped {
  seal::DataKey key;
  std::vector<std::string> nodes;
};
Result<Unwrapped> data_key(const Opening& opening, const Proved& proved, std::int64_t group,
                           std::span<const seal::ResealedLeaf> leaves,
                           const std::pair<std::int64_t, const crypto::HpkeSealed*>& site_n) {
  const seal::RecipientKey recipient{.proposal = proved.proposal.id, .secret = &opening.recipient};
  std::vector<seal::ResealedLeaf> own;
  for (const seal::ResealedLeaf& leaf : leaves) {
    if (leaf.group == group) own.push_back(leaf);
  }
  ASSIGN_OR_RETURN(seal::Combined combined,
                   seal::combine_leaves(own, proved.key_record, group, recipient));
  if (!combined.secret) {
    std::string bad;
    for (const seal::Combined::Bad& each : combined.bad) {
      bad += " " + each.path + " (person " + each.person.hex() + "): " + each.why + ";";
    }
    return fail(ErrorCode::kWrongKey,
                "the leaves do not open the key; bad ones:" + (bad.empty() ? " none" : bad));
  }
  ASSIGN_OR_RETURN(std::vector<std::string> nodes, rehearsed_nodes(opening, proved, combined));
  const seal::Context context = proved.key_record.context(group);
  ASSIGN_OR_RETURN(const seal::SiteSecret site,
                   seal::open_redeemed_site(*site_n.second, context, site_n.first, recipient));
  ASSIGN_OR_RETURN(seal::DataKey key,
                   seal::unwrap(proved.key_record.groups[static_cast<std::size_t>(group)].wrapped,
                                *combined.secret, site, context));
  return Unwrapped{std::move(key), std::move(nodes)};
}

}  // namespace

Result<RedeemedKeys> redeemed_keys(const Opening& opening, const protocol::Redemption& redemption,
                                   const std::vector<protocol::RedeemedSite>& sites,
                                   protocol::ReleaseAct act) {
  ASSIGN_OR_RETURN(Proved proof, proved(opening, redemption));
  if (proof.proposal.request.act != act) {
    return fail(ErrorCode::kRefused, "it was released for a " +
                                         std::string(name_of(proof.proposal.request.act)) +
                                         ", not for a " + std::string(name_of(act)));
  }
  ASSIGN_OR_RETURN(const std::vector<seal::ResealedLeaf> leaves,
                   voted_leaves(opening.follower, proof.proposal));
  std::vector<seal::GroupKey> keys;
  std::vector<std::string> nodes;
  for (const std::int64_t group : proof.proposal.request.groups) {
    if (!proof.key_record.has_group(group))
      return fail(ErrorCode::kNotFound, "no such group in the key record");
    const auto site =
        std::find_if(sites.begin(), sites.end(),
                     [&](const protocol::RedeemedSite& each) { return each.group == group; });
    if (site == sites.end())
      return fail(ErrorCode::kWrongKey, "the keeper gave no site secret for a group");
    ASSIGN_OR_RETURN(Unwrapped unwrapped,
                     data_key(opening, proof, group, leaves, {redemption.n, &site->sealed}));
    keys.push_back({group, std::move(unwrapped.key)});
    nodes = std::move(unwrapped.nodes);
  }
  return RedeemedKeys{std::move(proof.proposal.request), std::move(proof.manifest), std::move(keys),
                      std::move(nodes)};
}

Result<Rehearsed> open_and_rehearse(const Opening& opening, const protocol::Redemption& redemption,
                                    const std::vector<protocol::RedeemedSite>& sites) {
  ASSIGN_OR_RETURN(RedeemedKeys redeemed,
                   redeemed_keys(opening, redemption, sites, protocol::ReleaseAct::kLease));
  Rehearsed rehearsed;
  rehearsed.nodes = std::move(redeemed.nodes);
  ASSIGN_OR_RETURN(rehearsed.object, seal::OpenObject::open(opening.store, redeemed.manifest,
                                                            std::move(redeemed.keys)));
  return rehearsed;
}

Result<std::unique_ptr<seal::OpenObject>> open_redeemed(
    const Opening& opening, const protocol::Redemption& redemption,
    const std::vector<protocol::RedeemedSite>& sites) {
  ASSIGN_OR_RETURN(Rehearsed opened, open_and_rehearse(opening, redemption, sites));
  return std::move(opened.object);
}

Result<void> tell_rehearsed(client::Follower& follower, const OwnHost& host,
                            const protocol::Redemption& redemption,
                            const std::vector<std::string>& nodes) {
  const protocol::Rehearsal rehearsal{.strongroom = redemption.strongroom,
                                      .proposal = redemption.proposal,
                                      .n = redemption.n,
                                      .host = host.id,
                                      .nodes = nodes};
  ASSIGN_OR_RETURN(const protocol::Command command,
                   host_command(host, protocol::EntryType::kRehearsed, to_json(rehearsal)));
  RETURN_IF_ERROR(follower.submit(command));
  return {};
}

}  // namespace strongroom::agent

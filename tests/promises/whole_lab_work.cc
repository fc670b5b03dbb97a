#include "base/limits.h"
#include "crypto/random.h"
#include "io/listing.h"
#include "seal/layout.h"
#include "seal/manifest.h"
#include "whole_lab.h"

/// What people and hosts do in the lab, as the terminal and the agent do it.
namespace strongroom::promises {

using protocol::Command;
using protocol::EntryType;

namespace {
constexpr std::int64_t kHour = 3'600;
}

Bytes pattern(std::size_t bytes, std::uint32_t seed) {
  Bytes out(bytes);
  std::uint32_t state = seed;
  for (std::uint8_t& byte : out) {
    state = state * 1'664'525u + 1'013'904'223u;
    byte = static_cast<std::uint8_t>(state >> 24);
  }
  return out;
}

Files small_model() {
  return {{"config.json", copy_bytes(as_bytes("{\"architectures\":[\"Secret1\"]}"))},
          {"shards/model-1.safetensors", pattern(seal::kSegmentBytes + 12'345)}};
}

Result<Files> read_all(seal::OpenObject& object) {
  Files files;
  for (std::size_t i = 0; i < object.files().size(); ++i) {
    const seal::OpenFile& file = object.files()[i];
    Bytes whole(static_cast<std::size_t>(file.bytes));
    for (std::uint64_t s = 0; s < seal::segment_count(whole.size()); ++s) {
      const std::size_t at = static_cast<std::size_t>(s) * seal::kSegmentBytes;
      RETURN_IF_ERROR(object.read_segment(
          i, s, MutableByteView(whole).subspan(at, seal::segment_bytes(whole.size(), s))));
    }
    files.emplace(file.name, std::move(whole));
  }
  return files;
}

ProposalId Asked::id() const { return protocol::proposal_id(request, digest_of(evidence)); }

void Asked::prove() {
  evidence = {.kind = std::string(protocol::kEvidenceNone),
              .host = request.host,
              .binding = protocol::evidence_binding(request)};
}

Result<protocol::Receipt> WholeLab::send(Person& who, Command command) {
  ASSIGN_OR_RETURN(const protocol::Signature signature,
                   protocol::sign_statement(*command.statement, custodian::signer_of(who.key())));
  command.signatures = {signature};
  return who.follower().submit(command);
}

namespace {

void write_files(const std::string& root, const Files& files) {
  for (const auto& [name, bytes] : files) {
    const std::size_t slash = name.rfind('/');
    const std::string folder = slash == std::string::npos ? "" : "/" + name.substr(0, slash);
    const auto directory = must(io::Directory::open_or_make(root + folder, 0700));
    must(directory.write_file_atomically(slash == std::string::npos ? name : name.substr(slash + 1),
                                         bytes, 0600));
  }
}

Command registration(const StrongroomId& strongroom, const AssetId& asset, const PersonId& who,
                     const std::string& kind) {
  const protocol::Opening name = must(protocol::open_text("model " + asset.hex()));
  Command command;
  command.type = EntryType::kRegistered;
  command.statement = to_json(protocol::Registration{.strongroom = strongroom,
                                                     .asset = asset,
                                                     .name = commitment_to("name", name),
                                                     .kind = kind,
                                                     .formats = {},
                                                     .person = who});
  command.texts = {{"name", name}};
  return command;
}

}  // namespace

Result<seal::SealedObject> WholeLab::seal_only(const client::Follower& follower, const Files& files,
                                               std::vector<std::vector<std::size_t>> groups) {
  const io::TemporaryDirectory source;
  write_files(source.path(), files);
  const io::Listing listing =
      must(io::list_files(source.path(), {.files_max = limits::kObjectFilesMax}));
  const protocol::Genesis& known = follower.world().genesis();
  seal::SealRequest request{.source = &listing,
                            .groups = std::move(groups),
                            .strongroom = known.id(),
                            .policy = known.policy,
                            .custodians = {},
                            .deposit_key = known.deposit_key,
                            .previous = std::nullopt,
                            .threads = 1};
  for (const PersonId& person : known.policy.persons()) {
    for (const crypto::PublicKeys& key : known.member(person)->keys)
      request.custodians.push_back({person, key});
  }
  request.recovery = known.recovery;
  if (known.recovery) {
    for (const PersonId& person : known.recovery->holders)
      request.recovery_keys.push_back({person, known.member(person)->keys.front()});
  }
  return seal::seal_object(request, *objects_);
}

SealedModel WholeLab::seal(const std::string& depositor, const Files& files,
                           std::vector<std::vector<std::size_t>> groups, const std::string& kind) {
  Person& who = person(depositor);
  must(who.follower().follow());
  const auto group_count = std::max<std::int64_t>(1, static_cast<std::int64_t>(groups.size()));
  const auto asset = crypto::random_id<AssetId>();
  SealedModel model;
  model.plaintext = files;
  model.object = must(seal_only(who.follower(), files, std::move(groups)), "sealing");
  must(send(who, registration(id_, asset, who.id(), kind)), "registering");
  model.deposit = {.strongroom = id_,
                   .object = model.object.object,
                   .asset = asset,
                   .manifest = model.object.manifest_digest,
                   .key_record = model.object.key_record_digest,
                   .sealed_shares = model.object.sealed_shares_digest,
                   .epoch = 0,
                   .policy = genesis_->policy.digest(),
                   .deposit_key = genesis_->deposit_key.id,
                   .payload_suite = std::string(name_of(seal::PayloadSuite::kFloe1mBlake3)),
                   .wrap_suite = std::string(name_of(seal::WrapSuite::kDevelopmentX25519)),
                   .groups = group_count,
                   .files = model.object.files,
                   .plaintext_bytes = static_cast<std::int64_t>(model.object.plaintext_bytes),
                   .sealed_bytes = static_cast<std::int64_t>(model.object.sealed_bytes),
                   .person = who.id(),
                   .checkpoint = who.follower().world().seen()};
  Command command;
  command.type = EntryType::kDeposited;
  command.statement = to_json(model.deposit);
  must(send(who, std::move(command)), "depositing");
  return model;
}

Asked WholeLab::draft(const std::string& name, const SealedModel& model, std::size_t host_index) {
  Person& who = person(name);
  must(who.follower().follow());
  const protocol::Deposit& deposit = model.deposit;
  Asked asked{.request = {},
              .evidence = {},
              .purpose = must(protocol::open_text("an evaluation run")),
              .recipient = crypto::generate_kem(crypto::KemKind::kX25519),
              .host = host_index};
  asked.request = {.strongroom = id_,
                   .object = deposit.object,
                   .manifest = deposit.manifest,
                   .key_record = deposit.key_record,
                   .epoch = deposit.epoch,
                   .policy = deposit.policy,
                   .payload_suite = deposit.payload_suite,
                   .wrap_suite = deposit.wrap_suite,
                   .groups = {},
                   .recipient_kem = crypto::KemKind::kX25519,
                   .recipient = asked.recipient.public_key,
                   .person = who.id(),
                   .host = host(host_index).id,
                   .purpose = commitment_to("purpose", asked.purpose),
                   .byte_budget = 1 << 30,
                   .lease_seconds = 4 * kHour,
                   .redemptions = 1,
                   .expires = clock.now() + 24 * kHour,
                   .checkpoint = who.follower().world().seen()};
  for (std::int64_t group = 0; group < deposit.groups; ++group)
    asked.request.groups.push_back(group);
  asked.prove();
  return asked;
}

Command WholeLab::proposal_of(const Asked& asked, const std::string& signer) {
  Command command;
  command.type = EntryType::kProposed;
  command.statement = to_json(asked.request);
  command.signatures = {must(
      protocol::sign_statement(*command.statement, custodian::signer_of(person(signer).key())))};
  command.body = vault::proposed_body({asked.request, digest_of(asked.evidence)});
  command.texts = {{"purpose", asked.purpose}};
  command.attachments = {{protocol::evidence_name(asked.id()),
                          copy_bytes(as_bytes(format::encode(to_json(asked.evidence))))}};
  return command;
}

// As in the product: signed by the person, sent by the host.
Result<protocol::Receipt> WholeLab::propose(const Asked& asked, const std::string& signer) {
  return host(asked.host).line->follower.submit(proposal_of(asked, signer));
}

Asked WholeLab::ask(const std::string& name, const SealedModel& model, std::size_t host_index) {
  Asked asked = draft(name, model, host_index);
  must(propose(asked, name), "proposing");
  return asked;
}

Result<protocol::Receipt> WholeLab::approve(const std::string& name, const ProposalId& what,
                                            std::size_t key) {
  Person& who = person(name, key);
  ASSIGN_OR_RETURN(const custodian::Shown shown,
                   custodian::inspect(who.follower(), what, clock.now()));
  return custodian::approve(who.follower(), who.hands(), shown, "looked at it");
}

Result<protocol::Receipt> WholeLab::refuse(const std::string& name, const ProposalId& what) {
  Person& who = person(name);
  ASSIGN_OR_RETURN(const custodian::Shown shown,
                   custodian::inspect(who.follower(), what, clock.now()));
  return custodian::refuse(who.follower(), who.hands(), shown, "not this");
}

Result<protocol::Receipt> WholeLab::freeze(const std::string& name,
                                           const std::optional<ObjectId>& what) {
  Person& who = person(name);
  return custodian::freeze(who.follower(), who.hands(), what, "something is wrong");
}

Result<protocol::Receipt> WholeLab::recall(const std::string& name, const ProposalId& what) {
  Person& who = person(name);
  return custodian::recall(who.follower(), who.hands(), what, "enough");
}

std::optional<vault::Proposal> WholeLab::proposal(const ProposalId& id) {
  client::Follower& follower = host().line->follower;
  must(follower.follow());
  return must(follower.world().rooms().vault.proposal(id));
}

Result<Redeemed> WholeLab::redeem(const ProposalId& what, std::int64_t n, std::size_t host_index) {
  Host& machine = host(host_index);
  RETURN_IF_ERROR(machine.line->follower.follow());
  ASSIGN_OR_RETURN(const auto found, machine.line->follower.world().rooms().vault.proposal(what));
  if (!found) return fail(ErrorCode::kNotFound, "no such proposal");
  ASSIGN_OR_RETURN(const agent::SignedRedemption redemption,
                   agent::sign_redemption(machine.line->connection, machine.own(), *found, n));
  ASSIGN_OR_RETURN(std::vector<protocol::RedeemedSite> sites,
                   agent::send_redemption(machine.line->connection, redemption));
  return Redeemed{redemption.redemption, std::move(sites)};
}

Result<std::unique_ptr<seal::OpenObject>> WholeLab::open(const Asked& asked,
                                                         const Redeemed& redeemed) {
  client::Follower& follower = host(asked.host).line->follower;
  RETURN_IF_ERROR(follower.follow());
  return agent::open_redeemed({follower, *objects_, asked.recipient.secret}, redeemed.redemption,
                              redeemed.sites);
}

Result<Files> WholeLab::release(const Asked& asked) {
  ASSIGN_OR_RETURN(const Redeemed redeemed, redeem(asked.id(), 1, asked.host));
  ASSIGN_OR_RETURN(const std::unique_ptr<seal::OpenObject> opened, open(asked, redeemed));
  return read_all(*opened);
}

seal::KeyRecord WholeLab::key_record(const SealedModel& model) const {
  return must(seal::decode_key_record(model.object.key_record));
}

seal::SealedShares WholeLab::sealed_shares(const SealedModel& model) const {
  return must(seal::decode_sealed_shares(model.object.sealed_shares));
}

}  // namespace strongroom::promises

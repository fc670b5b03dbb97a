#include "attacker.h"

#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/random.h"

namespace strongroom::promises {

namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kCommitBytes = 48;

seal::QuorumSecret as_quorum_secret(ByteView bytes) {
  return seal::QuorumSecret::filled(
      [&](MutableByteView out) { std::copy(bytes.begin(), bytes.end(), out.begin()); });
}

}  // namespace

Attacker::Attacker(WholeLab& lab, const SealedModel& model)
    : lab_(lab),
      record_(lab.key_record(model)),
      shares_(lab.sealed_shares(model)),
      deposit_key_(lab.deposit_key()),
      site_(must(seal::open_site(*shares_.site_of(0, lab.genesis().deposit_key.id), record_,
                                 deposit_key_))) {}

Bytes Attacker::without_outer_layer() const {
  const Bytes context = record_.context(0).bytes();
  const ByteView wrapped = record_.groups.front().wrapped.view();
  std::array<std::uint8_t, kKeyBytes + kCommitBytes> layer{};
  site_.with_bytes([&](ByteView bytes) {
    crypto::hkdf(crypto::HashKind::kSha384, {}, bytes, Joined().add("outer").add(context).bytes(),
                 layer);
  });
  Bytes inner(wrapped.size() - kCommitBytes - crypto::kAeadTagBytes);
  crypto::Aead aead(crypto::AeadKind::kAes256Gcm, ByteView(layer).first(kKeyBytes));
  const std::array<std::uint8_t, crypto::kAeadNonceBytes> zero{};
  must(aead.open(zero, context, wrapped.subspan(kCommitBytes), inner), "taking the outer layer");
  return inner;
}

bool Attacker::opens(const seal::QuorumSecret& candidate) const {
  return seal::unwrap(record_.groups.front().wrapped, candidate, site_, record_.context(0))
      .has_value();
}

bool Attacker::opens_with_any_of(ByteView material) const {
  for (std::size_t at = 0; at + kKeyBytes <= material.size(); ++at) {
    if (opens(as_quorum_secret(material.subspan(at, kKeyBytes)))) return true;
  }
  return false;
}

seal::OpenLeaf Attacker::leaf_of(const std::string& name) const {
  const keys::KeyFile& key = lab_.person(name).key();
  return must(
      seal::open_leaf(*shares_.leaf(0, key.public_keys().id), record_, key.opening_secret()));
}

Result<seal::Combined> Attacker::combined(const std::vector<std::string>& names) const {
  const crypto::KemKeyPair own = crypto::generate_kem(crypto::KemKind::kX25519);
  const auto proposal = crypto::random_id<ProposalId>();
  std::vector<seal::ResealedLeaf> leaves;
  for (const std::string& name : names) {
    leaves.push_back(must(seal::reseal_leaf(leaf_of(name), record_, {proposal, own.public_key})));
  }
  return seal::combine_leaves(leaves, record_, 0, {proposal, &own.secret});
}

bool Attacker::opens_with(const std::vector<std::string>& names) const {
  for (const std::string& name : names) {
    if (opens(leaf_of(name).secret)) return true;
  }
  const Result<seal::Combined> together = combined(names);
  return together && together->secret && opens(*together->secret);
}

std::vector<std::vector<std::string>> subsets(const std::vector<std::string>& names) {
  std::vector<std::vector<std::string>> all{{}};
  for (const std::string& name : names) {
    const std::size_t before = all.size();
    for (std::size_t i = 0; i < before; ++i) {
      std::vector<std::string> with = all[i];
      with.push_back(name);
      all.push_back(std::move(with));
    }
  }
  return all;
}

}  // namespace strongroom::promises

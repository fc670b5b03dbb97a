#include "seal/shares.h"

#include <algorithm>
#include <map>
#include <set>

#include "crypto/hash.h"

namespace strongroom::seal {

using protocol::Policy;
using protocol::PolicyNode;

namespace {

/// Where a share stands: what its commitment and its seals are bound to, beside the context.
struct Node {
  std::string path;
  Bytes context;
};

// Joined("commitment", ctx, path, x, secret), put together in locked memory.
Commitment commit(const Node& node, const QuorumSecret& secret) {
  const Joined open =
      Joined().add("commitment").add(node.context).add(node.path).add_number(x_of(node.path));
  const std::size_t length_at = open.bytes().size();
  SecretBytes joined(length_at + 8 + QuorumSecret::kBytes);
  joined.fill([&](MutableByteView out) {
    std::ranges::copy(open.bytes(), out.begin());
    put_u64(QuorumSecret::kBytes, out.subspan(length_at).first<8>());
    secret.with_bytes(
        [&](ByteView bytes) { std::ranges::copy(bytes, out.subspan(length_at + 8).begin()); });
  });
  const crypto::Digest48 digest =
      joined.with_bytes([](ByteView bytes) { return crypto::sha384(bytes); });
  return {digest.bytes};
}

bool holds(const Node& node, const QuorumSecret& secret, const Commitment& commitment) {
  return equal_in_constant_time(commit(node, secret).view(), commitment.view());
}

Bytes share_info(const Node& node, const PersonId& person, const KeyId& key) {
  return Joined()
      .add("share")
      .add(node.context)
      .add(node.path)
      .add_number(x_of(node.path))
      .add(person.view())
      .add(key.view())
      .bytes();
}

Bytes reseal_info(const Node& node, const PersonId& person, const ProposalId& proposal) {
  return Joined()
      .add("reseal")
      .add(node.context)
      .add(proposal.view())
      .add(node.path)
      .add_number(x_of(node.path))
      .add(person.view())
      .bytes();
}

Bytes site_info(const Context& context, const KeyId& key) {
  return Joined().add("site").add(context.bytes()).add(key.view()).bytes();
}

Bytes redeem_info(const Context& context, const ProposalId& proposal, std::int64_t n) {
  return Joined()
      .add("redeem")
      .add(context.bytes())
      .add(proposal.view())
      .add_number(static_cast<std::uint64_t>(n))
      .bytes();
}

template <class Key>
Result<Key> key_from(const SecretBytes& opened) {
  if (opened.size() != Key::kBytes) return fail(ErrorCode::kWrongKey, "no key of ours fits");
  return Key::filled([&](MutableByteView out) {
    opened.with_bytes([&](ByteView bytes) { std::ranges::copy(bytes, out.begin()); });
  });
}

template <class Key>
Result<Key> open_key(const crypto::HpkeSuite& suite, const crypto::KemPrivate& secret,
                     ByteView info, const crypto::HpkeSealed& sealed) {
  ASSIGN_OR_RETURN(const SecretBytes opened, crypto::hpke_open(suite, secret, info, {}, sealed));
  return key_from<Key>(opened);
}

class Splitter {
 public:
  Splitter(const Context& context, std::span<const CustodianKey> custodians)
      : context_(context), bound_(context.bytes()), custodians_(custodians) {}

  Result<void> node(const PolicyNode& at, const std::string& path, const QuorumSecret& secret) {
    const Node node{path, bound_};
    split_.commitments.push_back({path, commit(node, secret)});
    if (at.person) return leaf(node, *at.person, secret);
    ASSIGN_OR_RETURN(const std::vector<crypto::Share> shares,
                     crypto::split(secret, static_cast<std::size_t>(at.threshold), at.of.size()));
    for (std::size_t i = 0; i < at.of.size(); ++i) {
      RETURN_IF_ERROR(this->node(at.of[i], protocol::child_path(path, i), shares[i].y));
    }
    return {};
  }

  SplitSecret take() { return std::move(split_); }

 private:
  Result<void> leaf(const Node& node, const PersonId& person, const QuorumSecret& secret) {
    const crypto::HpkeSuite suite = hpke_of(context_.suite);
    bool sealed_once = false;
    for (const CustodianKey& custodian : custodians_) {
      if (custodian.person != person) continue;
      if (custodian.keys.kem != suite.kem) {
        return fail(ErrorCode::kRefused,
                    "custodian " + person.hex() + " has a key of another wrap suite");
      }
      const Bytes info = share_info(node, person, custodian.keys.id);
      Result<crypto::HpkeSealed> sealed = secret.with_bytes([&](ByteView bytes) {
        return crypto::hpke_seal(suite, custodian.keys.seal, info, {}, bytes);
      });
      if (!sealed) return fail(std::move(sealed).error(), "custodian " + person.hex());
      split_.leaves.push_back(
          {context_.group, node.path, person, custodian.keys.id, std::move(*sealed)});
      sealed_once = true;
    }
    if (!sealed_once) {
      return fail(ErrorCode::kUsage, "custodian " + person.hex() + " has no key to seal to");
    }
    return {};
  }

  const Context& context_;
  Bytes bound_;
  std::span<const CustodianKey> custodians_;
  SplitSecret split_;
};

/// From leaves that hold up to the root.
class Combiner {
 public:
  Combiner(const KeyRecord& record, std::int64_t group)
      : record_(record), group_(group), bound_(record.context(group).bytes()) {}

  [[nodiscard]] bool has(const std::string& path) const { return leaves_.contains(path); }

  bool add_leaf(const std::string& path, QuorumSecret secret) {
    if (!check(path, secret)) return false;
    leaves_.emplace(path, std::move(secret));
    return true;
  }

  Result<std::optional<QuorumSecret>> node(const PolicyNode& at, const std::string& path) {
    if (at.person) {
      const auto leaf = leaves_.find(path);
      if (leaf == leaves_.end()) return std::optional<QuorumSecret>();
      return std::optional<QuorumSecret>(std::move(leaf->second));
    }
    std::vector<crypto::Share> shares;
    for (std::size_t i = 0; i < at.of.size(); ++i) {
      ASSIGN_OR_RETURN(std::optional<QuorumSecret> child,
                       node(at.of[i], protocol::child_path(path, i)));
      if (!child || shares.size() == static_cast<std::size_t>(at.threshold)) continue;
      shares.push_back({static_cast<std::uint8_t>(i + 1), std::move(*child)});
    }
    if (shares.size() < static_cast<std::size_t>(at.threshold)) {
      return std::optional<QuorumSecret>();
    }
    ASSIGN_OR_RETURN(QuorumSecret secret, crypto::combine(shares));
    if (!check(path, secret)) {
      return fail(ErrorCode::kNotAuthentic,
                  "the shares under " + shown(path) + " hold, but lie on no common polynomial");
    }
    RETURN_IF_ERROR(recompute_others(at, path, shares));
    return std::optional<QuorumSecret>(std::move(secret));
  }

  void report(Combined& combined) const {
    combined.recomputed.assign(recomputed_.begin(), recomputed_.end());
    combined.inconsistent.assign(inconsistent_.begin(), inconsistent_.end());
  }

 private:
  static std::string shown(const std::string& path) {
    return path.empty() ? "the root" : "node " + path;
  }

  bool check(const std::string& path, const QuorumSecret& secret) {
    const bool good = holds({path, bound_}, secret, record_.commitment(group_, path));
    if (good) recomputed_.insert(path);
    return good;
  }

  // Every child that did not go into the polynomial must lie on it too.
  Result<void> recompute_others(const PolicyNode& at, const std::string& path,
                                std::span<const crypto::Share> shares) {
    for (std::size_t i = 0; i < at.of.size(); ++i) {
      const auto x = static_cast<std::uint8_t>(i + 1);
      const bool used = std::ranges::any_of(shares, [&](const auto& s) { return s.x == x; });
      if (used) continue;
      ASSIGN_OR_RETURN(const QuorumSecret value, crypto::interpolate(shares, x));
      const std::string child = protocol::child_path(path, i);
      if (!check(child, value)) inconsistent_.insert(child);
    }
    return {};
  }

  const KeyRecord& record_;
  std::int64_t group_;
  Bytes bound_;
  std::map<std::string, QuorumSecret> leaves_;
  std::set<std::string> recomputed_;
  std::set<std::string> inconsistent_;
};

// Takes one leaf into `combiner`, or says why not.
std::optional<std::string> take_leaf(const ResealedLeaf& leaf, const KeyRecord& record,
                                     const RecipientKey& recipient, Combiner& combiner) {
  if (record.policy.path_of(leaf.person) != leaf.path) return "has no such place in the policy";
  const Node node{leaf.path, record.context(leaf.group).bytes()};
  Result<QuorumSecret> secret =
      open_key<QuorumSecret>(hpke_of(record.suite), *recipient.secret,
                             reseal_info(node, leaf.person, recipient.proposal), leaf.sealed);
  if (!secret) return "does not open for this proposal and recipient";
  if (!combiner.add_leaf(leaf.path, std::move(*secret))) {
    return "opens, but is not the share that was committed to";
  }
  return std::nullopt;
}

}  // namespace

Result<SplitSecret> split_quorum_secret(const QuorumSecret& quorum, const Policy& policy,
                                        const Context& context,
                                        std::span<const CustodianKey> custodians) {
  CHECK(policy.digest() == context.policy);
  std::set<KeyId> keys;
  for (const CustodianKey& custodian : custodians) {
    if (!policy.path_of(custodian.person)) {
      return fail(ErrorCode::kUsage, "a key of " + custodian.person.hex() + ", who has no share");
    }
    if (!keys.insert(custodian.keys.id).second) {
      return fail(ErrorCode::kUsage, "the key " + custodian.keys.id.hex() + " is given twice");
    }
  }
  Splitter splitter(context, custodians);
  RETURN_IF_ERROR(splitter.node(policy.root(), "", quorum));
  return splitter.take();
}

Result<OpenLeaf> open_leaf(const SealedLeaf& leaf, const KeyRecord& record,
                           const crypto::KemPrivate& key) {
  if (!record.has_group(leaf.group) || record.policy.path_of(leaf.person) != leaf.path) {
    return fail(ErrorCode::kRefused, "this leaf has no such place in the object's policy");
  }
  const Node node{leaf.path, record.context(leaf.group).bytes()};
  ASSIGN_OR_RETURN(QuorumSecret secret,
                   open_key<QuorumSecret>(hpke_of(record.suite), key,
                                          share_info(node, leaf.person, leaf.key), leaf.sealed));
  if (!holds(node, secret, record.commitment(leaf.group, leaf.path))) {
    return fail(ErrorCode::kNotAuthentic, "this leaf is not the share that was committed to");
  }
  return OpenLeaf{leaf.group, leaf.path, leaf.person, std::move(secret)};
}

Result<ResealedLeaf> reseal_leaf(const OpenLeaf& leaf, const KeyRecord& record,
                                 const Recipient& recipient) {
  const Node node{leaf.path, record.context(leaf.group).bytes()};
  const Bytes info = reseal_info(node, leaf.person, recipient.proposal);
  ASSIGN_OR_RETURN(crypto::HpkeSealed sealed, leaf.secret.with_bytes([&](ByteView bytes) {
    return crypto::hpke_seal(hpke_of(record.suite), recipient.public_key, info, {}, bytes);
  }));
  return ResealedLeaf{leaf.group, leaf.path, leaf.person, std::move(sealed)};
}

Digest digest_of(const ResealedLeaf& leaf) {
  return crypto::labelled_digest("resealed leaf",
                                 {leaf.sealed.encapsulated, leaf.sealed.ciphertext});
}

Result<Combined> combine_leaves(std::span<const ResealedLeaf> leaves, const KeyRecord& record,
                                std::int64_t group, const RecipientKey& recipient) {
  if (!record.has_group(group)) return fail(ErrorCode::kUsage, "the object has no such group");
  Combined combined;
  Combiner combiner(record, group);
  for (const ResealedLeaf& leaf : leaves) {
    if (combiner.has(leaf.path)) continue;
    std::optional<std::string> wrong = leaf.group == group
                                           ? take_leaf(leaf, record, recipient, combiner)
                                           : std::optional<std::string>("is of another group");
    if (wrong) combined.bad.push_back({leaf.path, leaf.person, std::move(*wrong)});
  }
  ASSIGN_OR_RETURN(combined.secret, combiner.node(record.policy.root(), ""));
  combiner.report(combined);
  return combined;
}

Result<SealedSite> seal_site(const SiteSecret& site, const Context& context,
                             const protocol::DepositKey& deposit_key) {
  const crypto::HpkeSuite suite = hpke_of(context.suite);
  if (deposit_key.kem != suite.kem) {
    return fail(ErrorCode::kRefused, "the deposit key is of another wrap suite");
  }
  const Bytes info = site_info(context, deposit_key.id);
  ASSIGN_OR_RETURN(crypto::HpkeSealed sealed, site.with_bytes([&](ByteView bytes) {
    return crypto::hpke_seal(suite, deposit_key.seal, info, {}, bytes);
  }));
  return SealedSite{context.group, deposit_key.id, std::move(sealed)};
}

Result<SiteSecret> open_site(const SealedSite& sealed, const KeyRecord& record,
                             const crypto::KemPrivate& key) {
  if (!record.has_group(sealed.group)) {
    return fail(ErrorCode::kWrongKey, "no key of ours fits");
  }
  const Context context = record.context(sealed.group);
  ASSIGN_OR_RETURN(SiteSecret site,
                   open_key<SiteSecret>(hpke_of(record.suite), key, site_info(context, sealed.key),
                                        sealed.sealed));
  const auto& keys = record.groups[static_cast<std::size_t>(sealed.group)];
  RETURN_IF_ERROR(check_site(keys.wrapped, site, context));
  return site;
}

Result<crypto::HpkeSealed> reseal_site(const SiteSecret& site, const Context& context,
                                       std::int64_t n, const Recipient& recipient) {
  const Bytes info = redeem_info(context, recipient.proposal, n);
  return site.with_bytes([&](ByteView bytes) {
    return crypto::hpke_seal(hpke_of(context.suite), recipient.public_key, info, {}, bytes);
  });
}

Result<SiteSecret> open_redeemed_site(const crypto::HpkeSealed& sealed, const Context& context,
                                      std::int64_t n, const RecipientKey& recipient) {
  return open_key<SiteSecret>(hpke_of(context.suite), *recipient.secret,
                              redeem_info(context, recipient.proposal, n), sealed);
}

}  // namespace strongroom::seal

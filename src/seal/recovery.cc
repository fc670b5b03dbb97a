#include "seal/recovery.h"

#include <algorithm>
#include <set>

#include "crypto/hash.h"

namespace strongroom::seal {

namespace {

// SHA-384 over Joined("recovery commitment", ctx, x, secret), put together in locked memory.
Commitment commit(ByteView context, std::uint8_t x, const crypto::SharedSecret& secret) {
  const Joined open = Joined().add("recovery commitment").add(context).add_number(x);
  const std::size_t length_at = open.bytes().size();
  SecretBytes joined(length_at + 8 + crypto::SharedSecret::kBytes);
  joined.fill([&](MutableByteView out) {
    std::ranges::copy(open.bytes(), out.begin());
    put_u64(crypto::SharedSecret::kBytes, out.subspan(length_at).first<8>());
    secret.with_bytes(
        [&](ByteView bytes) { std::ranges::copy(bytes, out.subspan(length_at + 8).begin()); });
  });
  const crypto::Digest48 digest =
      joined.with_bytes([](ByteView bytes) { return crypto::sha384(bytes); });
  return {digest.bytes};
}

bool holds(const OpenRecoveryShare& share, const KeyRecord& record) {
  const Commitment made = commit(record.context(share.group).bytes(), share.x, share.secret);
  const Commitment& given =
      record.groups[static_cast<std::size_t>(share.group)].recovery[share.x - 1u];
  return equal_in_constant_time(made.view(), given.view());
}

Bytes recover_info(ByteView context, std::uint8_t x, const PersonId& person, const KeyId& key) {
  return Joined()
      .add("recover")
      .add(context)
      .add_number(x)
      .add(person.view())
      .add(key.view())
      .bytes();
}

// The same 32 bytes, under the other name: T is split, and comes together again, as a shared
// secret.
template <class To, class From>
To renamed(const From& secret) {
  return To::filled([&](MutableByteView out) {
    secret.with_bytes([&](ByteView bytes) { std::ranges::copy(bytes, out.begin()); });
  });
}

Result<void> check_keys(const protocol::Recovery& recovery, std::span<const CustodianKey> holders,
                        crypto::KemKind kem) {
  std::set<KeyId> keys;
  for (const CustodianKey& holder : holders) {
    if (!recovery.x_of(holder.person)) {
      return fail(ErrorCode::kUsage, "a key of " + holder.person.hex() + ", who recovers nothing");
    }
    if (!keys.insert(holder.keys.id).second)
      return fail(ErrorCode::kUsage, "the key " + holder.keys.id.hex() + " is given twice");
    if (holder.keys.kem != kem) {
      return fail(ErrorCode::kRefused,
                  "recovery holder " + holder.person.hex() + " has a key of another wrap suite");
    }
  }
  return {};
}

}  // namespace

Result<SplitSite> split_site_secret(const SiteSecret& site, const protocol::Recovery& recovery,
                                    const Context& context, std::span<const CustodianKey> holders) {
  const crypto::HpkeSuite suite = hpke_of(context.suite);
  RETURN_IF_ERROR(check_keys(recovery, holders, suite.kem));
  const Bytes bound = context.bytes();
  ASSIGN_OR_RETURN(
      const std::vector<crypto::Share> shares,
      crypto::split(renamed<crypto::SharedSecret>(site),
                    static_cast<std::size_t>(recovery.threshold), recovery.holders.size()));
  SplitSite split;
  for (const crypto::Share& share : shares) {
    const PersonId& person = recovery.holders[share.x - 1u];
    split.commitments.push_back(commit(bound, share.x, share.y));
    const std::size_t before = split.shares.size();
    for (const CustodianKey& holder : holders) {
      if (holder.person != person) continue;
      const Bytes info = recover_info(bound, share.x, person, holder.keys.id);
      Result<crypto::HpkeSealed> sealed = share.y.with_bytes([&](ByteView bytes) {
        return crypto::hpke_seal(suite, holder.keys.seal, info, {}, bytes);
      });
      if (!sealed) return fail(std::move(sealed).error(), "recovery holder " + person.hex());
      split.shares.push_back({context.group, share.x, person, holder.keys.id, std::move(*sealed)});
    }
    if (split.shares.size() == before) {
      return fail(ErrorCode::kUsage, "recovery holder " + person.hex() + " has no key to seal to");
    }
  }
  std::ranges::sort(split.shares, {}, [](const SealedRecoveryShare& share) {
    return std::tie(share.group, share.x, share.key);
  });
  return split;
}

Result<OpenRecoveryShare> open_recovery_share(const SealedRecoveryShare& share,
                                              const KeyRecord& record,
                                              const crypto::KemPrivate& key) {
  const bool has_place = record.has_group(share.group) && record.recovery &&
                         record.recovery->x_of(share.person) == share.x;
  if (!has_place) {
    return fail(ErrorCode::kRefused,
                "this share has no such place among the object's recovery holders");
  }
  const Bytes info =
      recover_info(record.context(share.group).bytes(), share.x, share.person, share.key);
  ASSIGN_OR_RETURN(const SecretBytes opened,
                   crypto::hpke_open(hpke_of(record.suite), key, info, {}, share.sealed));
  if (opened.size() != crypto::SharedSecret::kBytes)
    return fail(ErrorCode::kWrongKey, "no key of ours fits");
  OpenRecoveryShare open{share.group, share.x, share.person, renamed<crypto::SharedSecret>(opened)};
  if (!holds(open, record)) {
    return fail(ErrorCode::kNotAuthentic, "this share is not the one that was committed to");
  }
  return open;
}

Result<SiteSecret> recover_site(std::span<const OpenRecoveryShare> shares, const KeyRecord& record,
                                std::int64_t group) {
  if (!record.has_group(group) || !record.recovery)
    return fail(ErrorCode::kUsage, "nothing of this object can be recovered");
  std::set<std::uint8_t> seen;
  std::vector<crypto::Share> points;
  for (const OpenRecoveryShare& share : shares) {
    const bool has_place = share.group == group && record.recovery->x_of(share.person) == share.x;
    if (!has_place || !holds(share, record)) {
      return fail(ErrorCode::kNotAuthentic,
                  "the share of " + share.person.hex() + " is not the one that was committed to");
    }
    const bool is_enough = points.size() == static_cast<std::size_t>(record.recovery->threshold);
    if (is_enough || !seen.insert(share.x).second) continue;
    points.push_back({share.x, renamed<crypto::SharedSecret>(share.secret)});
  }
  if (points.size() < static_cast<std::size_t>(record.recovery->threshold)) {
    return fail(ErrorCode::kNotYet, std::to_string(points.size()) + " recovery shares of " +
                                        std::to_string(record.recovery->threshold));
  }
  ASSIGN_OR_RETURN(const crypto::SharedSecret whole, crypto::combine(points));
  SiteSecret site = renamed<SiteSecret>(whole);
  const GroupKeys& keys = record.groups[static_cast<std::size_t>(group)];
  if (!check_site(keys.wrapped, site, record.context(group))) {
    return fail(ErrorCode::kNotAuthentic,
                "the shares hold, but do not make this group's site secret: the sealer's fault");
  }
  return site;
}

}  // namespace strongroom::seal

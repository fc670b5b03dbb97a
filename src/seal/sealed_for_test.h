#ifndef STRONGROOM_SEAL_SEALED_FOR_TEST_H_
#define STRONGROOM_SEAL_SEALED_FOR_TEST_H_

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "base/limits.h"
#include "crypto/random.h"
#include "io/directory.h"
#include "io/listing.h"
#include "io/temporary_directory.h"
#include "seal/layout.h"
#include "seal/open_object.h"
#include "seal/seal_object.h"

/// For tests only: custodians, a site, a sealed object, and its release.
namespace strongroom::seal {

inline PersonId person(std::uint8_t number) {
  PersonId id;
  id.bytes.fill(number);
  return id;
}

inline protocol::PolicyNode leaf_of(std::uint8_t number) {
  protocol::PolicyNode node;
  node.person = person(number);
  return node;
}

inline protocol::PolicyNode threshold(std::int64_t k, std::vector<protocol::PolicyNode> of) {
  protocol::PolicyNode node;
  node.threshold = k;
  node.of = std::move(of);
  return node;
}

inline protocol::Policy two_of_three() {
  return protocol::Policy::checked(threshold(2, {leaf_of(1), leaf_of(2), leaf_of(3)})).value();
}

/// Both of: two of {1, 2, 3}, and one of {4, 5}.
inline protocol::Policy two_teams() {
  return protocol::Policy::checked(threshold(2, {threshold(2, {leaf_of(1), leaf_of(2), leaf_of(3)}),
                                                 threshold(1, {leaf_of(4), leaf_of(5)})}))
      .value();
}

/// Everybody's key pairs.
struct Lab {
  explicit Lab(protocol::Policy with_policy, WrapSuite with_suite = WrapSuite::kDevelopmentX25519)
      : policy(std::move(with_policy)), suite(with_suite) {
    strongroom = crypto::random_id<StrongroomId>();
    for (const PersonId& who : policy.persons()) add_key(who);
    deposit_pair.emplace(crypto::generate_kem(kem()));
    deposit_key = {crypto::key_id_of(kem(), deposit_pair->public_key), kem(),
                   deposit_pair->public_key};
  }
  void add_key(const PersonId& who) { custodians.push_back(make_key(who)); }
  void add_recovery_key(const PersonId& who) { recovery_keys.push_back(make_key(who)); }
  CustodianKey make_key(const PersonId& who) {
    crypto::KemKeyPair pair = crypto::generate_kem(kem());
    crypto::PublicKeys keys;
    keys.sign = crypto::random_id<crypto::Ed25519Public>();
    keys.kem = kem();
    keys.seal = pair.public_key;
    keys.id = crypto::key_id_of(keys.sign, keys.kem, keys.seal);
    pairs.emplace(keys.id, std::move(pair));
    return {who, keys};
  }
  [[nodiscard]] crypto::KemKind kem() const { return hpke_of(suite).kem; }
  [[nodiscard]] KeyId key_of(const PersonId& who) const {
    for (const auto* keys : {&custodians, &recovery_keys}) {
      for (const CustodianKey& holder : *keys) {
        if (holder.person == who) return holder.keys.id;
      }
    }
    return {};
  }

  protocol::Policy policy;
  WrapSuite suite;
  StrongroomId strongroom;
  std::vector<CustodianKey> custodians;
  std::optional<protocol::Recovery> recovery;
  std::vector<CustodianKey> recovery_keys;
  std::map<KeyId, crypto::KemKeyPair> pairs;
  std::optional<crypto::KemKeyPair> deposit_pair;
  protocol::DepositKey deposit_key;
};

using Files = std::map<std::string, Bytes>;

inline Bytes pattern(std::size_t bytes, std::uint8_t seed = 1) {
  Bytes out(bytes);
  std::uint32_t state = seed;
  for (std::uint8_t& byte : out) {
    state = state * 1664525u + 1013904223u;
    byte = static_cast<std::uint8_t>(state >> 24);
  }
  return out;
}

/// A directory of `files` sealed into a store, with its documents decoded.
class Sealed {
 public:
  Sealed(const Lab& lab, const Files& files, PayloadSuite suite = PayloadSuite::kFloe1mBlake3,
         std::vector<std::vector<std::size_t>> groups = {})
      : lab_(lab) {
    for (const auto& [name, bytes] : files) write_source(name, bytes);
    store = store::open_directory_store(vault.path()).value();
    const io::Listing listing =
        io::list_files(source.path(), {.files_max = limits::kObjectFilesMax}).value();
    SealRequest request{.source = &listing,
                        .groups = std::move(groups),
                        .strongroom = lab.strongroom,
                        .policy = lab.policy,
                        .custodians = lab.custodians,
                        .deposit_key = lab.deposit_key,
                        .recovery = lab.recovery,
                        .recovery_keys = lab.recovery_keys,
                        .payload_suite = suite,
                        .wrap_suite = lab.suite,
                        .previous = std::nullopt,
                        .threads = 3};
    Result<SealedObject> sealed = seal_object(request, *store);
    EXPECT_TRUE(sealed) << sealed.error().context;
    object = std::move(sealed).value();
    manifest = decode_manifest(object.manifest).value();
    record.emplace(decode_key_record(object.key_record).value());
    shares = decode_sealed_shares(object.sealed_shares).value();
  }

  void write_source(const std::string& name, ByteView bytes) const {
    const std::size_t slash = name.rfind('/');
    const std::string folder = slash == std::string::npos ? "" : "/" + name.substr(0, slash);
    const auto directory = io::Directory::open_or_make(source.path() + folder, 0700).value();
    const std::string base = slash == std::string::npos ? name : name.substr(slash + 1);
    EXPECT_TRUE(directory.write_file_atomically(base, bytes, 0600));
  }

  [[nodiscard]] Result<OpenLeaf> open_own_leaf(const PersonId& who, std::int64_t group = 0) const {
    const KeyId key = lab_.key_of(who);
    return open_leaf(*shares.leaf(group, key), *record, lab_.pairs.at(key).secret);
  }

  [[nodiscard]] std::vector<ResealedLeaf> resealed(const std::vector<PersonId>& persons,
                                                   const Recipient& recipient,
                                                   std::int64_t group = 0) const {
    std::vector<ResealedLeaf> leaves;
    leaves.reserve(persons.size());
    for (const PersonId& who : persons) {
      leaves.push_back(reseal_leaf(open_own_leaf(who, group).value(), *record, recipient).value());
    }
    return leaves;
  }

  /// The whole release of one group.
  [[nodiscard]] Result<DataKey> release(const std::vector<PersonId>& persons,
                                        std::int64_t group = 0) const {
    const crypto::KemKeyPair host = crypto::generate_kem(lab_.kem());
    const Recipient recipient{crypto::random_id<ProposalId>(), host.public_key};
    const RecipientKey own{recipient.proposal, &host.secret};
    ASSIGN_OR_RETURN(const Combined combined,
                     combine_leaves(resealed(persons, recipient, group), *record, group, own));
    if (!combined.secret) return fail(ErrorCode::kNotYet, "not enough");
    const SealedSite* sealed_site = shares.site_of(group, lab_.deposit_key.id);
    ASSIGN_OR_RETURN(const SiteSecret site,
                     open_site(*sealed_site, *record, lab_.deposit_pair->secret));
    const Context context = record->context(group);
    ASSIGN_OR_RETURN(const auto redeemed, reseal_site(site, context, 1, recipient));
    ASSIGN_OR_RETURN(const SiteSecret arrived, open_redeemed_site(redeemed, context, 1, own));
    return unwrap(record->groups.at(static_cast<std::size_t>(group)).wrapped, *combined.secret,
                  arrived, context);
  }

  [[nodiscard]] Result<std::unique_ptr<OpenObject>> open(std::int64_t group = 0) const {
    std::vector<GroupKey> keys;
    ASSIGN_OR_RETURN(DataKey key, release(enough(), group));
    keys.push_back({group, std::move(key)});
    return OpenObject::open(*store, manifest, std::move(keys));
  }

  [[nodiscard]] std::vector<PersonId> enough() const {
    return lab_.policy.persons().size() == 3 ? std::vector{person(1), person(3)}
                                             : std::vector{person(1), person(3), person(4)};
  }

  /// Where a blob's bytes lie, for attackers.
  [[nodiscard]] Bytes blob(const std::string& name) const {
    return store->get(name, std::size_t{1} << 30).value();
  }
  void overwrite(const std::string& name, ByteView bytes) const {
    ASSERT_TRUE(store->put(name, bytes, store::OnExisting::kReplace));
  }

  const Lab& lab_;
  io::TemporaryDirectory source;
  io::TemporaryDirectory vault;
  std::unique_ptr<store::BlobStore> store;
  SealedObject object;
  Manifest manifest;
  std::optional<KeyRecord> record;
  SealedShares shares;
};

inline Result<Bytes> read_file(OpenObject& object, std::size_t file) {
  Bytes whole(static_cast<std::size_t>(object.files().at(file).bytes));
  for (std::uint64_t i = 0; i < segment_count(whole.size()); ++i) {
    RETURN_IF_ERROR(object.read_segment(
        file, i,
        MutableByteView(whole).subspan(static_cast<std::size_t>(i) * kSegmentBytes,
                                       segment_bytes(whole.size(), i))));
  }
  return whole;
}

}  // namespace strongroom::seal

#endif  // STRONGROOM_SEAL_SEALED_FOR_TEST_H_

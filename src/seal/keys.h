#ifndef STRONGROOM_SEAL_KEYS_H_
#define STRONGROOM_SEAL_KEYS_H_

#include <string_view>

#include "base/ids.h"
#include "crypto/hpke.h"
#include "crypto/shamir.h"
#include "seal/floe.h"

/// The three keys of a group and how two of them, together, open the third. Source:
/// spec/key-record.md.
namespace strongroom::seal {

/// One KEM for custodians, site and recipient; never mixed within an epoch.
enum class WrapSuite { kDevelopmentX25519, kClassicalP256 };
[[nodiscard]] std::string_view name_of(WrapSuite suite);
/// Errors: kRefused for the reserved post-quantum names, kMalformed for any other.
[[nodiscard]] Result<WrapSuite> wrap_suite_from(std::string_view name);
[[nodiscard]] crypto::HpkeSuite hpke_of(WrapSuite suite);

/// The quorum's half: split among custodians. A share of it is of the same type.
using QuorumSecret = crypto::SharedSecret;
/// The site's half: sealed to the deposit key.
using SiteSecret = Secret<32, struct SiteSecretMeaning>;

/// Everything that keys, shares and site secrets of one group and epoch are bound to.
struct Context {
  StrongroomId strongroom;
  ObjectId object;
  std::int64_t group = 0;
  std::int64_t epoch = 0;
  WrapSuite suite = WrapSuite::kDevelopmentX25519;
  Digest policy;
  /// Joined, beginning with the strongroom: nothing replays into another.
  [[nodiscard]] Bytes bytes() const;
};

[[nodiscard]] DataKey random_data_key();
[[nodiscard]] QuorumSecret random_quorum_secret();
[[nodiscard]] SiteSecret random_site_secret();

/// W2 = commitment (48) ‖ AES-256-GCM(W1 = commitment (48) ‖ AES-256-GCM(DK)).
inline constexpr std::size_t kWrappedKeyBytes = 160;
using WrappedKey = FixedBytes<kWrappedKeyBytes, struct WrappedKeyMeaning>;

/// Q and T wrap one key only: draw new ones for each group and epoch.
[[nodiscard]] WrappedKey wrap(const DataKey& key, const QuorumSecret& quorum,
                              const SiteSecret& site, const Context& context);
/// Every failure is one error, at either layer: kWrongKey.
[[nodiscard]] Result<DataKey> unwrap(const WrappedKey& wrapped, const QuorumSecret& quorum,
                                     const SiteSecret& site, const Context& context);
/// Is `site` the one that `wrapped` was made with? What the keeper asks before it gives it on.
/// Errors: kWrongKey.
[[nodiscard]] Result<void> check_site(const WrappedKey& wrapped, const SiteSecret& site,
                                      const Context& context);

}  // namespace strongroom::seal

#endif  // STRONGROOM_SEAL_KEYS_H_

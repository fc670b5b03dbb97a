#ifndef STRONGROOM_PROTOCOL_INTRODUCTION_H_
#define STRONGROOM_PROTOCOL_INTRODUCTION_H_

#include <string>

#include "protocol/member.h"
#include "protocol/statement.h"

/// The small public files that founders send one another. Nothing in them is secret, and nothing in
/// them is believed: what is founded is compared aloud.
namespace strongroom::protocol {

inline constexpr std::size_t kIntroductionBytesMax = 16 * 1024;

/// "This is my key": what somebody sends to be named in a genesis, or enrolled later.
struct Introduction {
  PersonId person;  ///< drawn by its owner
  Opening name;
  crypto::PublicKeys keys;
  /// To be enrolled in a strongroom that stands: which one, and the key's claim (change.h).
  struct Claim {
    StrongroomId strongroom;
    Signature signature;
  };
  std::optional<Claim> claim = std::nullopt;
};
/// Self-signed, so that a file that was mangled or patched on its way is noticed; who made the key
/// is not proved by it. With `claim_in`, it carries the key's claim there. Errors: the signer's.
[[nodiscard]] Result<std::string> encode_introduction(
    const Introduction& introduction, const Signer& signer,
    const std::optional<StrongroomId>& claim_in = std::nullopt);
/// Errors: kMalformed; kNotAuthentic (a signature is not of the key it brings).
[[nodiscard]] Result<Introduction> decode_introduction(std::string_view bytes);

/// 1 to 32 of a-z, 0-9 and '-': names are read aloud and compared. Errors: kMalformed.
[[nodiscard]] Result<void> check_person_name(std::string_view name);

/// A founder's signature of the genesis with this id, on its way to who gathers them.
struct FoundingSignature {
  StrongroomId strongroom;
  Signature signature;  ///< over genesis_signed_bytes
};
[[nodiscard]] std::string encode(const FoundingSignature& signature);
/// The signature is not checked. Errors: kMalformed.
[[nodiscard]] Result<FoundingSignature> decode_founding_signature(std::string_view bytes);

}  // namespace strongroom::protocol

#endif  // STRONGROOM_PROTOCOL_INTRODUCTION_H_

#ifndef STRONGROOM_PROTOCOL_HOST_INTRODUCTION_H_
#define STRONGROOM_PROTOCOL_HOST_INTRODUCTION_H_

#include <string>

#include "protocol/member.h"
#include "protocol/statement.h"

namespace strongroom::protocol {

inline constexpr std::size_t kHostIntroductionBytesMax = 16 * 1024;

/// "This is my key, and I want to be a host there": what an agent writes to be added to a
/// strongroom that stands. Nothing in it is secret. Source: spec/founding.md.
struct HostIntroduction {
  StrongroomId strongroom;
  Host host;        ///< its id was drawn by the agent; its name is the commitment to `name`
  Opening name;     ///< as of a person: check_person_name
  Signature claim;  ///< host_claim (change.h), by the host's key
};
/// Errors: the signer's; kMalformed (the name).
[[nodiscard]] Result<HostIntroduction> introduce_host(const StrongroomId& strongroom, Host host,
                                                      const std::string& name,
                                                      const Signer& signer);
[[nodiscard]] std::string encode(const HostIntroduction& introduction);
/// Errors: kMalformed; kNotAuthentic (the name is not the one committed to, or the claim is not of
/// the key it brings).
[[nodiscard]] Result<HostIntroduction> decode_host_introduction(std::string_view bytes);

}  // namespace strongroom::protocol

#endif  // STRONGROOM_PROTOCOL_HOST_INTRODUCTION_H_

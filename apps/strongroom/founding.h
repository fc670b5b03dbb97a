#ifndef STRONGROOM_STRONGROOM_FOUNDING_H_
#define STRONGROOM_STRONGROOM_FOUNDING_H_

#include <string>
#include <vector>

#include "protocol/command.h"
#include "protocol/genesis.h"
#include "session.h"

/// What the verbs of a founding share: init, key, sign, found.
namespace strongroom::terminal {

/// A genesis that waits for its signatures, with the names behind its commitments.
struct Proposed {
  protocol::Genesis genesis;
  std::vector<protocol::Text> texts;

  /// Of a member or host.
  [[nodiscard]] const std::string& name(const Digest& commitment) const;
  [[nodiscard]] const std::string& name(const PersonId& person) const;
  /// As it stands in the file, and in the log once it is signed.
  [[nodiscard]] protocol::Command command() const;
};
inline constexpr const char* kProposalFile = "genesis.json";
/// One name, readable and unlike the others, for everybody and every host. Errors: kMalformed,
/// kRefused.
[[nodiscard]] Result<void> check_names(const Proposed& proposed);
[[nodiscard]] Result<void> write_proposal(const std::string& path, const Proposed& proposed);
/// Decodes the genesis itself, and checks its names. Errors: kMalformed, kRefused (it breaks the
/// rules of its profile).
[[nodiscard]] Result<Proposed> read_proposal(const std::string& path);

/// Every member, key, the policy in words, recovery holders, hosts, levels and mode, then the id,
/// in full and aloud. Nothing is left out. `own`: a key that is marked.
[[nodiscard]] std::string describe(const Proposed& proposed,
                                   const std::optional<KeyId>& own = std::nullopt);
/// The id in two lines of groups, to be read aloud.
[[nodiscard]] std::string aloud(const StrongroomId& id);

/// A text's commitment; the text is added to `texts`.
[[nodiscard]] Result<Digest> commit_name(const std::string& name,
                                         std::vector<protocol::Text>& texts);
/// Any `threshold` of `persons`.
[[nodiscard]] Result<protocol::Policy> policy_of(const std::vector<PersonId>& persons,
                                                 std::int64_t threshold);
/// Makes the site's keys beneath `directory` when they are missing.
[[nodiscard]] Result<void> take_site_keys(protocol::Genesis& genesis, const std::string& directory);
/// Makes this machine's agent its key beneath `directory` when it is missing.
[[nodiscard]] Result<crypto::Ed25519Public> agent_key(const std::string& directory);
/// `path`, which exists, from the root.
[[nodiscard]] Result<std::string> absolute(const std::string& path);

/// `strongroom init` of profiles small and lab: writes the proposal, founds nothing.
[[nodiscard]] Result<int> propose_genesis(const Common& common, const InitOptions& options,
                                          protocol::Mode mode);

/// What nothing can be founded without. The caller sets people, policy and recovery, and the site's
/// keys in place of those that stand here for form.
[[nodiscard]] Result<protocol::Genesis> blank_genesis(protocol::Mode mode);

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_FOUNDING_H_

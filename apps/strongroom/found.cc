#include <fmt/format.h>

#include <map>

#include "child.h"
#include "founding.h"
#include "io/directory.h"
#include "protocol/introduction.h"
#include "protocol/profile.h"
#include "protocol/spoken_id.h"

namespace strongroom::terminal {

namespace {

constexpr std::uint32_t kFileMode = 0600;

// By founder. Each file is named in what is wrong with it.
Result<std::map<PersonId, protocol::Signature>> signatures_in(const std::vector<std::string>& files,
                                                              const Proposed& proposed) {
  const StrongroomId id = proposed.genesis.id();
  const Bytes signed_bytes = protocol::genesis_signed_bytes(id);
  std::map<PersonId, protocol::Signature> signatures;
  for (const std::string& file : files) {
    ASSIGN_OR_RETURN(const Bytes bytes, io::read_file(file, protocol::kIntroductionBytesMax));
    Result<protocol::FoundingSignature> read = protocol::decode_founding_signature(as_text(bytes));
    if (!read) return fail(read.error(), printable(file));
    if (read->strongroom != id) {
      return fail(ErrorCode::kNotAuthentic,
                  printable(file) + " signs another proposal: have its founder compare and sign " +
                      "this one");
    }
    const protocol::Signature& signature = read->signature;
    const crypto::PublicKeys* key = nullptr;
    for (const PersonId& founder : proposed.genesis.founders) {
      const crypto::PublicKeys* held = proposed.genesis.member(founder)->key(signature.key);
      if (held == nullptr) continue;
      key = held;
      signatures[founder] = signature;
    }
    if (key == nullptr)
      return fail(ErrorCode::kNotAuthentic, printable(file) + " is of nobody who founds");
    if (!crypto::ed25519_verify(key->sign, signed_bytes, signature.signature)) {
      return fail(ErrorCode::kNotAuthentic,
                  printable(file) + " does not hold: it was changed on its way, ask for it again");
    }
  }
  return signatures;
}

Result<protocol::Command> signed_by_all(const Proposed& proposed,
                                        const std::vector<std::string>& files) {
  ASSIGN_OR_RETURN(const auto signatures, signatures_in(files, proposed));
  protocol::Command command = proposed.command();
  std::string missing;
  for (const PersonId& founder : proposed.genesis.founders) {
    const auto found = signatures.find(founder);
    if (found == signatures.end()) {
      missing += (missing.empty() ? "" : ", ") + proposed.name(founder);
    } else {
      command.signatures.push_back(found->second);
    }
  }
  if (!missing.empty()) {
    return fail(ErrorCode::kNotYet,
                "not signed yet by " + missing + ": all founders sign, or nothing is founded");
  }
  return command;
}

// Of the agents whose keys were made here: the others join from where they are.
Result<void> write_agent_home(const Proposed& proposed, const std::string& directory) {
  const std::string home = directory + "/agent";
  if (!io::Directory::open(home)) return {};
  ASSIGN_OR_RETURN(const crypto::Ed25519Public key, agent_key(home));
  for (const protocol::Host& host : proposed.genesis.hosts) {
    if (host.key != key) continue;
    return client::write_config(home, {.strongroom = proposed.genesis.id(),
                                       .demonstration = proposed.genesis.demonstration(),
                                       .server = "file:" + directory + "/server/server.json",
                                       .store = directory + "/server/objects",
                                       .person = std::nullopt,
                                       .host = host.host});
  }
  return {};
}

}  // namespace

// Any step may be interrupted and the whole be run again: the server takes the same genesis twice.
Result<int> found(const Common& common, const FoundOptions& options) {
  ASSIGN_OR_RETURN(const std::string directory, absolute(options.directory));
  ASSIGN_OR_RETURN(const Proposed proposed, read_proposal(directory + "/" + kProposalFile));
  ASSIGN_OR_RETURN(const protocol::Command command, signed_by_all(proposed, options.signatures));
  const std::string file = directory + "/server/genesis.json";
  RETURN_IF_ERROR(io::write_file_atomically(file, as_bytes(encode(command)), kFileMode));
  RETURN_IF_ERROR(run_sibling("strongroom-server",
                              {"--data", directory + "/server", "found", "--genesis", file}));
  RETURN_IF_ERROR(write_agent_home(proposed, directory));
  const StrongroomId id = proposed.genesis.id();
  say(common,
      fmt::format("Founded {}\n  {}\n  aloud:\n{}\nStart it: strongroom-server --data {}/server\n"
                  "Then everybody joins, from wherever they are:\n  strongroom join --id {} "
                  "--server URL\nBefore the first deposit, rehearse a release: strongroom rehearse",
                  id.hex(), protocol::in_words(proposed.genesis.mode), aloud(id),
                  printable(directory), id.hex()));
  tell(common, {{"id", id}, {"spoken", protocol::spoken(id)}, {"directory", directory}});
  return 0;
}

}  // namespace strongroom::terminal

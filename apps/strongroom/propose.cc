#include <fmt/format.h>
#include <unistd.h>

#include "crypto/random.h"
#include "founding.h"
#include "io/directory.h"
#include "protocol/introduction.h"
#include "protocol/profile.h"
#include "protocol/spoken_id.h"

/// `strongroom init` for several people: one of them gathers the introductions and writes the
/// genesis that all founders compare and sign.
namespace strongroom::terminal {

using protocol::Role;

namespace {

constexpr std::int64_t kDaySeconds = 24 * 3600;
constexpr std::uint32_t kDirectoryMode = 0700;

// Adds the person who introduces themselves in `file`.
Result<PersonId> add_member(Proposed& proposed, const std::string& file, std::set<Role> roles,
                            UnixSeconds cleared_until) {
  ASSIGN_OR_RETURN(const Bytes bytes, io::read_file(file, protocol::kIntroductionBytesMax));
  Result<protocol::Introduction> read = protocol::decode_introduction(as_text(bytes));
  if (!read) return fail(read.error(), printable(file));
  protocol::Member member;
  member.person = read->person;
  member.name = protocol::commitment_to("name", read->name);
  member.roles = std::move(roles);
  member.clearance = protocol::Level::kSl5;
  member.cleared_until = cleared_until;
  member.keys = {read->keys};
  proposed.texts.push_back({"name", read->name});
  proposed.genesis.members.push_back(std::move(member));
  return read->person;
}

// "NAME": this machine's agent, with a key beneath `directory`; "NAME=FILE": of another machine,
// with what its strongroom-agent printed as its key.
Result<void> add_host(Proposed& proposed, const std::string& text, const std::string& directory) {
  const std::size_t equals = text.find('=');
  protocol::Host host;
  host.host = crypto::random_id<HostId>();
  host.evidence = protocol::kEvidenceNone;
  ASSIGN_OR_RETURN(host.name, commit_name(text.substr(0, equals), proposed.texts));
  if (equals == std::string::npos) {
    ASSIGN_OR_RETURN(host.key, agent_key(directory + "/agent"));
  } else {
    const std::string file = text.substr(equals + 1);
    ASSIGN_OR_RETURN(const Bytes bytes, io::read_file(file, protocol::kIntroductionBytesMax));
    std::string_view line = as_text(bytes);
    if (line.ends_with('\n')) line.remove_suffix(1);
    ASSIGN_OR_RETURN(const format::Json json,
                     format::decode_canonical(line, protocol::kIntroductionBytesMax));
    format::Fields fields(json, "an agent's key");
    ASSIGN_OR_RETURN(host.key, fields.id<crypto::Ed25519Public>("key"));
    RETURN_IF_ERROR(fields.done());
  }
  proposed.genesis.hosts.push_back(std::move(host));
  return {};
}

Result<Proposed> gather(const InitOptions& options, protocol::Mode mode) {
  ASSIGN_OR_RETURN(protocol::Genesis blank, blank_genesis(mode));
  Proposed proposed{std::move(blank), {}};
  protocol::Genesis& genesis = proposed.genesis;
  const UnixSeconds cleared_until = SystemClock().now() + options.cleared_days * kDaySeconds;
  for (const std::string& file : options.founders) {
    ASSIGN_OR_RETURN(
        const PersonId founder,
        add_member(proposed, file, {Role::kCustodian, Role::kDepositor, Role::kRequester},
                   cleared_until));
    genesis.founders.push_back(founder);
  }
  ASSIGN_OR_RETURN(genesis.policy, policy_of(genesis.founders, options.threshold));
  protocol::Recovery recovery{options.recovery_threshold, {}};
  for (const std::string& file : options.recovery) {
    ASSIGN_OR_RETURN(const PersonId holder, add_member(proposed, file, {}, cleared_until));
    recovery.holders.push_back(holder);
  }
  if (!recovery.holders.empty()) genesis.recovery = std::move(recovery);
  for (const std::string& file : options.members) {
    RETURN_IF_ERROR(
        add_member(proposed, file, {Role::kDepositor, Role::kRequester}, cleared_until));
  }
  return proposed;
}

// Before anything is written.
Result<void> check_place(const InitOptions& options) {
  if (access((options.directory + "/server/strongroom.db").c_str(), F_OK) == 0) {
    return fail(ErrorCode::kAlreadyExists,
                printable(options.directory) +
                    " holds a strongroom already, or half of one: strongroom found ends what was "
                    "begun there; for another, choose another --data");
  }
  const std::string proposal = options.directory + "/" + kProposalFile;
  if (!options.again && access(proposal.c_str(), F_OK) == 0) {
    return fail(ErrorCode::kAlreadyExists,
                printable(proposal) +
                    " waits for signatures: strongroom sign, then strongroom found. To propose "
                    "anew, which voids every signature so far: --again");
  }
  return {};
}

}  // namespace

Result<int> propose_genesis(const Common& common, const InitOptions& given, protocol::Mode mode) {
  InitOptions options = given;
  if (options.founders.empty() || !options.custodians.empty()) {
    return fail(
        ErrorCode::kUsage,
        "name the founders by the files of strongroom key new: --founders a.introduction,…");
  }
  RETURN_IF_ERROR(check_place(options));
  ASSIGN_OR_RETURN(Proposed proposed, gather(options, mode));
  // What cannot be founded leaves nothing behind: it is checked before any key is made.
  RETURN_IF_ERROR(protocol::check_profile(proposed.genesis));
  RETURN_IF_ERROR(protocol::genesis_from(to_json(proposed.genesis)));
  RETURN_IF_ERROR(check_names(proposed));
  RETURN_IF_ERROR(io::Directory::open_or_make(options.directory, kDirectoryMode));
  ASSIGN_OR_RETURN(options.directory, absolute(options.directory));
  RETURN_IF_ERROR(take_site_keys(proposed.genesis, options.directory + "/server"));
  for (const std::string& host : options.hosts)
    RETURN_IF_ERROR(add_host(proposed, host, options.directory));
  RETURN_IF_ERROR(protocol::genesis_from(to_json(proposed.genesis)));
  const std::string path = options.directory + "/" + kProposalFile;
  RETURN_IF_ERROR(write_proposal(path, proposed));
  const StrongroomId id = proposed.genesis.id();
  say(common, describe(proposed));
  say(common, fmt::format("Nothing is founded yet. Send {} to every founder; each runs\n"
                          "  strongroom sign {}\nand compares the id aloud with the others before "
                          "signing",
                          printable(path), kProposalFile));
  tell(common, {{"id", id}, {"spoken", protocol::spoken(id)}, {"genesis", path}});
  return 0;
}

}  // namespace strongroom::terminal

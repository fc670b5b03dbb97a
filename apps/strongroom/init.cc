#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>

#include "child.h"
#include "crypto/random.h"
#include "founding.h"
#include "io/directory.h"
#include "protocol/introduction.h"
#include "protocol/profile.h"
#include "protocol/spoken_id.h"

/// `strongroom init` where one machine makes every key: a demonstration, or one person alone.
namespace strongroom::terminal {

using protocol::Mode;
using protocol::Role;

namespace {

constexpr std::int64_t kDaySeconds = 24 * 3600;
constexpr std::uint32_t kFileMode = 0600;
constexpr std::uint32_t kDirectoryMode = 0700;
// Stands while a founding on one machine is under way: what lies beside it is of nobody yet.
constexpr const char* kUnfinishedFile = "unfinished-founding";
constexpr std::array<const char*, 3> kParts{"people", "server", "agent"};

struct Founding {
  Proposed proposed;
  std::vector<keys::KeyFile> founder_keys;
};

// A person with a key file in a home of their own.
Result<keys::KeyFile> add_person(Founding& founding, const InitOptions& options,
                                 const std::string& name, const SecretBytes& passphrase,
                                 std::set<Role> roles) {
  RETURN_IF_ERROR(protocol::check_person_name(name));
  const std::string home = options.directory + "/people/" + name;
  RETURN_IF_ERROR(io::Directory::open_or_make(home, kDirectoryMode));
  ASSIGN_OR_RETURN(keys::KeyFile key,
                   keys::KeyFile::create(client::key_path(home), passphrase,
                                         crypto::KemKind::kX25519, keys::kCostModerate));
  protocol::Member member;
  member.person = crypto::random_id<PersonId>();
  ASSIGN_OR_RETURN(member.name, commit_name(name, founding.proposed.texts));
  member.roles = std::move(roles);
  member.clearance = protocol::Level::kSl5;
  member.cleared_until = SystemClock().now() + options.cleared_days * kDaySeconds;
  member.keys = {key.public_keys()};
  founding.proposed.genesis.members.push_back(std::move(member));
  return key;
}

std::set<Role> founders_roles(Mode mode) {
  if (mode == Mode::kSolo) return {Role::kCustodian, Role::kDepositor, Role::kRequester};
  return {Role::kCustodian};
}

Result<Founding> gather(const Common& common, const InitOptions& options, Mode mode,
                        const SecretBytes& passphrase) {
  ASSIGN_OR_RETURN(protocol::Genesis blank, blank_genesis(mode));
  Founding founding{{std::move(blank), {}}, {}};
  protocol::Genesis& genesis = founding.proposed.genesis;
  for (const std::string& name : options.custodians) {
    say(common, "  custodian " + name);
    ASSIGN_OR_RETURN(keys::KeyFile key,
                     add_person(founding, options, name, passphrase, founders_roles(mode)));
    genesis.founders.push_back(genesis.members.back().person);
    founding.founder_keys.push_back(std::move(key));
  }
  ASSIGN_OR_RETURN(genesis.policy, policy_of(genesis.founders, options.threshold));
  for (const std::string& name : options.members) {
    say(common, "  member " + name);
    RETURN_IF_ERROR(
        add_person(founding, options, name, passphrase, {Role::kDepositor, Role::kRequester}));
  }
  RETURN_IF_ERROR(take_site_keys(genesis, options.directory + "/server"));
  protocol::Host host;
  host.host = crypto::random_id<HostId>();
  host.evidence = protocol::kEvidenceNone;
  ASSIGN_OR_RETURN(host.key, agent_key(options.directory + "/agent"));
  ASSIGN_OR_RETURN(host.name, commit_name(options.hosts.front(), founding.proposed.texts));
  genesis.hosts.push_back(std::move(host));
  return founding;
}

Result<void> write_homes(const Proposed& proposed, const InitOptions& options) {
  const protocol::Genesis& genesis = proposed.genesis;
  client::Config config{.strongroom = genesis.id(),
                        .demonstration = genesis.demonstration(),
                        .server = "file:" + options.directory + "/server/server.json",
                        .store = options.directory + "/server/objects",
                        .person = std::nullopt,
                        .host = genesis.hosts.front().host};
  RETURN_IF_ERROR(client::write_config(options.directory + "/agent", config));
  config.host.reset();
  for (const protocol::Member& member : genesis.members) {
    config.person = member.person;
    RETURN_IF_ERROR(
        client::write_config(options.directory + "/people/" + proposed.name(member.name), config));
  }
  return {};
}

bool exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

// Two foundings at once would each take the other's for an interrupted one. Held to the process's
// end.
Result<void> lock_place(const std::string& directory) {
  const int place = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (place < 0) return fail(ErrorCode::kDisk, "cannot open " + printable(directory));
  if (::flock(place, LOCK_EX | LOCK_NB) != 0) {
    return fail(ErrorCode::kAlreadyExists,
                "somebody founds in " + printable(directory) + " already: wait for it");
  }
  return {};
}

// What an interrupted founding left is removed here, and only that: nobody has sealed to it.
Result<void> take_place(const Common& common, const std::string& directory) {
  if (exists(directory + "/" + kUnfinishedFile)) {
    say(common, "An earlier founding was interrupted here: beginning again");
    for (const char* part : kParts) {
      std::error_code error;
      std::filesystem::remove_all(directory + "/" + part, error);
      if (error) return fail(ErrorCode::kDisk, "cannot clear " + printable(directory) + "/" + part);
    }
    return {};
  }
  const bool taken = exists(directory + "/" + kProposalFile) ||
                     std::any_of(kParts.begin(), kParts.end(),
                                 [&](const char* part) { return exists(directory + "/" + part); });
  if (taken) {
    return fail(ErrorCode::kAlreadyExists,
                printable(directory) + " holds a strongroom already: choose another --data");
  }
  return io::write_file_atomically(directory + "/" + kUnfinishedFile, {}, kFileMode);
}

Result<protocol::Genesis> found_here(const Common& common, const InitOptions& options, Mode mode,
                                     const SecretBytes& passphrase) {
  ASSIGN_OR_RETURN(const Founding founding, gather(common, options, mode, passphrase));
  ASSIGN_OR_RETURN(protocol::Genesis genesis,
                   protocol::genesis_from(to_json(founding.proposed.genesis)));
  protocol::Command command = founding.proposed.command();
  const Bytes bytes = protocol::genesis_signed_bytes(genesis.id());
  for (const keys::KeyFile& key : founding.founder_keys) {
    command.signatures.push_back({key.public_keys().id, key.sign(bytes)});
  }
  const std::string file = options.directory + "/server/genesis.json";
  RETURN_IF_ERROR(io::write_file_atomically(file, as_bytes(encode(command)), kFileMode));
  RETURN_IF_ERROR(run_sibling(
      "strongroom-server", {"--data", options.directory + "/server", "found", "--genesis", file}));
  RETURN_IF_ERROR(write_homes(founding.proposed, options));
  ASSIGN_OR_RETURN(const io::Directory place, io::Directory::open(options.directory));
  RETURN_IF_ERROR(place.remove(kUnfinishedFile));
  return genesis;
}

Result<int> init_here(const Common& common, const InitOptions& given, Mode mode) {
  InitOptions options = given;
  if (mode == Mode::kSolo && (options.custodians.size() != 1 || !options.members.empty())) {
    return fail(ErrorCode::kUsage, "solo is for one person: --custodians with one name, no more");
  }
  if (options.custodians.empty() || options.hosts.size() > 1 || !options.founders.empty() ||
      !options.recovery.empty()) {
    return fail(ErrorCode::kUsage,
                "here one machine plays every role: --custodians by name, and at most one --host");
  }
  for (const auto* names : {&options.custodians, &options.members, &options.hosts}) {
    for (const std::string& name : *names) {
      const Result<void> good = protocol::check_person_name(name);
      if (!good) return fail(ErrorCode::kUsage, good.error().context);
    }
  }
  if (mode == Mode::kSolo) options.threshold = 1;
  if (options.hosts.empty()) options.hosts = {"this-machine"};
  RETURN_IF_ERROR(io::Directory::open_or_make(options.directory, kDirectoryMode));
  ASSIGN_OR_RETURN(options.directory, absolute(options.directory));
  RETURN_IF_ERROR(lock_place(options.directory));
  RETURN_IF_ERROR(take_place(common, options.directory));
  const bool is_demonstration = mode == Mode::kDemonstration;
  ASSIGN_OR_RETURN(const SecretBytes passphrase,
                   is_demonstration
                       ? passphrase_from(common, "One passphrase for all of the demonstration: ")
                       : new_passphrase_from(common, "A passphrase for your key: "));
  say(common, is_demonstration
                  ? "Founding a demonstration: one machine plays every role, so it proves the "
                    "software, not the separation."
                  : "Founding " + std::string(protocol::in_words(mode)) + ".");
  ASSIGN_OR_RETURN(const protocol::Genesis genesis, found_here(common, options, mode, passphrase));
  const std::string id = shown_id(genesis.id().hex(), is_demonstration);
  say(common,
      fmt::format("Founded {}\n  any {} of {} custodians release; this id is pinned in every home "
                  "under {}/people",
                  id, options.threshold, options.custodians.size(), printable(options.directory)));
  tell(common,
       {{"id", id}, {"spoken", protocol::spoken(genesis.id())}, {"directory", options.directory}});
  return 0;
}

}  // namespace

Result<int> init(const Common& common, const InitOptions& options) {
  if (options.profile.empty() && !common.demonstration) {
    return fail(
        ErrorCode::kUsage,
        "what shall it be? --profile solo, small or lab; or --demonstration, which protects "
        "nothing");
  }
  Mode mode = Mode::kDemonstration;
  if (!options.profile.empty()) {
    ASSIGN_OR_RETURN(mode, protocol::mode_named(options.profile));
  }
  if (common.demonstration != (mode == Mode::kDemonstration)) {
    return fail(ErrorCode::kUsage,
                "a demonstration has no other profile: --demonstration or --profile, not both");
  }
  if (options.cleared_days < 1 || options.cleared_days > 3650)
    return fail(ErrorCode::kUsage, "--cleared-days: from 1 to 3650");
  if (mode == Mode::kSmall || mode == Mode::kLab) return propose_genesis(common, options, mode);
  return init_here(common, options, mode);
}

}  // namespace strongroom::terminal

#include <fmt/format.h>

#include <cstdlib>
#include <set>

#include "base/limits.h"
#include "child.h"
#include "crypto/random.h"
#include "io/directory.h"
#include "protocol/genesis.h"
#include "session.h"
#include "verbs.h"

namespace strongroom::terminal {

using format::Fields;
using format::Json;
using protocol::Role;

namespace {

constexpr std::int64_t kClearedSeconds = 365 * 24 * 3600;
constexpr std::size_t kNameBytesMax = 32;
constexpr std::uint32_t kFileMode = 0600;

Result<void> check_name(const std::string& name) {
  const bool fits =
      !name.empty() && name.size() <= kNameBytesMax &&
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
  if (!fits)
    return fail(ErrorCode::kUsage,
                "a name here is 1 to 32 of a-z, 0-9 and '-': not " + printable(name));
  return {};
}

struct Founding {
  protocol::Genesis genesis;
  std::vector<protocol::Text> texts;
  std::vector<keys::KeyFile> founder_keys;
};

Result<Digest> named(const std::string& name, std::vector<protocol::Text>& texts) {
  ASSIGN_OR_RETURN(const protocol::Opening opening, protocol::open_text(name));
  texts.push_back({"name", opening});
  return protocol::commitment_to("name", opening);
}

// A person with a key file in a home of their own.
Result<keys::KeyFile> add_person(Founding& founding, const std::string& home,
                                 const std::string& name, const SecretBytes& passphrase,
                                 std::set<Role> roles) {
  RETURN_IF_ERROR(check_name(name));
  RETURN_IF_ERROR(io::Directory::open_or_make(home, 0700));
  ASSIGN_OR_RETURN(keys::KeyFile key,
                   keys::KeyFile::create(client::key_path(home), passphrase,
                                         crypto::KemKind::kX25519, keys::kCostModerate));
  protocol::Member member;
  member.person = crypto::random_id<PersonId>();
  ASSIGN_OR_RETURN(member.name, named(name, founding.texts));
  member.roles = std::move(roles);
  member.clearance = protocol::Level::kSl5;
  member.cleared_until = SystemClock().now() + kClearedSeconds;
  member.keys = {key.public_keys()};
  founding.genesis.members.push_back(std::move(member));
  return key;
}

Result<void> take_site_keys(protocol::Genesis& genesis, const std::string& directory) {
  ASSIGN_OR_RETURN(const std::string line,
                   run_sibling("strongroom-server", {"--data", directory, "keys"}));
  ASSIGN_OR_RETURN(const Json json, format::decode_canonical(line, limits::kEntryBytesMax));
  Fields fields(json, "the server's keys");
  ASSIGN_OR_RETURN(genesis.log_key, fields.id<crypto::Ed25519Public>("log_key"));
  ASSIGN_OR_RETURN(const Json* deposit_key, fields.any("deposit_key"));
  ASSIGN_OR_RETURN(genesis.deposit_key, protocol::deposit_key_from(*deposit_key));
  return fields.done();
}

Result<void> take_host(Founding& founding, const std::string& directory, const std::string& name) {
  ASSIGN_OR_RETURN(const std::string line,
                   run_sibling("strongroom-agent", {"--data", directory, "key"}));
  ASSIGN_OR_RETURN(const Json json, format::decode_canonical(line, limits::kEntryBytesMax));
  Fields fields(json, "the agent's key");
  protocol::Host host;
  ASSIGN_OR_RETURN(host.key, fields.id<crypto::Ed25519Public>("key"));
  RETURN_IF_ERROR(fields.done());
  host.host = crypto::random_id<HostId>();
  host.evidence = protocol::kEvidenceNone;
  ASSIGN_OR_RETURN(host.name, named(name, founding.texts));
  founding.genesis.hosts.push_back(std::move(host));
  return {};
}

Result<protocol::Policy> policy_of(const std::vector<PersonId>& persons, std::int64_t threshold) {
  protocol::PolicyNode root;
  root.threshold = threshold;
  for (const PersonId& person : persons)
    root.of.push_back({.person = person, .threshold = 0, .of = {}});
  return protocol::Policy::checked(std::move(root));
}

// A policy must stand before the genesis can be made; its persons are drawn first.
Result<Founding> gather(const Common& common, const InitOptions& options,
                        const SecretBytes& passphrase) {
  ASSIGN_OR_RETURN(protocol::Policy placeholder, policy_of({crypto::random_id<PersonId>()}, 1));
  Founding founding{protocol::Genesis{.policy = std::move(placeholder)}, {}, {}};
  protocol::Genesis& genesis = founding.genesis;
  genesis.mode = protocol::Mode::kDemonstration;
  genesis.nonce = crypto::random_id<protocol::GenesisNonce>();
  genesis.origin = protocol::origin_for(genesis.nonce);
  genesis.witness_policy = "none";
  genesis.levels = protocol::catalog_levels();
  for (const std::string& name : options.custodians) {
    say(common, "  custodian " + name);
    ASSIGN_OR_RETURN(keys::KeyFile key, add_person(founding, options.directory + "/people/" + name,
                                                   name, passphrase, {Role::kCustodian}));
    genesis.founders.push_back(genesis.members.back().person);
    founding.founder_keys.push_back(std::move(key));
  }
  ASSIGN_OR_RETURN(genesis.policy, policy_of(genesis.founders, options.threshold));
  for (const std::string& name : options.members) {
    say(common, "  member " + name);
    RETURN_IF_ERROR(add_person(founding, options.directory + "/people/" + name, name, passphrase,
                               {Role::kDepositor, Role::kRequester}));
  }
  RETURN_IF_ERROR(take_site_keys(genesis, options.directory + "/server"));
  RETURN_IF_ERROR(take_host(founding, options.directory + "/agent", options.host));
  return founding;
}

Result<void> write_homes(const Founding& founding, const InitOptions& options) {
  client::Config config{.strongroom = founding.genesis.id(),
                        .demonstration = true,
                        .server = "file:" + options.directory + "/server/server.json",
                        .store = options.directory + "/server/objects",
                        .person = std::nullopt,
                        .host = founding.genesis.hosts.front().host};
  RETURN_IF_ERROR(client::write_config(options.directory + "/agent", config));
  config.host.reset();
  std::vector<std::string> names = options.custodians;
  names.insert(names.end(), options.members.begin(), options.members.end());
  for (std::size_t i = 0; i < names.size(); ++i) {
    config.person = founding.genesis.members[i].person;
    RETURN_IF_ERROR(client::write_config(options.directory + "/people/" + names[i], config));
  }
  return {};
}

}  // namespace

Result<int> init(const Common& common, const InitOptions& given) {
  if (!common.demonstration) {
    return fail(ErrorCode::kUsage,
                "this version founds demonstrations only: strongroom init --demonstration");
  }
  InitOptions options = given;
  ASSIGN_OR_RETURN(const io::Directory made, io::Directory::open_or_make(options.directory, 0700));
  ASSIGN_OR_RETURN(const std::vector<io::Entry> there, made.entries(1024));
  const bool founded = std::any_of(there.begin(), there.end(),
                                   [](const io::Entry& each) { return each.name == "people"; });
  if (founded)
    return fail(ErrorCode::kAlreadyExists,
                printable(options.directory) + " holds a strongroom already");
  if (options.directory.front() != '/') {
    char* absolute = realpath(options.directory.c_str(), nullptr);
    if (absolute == nullptr)
      return fail(ErrorCode::kDisk, "cannot resolve " + printable(options.directory));
    options.directory = absolute;
    std::free(absolute);
  }
  ASSIGN_OR_RETURN(const SecretBytes passphrase,
                   passphrase_from(common, "One passphrase for all of the demonstration: "));
  say(common,
      "Founding a demonstration: one machine plays every role, so it proves the software, not the "
      "separation.");
  ASSIGN_OR_RETURN(const Founding founding, gather(common, options, passphrase));
  ASSIGN_OR_RETURN(const protocol::Genesis genesis,
                   protocol::genesis_from(to_json(founding.genesis)));
  protocol::Command command;
  command.statement = to_json(genesis);
  command.texts = founding.texts;
  const Bytes bytes = protocol::genesis_signed_bytes(genesis.id());
  for (const keys::KeyFile& key : founding.founder_keys) {
    command.signatures.push_back({key.public_keys().id, key.sign(bytes)});
  }
  const std::string file = options.directory + "/server/genesis.json";
  RETURN_IF_ERROR(io::write_file_atomically(file, as_bytes(encode(command)), kFileMode));
  RETURN_IF_ERROR(run_sibling(
      "strongroom-server", {"--data", options.directory + "/server", "found", "--genesis", file}));
  RETURN_IF_ERROR(write_homes(founding, options));
  const std::string id = shown_id(genesis.id().hex(), true);
  say(common,
      fmt::format("Founded {}\n  any {} of {} custodians release; this id is pinned in every home "
                  "under {}/people",
                  id, options.threshold, options.custodians.size(), printable(options.directory)));
  tell(common, {{"id", id}, {"directory", options.directory}});
  return 0;
}

Verb init_verb() {
  auto typed = std::make_shared<InitOptions>();
  return {.name = "init",
          .group = Group::kFounding,
          .summary = "Found a strongroom (this version: a demonstration)",
          .more =
              "Makes the keys of every role, the genesis that its founders sign, and a home for "
              "each person under DIR/people. One machine plays every role: that proves the "
              "software, not the separation.",
          .options = {{.spelled = "--data",
                       .value = "DIR",
                       .about = "Where everything of the demonstration lies",
                       .into = &typed->directory,
                       .required = true,
                       .completes = Completes::kDirectory},
                      {.spelled = "--custodians",
                       .value = "NAME,...",
                       .about = "Who may release, comma separated",
                       .into = &typed->custodians,
                       .required = true},
                      {.spelled = "--threshold",
                       .value = "N",
                       .about = "How many of them it takes (2)",
                       .into = &typed->threshold},
                      {.spelled = "--members",
                       .value = "NAME,...",
                       .about = "Others, who may seal and ask",
                       .into = &typed->members},
                      {.spelled = "--host",
                       .value = "NAME",
                       .about = "Name of the agent's host (this-machine)",
                       .into = &typed->host}},
          .examples = {{"strongroom init --demonstration --data ./lab --custodians alice,bob,carol "
                        "--members dana",
                        "founds a lab in which any two of three custodians release"}},
          .run = [typed](const Common& common) { return init(common, *typed); }};
}

}  // namespace strongroom::terminal

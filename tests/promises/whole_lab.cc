#include "whole_lab.h"

#include "api/api.h"
#include "client/config.h"
#include "crypto/random.h"
#include "ledger/tile.h"
#include "seal/layout.h"
#include "sequencer/sequencer.h"

namespace strongroom::promises {

using protocol::Role;

namespace {

constexpr std::uint32_t kDirectoryMode = 0700;

void make_directory(const std::string& path) {
  must(io::Directory::open_or_make(path, kDirectoryMode));
}

SecretBytes passphrase() {
  Bytes bytes = copy_bytes(as_bytes(kPassphrase));
  return SecretBytes::take(bytes);
}

keys::KeyFile make_key(const std::string& home) {
  make_directory(home);
  return must(keys::KeyFile::create(client::key_path(home), passphrase(), crypto::KemKind::kX25519,
                                    keys::kCostForTests));
}

protocol::PolicyNode node_of(const Tree& tree, const std::function<PersonId(std::string)>& id_of) {
  protocol::PolicyNode node;
  if (!tree.person.empty()) {
    node.person = id_of(tree.person);
    return node;
  }
  node.threshold = tree.threshold;
  for (const Tree& child : tree.of) node.of.push_back(node_of(child, id_of));
  return node;
}

Digest named(const std::string& name, std::vector<protocol::Text>& texts) {
  const protocol::Opening opening = must(protocol::open_text(name));
  texts.push_back({"name", opening});
  return protocol::commitment_to("name", opening);
}

}  // namespace

Plan Plan::flat() {
  using enum Role;
  Plan plan;
  for (const char* name : {"alice", "bob", "carol"})
    plan.persons.push_back({.name = name, .roles = {kCustodian, kOfficer, kRequester}});
  plan.persons.push_back({.name = "dana", .roles = {kDepositor, kRequester}});
  plan.persons.push_back({.name = "robot",
                          .roles = {kCustodian, kOfficer, kDepositor, kRequester},
                          .kind = protocol::PersonKind::kAiAgent});
  plan.persons.push_back({.name = "daemon",
                          .roles = {kCustodian, kOfficer, kDepositor, kRequester},
                          .kind = protocol::PersonKind::kService});
  plan.policy = of_persons(2, {"alice", "bob", "carol"});
  plan.hosts = {"gpu-1", "gpu-2"};
  return plan;
}

Plan Plan::small() {
  Plan plan = flat();
  plan.mode = protocol::Mode::kSmall;
  plan.recovery = {"rita", "remy", "ruth"};
  for (const std::string& name : plan.recovery) plan.persons.push_back({.name = name, .roles = {}});
  return plan;
}

Plan Plan::nested() {
  Plan plan = flat();
  for (const char* name : {"rita", "rolf"})
    plan.persons.push_back({.name = name, .roles = {Role::kCustodian, Role::kRequester}});
  plan.policy =
      of_teams(2, {of_persons(2, {"alice", "bob", "carol"}), of_persons(1, {"rita", "rolf"})});
  return plan;
}

Line::Line(const StrongroomId& pinned, const http::Address& server, client::Identity identity,
           const std::string& home, const Clock& clock)
    : connection(pinned, server, std::move(identity), clock),
      follower(must(client::Follower::open(pinned, home, connection))) {}

Person::Person(const std::string& home, const PersonId& id, const Clock& clock)
    : home_(home), id_(id), key_(make_key(home)), clock_(clock) {}

client::Identity Person::identity() const {
  return {key_.public_keys().id, custodian::signer_of(key_).sign};
}

client::Identity Host::identity() const {
  return {key.id(),
          [this](ByteView bytes) -> Result<crypto::Ed25519Signature> { return key.sign(bytes); }};
}

/// All that the server process holds. The order of members is the order of their lives.
struct WholeLab::Server {
  keys::SigningKeyFile log_key;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<store::BlobStore> publication;
  std::unique_ptr<store::BlobStore> objects;
  std::unique_ptr<sequencer::Sequencer> sequencer;
  std::unique_ptr<keeper::Keeper> keeper;
  std::unique_ptr<api::Api> api;
  std::unique_ptr<http::Server> http;

  explicit Server(keys::SigningKeyFile key) : log_key(std::move(key)) {}
};

WholeLab::WholeLab(const Plan& plan, io::Files& files) : clock(plan.founded_at), files_(files) {
  make_directory(site() + "/keys");
  objects_ = must(store::open_directory_store(site() + "/objects", files_));
  publication_ = must(store::open_directory_store(site() + "/public", files_));
  make_people(plan);
  make_hosts(plan);
  make_site_keys();
  id_ = genesis_->id();
  start();
  found();
}

WholeLab::~WholeLab() {
  tell_truth();
  stop();
}

void WholeLab::make_people(const Plan& plan) {
  std::vector<protocol::Member> members;
  for (const PersonPlan& each : plan.persons) {
    protocol::Member member;
    member.person = crypto::random_id<PersonId>();
    member.kind = each.kind;
    member.name = named(each.name, names_);
    member.roles = each.roles;
    member.clearance = protocol::Level::kSl5;
    member.cleared_until = clock.now() + each.cleared_seconds;
    for (std::size_t i = 0; i < each.keys; ++i) {
      const std::string home = directory_ / ("people/" + each.name + std::to_string(i));
      persons_[each.name].push_back(std::make_unique<Person>(home, member.person, clock));
      member.keys.push_back(persons_[each.name].back()->key().public_keys());
    }
    members.push_back(std::move(member));
  }
  protocol::PolicyNode root =
      node_of(plan.policy, [&](const std::string& name) { return person(name).id(); });
  genesis_.emplace(protocol::Genesis{.policy = must(protocol::Policy::checked(std::move(root)))});
  genesis_->mode = plan.mode;
  genesis_->members = std::move(members);
  if (!plan.recovery.empty()) {
    genesis_->recovery = protocol::Recovery{plan.recovery_threshold, {}};
    for (const std::string& name : plan.recovery)
      genesis_->recovery->holders.push_back(person(name).id());
  }
  const std::vector<PersonId> custodians = genesis_->policy.persons();
  for (const protocol::Member& member : genesis_->members) {
    if (std::find(custodians.begin(), custodians.end(), member.person) != custodians.end())
      genesis_->founders.push_back(member.person);
  }
}

void WholeLab::make_hosts(const Plan& plan) {
  for (const std::string& name : plan.hosts) {
    const std::string home = directory_ / ("hosts/" + name);
    make_directory(home);
    hosts_.push_back(std::unique_ptr<Host>(
        new Host{crypto::random_id<HostId>(), home,
                 must(keys::SigningKeyFile::create(home + "/host.key")), nullptr}));
    genesis_->hosts.push_back({.host = hosts_.back()->id,
                               .name = named(name, names_),
                               .key = hosts_.back()->key.public_key(),
                               .evidence = std::string(protocol::kEvidenceNone)});
  }
}

void WholeLab::make_site_keys() {
  const auto log_key = must(keys::SigningKeyFile::create(site() + "/keys/log.key"));
  const auto deposit_key =
      must(keys::OpeningKeyFile::create(site() + "/keys/deposit.key", crypto::KemKind::kX25519));
  genesis_->nonce = crypto::random_id<protocol::GenesisNonce>();
  genesis_->origin = protocol::origin_for(genesis_->nonce);
  genesis_->log_key = log_key.public_key();
  genesis_->witness_policy = "none";
  genesis_->levels = protocol::catalog_levels();
  genesis_->triage = to_json(triage::shipped_rules());
  genesis_->deposit_key = {deposit_key.id(), deposit_key.kem(), deposit_key.public_key()};
}

keys::SigningKeyFile WholeLab::log_key() const {
  return must(keys::SigningKeyFile::open(site() + "/keys/log.key"));
}

crypto::KemPrivate WholeLab::deposit_key() const {
  return must(keys::OpeningKeyFile::open(site() + "/keys/deposit.key")).take_secret();
}

protocol::Command WholeLab::founding() const {
  protocol::Command command;
  command.type = protocol::EntryType::kGenesis;
  command.statement = to_json(*genesis_);
  command.texts = names_;
  const Bytes bytes = protocol::genesis_signed_bytes(id_);
  for (const PersonId& founder : genesis_->founders) {
    for (const auto& [name, keys] : persons_) {
      if (keys.front()->id() != founder) continue;
      command.signatures.push_back(
          {keys.front()->key().public_keys().id, keys.front()->key().sign(bytes)});
    }
  }
  return command;
}

void WholeLab::start() {
  server_ = std::make_unique<Server>(log_key());
  Server& server = *server_;
  server.database = must(store::open_sqlite(database_path()));
  server.publication = must(store::open_directory_store(site() + "/public", files_));
  server.objects = must(store::open_directory_store(site() + "/objects", files_));
  sequencer::Options options;
  options.database = server.database.get();
  options.publication = server.publication.get();
  options.log_key = server.log_key.public_key();
  options.log_signer = [&key = server.log_key](ByteView bytes) { return key.sign(bytes); };
  options.clock = &clock;
  server.sequencer = must(sequencer::Sequencer::open(options));
  server.keeper = std::make_unique<keeper::Keeper>(id_, deposit_key(), clock);
  server.api = std::make_unique<api::Api>(
      api::Parts{*server.sequencer, *server.keeper, *server.objects, *server.publication, clock},
      id_);
  auto honest = std::make_shared<const http::Router>(server.api->router());
  server.http = must(http::Server::start(address_, router(std::move(honest)), {}));
  address_ = server.http->address();
}

void WholeLab::stop() {
  if (server_ && server_->http) server_->http->stop();
  server_.reset();
}

void WholeLab::found() {
  const protocol::Receipt receipt = must(server_->sequencer->submit(founding()), "founding");
  CHECK(receipt.index == 0);
  for (const auto& [name, keys] : persons_) {
    for (const std::unique_ptr<Person>& each : keys) {
      each->line = line(each->identity(), each->home());
      must(each->follower().follow());
    }
  }
  for (const std::unique_ptr<Host>& host : hosts_) {
    host->line = line(host->identity(), host->home);
    must(host->line->follower.follow());
  }
}

std::unique_ptr<Line> WholeLab::line(client::Identity identity, const std::string& home) {
  return std::make_unique<Line>(id_, address_, std::move(identity), home, clock);
}

std::unique_ptr<Line> WholeLab::fresh_line(const std::string& name) {
  const std::string home = directory_ / ("fresh" + std::to_string(++lines_));
  return line(person(name).identity(), home);
}

Person& WholeLab::person(const std::string& name, std::size_t key) {
  return *persons_.at(name).at(key);
}

http::Router WholeLab::router(std::shared_ptr<const http::Router> honest) {
  http::Router router;
  for (const http::Method method : {http::Method::kGet, http::Method::kPost}) {
    router.add(method, "/{path...}",
               [this, honest](const http::Request& request) { return answer(*honest, request); },
               {.body_bytes_max = protocol::kCommandBytesMax});
  }
  return router;
}

http::Response WholeLab::answer(const http::Router& honest, const http::Request& request) {
  const auto truth = [&]() -> http::Response {
    const auto match = honest.match(http::name_of(request.method), request.path);
    if (const auto* refused = std::get_if<http::Response>(&match)) return *refused;
    const auto& matched = std::get<http::Router::Match>(match);
    http::Request inner = request;
    inner.segments = matched.segments;
    return matched.route->run(inner);
  };
  Lie lie;
  {
    const Lock lock(mutex_);
    lie = lie_;
  }
  return lie ? lie(request, truth) : truth();
}

void WholeLab::lie(Lie lie) {
  const Lock lock(mutex_);
  lie_ = std::move(lie);
}

void WholeLab::tell_truth() { lie(nullptr); }

std::vector<std::string> WholeLab::entries() {
  return must(server_->sequencer->entries(0, sequencer::Sequencer::kEntriesMax));
}

protocol::Entry WholeLab::next_entry(protocol::EntryType type) {
  protocol::Entry entry;
  entry.index = server_->sequencer->size();
  entry.time = clock.now();
  entry.type = type;
  return entry;
}

}  // namespace strongroom::promises

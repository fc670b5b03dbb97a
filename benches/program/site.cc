// A whole site at work: what people and hosts wait for.
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "agent/leases.h"
#include "judge/test_lab.h"
#include "keys/key_file.h"
#include "sealing.h"
#include "sequencer/sequencer.h"
#include "verbs.h"
#include "whole_lab.h"

namespace strongroom::bench {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::uint32_t kDirectoryMode = 0700;
constexpr std::size_t kSubmitters = 64;  // at once

double ms_since(SteadyClock::time_point begin) {
  return std::chrono::duration<double, std::milli>(SteadyClock::now() - begin).count();
}

void print_times(const std::vector<double>& times) {
  fmt::print("{{\"ms\":[{:.3f}]}}\n", fmt::join(times, ","));
}

/// A sequencer on a site's directory, founded by a small lab whose keys this process holds.
struct Site {
  judge::TestLab lab;
  SystemClock clock;
  std::optional<keys::SigningKeyFile> log_key;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<store::BlobStore> publication;
  std::unique_ptr<sequencer::Sequencer> sequencer;
};

Result<std::unique_ptr<Site>> found_at(const std::string& at) {
  auto site = std::make_unique<Site>();
  ASSIGN_OR_RETURN(const io::Directory keys,
                   io::Directory::open_or_make(at + "/keys", kDirectoryMode));
  ASSIGN_OR_RETURN(site->log_key, keys::SigningKeyFile::create(at + "/keys/log.key"));
  ASSIGN_OR_RETURN(const auto deposit, keys::OpeningKeyFile::create(at + "/keys/deposit.key",
                                                                    crypto::KemKind::kX25519));
  protocol::Genesis& genesis = site->lab.genesis;
  genesis.log_key = site->log_key->public_key();
  genesis.deposit_key = {deposit.id(), deposit.kem(), deposit.public_key()};
  site->lab.id = genesis.id();
  ASSIGN_OR_RETURN(site->database, store::open_sqlite(at + "/strongroom.db"));
  ASSIGN_OR_RETURN(site->publication, store::open_directory_store(at + "/public"));
  sequencer::Options options;
  options.database = site->database.get();
  options.publication = site->publication.get();
  options.log_key = genesis.log_key;
  options.log_signer = [&key = *site->log_key](ByteView bytes) { return key.sign(bytes); };
  options.clock = &site->clock;
  ASSIGN_OR_RETURN(site->sequencer, sequencer::Sequencer::open(options));
  RETURN_IF_ERROR(site->sequencer->submit(site->lab.founding()));
  return site;
}

protocol::Command registration(const judge::TestLab& lab) {
  protocol::Registration registration = lab.registration();
  registration.strongroom = lab.id;
  registration.asset = crypto::random_id<AssetId>();
  return judge::TestLab::register_asset(registration, lab.alice);
}

/// Makes `count` commands beforehand, so that signing them is not in the figures.
Result<std::vector<protocol::Command>> commands(const judge::TestLab& lab, std::size_t count) {
  std::vector<protocol::Command> all(count);
  std::atomic<std::size_t> next{0};
  RETURN_IF_ERROR(on_threads(0, [&](std::size_t) -> Result<void> {
    for (std::size_t i = next++; i < count; i = next++) all[i] = registration(lab);
    return {};
  }));
  return all;
}

}  // namespace

Result<void> fill_site(const Words& words) {
  ASSIGN_OR_RETURN(const std::string at, words.text("at"));
  ASSIGN_OR_RETURN(const std::uint64_t events, words.number("events", 0));
  ASSIGN_OR_RETURN(const auto site, found_at(at));
  std::atomic<std::uint64_t> given{0};
  return on_threads(kSubmitters, [&](std::size_t) -> Result<void> {
    while (given++ < events) {
      RETURN_IF_ERROR(site->sequencer->submit(registration(site->lab)));
    }
    return {};
  });
}

// Each command has a moment at which it is due, whether or not those before it were answered; its
// time counts from there.
Result<void> receipt_times(const Words& words) {
  ASSIGN_OR_RETURN(const std::string at, words.text("at"));
  ASSIGN_OR_RETURN(const std::uint64_t rate, words.number("rate", 1'000));
  ASSIGN_OR_RETURN(const std::uint64_t count, words.number("count", 1'000));
  ASSIGN_OR_RETURN(const auto site, found_at(at));
  ASSIGN_OR_RETURN(std::vector<protocol::Command> all,
                   commands(site->lab, static_cast<std::size_t>(count)));
  std::vector<double> times(all.size());
  std::atomic<std::size_t> next{0};
  const SteadyClock::time_point begin = SteadyClock::now();
  RETURN_IF_ERROR(on_threads(kSubmitters, [&](std::size_t) -> Result<void> {
    for (std::size_t i = next++; i < all.size(); i = next++) {
      const auto due =
          begin + std::chrono::nanoseconds(1'000'000'000 / rate * static_cast<std::uint64_t>(i));
      std::this_thread::sleep_until(due);
      RETURN_IF_ERROR(site->sequencer->submit(std::move(all[i])));
      times[i] = ms_since(due);
    }
    return {};
  }));
  print_times(times);
  return {};
}

// Over signed HTTP on loopback, by one person's key from so many connections at once.
Result<void> api_write(const Words& words) {
  ASSIGN_OR_RETURN(const std::uint64_t clients, words.number("clients", 32));
  ASSIGN_OR_RETURN(const std::uint64_t count, words.number("count", 1'000));
  promises::WholeLab lab;
  promises::Person& dana = lab.person("dana");
  std::vector<Bytes> bodies(static_cast<std::size_t>(count));
  std::atomic<std::size_t> next{0};
  RETURN_IF_ERROR(on_threads(0, [&](std::size_t) -> Result<void> {
    for (std::size_t i = next++; i < bodies.size(); i = next++) {
      const protocol::Opening name = promises::must(protocol::open_text("a model"));
      protocol::Command command;
      command.type = protocol::EntryType::kRegistered;
      command.texts = {{"name", name}};
      command.statement = to_json(protocol::Registration{.strongroom = lab.id(),
                                                         .asset = crypto::random_id<AssetId>(),
                                                         .name = commitment_to("name", name),
                                                         .kind = "model",
                                                         .formats = {},
                                                         .person = dana.id()});
      ASSIGN_OR_RETURN(
          const protocol::Signature signature,
          protocol::sign_statement(*command.statement, custodian::signer_of(dana.key())));
      command.signatures = {signature};
      const std::string body = protocol::encode(command);
      bodies[i] = copy_bytes(as_bytes(body));
    }
    return {};
  }));
  std::vector<double> times(bodies.size());
  next = 0;
  const SteadyClock::time_point begin = SteadyClock::now();
  RETURN_IF_ERROR(on_threads(static_cast<std::size_t>(clients), [&](std::size_t) -> Result<void> {
    const client::Connection connection(lab.id(), lab.address(), dana.identity(), lab.clock);
    for (std::size_t i = next++; i < bodies.size(); i = next++) {
      const SteadyClock::time_point sent = SteadyClock::now();
      RETURN_IF_ERROR(connection.post("/v1/commands", bodies[i]));
      times[i] = ms_since(sent);
    }
    return {};
  }));
  const double seconds = ms_since(begin) / 1e3;
  std::ranges::sort(times);
  fmt::print("{{\"per_second\":{},\"p99_ms\":{}}}\n", static_cast<double>(times.size()) / seconds,
             times[times.size() * 99 / 100]);
  return {};
}

namespace {

/// The host's side of the lab: its agent, which follows the log by itself.
struct HostAgent {
  promises::Host& host;
  client::Connection own;
  client::Connection poll;
  agent::LogWatch watch;
  agent::Leases leases;

  HostAgent(promises::WholeLab& lab, client::Follower follower, agent::HeldStops stops)
      : host(lab.host()),
        own(lab.id(), lab.address(), host.identity(), lab.clock),
        poll(lab.id(), lab.address(), host.identity(), lab.clock),
        watch(std::move(follower), std::move(stops), poll),
        leases({host.own(), watch, own, lab.objects(), lab.clock}) {}
};

// From the moment the last custodian says yes until the model can be read.
Result<double> release_once(promises::WholeLab& lab, HostAgent& agent,
                            const promises::SealedModel& model, const std::string& mount) {
  const agent::Owner owner{geteuid(), getegid()};
  const protocol::Opening purpose = promises::must(protocol::open_text("a timed release"));
  promises::Person& dana = lab.person("dana");
  ASSIGN_OR_RETURN(const protocol::Draft draft,
                   agent.leases.draft({.object = model.object.object,
                                       .groups = {},
                                       .person = dana.id(),
                                       .purpose = commitment_to("purpose", purpose),
                                       .byte_budget = 1 << 30,
                                       .lease_seconds = 3'600,
                                       .expires_seconds = 3'600},
                                      owner));
  const ProposalId id = protocol::proposal_id(draft.request, digest_of(draft.evidence));
  ASSIGN_OR_RETURN(
      const protocol::Signature signature,
      protocol::sign_statement(to_json(draft.request), custodian::signer_of(dana.key())));
  RETURN_IF_ERROR(agent.leases.start({id, signature, purpose, mount, false}, owner));
  for (const char* name : {"alice", "bob"}) {
    RETURN_IF_ERROR(lab.person(name).follower().follow());
  }
  RETURN_IF_ERROR(lab.approve("alice", id));
  ASSIGN_OR_RETURN(const custodian::Shown shown,
                   custodian::inspect(lab.person("bob").follower(), id, lab.clock.now()));
  const SteadyClock::time_point begin = SteadyClock::now();
  RETURN_IF_ERROR(custodian::approve(lab.person("bob").follower(), lab.person("bob").hands(), shown,
                                     "looked at it"));
  for (auto phase = protocol::LeasePhase::kWaiting; phase != protocol::LeasePhase::kMounted;) {
    ASSIGN_OR_RETURN(const protocol::LeaseStatus status,
                     agent.leases.status(id, phase, std::chrono::milliseconds(10'000)));
    phase = status.phase;
    if (phase == protocol::LeasePhase::kFailed) return fail(ErrorCode::kRefused, status.detail);
  }
  const double took = ms_since(begin);
  RETURN_IF_ERROR(agent.leases.close(id, owner));
  return took;
}

}  // namespace

Result<void> release_times(const Words& words) {
  ASSIGN_OR_RETURN(const std::string mount, words.text("mount"));
  ASSIGN_OR_RETURN(const std::uint64_t count, words.number("count", 10));
  promises::WholeLab lab;
  const promises::SealedModel model = lab.seal("dana", promises::small_model());
  client::Connection reading(lab.id(), lab.address(), lab.host().identity(), lab.clock);
  const io::TemporaryDirectory home;
  ASSIGN_OR_RETURN(client::Follower follower,
                   client::Follower::open(lab.id(), home.path(), reading));
  RETURN_IF_ERROR(follower.follow());
  ASSIGN_OR_RETURN(agent::HeldStops stops, agent::HeldStops::open(home.path()));
  HostAgent agent(lab, std::move(follower), std::move(stops));
  std::vector<double> times;
  for (std::uint64_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(const double took, release_once(lab, agent, model, mount));
    times.push_back(took);
  }
  print_times(times);
  return {};
}

}  // namespace strongroom::bench

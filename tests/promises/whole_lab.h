#ifndef STRONGROOM_TESTS_PROMISES_WHOLE_LAB_H_
#define STRONGROOM_TESTS_PROMISES_WHOLE_LAB_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/redemption.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "client/follower.h"
#include "custodian/act.h"
#include "http/server.h"
#include "io/temporary_directory.h"
#include "keeper/keeper.h"
#include "keys/key_file.h"
#include "plan.h"
#include "seal/seal_object.h"

/// A whole strongroom in one process, for the tests of what it promises: everything real, on disk
/// and over signed HTTP on loopback. Only the clock stands still until told.
namespace strongroom::promises {

/// The value, or the end of the test program with the error: for steps that are not what a test is
/// about.
template <class T>
T must(Result<T> result, const char* doing = "a step of the fixture") {
  if (!result) {
    const std::string context = std::string(doing) + ": " + result.error().context;
    check_failed(context.c_str(), __FILE__, __LINE__);
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// Of everybody's key file.
inline constexpr std::string_view kPassphrase = "correct horse";

using Files = std::map<std::string, Bytes>;
/// Bytes that look random and are the same every time.
[[nodiscard]] Bytes pattern(std::size_t bytes, std::uint32_t seed = 1);
/// Two small files in a folder, one of them of several segments.
[[nodiscard]] Files small_model();
/// Every file, whole, by name.
[[nodiscard]] Result<Files> read_all(seal::OpenObject& object);

/// A signed connection and the log followed over it.
struct Line {
  client::Connection connection;
  client::Follower follower;
  Line(const StrongroomId& pinned, const http::Address& server, client::Identity identity,
       const std::string& home, const Clock& clock);
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
};

/// Somebody (or an AI agent, or a service) at one of their own keys.
class Person {
 public:
  /// Makes a key file in `home`.
  Person(const std::string& home, const PersonId& id, const Clock& clock);
  [[nodiscard]] const PersonId& id() const { return id_; }
  [[nodiscard]] const keys::KeyFile& key() const { return key_; }
  [[nodiscard]] const std::string& home() const { return home_; }
  [[nodiscard]] custodian::Hands hands() const { return {key_, id_, clock_}; }
  [[nodiscard]] client::Identity identity() const;
  [[nodiscard]] client::Follower& follower() { return line->follower; }

  std::unique_ptr<Line> line;

 private:
  std::string home_;
  PersonId id_;
  keys::KeyFile key_;
  const Clock& clock_;
};

/// A machine that may receive leases, with what the agent keeps.
struct Host {
  HostId id;
  std::string home;
  keys::SigningKeyFile key;
  std::unique_ptr<Line> line;
  [[nodiscard]] agent::OwnHost own() const { return {id, key}; }
  [[nodiscard]] client::Identity identity() const;
};

/// What was sealed, and how it stands in the log.
struct SealedModel {
  Files plaintext;
  seal::SealedObject object;
  protocol::Deposit deposit;
};

/// A request with all that goes with it, changeable until it is sent: call `prove` after a change.
struct Asked {
  protocol::Request request;
  protocol::Evidence evidence;
  protocol::Opening purpose;
  crypto::KemKeyPair recipient;
  std::size_t host = 0;
  [[nodiscard]] ProposalId id() const;
  /// The host's evidence for the request as it is now.
  void prove();
};

struct Redeemed {
  protocol::Redemption redemption;
  std::vector<protocol::RedeemedSite> sites;
};

/// What a dishonest server (or network) answers in place of the honest answer, which it can ask
/// for. Called on the server's threads.
using Lie =
    std::function<http::Response(const http::Request&, const std::function<http::Response()>&)>;

class WholeLab {
 public:
  /// Makes keys, founds, starts the server; everybody has followed the log. Sealed objects and the
  /// published log are written through `files`, which is borrowed.
  explicit WholeLab(const Plan& plan = Plan::flat(), io::Files& files = io::system_files());
  ~WholeLab();
  WholeLab(const WholeLab&) = delete;
  WholeLab& operator=(const WholeLab&) = delete;

  SetClock clock;

  // The place.
  [[nodiscard]] const protocol::Genesis& genesis() const { return *genesis_; }
  [[nodiscard]] const StrongroomId& id() const { return id_; }
  /// Everything in memory goes; what is on disk stays.
  void stop();
  /// On the same directory and port.
  void start();
  [[nodiscard]] const http::Address& address() const { return address_; }
  /// From now on; `tell_truth` ends it.
  void lie(Lie lie);
  void tell_truth();

  // The people. `key` counts the person's keys from 0.
  [[nodiscard]] Person& person(const std::string& name, std::size_t key = 0);
  [[nodiscard]] Host& host(std::size_t index = 0) { return *hosts_.at(index); }
  /// A client of that person's key which has seen nothing yet.
  [[nodiscard]] std::unique_ptr<Line> fresh_line(const std::string& name);
  /// The founders' signatures, in the order of the genesis.
  [[nodiscard]] protocol::Command founding() const;

  // What they do, honestly.
  [[nodiscard]] SealedModel seal(const std::string& depositor, const Files& files,
                                 std::vector<std::vector<std::size_t>> groups = {},
                                 const std::string& kind = "model");
  /// Sealed by what `follower` says, into the store; not registered, not deposited.
  [[nodiscard]] Result<seal::SealedObject> seal_only(const client::Follower& follower,
                                                     const Files& files,
                                                     std::vector<std::vector<std::size_t>> groups);
  /// Written for all groups, one redemption, four hours, expiring in 24; not sent.
  [[nodiscard]] Asked draft(const std::string& person, const SealedModel& model,
                            std::size_t host = 0);
  [[nodiscard]] protocol::Command proposal_of(const Asked& asked, const std::string& signer);
  [[nodiscard]] Result<protocol::Receipt> propose(const Asked& asked, const std::string& signer);
  /// Drafted and proposed.
  [[nodiscard]] Asked ask(const std::string& person, const SealedModel& model,
                          std::size_t host = 0);
  [[nodiscard]] Result<protocol::Receipt> approve(const std::string& name, const ProposalId& what,
                                                  std::size_t key = 0);
  [[nodiscard]] Result<protocol::Receipt> refuse(const std::string& name, const ProposalId& what);
  [[nodiscard]] Result<protocol::Receipt> freeze(const std::string& name,
                                                 const std::optional<ObjectId>& what = {});
  [[nodiscard]] Result<protocol::Receipt> recall(const std::string& name, const ProposalId& what);
  [[nodiscard]] Result<Redeemed> redeem(const ProposalId& what, std::int64_t n = 1,
                                        std::size_t host = 0);
  [[nodiscard]] Result<std::unique_ptr<seal::OpenObject>> open(const Asked& asked,
                                                               const Redeemed& redeemed);
  /// Redeemed, opened, and read.
  [[nodiscard]] Result<Files> release(const Asked& asked);
  /// Signs `command.statement` and sends it.
  [[nodiscard]] Result<protocol::Receipt> send(Person& who, protocol::Command command);
  /// As the log stands now.
  [[nodiscard]] std::optional<vault::Proposal> proposal(const ProposalId& id);

  // What an attacker on the server has.
  [[nodiscard]] const std::string& directory() const { return directory_.path(); }
  [[nodiscard]] std::string site() const { return directory_ / "server"; }
  [[nodiscard]] std::string database_path() const { return site() + "/strongroom.db"; }
  [[nodiscard]] store::BlobStore& objects() { return *objects_; }
  [[nodiscard]] store::BlobStore& publication() { return *publication_; }
  [[nodiscard]] keys::SigningKeyFile log_key() const;
  [[nodiscard]] crypto::KemPrivate deposit_key() const;
  /// The log's, from the first on.
  [[nodiscard]] std::vector<std::string> entries();
  /// The entry that would come next; statement, signatures and body are the caller's.
  [[nodiscard]] protocol::Entry next_entry(protocol::EntryType type);
  [[nodiscard]] seal::KeyRecord key_record(const SealedModel& model) const;
  [[nodiscard]] seal::SealedShares sealed_shares(const SealedModel& model) const;

 private:
  struct Server;

  void make_people(const Plan& plan);
  void make_hosts(const Plan& plan);
  void make_site_keys();
  void found();
  http::Response answer(const http::Router& honest, const http::Request& request);
  [[nodiscard]] http::Router router(std::shared_ptr<const http::Router> honest);
  [[nodiscard]] std::unique_ptr<Line> line(client::Identity identity, const std::string& home);

  io::Files& files_;
  io::TemporaryDirectory directory_;
  std::optional<protocol::Genesis> genesis_;
  StrongroomId id_;
  std::vector<protocol::Text> names_;
  std::map<std::string, std::vector<std::unique_ptr<Person>>> persons_;
  std::vector<std::unique_ptr<Host>> hosts_;
  std::unique_ptr<store::BlobStore> objects_;
  std::unique_ptr<store::BlobStore> publication_;
  http::Address address_ = http::Address::tcp("127.0.0.1", 0);
  int lines_ = 0;
  Mutex mutex_;
  Lie lie_ GUARDED_BY(mutex_);
  std::unique_ptr<Server> server_;
};

}  // namespace strongroom::promises

#endif  // STRONGROOM_TESTS_PROMISES_WHOLE_LAB_H_

// A large inventory in the server's tables: asked, and decided anew.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/program.h"
#include "io/temporary_directory.h"
#include "registry/view.h"
#include "verbs.h"

namespace strongroom::bench {

namespace {

using Clock = std::chrono::steady_clock;
using registry::Position;

constexpr UnixSeconds kNow{1'800'000'000};

AssetId id_of(std::uint64_t number) {
  AssetId id;
  number *= 0x9e3779b97f4a7c15u;  // spread, as random ids are
  for (std::size_t i = 0; i < 8; ++i) id.bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
  for (std::size_t i = 8; i < 16; ++i) id.bytes[i] = static_cast<std::uint8_t>(i);
  return id;
}

// Takes what is said without deciding each: all is decided at once when it stands.
class Filling : public registry::WritableView {
 public:
  using WritableView::WritableView;

 protected:
  Result<void> decide(const registry::Touched&, UnixSeconds) override { return {}; }
};

// The example lab over and over, its assets resting on one another as they do there.
class Copies {
 public:
  explicit Copies(triage::Lab lab) : lab_(std::move(lab)) {}
  [[nodiscard]] std::uint64_t once() const { return lab_.assets.size(); }
  [[nodiscard]] protocol::FactsStated facts(std::uint64_t number) const {
    const std::uint64_t copy = number / once();
    triage::AssetFacts facts = lab_.assets[number % once()];
    const auto named = [&](const std::string& name) {
      return id_of(copy * once() +
                   static_cast<std::uint64_t>(lab_.asset(name) - lab_.assets.data()))
          .hex();
    };
    const auto rename = [&](std::set<std::string>& names) {
      std::set<std::string> out;
      for (const std::string& each : names) out.insert(named(each));
      names = std::move(out);
    };
    facts.name = named(facts.name);
    facts.owner = Digest{}.hex();
    facts.digest.reset();
    facts.hosts.clear();
    if (facts.weights_of) rename(*facts.weights_of);
    if (facts.reachable_by) rename(facts.reachable_by->models);
    if (facts.derivation && *facts.derivation && (*facts.derivation)->parent)
      (*facts.derivation)->parent = named(*(*facts.derivation)->parent);
    protocol::FactsStated stated;
    stated.asset = id_of(number);
    stated.facts = to_json(facts);
    return stated;
  }

 private:
  triage::Lab lab_;
};

Result<void> fill(store::Database& database, std::uint64_t assets) {
  ASSIGN_OR_RETURN(triage::Lab lab, triage::lab_from(triage::example_lab_text()));
  const Copies copies(std::move(lab));
  ASSIGN_OR_RETURN(const auto transaction, database.begin());
  RETURN_IF_ERROR(registry::View::create_tables(*transaction));
  Filling view(*transaction);
  ASSIGN_OR_RETURN(const auto policy,
                   protocol::Policy::from_json(format::Json::Object{
                       {"threshold", std::int64_t{1}},
                       {"of", format::Json::Array{format::Json::Object{{"person", PersonId{}}}}}}));
  protocol::Genesis genesis{.policy = policy};
  genesis.triage = to_json(triage::shipped_rules());
  RETURN_IF_ERROR(view.apply(genesis));
  for (std::uint64_t i = 0; i < assets; ++i) {
    protocol::Registration registration;
    registration.asset = id_of(i);
    registration.kind = "model";
    const Position at{static_cast<std::int64_t>(i), kNow};
    RETURN_IF_ERROR(view.apply(registration, at));
    RETURN_IF_ERROR(view.apply(copies.facts(i), at));
  }
  return transaction->commit();
}

// All that is due, logged as the sequencer would: how many decisions that is.
Result<std::uint64_t> take_due(registry::WritableView& view) {
  std::uint64_t decisions = 0;
  for (;;) {
    ASSIGN_OR_RETURN(std::vector<registry::Decided> due, view.due());
    if (due.empty()) return decisions;
    decisions += due.size();
    RETURN_IF_ERROR(view.apply(registry::Triage{std::move(due)}));
  }
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

Result<double> decide_by(store::Database& database, const protocol::Subject& subject,
                         std::uint64_t& decisions) {
  ASSIGN_OR_RETURN(const auto transaction, database.begin());
  registry::WritableView view(*transaction);
  protocol::Change change;
  change.subject = subject;
  const auto start = Clock::now();
  RETURN_IF_ERROR(view.apply(change, {0, kNow}));
  ASSIGN_OR_RETURN(decisions, take_due(view));
  RETURN_IF_ERROR(transaction->commit());
  return seconds_since(start);
}

// The slowest of what people ask, in milliseconds, each the median of many.
Result<double> ask(store::Database& database, std::uint64_t assets, std::uint64_t times) {
  double slowest = 0;
  using Which = registry::Query::Which;
  std::vector<registry::Query> queries{{.which = Which::kAll},
                                       {.which = Which::kUnset},
                                       {.which = Which::kWithFindings},
                                       {.which = Which::kExpiring, .before = kNow + 40 * 86'400}};
  for (int level = 1; level <= 5; ++level)
    queries.push_back({.which = Which::kAsked, .asked = static_cast<protocol::Level>(level)});
  ASSIGN_OR_RETURN(const auto snapshot, database.snapshot());
  const registry::View view(*snapshot);
  for (registry::Query& query : queries) {
    std::vector<double> took;
    for (std::uint64_t i = 0; i < times; ++i) {
      query.after = id_of(i * 7919 % assets);
      const auto start = Clock::now();
      RETURN_IF_ERROR(view.page(query));
      RETURN_IF_ERROR(view.asset(*query.after));
      took.push_back(1000 * seconds_since(start));
    }
    std::nth_element(took.begin(), took.begin() + static_cast<std::ptrdiff_t>(took.size() / 2),
                     took.end());
    slowest = std::max(slowest, took[took.size() / 2]);
  }
  return slowest;
}

}  // namespace

/// Prints {"assets":…,"all_changed":…,"decided":…,"seconds":…,"few_changed":…,"query_ms":…}: a
/// reference is named (everything changes), then a rule changed a little (few do); then pages of
/// 100 are asked for, and one asset each time.
Result<void> inventory(const Words& words) {
  ASSIGN_OR_RETURN(const std::uint64_t assets, words.number("assets", 1'000'000));
  const io::TemporaryDirectory home;
  ASSIGN_OR_RETURN(const auto database, store::open_sqlite(home / "db"));
  RETURN_IF_ERROR(fill(*database, assets));
  std::uint64_t all = 0;
  ASSIGN_OR_RETURN(
      const double first,
      decide_by(*database, protocol::SetReference{"the best", {kNow.value - kNow.value % 86'400}},
                all));
  triage::RuleSet rules = triage::shipped_rules();
  for (triage::Rule& each : rules.rules) {
    if (each.id == "ACT-MANY") each.level = protocol::Level::kSl3;
  }
  std::uint64_t few = 0;
  ASSIGN_OR_RETURN(const double second,
                   decide_by(*database, protocol::SetTriageRules{to_json(rules)}, few));
  ASSIGN_OR_RETURN(const double query, ask(*database, assets, 100));
  write_out(
      fmt::format("{{\"assets\":{},\"all_changed\":{},\"all_seconds\":{:.3f},"
                  "\"few_changed\":{},\"query_ms\":{:.3f},\"seconds\":{:.3f}}}\n",
                  assets, all, first, few, query, second));
  return {};
}

}  // namespace strongroom::bench

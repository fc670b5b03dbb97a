#include <fmt/format.h>

#include <algorithm>

#include "client/kept_log.h"
#include "custodian/changes.h"
#include "custodian/inspect.h"
#include "custodian/quote.h"
#include "inventory.h"

/// What the log says of one asset, entry by entry: what names it, its objects, the requests for
/// them, and the changes that concern it.
namespace strongroom::terminal {

using format::Json;
using protocol::EntryType;

namespace {

const std::string* text_at(const Json* json, std::string_view name) {
  const Json::Object* object = json == nullptr ? nullptr : json->object();
  if (object == nullptr) return nullptr;
  const auto found = object->find(name);
  return found == object->end() ? nullptr : found->second.text();
}

// What entries of the other types say when their words hold one of the ids that were collected.
std::string_view plain_words(EntryType type) {
  switch (type) {
    case EntryType::kVoted:
      return "a vote on a release";
    case EntryType::kGranted:
      return "release granted by the quorum";
    case EntryType::kRedeemed:
      return "keys handed to the host";
    case EntryType::kLeaseEnded:
      return "lease ended";
    case EntryType::kFrozen:
      return "frozen";
    case EntryType::kRecalled:
      return "lease recalled";
    case EntryType::kChangeVoted:
      return "a vote on the change";
    case EntryType::kChanged:
      return "the change is made";
    case EntryType::kConfirmed:
      return "a custodian confirmed a share";
    case EntryType::kRehearsed:
      return "a rehearsed release";
    case EntryType::kRekeyed:
      return "new keys for the sealed object";
    default:
      return "";
  }
}

class Reader {
 public:
  Reader(const Look& look, const AssetId& asset) : look_(look), asset_(asset) {
    ids_.insert(asset.hex());
  }

  Result<bool> take(std::string_view bytes) {
    const bool may_concern = bytes.find("\"type\":\"change-proposed\"") != std::string_view::npos ||
                             std::any_of(ids_.begin(), ids_.end(), [&](const std::string& id) {
                               return bytes.find(id) != std::string_view::npos;
                             });
    if (++seen_ > look_.world.size()) return false;
    if (!may_concern) return true;
    ASSIGN_OR_RETURN(const protocol::Entry entry, protocol::decode_entry(bytes));
    ASSIGN_OR_RETURN(std::string words, words_of(entry));
    if (words.empty()) return true;
    Happening happening{entry.index, entry.time, entry.type, std::move(words), ""};
    if (entry.statement) {
      ASSIGN_OR_RETURN(happening.by, signer_of(*entry.statement));
    }
    found_.push_back(std::move(happening));
    return true;
  }
  std::vector<Happening> found() { return std::move(found_); }

 private:
  Result<std::string> words_of(const protocol::Entry& entry) {
    const Json* statement = entry.statement ? &*entry.statement : nullptr;
    const std::string* asset = text_at(statement, "asset");
    const bool is_own = asset != nullptr && *asset == asset_.hex();
    switch (entry.type) {
      case EntryType::kRegistered:
        return is_own ? fmt::format("registered as {}", printable(*text_at(statement, "kind")))
                      : std::string();
      case EntryType::kStated:
        return is_own ? stated(*statement) : mentioned(*statement);
      case EntryType::kFound:
        return found_words(*statement, entry.index);
      case EntryType::kTriaged:
        return triaged(*entry.body);
      case EntryType::kDeposited:
        return is_own ? sealed(*statement) : std::string();
      case EntryType::kProposed:
        return asked(*statement, *entry.body);
      case EntryType::kChangeProposed:
        return change(*statement);
      default:
        return std::string(plain_words(entry.type));
    }
  }

  // Which members say something else than before.
  Result<std::string> stated(const Json& statement) {
    ASSIGN_OR_RETURN(const protocol::FactsStated now, protocol::facts_stated_from(statement));
    std::string members;
    const Json::Object& facts = *now.facts.object();
    std::set<std::string> names;
    for (const auto& each : facts) names.insert(each.first);
    for (const auto& each : before_) names.insert(each.first);
    for (const std::string& name : names) {
      const auto then = before_.find(name);
      const auto here = facts.find(name);
      if (name == "name") continue;
      const bool same =
          then != before_.end() && here != facts.end() && then->second == here->second;
      if (!same) members += (members.empty() ? "" : ", ") + printable(name);
    }
    const bool first = before_.empty();
    before_ = facts;
    if (first) return "facts stated: " + members;
    return members.empty() ? "the same facts stated again"
                           : "facts stated anew; other than before: " + members;
  }
  Result<std::string> mentioned(const Json& statement) const {
    ASSIGN_OR_RETURN(const protocol::FactsStated stated, protocol::facts_stated_from(statement));
    ASSIGN_OR_RETURN(const triage::AssetFacts facts, triage::asset_facts_from(stated.facts));
    const bool is_parent =
        facts.derivation && *facts.derivation && (*facts.derivation)->parent == asset_.hex();
    if (!is_parent) return std::string();
    return "declared to be the parent of " + name_of_asset(stated.asset);
  }
  Result<std::string> found_words(const Json& statement, std::int64_t index) {
    ASSIGN_OR_RETURN(const protocol::Finding finding, protocol::finding_from(statement));
    if (finding.asset != asset_) {
      return finding.parent == asset_
                 ? fmt::format("{}: found to be the parent of {}", printable(finding.by),
                               name_of_asset(finding.asset))
                 : std::string();
    }
    own_findings_.insert(index);
    std::string words = "finding of " + printable(finding.by);
    if (finding.parent) words += ": made from " + name_of_asset(*finding.parent);
    if (finding.at_least)
      words += fmt::format(": needs {} at least", protocol::name_of(*finding.at_least));
    return words;
  }
  Result<std::string> triaged(const Json& body) const {
    ASSIGN_OR_RETURN(const registry::Triage triage, registry::triage_from(body));
    for (const registry::Decided& each : triage.decisions) {
      if (each.asset != asset_) continue;
      return fmt::format("triage asks for {} until {}: {}", protocol::name_of(each.level),
                         shown_time(each.expires), fmt::join(each.because, ", "));
    }
    return std::string();
  }
  Result<std::string> sealed(const Json& statement) {
    ASSIGN_OR_RETURN(const protocol::Deposit deposit, protocol::deposit_from(statement));
    ids_.insert(deposit.object.hex());
    return "sealed as object " + look_.session.shown(deposit.object.hex());
  }
  Result<std::string> asked(const Json& statement, const Json& body) {
    ASSIGN_OR_RETURN(const protocol::Request request, protocol::request_from(statement));
    const std::string* evidence = text_at(&body, "evidence");
    const auto digest = evidence == nullptr ? std::nullopt : Digest::from_hex_text(*evidence);
    if (digest) ids_.insert(protocol::proposal_id(request, *digest).hex());
    ASSIGN_OR_RETURN(const std::string host,
                     custodian::host_name(look_.session.follower(), request.host));
    return "release asked for, to host " + custodian::shown_name(host);
  }
  Result<std::string> change(const Json& statement) {
    ASSIGN_OR_RETURN(const protocol::Change change, protocol::change_from(statement));
    std::string words;
    if (const auto* set = std::get_if<protocol::SetLevel>(&change.subject)) {
      if (set->asset != asset_) return std::string();
      words = fmt::format("asks a quorum for {} until {}", protocol::name_of(set->level),
                          shown_time(set->until));
    } else if (const auto* dismissed = std::get_if<protocol::Dismiss>(&change.subject)) {
      const bool own =
          std::any_of(dismissed->findings.begin(), dismissed->findings.end(),
                      [&](std::int64_t index) { return own_findings_.contains(index); });
      if (!own) return std::string();
      words = "asks a quorum to dismiss findings";
    } else {
      return std::string();
    }
    ids_.insert(protocol::change_id(change).hex());
    return words;
  }

  Result<std::string> signer_of(const Json& statement) {
    const bool by_host = text_at(&statement, "person") == nullptr;
    const std::string* id = text_at(&statement, by_host ? "host" : "person");
    if (id == nullptr) return std::string();
    const auto known = names_.find(*id);
    if (known != names_.end()) return known->second;
    std::string name = *id;
    const client::Follower& follower = look_.session.follower();
    if (const auto person = PersonId::from_hex_text(*id); person && !by_host) {
      ASSIGN_OR_RETURN(name, custodian::person_name(follower, *person));
    } else if (const auto host = HostId::from_hex_text(*id); host && by_host) {
      ASSIGN_OR_RETURN(name, custodian::host_name(follower, *host));
    }
    name = custodian::shown_name(name);
    return names_.emplace(*id, std::move(name)).first->second;
  }
  [[nodiscard]] std::string name_of_asset(const AssetId& id) const {
    const auto at = look_.lab.index_of(id);
    return at ? custodian::shown_name(look_.lab.lab.assets[*at].name) : id.hex();
  }

  const Look& look_;
  const AssetId asset_;
  std::uint64_t seen_ = 0;
  std::set<std::string> ids_;  // of what an entry must name to be about it
  std::set<std::int64_t> own_findings_;
  Json::Object before_;
  std::map<std::string, std::string> names_;
  std::vector<Happening> found_;
};

}  // namespace

Result<std::vector<Happening>> history_of(const Look& look, const AssetId& asset) {
  Reader reader(look, asset);
  RETURN_IF_ERROR(client::each_kept_entry(
      look.home, [&](std::string_view bytes) { return reader.take(bytes); }));
  return reader.found();
}

}  // namespace strongroom::terminal

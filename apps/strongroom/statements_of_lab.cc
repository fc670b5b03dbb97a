#include "statements_of_lab.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "crypto/hash.h"

namespace strongroom::terminal {

using format::Json;

namespace {

constexpr std::size_t kWordBytesMax = 64;
constexpr std::size_t kWordDigits = 8;
constexpr std::array<std::string_view, 3> kFields{"owner", "people", "hosts"};

bool fits_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

// Calls `take(field, text)` for every owner, person and place in facts of either form.
template <class Take>
void each_name(const Json& facts, const Take& take) {
  const Json::Object* members = facts.object();
  if (members == nullptr) return;
  const auto list = [&](const Json* json, std::string_view field) {
    if (json == nullptr || json->array() == nullptr) return;
    for (const Json& each : *json->array()) {
      if (each.text() != nullptr) take(std::string(field), *each.text());
    }
  };
  const auto member = [](const Json::Object& in, std::string_view name) -> const Json* {
    const auto found = in.find(name);
    return found == in.end() ? nullptr : &found->second;
  };
  if (const Json* owner = member(*members, "owner"); owner != nullptr && owner->text() != nullptr)
    take("owner", *owner->text());
  list(member(*members, "hosts"), "hosts");
  const Json* reachers = member(*members, "reachable_by");
  if (reachers != nullptr && reachers->object() != nullptr)
    list(member(*reachers->object(), "people"), "people");
}

}  // namespace

std::string word_of(std::string_view text) {
  std::string word;
  for (const char c : text) {
    if (fits_word(c)) {
      word += c;
    } else if (!word.empty() && word.back() != '-') {
      word += '-';
    }
  }
  if (!word.empty() && word.back() == '-' && !text.ends_with('-')) word.pop_back();
  if (!word.empty() && word.size() <= kWordBytesMax) return word;
  word.resize(std::min(word.size(), kWordBytesMax - kWordDigits - 1));
  if (!word.empty() && word.back() != '-') word += '-';
  return word + crypto::sha256(as_bytes(text)).hex().substr(0, kWordDigits);
}

Result<Commitments> Commitments::of_log(const client::Follower& follower) {
  ASSIGN_OR_RETURN(const std::vector<registry::Asset> assets,
                   follower.world().rooms().registry.assets());
  std::map<std::string, std::set<Digest>> wanted;
  for (const registry::Asset& asset : assets) {
    if (!asset.stated) continue;
    each_name(asset.stated->facts.facts, [&](const std::string& field, const std::string& hex) {
      if (const auto digest = Digest::from_hex_text(hex)) wanted[field].insert(*digest);
    });
  }
  Commitments known;
  for (const std::string_view each : kFields) {
    const std::string field(each);
    const std::vector<Digest> list(wanted[field].begin(), wanted[field].end());
    ASSIGN_OR_RETURN(const auto texts, follower.texts(field, list));
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (!texts[i]) continue;
      known.commitments_.emplace(std::pair(field, *texts[i]), list[i].hex());
      known.texts_.emplace(std::pair(field, list[i].hex()), *texts[i]);
    }
  }
  return known;
}

Result<std::string> Commitments::commitment(const std::string& field, const std::string& text) {
  const auto found = commitments_.find(std::pair(field, text));
  if (found != commitments_.end()) return found->second;
  ASSIGN_OR_RETURN(const protocol::Opening opening, protocol::open_text(text));
  const std::string hex = protocol::commitment_to(field, opening).hex();
  commitments_.emplace(std::pair(field, text), hex);
  texts_.emplace(std::pair(field, hex), text);
  new_.emplace(hex, protocol::Text{field, opening});
  return hex;
}

std::optional<std::string> Commitments::text(const std::string& field,
                                             const std::string& commitment) const {
  const auto found = texts_.find(std::pair(field, commitment));
  return found == texts_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<protocol::Text> Commitments::take_new(const Json& facts) {
  std::vector<protocol::Text> texts;
  each_name(facts, [&](const std::string&, const std::string& hex) {
    const auto found = new_.find(hex);
    if (found == new_.end()) return;
    texts.push_back(std::move(found->second));
    new_.erase(found);
  });
  return texts;
}

namespace {

// One asset's members, one after the other.
class LogForm {
 public:
  LogForm(Commitments& commitments, const AssetNamed& named)
      : commitments_(commitments), named_(named) {}

  Result<Json> member(const std::string& name, const Json& value) {
    if (name == "owner") return committed("owner", value);
    if (name == "hosts") return each(value, [&](const Json& one) { return committed(name, one); });
    if (name == "weights_of") return each(value, [&](const Json& one) { return asset(one); });
    if (name == "reachable_by") return reachers(value);
    if (name == "safeguards") return with_words(value, "tested_against");
    if (name == "evaluations")
      return each(value, [&](const Json& one) { return with_words(one, "id"); });
    if (name == "derivation") return derivation(value);
    return value;
  }

 private:
  Result<Json> committed(const std::string& field, const Json& value) {
    if (value.text() == nullptr) return fail(ErrorCode::kMalformed, field + ": no text");
    ASSIGN_OR_RETURN(std::string hex, commitments_.commitment(field, *value.text()));
    return Json(std::move(hex));
  }
  Result<Json> asset(const Json& value) {
    if (value.text() == nullptr) return fail(ErrorCode::kMalformed, "an asset that is no name");
    ASSIGN_OR_RETURN(const AssetId id, named_(*value.text()));
    return Json(id);
  }
  static Result<Json> word(const Json& value) {
    if (value.text() == nullptr) return fail(ErrorCode::kMalformed, "a word that is no text");
    return Json(word_of(*value.text()));
  }
  // The facts' own form has its lists in order.
  template <class Make>
  static Result<Json> each(const Json& value, const Make& make) {
    if (value.array() == nullptr) return make(value);
    Json::Array made;
    for (const Json& one : *value.array()) {
      ASSIGN_OR_RETURN(Json form, make(one));
      made.push_back(std::move(form));
    }
    return Json(std::move(made));
  }
  static Result<Json> with_words(const Json& value, std::string_view name) {
    if (value.object() == nullptr) return value;
    Json::Object out = *value.object();
    const auto found = out.find(name);
    if (found == out.end()) return Json(std::move(out));
    ASSIGN_OR_RETURN(Json words, each(found->second, word));
    found->second = std::move(words);
    return Json(std::move(out));
  }
  Result<Json> reachers(const Json& value) {
    if (value.object() == nullptr) return value;
    Json::Object out = *value.object();
    if (const auto people = out.find("people"); people != out.end()) {
      ASSIGN_OR_RETURN(people->second, each(people->second, [&](const Json& one) {
                         return committed("people", one);
                       }));
    }
    if (const auto models = out.find("models"); models != out.end()) {
      ASSIGN_OR_RETURN(models->second,
                       each(models->second, [&](const Json& one) { return asset(one); }));
    }
    return Json(std::move(out));
  }
  Result<Json> derivation(const Json& value) {
    if (value.object() == nullptr) return value;  // "none"
    ASSIGN_OR_RETURN(Json form, with_words(value, "method"));
    ASSIGN_OR_RETURN(form, with_words(form, "propensities_induced"));
    ASSIGN_OR_RETURN(form, with_words(form, "shown_lower_by"));
    Json::Object out = *form.object();
    if (const auto parent = out.find("parent"); parent != out.end()) {
      ASSIGN_OR_RETURN(parent->second, asset(parent->second));
    }
    return Json(std::move(out));
  }

  Commitments& commitments_;
  const AssetNamed& named_;
};

}  // namespace

Result<Json> log_form(const Json& facts, const AssetId& id, Commitments& commitments,
                      const AssetNamed& named) {
  if (facts.object() == nullptr) return fail(ErrorCode::kMalformed, "facts: no object");
  LogForm form(commitments, named);
  Json::Object out;
  for (const auto& [name, value] : *facts.object()) {
    if (name == "name") continue;
    ASSIGN_OR_RETURN(Json member, form.member(name, value));
    out.emplace(name, std::move(member));
  }
  out.emplace("name", id);
  return Json(std::move(out));
}

}  // namespace strongroom::terminal

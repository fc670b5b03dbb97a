#include "model/pickle_judge.h"

#include <algorithm>
#include <array>

#include "model/pickle_rules.h"

namespace strongroom::model {
namespace {

constexpr std::size_t kPersistentPartsMax = 6;

/// What decides which code runs when an object is made, copied, read or called.
constexpr std::array<std::string_view, 30> kSpecialAttributes = {
    "__class__",   "__setstate__",     "__getstate__", "__reduce__",        "__reduce_ex__",
    "__getattr__", "__getattribute__", "__setattr__",  "__delattr__",       "__dict__",
    "__call__",    "__del__",          "__init__",     "__new__",           "__code__",
    "__globals__", "__builtins__",     "__bases__",    "__mro__",           "__subclasses__",
    "__import__",  "__loader__",       "__spec__",     "__wrapped__",       "__getinitargs__",
    "__getitem__", "__setitem__",      "__iter__",     "__init_subclass__", "__set_name__"};

bool is_dunder(std::string_view name) {
  return name.size() > 4 && name.starts_with("__") && name.ends_with("__");
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return c == '_' || c == '.' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z');
  });
}

/// Without white space and control bytes around, in lower case: what a disguise hides.
std::string undressed(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (static_cast<unsigned char>(c) <= ' ') continue;
    plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return plain;
}

/// Of a dotted name, the first part that satisfies `test`; empty when none does.
template <class Test>
std::string_view part_that(std::string_view dotted, Test&& test) {
  while (!dotted.empty()) {
    const std::size_t end = std::min(dotted.find('.'), dotted.size());
    const std::string_view part = dotted.substr(0, end);
    if (test(part)) return part;
    dotted.remove_prefix(std::min(end + 1, dotted.size()));
  }
  return {};
}

}  // namespace

void PickleJudge::find(const Rule& rule, const PickleStep& step, std::string_view what) {
  std::string sentence(step.opcode);
  sentence += " at byte " + std::to_string(step.offset) + " ";
  sentence += what;
  findings_.add(rule, sentence, step.offset);
}

void PickleJudge::hidden_name(const PickleStep& step) {
  find(kPickleHiddenName, step, "asks for a global by a name that is no constant text");
}

void PickleJudge::named(Index value, const PickleStep& step) {
  const PickleGlobal& global = *values_.global(value);
  if (list_.allowed(global) != nullptr) return;
  if (!named_.insert(values_.global_number(value)).second) return;
  const std::string asks = "asks for " + global.dotted();
  if (const auto why = list_.danger(global)) {
    find(kPickleDangerousGlobal, step, asks + ", which " + std::string(*why));
    return;
  }
  const std::string_view special = part_that(global.name, is_dunder);
  if (!special.empty() && !global.name.starts_with("__newobj")) {
    find(kPickleHiddenName, step, asks + ": " + std::string(special) + " leads anywhere");
    return;
  }
  const std::string_view through = part_that(
      global.name, [this](std::string_view part) { return list_.is_dangerous_module(part); });
  if (!through.empty()) {
    find(kPickleHiddenName, step, asks + ", and so reaches " + std::string(through));
    return;
  }
  const PickleGlobal plain{undressed(global.module), undressed(global.name)};
  if (plain.module != global.module && list_.danger(plain)) {
    find(kPickleHiddenName, step, asks + ", a name dressed up to pass by scanners");
    return;
  }
  if (!is_plain_name(global.module) || !is_plain_name(global.name)) {
    find(kPickleUnlistedGlobal, step,
         asks + ", which is no name that Python programs are written with");
    return;
  }
  find(kPickleUnlistedGlobal, step, asks + ", which is not on the list");
}

void PickleJudge::called(Index callee, Index arguments, bool has_keywords, const PickleStep& step) {
  const PickleGlobal* global = values_.global(callee);
  if (global == nullptr) {
    const bool is_made = values_.kind(callee) == PickleValues::Kind::kCall;
    find(is_made ? kPickleCallsComputed : kPickleUnlistedCall, step,
         "calls " + shown(callee) + " with " + shown(arguments));
    return;
  }
  const AllowedGlobal* allowed = list_.allowed(*global);
  if (allowed != nullptr) {
    if (has_keywords) {
      find(kPickleUnlistedUse, step, "calls " + global->dotted() + " with keyword arguments");
    }
    call_listed(*allowed, callee, arguments, step);
    return;
  }
  const std::string calls = "calls " + global->dotted() + " with " + shown(arguments);
  if (const auto why = list_.danger(*global)) {
    find(kPickleRunsCode, step, calls + ", which " + std::string(*why));
  } else if (list_.is_hostile_when_called(*global)) {
    find(kPickleRunsCode, step,
         calls + ": a part of Python's library that no model has business with");
  } else {
    find(kPickleUnlistedCall, step, calls);
  }
}

void PickleJudge::call_listed(const AllowedGlobal& allowed, Index callee, Index arguments,
                              const PickleStep& step) {
  const std::string name = values_.global(callee)->dotted();
  if (!allowed.may_be_called) {
    find(kPickleUnlistedUse, step,
         "calls " + name + ", which is listed to be named, not to be called");
    return;
  }
  if (!arguments_fit(allowed, arguments)) {
    find(kPickleUnlistedUse, step,
         "calls " + name + " with " + shown(arguments) + ", which it is not listed with");
    return;
  }
  const std::vector<Index> given = values_.items(arguments);
  for (std::size_t at = 0; at < given.size(); ++at) {
    const std::vector<std::string>& forms = allowed.arguments[at].any_of;
    const bool is_state = std::find(forms.begin(), forms.end(), "attributes") != forms.end();
    if (is_state && !attributes_fit(given[at], step)) {
      find(kPickleUnlistedUse, step,
           "has " + name + " set attributes that it is not listed with: " + shown(given[at]));
    }
  }
  if (!allowed.applies) return;
  const PickleGlobal* applied = values_.global(given[0]);
  const AllowedGlobal* inner = applied == nullptr ? nullptr : list_.allowed(*applied);
  if (inner == nullptr || inner->applies) return;  // its form said that it is listed
  const bool passes_arguments = values_.kind(given[2]) == PickleValues::Kind::kTuple;
  if (passes_arguments && !arguments_fit(*inner, given[2])) {
    find(kPickleUnlistedUse, step,
         "has " + applied->dotted() + " called with " + shown(given[2]) +
             ", which it is not listed with");
  }
}

const PickleGlobal* PickleJudge::maker(Index call) const {
  if (values_.kind(call) != PickleValues::Kind::kCall) return nullptr;
  const PickleGlobal* global = values_.global(values_.callee(call));
  const AllowedGlobal* allowed = global == nullptr ? nullptr : list_.allowed(*global);
  if (allowed == nullptr || !allowed->applies) return global;
  const std::vector<Index> given = values_.items(values_.arguments(call));
  return given.empty() ? nullptr : values_.global(given[0]);
}

void PickleJudge::built(Index object, Index state, const PickleStep& step) {
  using Kind = PickleValues::Kind;
  if (values_.kind(object) == Kind::kGlobal) {
    find(kPickleChangesGlobal, step,
         "sets attributes of " + values_.global(object)->dotted() + " itself: " + shown(state));
    return;
  }
  if (values_.kind(object) != Kind::kCall) {
    find(kPickleUnlistedUse, step, "gives a state to " + shown(object));
    return;
  }
  const PickleGlobal* global = maker(object);
  const AllowedGlobal* allowed = global == nullptr ? nullptr : list_.allowed(*global);
  // What is not listed has been found already; but attributes say more.
  const std::string form = allowed == nullptr ? "attributes" : allowed->state;
  bool fits = false;
  if (form == "attributes") fits = attributes_fit(state, step);
  if (form == "array") fits = array_state_fits(state);
  if (form == "dtype") fits = !used_dtypes_.contains(object) && dtype_state_fits(object, state);
  if (form == "dtype") use_dtype(object);
  if (!fits && allowed != nullptr) {
    find(kPickleUnlistedUse, step,
         "gives " + global->dotted() + " the state " + shown(state) +
             ", which it is not listed with");
  }
}

bool PickleJudge::special_attribute(std::string_view name, const PickleStep& step) {
  const bool is_special = std::find(kSpecialAttributes.begin(), kSpecialAttributes.end(), name) !=
                          kSpecialAttributes.end();
  if (is_special) find(kPickleSpecialAttribute, step, "sets the attribute " + std::string(name));
  return is_special || is_dunder(name);
}

/// The same dict can be given again and again: looking at it is paid for from a bounded purse.
bool PickleJudge::may_look_at(std::size_t items, const PickleStep& step) {
  if (items > items_left_) {
    find(kPickleTooLarge, step, "gives the same large state too often to look through it");
    return false;
  }
  items_left_ -= items;
  return true;
}

bool PickleJudge::attributes_fit(Index state, const PickleStep& step) {
  using Kind = PickleValues::Kind;
  std::vector<Index> dicts{state};
  if (values_.kind(state) == Kind::kTuple) {
    if (values_.item_count(state) != 2) return false;
    dicts = values_.items(state);
  }
  bool all_fit = true;
  for (const Index dict : dicts) {
    if (values_.kind(dict) == Kind::kNone) continue;
    const bool is_dict =
        values_.kind(dict) == Kind::kDict || (is_call_of(dict, "collections", "OrderedDict") &&
                                              values_.item_count(values_.arguments(dict)) == 0);
    if (!may_look_at(values_.item_count(dict), step)) return false;
    const std::vector<Index> items = values_.items(dict);
    all_fit = all_fit && is_dict;
    for (std::size_t at = 0; at + 1 < items.size(); at += 2) {
      const std::optional<std::string_view> name = values_.text(items[at]);
      if (!name || special_attribute(*name, step)) all_fit = false;
    }
  }
  return all_fit;
}

void PickleJudge::items_set(Index object, const PickleStep& step) {
  const PickleGlobal* global = values_.global(object);
  if (global != nullptr) {
    find(kPickleChangesGlobal, step, "sets items of " + global->dotted() + " itself");
    return;
  }
  const PickleGlobal* made_by = maker(object);
  const AllowedGlobal* allowed = made_by == nullptr ? nullptr : list_.allowed(*made_by);
  if (allowed != nullptr && allowed->takes_items) return;
  find(kPickleUnlistedUse, step, "sets items of " + shown(object));
}

void PickleJudge::appended_to(Index object, const PickleStep& step) {
  const PickleGlobal* global = values_.global(object);
  if (global != nullptr) {
    find(kPickleChangesGlobal, step, "appends to " + global->dotted() + " itself");
    return;
  }
  const PickleGlobal* made_by = maker(object);
  const AllowedGlobal* allowed = made_by == nullptr ? nullptr : list_.allowed(*made_by);
  if (allowed != nullptr && allowed->takes_appends) return;
  find(kPickleUnlistedUse, step, "appends to " + shown(object));
}

void PickleJudge::persistent(Index id, const PickleStep& step) {
  using Kind = PickleValues::Kind;
  const std::vector<Index> parts = values_.first_items(id, kPersistentPartsMax + 1);
  if (values_.kind(id) == Kind::kTuple && parts.size() >= 4 &&
      parts.size() <= kPersistentPartsMax) {
    const std::optional<std::string_view> type = values_.text(parts[0]);
    // A storage: its type, key, place and size; in old files a view of another one.
    if (type == "storage" && parts.size() >= 5 && values_.global(parts[1]) != nullptr &&
        values_.kind(parts[2]) == Kind::kText && values_.kind(parts[3]) == Kind::kText &&
        values_.kind(parts[4]) == Kind::kInt) {
      return;
    }
    // A class with its source text beside it, which is compared and never run.
    if (type == "module" && values_.global(parts[1]) != nullptr) return;
  }
  find(kPicklePersistentId, step, "leaves " + shown(id) + " to the program that loads it");
}

}  // namespace strongroom::model

// What an argument or a state may be, by the words that catalog/pickle_globals.json uses for it.
#include <algorithm>

#include "model/pickle_judge.h"

namespace strongroom::model {
namespace {

using Kind = PickleValues::Kind;

constexpr std::size_t kShownTextBytesMax = 80;
constexpr std::size_t kShownItemsMax = 4;
constexpr std::int64_t kObjectDtypeFlags = 63;
constexpr std::int64_t kUnicodeDtypeFlags = 8;

/// "f4", "<U10", "O8", "|b1": one kind of element and its size.
bool is_dtype_name(std::string_view name) {
  if (!name.empty() && std::string_view("<>|=").find(name[0]) != std::string_view::npos) {
    name.remove_prefix(1);
  }
  if (name.empty() || name.size() > 10) return false;
  if (std::string_view("biufcSUVO?").find(name[0]) == std::string_view::npos) return false;
  return std::all_of(name.begin() + 1, name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool PickleJudge::arguments_fit(const AllowedGlobal& allowed, Index arguments) {
  if (values_.kind(arguments) != Kind::kTuple ||
      values_.item_count(arguments) > allowed.arguments.size()) {
    return false;
  }
  const std::vector<Index> given = values_.items(arguments);
  for (std::size_t at = 0; at < allowed.arguments.size(); ++at) {
    const PickleForm& form = allowed.arguments[at];
    if (at >= given.size()) {
      if (!form.is_optional) return false;
    } else if (!fits(form, given[at])) {
      return false;
    }
  }
  return true;
}

bool PickleJudge::fits(const PickleForm& form, Index value) {
  return std::any_of(form.any_of.begin(), form.any_of.end(),
                     [&](const std::string& one) { return fits(one, value); });
}

bool PickleJudge::fits(std::string_view form, Index value) {
  if (form == "any") return true;
  if (form.starts_with('=')) return values_.text(value) == form.substr(1);
  if (form.starts_with('@')) {
    const PickleGlobal* global = values_.global(value);
    return global != nullptr && global->dotted() == form.substr(1);
  }
  return fits_literal(form, value) || fits_made(form, value);
}

bool PickleJudge::fits_literal(std::string_view form, Index value) const {
  switch (values_.kind(value)) {
    case Kind::kNone:
      return form == "none";
    case Kind::kBool:
      return form == "bool";
    case Kind::kInt:
      return form == "int" || form == "number";
    case Kind::kFloat:
      return form == "number";
    case Kind::kText:
      return form == "str" ||
             (form == "dtype-name" && is_dtype_name(values_.text(value).value_or("")));
    case Kind::kBytes:
      return form == "bytes";
    case Kind::kList:
      return form == "list";
    case Kind::kTuple: {
      if (form == "tuple") return true;
      return form == "origin" && values_.item_count(value) == 1 &&
             values_.integer(values_.items(value)[0]) == 0;
    }
    case Kind::kDict:
      return form == "dict";
    case Kind::kSet:
      return form == "set";
    default:
      return false;
  }
}

bool PickleJudge::fits_made(std::string_view form, Index value) {
  if (form == "bytes") return is_bytes(value);
  if (form == "global") {
    const PickleGlobal* global = values_.global(value);
    return global != nullptr && list_.allowed(*global) != nullptr;
  }
  if (form == "class") return is_listed_call(value, 0);
  if (form == "callable") {
    const PickleGlobal* global = values_.global(value);
    const AllowedGlobal* allowed = global == nullptr ? nullptr : list_.allowed(*global);
    return allowed != nullptr && allowed->may_be_called && !allowed->applies;
  }
  if (form == "plain-dtype") {
    use_dtype(value);
    return is_dtype(value) && !is_object_dtype(value);
  }
  if (form == "storage") {
    return values_.kind(value) == Kind::kPersistent ||
           is_call_of(value, "torch.storage", "_load_from_bytes");
  }
  if (form == "size") return is_call_of(value, "torch", "Size");
  if (form == "attributes") {
    const Kind kind = values_.kind(value);
    return kind == Kind::kNone || kind == Kind::kDict || kind == Kind::kTuple ||
           is_call_of(value, "collections", "OrderedDict");
  }
  if (form == "torch-file") return values_.kind(value) == Kind::kBytes;
  const PickleGlobal* made_by = maker(value);
  if (made_by == nullptr || list_.allowed(*made_by) == nullptr) return false;
  if (form == "tensor") return made_by->module.starts_with("torch._");
  return form == "array" && made_by->module.starts_with("numpy.") && made_by->name != "scalar";
}

/// A listed global that may be called with so many arguments or fewer.
bool PickleJudge::is_listed_call(Index value, std::size_t arguments) const {
  const PickleGlobal* global = values_.global(value);
  const AllowedGlobal* allowed = global == nullptr ? nullptr : list_.allowed(*global);
  if (allowed == nullptr || !allowed->may_be_called || allowed->applies) return false;
  return std::count_if(allowed->arguments.begin(), allowed->arguments.end(),
                       [](const PickleForm& form) { return !form.is_optional; }) <=
         static_cast<std::ptrdiff_t>(arguments);
}

bool PickleJudge::is_call_of(Index value, std::string_view module, std::string_view name) const {
  if (values_.kind(value) != Kind::kCall) return false;
  const PickleGlobal* global = values_.global(values_.callee(value));
  return global != nullptr && global->module == module && global->name == name;
}

bool PickleJudge::is_bytes(Index value) const {
  return values_.kind(value) == Kind::kBytes || is_call_of(value, "_codecs", "encode") ||
         is_call_of(value, "builtins", "bytes") || is_call_of(value, "builtins", "bytearray");
}

bool PickleJudge::is_dtype(Index value) const { return is_call_of(value, "numpy", "dtype"); }

bool PickleJudge::is_object_dtype(Index dtype) const {
  const std::vector<Index> given = values_.first_items(values_.arguments(dtype), 1);
  const std::string_view name =
      given.empty() ? std::string_view("O") : values_.text(given[0]).value_or("O");
  return name.find('O') != std::string_view::npos;
}

/// (version, order, subtype, names, fields, size, alignment, flags). A subtype, fields, or flags
/// that do not go with the name would have numpy take plain bytes for pointers.
bool PickleJudge::dtype_state_fits(Index dtype, Index state) const {
  const std::vector<Index> parts = values_.first_items(state, 9);
  if (values_.kind(state) != Kind::kTuple || parts.size() != 8) return false;
  for (const std::size_t at : {2u, 3u, 4u}) {
    if (values_.kind(parts[at]) != Kind::kNone) return false;
  }
  for (const std::size_t at : {0u, 5u, 6u, 7u}) {
    if (!values_.integer(parts[at])) return false;
  }
  const std::int64_t flags = *values_.integer(parts[7]);
  if (is_object_dtype(dtype)) return flags == kObjectDtypeFlags;
  return (flags == 0 || flags == kUnicodeDtypeFlags) && *values_.integer(parts[5]) >= -1;
}

/// (version, shape, dtype, is_fortran, bytes or list).
bool PickleJudge::array_state_fits(Index state) {
  const std::vector<Index> parts = values_.first_items(state, 6);
  if (values_.kind(state) != Kind::kTuple || parts.size() != 5) return false;
  const Index dtype = parts[2];
  const bool fits = values_.kind(parts[0]) == Kind::kInt &&
                    values_.kind(parts[1]) == Kind::kTuple && is_dtype(dtype) &&
                    values_.kind(parts[3]) == Kind::kBool;
  if (!fits) return false;
  use_dtype(dtype);
  if (is_object_dtype(dtype)) return values_.kind(parts[4]) == Kind::kList;
  return is_bytes(parts[4]) || values_.kind(parts[4]) == Kind::kText;
}

std::string PickleJudge::shown(Index value, int depth) const {
  switch (values_.kind(value)) {
    case Kind::kNone:
      return "None";
    case Kind::kBool:
      return values_.boolean(value) ? "True" : "False";
    case Kind::kInt:
      return values_.integer(value) ? std::to_string(*values_.integer(value)) : "a large number";
    case Kind::kFloat:
      return "a float";
    case Kind::kText: {
      const std::optional<std::string_view> text = values_.text(value);
      if (!text) return "a long text";
      return "'" + std::string(text->substr(0, kShownTextBytesMax)) +
             (text->size() > kShownTextBytesMax ? "…'" : "'");
    }
    case Kind::kBytes:
      return "bytes";
    case Kind::kGlobal:
      return values_.global(value)->dotted();
    case Kind::kPersistent:
      return "a persistent object";
    case Kind::kCall:
      if (depth == 0) return "a call's result";
      return shown(values_.callee(value), depth - 1) + shown(values_.arguments(value), depth - 1);
    case Kind::kUnknown:
      return "something that the file does not hold";
    case Kind::kMark:
      return "a mark";
    default:
      break;
  }
  const bool is_tuple = values_.kind(value) == Kind::kTuple;
  const bool is_list = values_.kind(value) == Kind::kList;
  std::string all = is_tuple ? "(" : is_list ? "[" : "{";
  const std::string_view end = is_tuple ? ")" : is_list ? "]" : "}";
  std::size_t shown_items = 0;
  if (depth > 0) {
    for (const Index item : values_.first_items(value, kShownItemsMax)) {
      if (shown_items++ > 0) all += ", ";
      all += shown(item, depth - 1);
    }
  }
  if (values_.item_count(value) > shown_items) all += shown_items > 0 ? ", …" : "…";
  return all + std::string(end);
}

}  // namespace strongroom::model

#include "model/pickle_globals.h"

#include <algorithm>

#include "model/catalog_pickle_globals.h"

namespace strongroom::model {
namespace {

using format::Fields;
using format::Json;

constexpr std::size_t kCatalogBytesMax = 1u << 20;
constexpr std::size_t kRowsMax = 10'000;
constexpr std::string_view kWhat = "pickle_globals.json";

Result<std::vector<std::string>> texts(Fields& fields, std::string_view name) {
  ASSIGN_OR_RETURN(const Json::Array* rows, fields.array(name, kRowsMax));
  std::vector<std::string> all;
  for (const Json& row : *rows) {
    if (row.text() == nullptr) return fail(ErrorCode::kMalformed, std::string(kWhat));
    all.push_back(*row.text());
  }
  return all;
}

PickleForm form_of(std::string_view text) {
  PickleForm form;
  form.is_optional = text.ends_with('?');
  if (form.is_optional) text.remove_suffix(1);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('|'), text.size());
    form.any_of.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return form;
}

std::string_view first_part(std::string_view dotted) { return dotted.substr(0, dotted.find('.')); }

/// The first `length` bytes and every shorter beginning that ends before a dot, longest first.
template <class Visit>
bool any_beginning(std::string_view dotted, Visit&& visit) {
  while (true) {
    if (visit(dotted)) return true;
    const std::size_t dot = dotted.rfind('.');
    if (dot == std::string_view::npos) return false;
    dotted = dotted.substr(0, dot);
  }
}

}  // namespace

Result<void> PickleGlobals::add_allowed(const Json& row) {
  Fields fields(row, kWhat);
  ASSIGN_OR_RETURN(const std::string module, fields.text("module"));
  ASSIGN_OR_RETURN(const std::vector<std::string> names, texts(fields, "names"));
  RETURN_IF_ERROR(fields.text("why"));
  AllowedGlobal allowed;
  if (fields.has("call")) {
    allowed.may_be_called = true;
    ASSIGN_OR_RETURN(const std::vector<std::string> forms, texts(fields, "call"));
    for (const std::string& form : forms) allowed.arguments.push_back(form_of(form));
  }
  if (fields.has("state")) {
    ASSIGN_OR_RETURN(allowed.state, fields.text("state"));
  }
  if (fields.has("applies")) {
    ASSIGN_OR_RETURN(allowed.applies, fields.boolean("applies"));
  }
  if (fields.has("items")) {
    ASSIGN_OR_RETURN(allowed.takes_items, fields.boolean("items"));
  }
  if (fields.has("appends")) {
    ASSIGN_OR_RETURN(allowed.takes_appends, fields.boolean("appends"));
  }
  for (const std::string& name : names) {
    if (!allowed_.try_emplace(PickleGlobal{module, name}, allowed).second) {
      return fail(ErrorCode::kMalformed, module + "." + name + " is listed twice");
    }
  }
  return fields.done();
}

Result<void> PickleGlobals::add_dangerous(const Json& row) {
  Fields fields(row, kWhat);
  ASSIGN_OR_RETURN(const std::vector<std::string> modules, texts(fields, "modules"));
  ASSIGN_OR_RETURN(const std::vector<std::string> names, texts(fields, "names"));
  ASSIGN_OR_RETURN(const std::string why, fields.text("why"));
  for (const std::string& module : modules) {
    dangerous_[module].push_back({why, {names.begin(), names.end()}});
  }
  return fields.done();
}

Result<void> PickleGlobals::add_doubtful(const Json& row) {
  Fields fields(row, kWhat);
  ASSIGN_OR_RETURN(const std::string module, fields.text("module"));
  ASSIGN_OR_RETURN(const std::vector<std::string> names, texts(fields, "names"));
  doubtful_.try_emplace(module, names.begin(), names.end());
  return fields.done();
}

Result<PickleGlobals> PickleGlobals::parse(std::string_view canonical_json) {
  ASSIGN_OR_RETURN(const Json json, format::decode_canonical(canonical_json, kCatalogBytesMax));
  PickleGlobals globals;
  Fields fields(json, kWhat);
  ASSIGN_OR_RETURN(const Json::Array* allowed, fields.array("allowed", kRowsMax));
  for (const Json& row : *allowed) RETURN_IF_ERROR(globals.add_allowed(row));
  ASSIGN_OR_RETURN(const Json::Array* dangerous, fields.array("dangerous", kRowsMax));
  for (const Json& row : *dangerous) RETURN_IF_ERROR(globals.add_dangerous(row));
  ASSIGN_OR_RETURN(const Json::Array* doubtful, fields.array("doubtful", kRowsMax));
  for (const Json& row : *doubtful) RETURN_IF_ERROR(globals.add_doubtful(row));
  ASSIGN_OR_RETURN(const std::vector<std::string> library, texts(fields, "standard_library"));
  globals.standard_library_.insert(library.begin(), library.end());
  RETURN_IF_ERROR(fields.done());
  return globals;
}

const PickleGlobals& PickleGlobals::built_in() {
  static const Result<PickleGlobals> kBuiltIn = parse(kCatalogPickleGlobals);
  CHECK(kBuiltIn.has_value());
  return *kBuiltIn;
}

const AllowedGlobal* PickleGlobals::allowed(const PickleGlobal& global) const {
  const auto at = allowed_.find(global);
  return at == allowed_.end() ? nullptr : &at->second;
}

std::optional<std::string_view> PickleGlobals::danger(const PickleGlobal& global) const {
  std::optional<std::string_view> why;
  any_beginning(global.module, [&](std::string_view module) {
    const auto at = dangerous_.find(module);
    if (at == dangerous_.end()) return false;
    // Below a listed module, the next part of the module's own name counts as the name.
    const std::string_view rest = module.size() == global.module.size()
                                      ? std::string_view(global.name)
                                      : std::string_view(global.module).substr(module.size() + 1);
    for (const Danger& danger : at->second) {
      const bool hit = danger.names.empty() || danger.names.contains(first_part(rest)) ||
                       danger.names.contains(rest);
      if (hit) why = danger.why;
    }
    return why.has_value();
  });
  return why;
}

bool PickleGlobals::is_dangerous_module(std::string_view module) const {
  const auto at = dangerous_.find(module);
  return at != dangerous_.end() &&
         std::any_of(at->second.begin(), at->second.end(),
                     [](const Danger& danger) { return danger.names.empty(); });
}

bool PickleGlobals::is_hostile_when_called(const PickleGlobal& global) const {
  const auto doubtful = doubtful_.find(global.module);
  if (doubtful != doubtful_.end() &&
      (doubtful->second.empty() || doubtful->second.contains(global.name))) {
    return false;
  }
  return standard_library_.contains(first_part(global.module));
}

PickleGlobal as_python3(std::string_view module, std::string_view name) {
  if (module == "__builtin__") module = "builtins";
  if (module == "copy_reg") module = "copyreg";
  return {std::string(module), std::string(name)};
}

}  // namespace strongroom::model

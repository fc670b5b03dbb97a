#ifndef STRONGROOM_MODEL_PICKLE_GLOBALS_H_
#define STRONGROOM_MODEL_PICKLE_GLOBALS_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "format/json.h"
#include "model/pickle_values.h"

namespace strongroom::model {

/// What an argument may be: one of several forms ("list", "int", "=latin1", …; the judge knows
/// what each means).
struct PickleForm {
  std::vector<std::string> any_of;
  bool is_optional = false;
};

/// A global that is known to be harmless, and in which uses. Naming it is always one of them.
struct AllowedGlobal {
  bool may_be_called = false;
  std::vector<PickleForm> arguments;  ///< when it may be called
  /// It calls its first argument, which has to be a listed call itself; what it gives is what that
  /// gives. With three arguments or more the third one holds the arguments, else there are none.
  bool applies = false;
  std::string state;           ///< the form of the state it may be built with; "" for none
  bool takes_items = false;    ///< its result's items may be set
  bool takes_appends = false;  ///< its result may be appended to
};

/// catalog/pickle_globals.json. Everything that is on neither list is unknown, and never clean.
class PickleGlobals {
 public:
  /// The list that is built in; read once. Thread-safe.
  [[nodiscard]] static const PickleGlobals& built_in();
  /// Errors: kMalformed.
  [[nodiscard]] static Result<PickleGlobals> parse(std::string_view canonical_json);

  /// Null: not on the list.
  [[nodiscard]] const AllowedGlobal* allowed(const PickleGlobal& global) const;
  /// Why it is hostile to name it: "runs commands". Nothing: it is not.
  [[nodiscard]] std::optional<std::string_view> danger(const PickleGlobal& global) const;
  /// A module that is dangerous as a whole: no attribute of another module has its name.
  [[nodiscard]] bool is_dangerous_module(std::string_view module) const;
  /// Of Python's standard library, and not among the few whose calls are merely unlisted: no model
  /// has business calling it.
  [[nodiscard]] bool is_hostile_when_called(const PickleGlobal& global) const;

 private:
  struct Danger {
    std::string why;
    std::set<std::string, std::less<>> names;  // empty: all of them
  };

  Result<void> add_allowed(const format::Json& row);
  Result<void> add_dangerous(const format::Json& row);
  Result<void> add_doubtful(const format::Json& row);

  std::map<PickleGlobal, AllowedGlobal> allowed_;
  std::map<std::string, std::vector<Danger>, std::less<>> dangerous_;
  std::map<std::string, std::set<std::string, std::less<>>, std::less<>> doubtful_;
  std::set<std::string, std::less<>> standard_library_;
};

/// As Python 3 reads the names of Python 2 (the few whose modules are on the list).
[[nodiscard]] PickleGlobal as_python3(std::string_view module, std::string_view name);

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_PICKLE_GLOBALS_H_

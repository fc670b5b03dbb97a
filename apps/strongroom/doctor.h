#ifndef STRONGROOM_STRONGROOM_DOCTOR_H_
#define STRONGROOM_STRONGROOM_DOCTOR_H_

#include <string>
#include <vector>

#include "format/json.h"
#include "options.h"

/// What is wrong with this machine. Looking is apart from judging: what was looked at is one flat
/// JSON object of facts, which another machine's doctor may have told.
namespace strongroom::terminal {

/// Facts by name: integers, booleans and texts. A fact that could not be found out is absent.
using Facts = format::Json::Object;

enum class Health { kOk, kWarning, kWrong };
[[nodiscard]] std::string_view name_of(Health health);

struct Finding {
  std::string check;
  Health health = Health::kOk;
  std::string why;
  std::string remedy;  ///< empty when all is well
};

/// Looks at this machine, and at the home and agent that `common` and `agent` name. Never fails,
/// never waits long for anything, needs no passphrase and changes nothing.
[[nodiscard]] Facts look(const Common& common, const std::string& agent);
/// Pure. One finding for each check, always in the same order.
[[nodiscard]] std::vector<Finding> judge_machine(const Facts& facts);

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_DOCTOR_H_

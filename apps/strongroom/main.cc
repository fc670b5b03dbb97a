#include <cstdlib>

#include "base/program.h"
#include "base/secret.h"
#include "parse.h"
#include "screen.h"

namespace {

using strongroom::Result;
using namespace strongroom::terminal;

int run(const std::vector<std::string>& words) {
  Common common;
  const char* no_color = std::getenv("NO_COLOR");
  common.no_color = no_color != nullptr && *no_color != '\0';
  const std::vector<Verb> verbs = all_verbs();
  const Result<Typed> typed = parse(verbs, common, words);
  if (!typed) return report_error(common, "", typed.error());
  if (typed->verb == nullptr) {
    strongroom::write_out(typed->text);
    return 0;
  }
  if (common.parse_only) return 0;
  const LastWords last("what was sent may stand; strongroom status shows what does");
  const Result<int> result = typed->verb->run(common);
  return result ? *result : report_error(common, typed->verb->name, result.error());
}

}  // namespace

int main(int argc, char** argv) {
  strongroom::begin_program();
  strongroom::harden_process();
  return strongroom::exit_status(run(std::vector<std::string>(argv + 1, argv + argc)));
}

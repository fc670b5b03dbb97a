#include "base/program.h"
#include "base/secret.h"
#include "parse.h"

namespace {

using strongroom::report;
using strongroom::Result;
using namespace strongroom::terminal;

int run(const std::vector<std::string>& words) {
  Common common;
  const std::vector<Verb> verbs = all_verbs();
  const Result<Typed> typed = parse(verbs, common, words);
  if (!typed) return report("strongroom", typed.error(), common.json);
  if (typed->verb == nullptr) {
    strongroom::write_out(typed->text);
    return 0;
  }
  if (common.parse_only) return 0;
  const Result<int> result = typed->verb->run(common);
  return result ? *result : report("strongroom", result.error(), common.json);
}

}  // namespace

int main(int argc, char** argv) {
  strongroom::begin_program();
  strongroom::harden_process();
  return strongroom::exit_status(run(std::vector<std::string>(argv + 1, argv + argc)));
}

#include <fmt/format.h>

#include "base/program.h"
#include "base/secret.h"
#include "parse.h"

int main(int argc, char** argv) {
  using namespace strongroom::terminal;
  strongroom::harden_process();
  Common common;
  const std::vector<Verb> verbs = all_verbs();
  const strongroom::Result<Typed> typed =
      parse(verbs, common, std::vector<std::string>(argv + 1, argv + argc));
  if (!typed) return strongroom::report("strongroom", typed.error(), common.json);
  if (typed->verb == nullptr) {
    fmt::print("{}", typed->text);
    return 0;
  }
  if (common.parse_only) return 0;
  const strongroom::Result<int> result = typed->verb->run(common);
  return result ? *result : strongroom::report("strongroom", result.error(), common.json);
}

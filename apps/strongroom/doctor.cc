#include "doctor.h"

#include <fmt/format.h>

#include "base/program.h"
#include "io/read_only_directory.h"
#include "screen.h"
#include "session.h"
#include "verbs.h"

namespace strongroom::terminal {

namespace {

using format::Json;

struct DoctorOptions {
  std::string agent;
  std::string facts;
};

constexpr std::size_t kFactsBytesMax = 64 * 1024;

// What `doctor --json` told, here or elsewhere; only its facts are used.
Result<Facts> told_facts(const std::string& path) {
  ASSIGN_OR_RETURN(const Bytes bytes, io::read_file(path, kFactsBytesMax));
  std::string_view text = as_text(bytes);
  while (text.ends_with('\n')) text.remove_suffix(1);
  ASSIGN_OR_RETURN(const Json json, format::decode_canonical(text, kFactsBytesMax));
  format::Fields fields(json, "what a doctor told");
  ASSIGN_OR_RETURN(const Json::Object* facts, fields.object("facts"));
  return *facts;
}

Ink ink_of(Health health) {
  switch (health) {
    case Health::kOk:
      return Ink::kGood;
    case Health::kWarning:
      return Ink::kWarning;
    case Health::kWrong:
      break;
  }
  return Ink::kBad;
}

void say_finding(const Common& common, const Finding& finding) {
  const std::string state = fmt::format("{:<7}", name_of(finding.health));
  say(common, fmt::format("{}  {:<12} {}", inked(common, 1, ink_of(finding.health), state),
                          finding.check, finding.why));
  if (!finding.remedy.empty()) say(common, fmt::format("{:<22} -> {}", "", finding.remedy));
}

Result<int> doctor(const Common& common, const DoctorOptions& options) {
  Facts facts;
  if (options.facts.empty()) {
    facts = look(common, options.agent);
  } else {
    ASSIGN_OR_RETURN(facts, told_facts(options.facts));
  }
  std::size_t warnings = 0;
  std::size_t wrongs = 0;
  Json::Array told;
  for (const Finding& finding : judge_machine(facts)) {
    warnings += finding.health == Health::kWarning ? 1 : 0;
    wrongs += finding.health == Health::kWrong ? 1 : 0;
    say_finding(common, finding);
    told.emplace_back(Json::Object{{"check", finding.check},
                                   {"health", std::string(name_of(finding.health))},
                                   {"why", finding.why},
                                   {"remedy", finding.remedy}});
  }
  say(common, wrongs + warnings == 0 ? "Nothing is wrong here."
                                     : fmt::format("{} wrong, {} to look at.", wrongs, warnings));
  if (common.json) {
    write_out(fmt::format(
        "{}\n", format::encode(Json::Object{{"checks", std::move(told)},
                                            {"facts", std::move(facts)},
                                            {"ok", wrongs == 0},
                                            {"warnings", static_cast<std::int64_t>(warnings)},
                                            {"wrong", static_cast<std::int64_t>(wrongs)}})));
  }
  return wrongs == 0 ? 0 : static_cast<int>(ErrorCode::kUnavailable);
}

}  // namespace

Verb doctor_verb() {
  auto typed = std::make_shared<DoctorOptions>();
  return {.name = "doctor",
          .group = Group::kMachine,
          .summary = "Find what is wrong with this machine, and how to mend it",
          .more =
              "Each check is ok, a warning, or wrong, with a line that says why and one that "
              "says what to do. Ends with 34 when something is wrong; a warning alone ends with "
              "0. Asks for no passphrase and changes nothing.",
          .options = {{.spelled = "--agent",
                       .value = "SOCKET",
                       .about = "Socket of the agent on this host",
                       .into = &typed->agent,
                       .completes = Completes::kFile,
                       .environment = "STRONGROOM_AGENT"},
                      {.spelled = "--facts",
                       .value = "FILE",
                       .about = "Judge what doctor --json told on another machine",
                       .into = &typed->facts,
                       .completes = Completes::kFile}},
          .examples = {{"strongroom doctor --home ~/.strongroom", "looks at this machine"},
                       {"strongroom doctor --facts sent-by-a-colleague.json",
                        "judges what a colleague's doctor --json wrote"}},
          .run = [typed](const Common& common) { return doctor(common, *typed); }};
}

}  // namespace strongroom::terminal

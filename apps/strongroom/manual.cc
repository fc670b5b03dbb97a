#include <fmt/format.h>

#include "base/exit_codes.h"
#include "usage.h"

namespace strongroom::terminal {

namespace {

// Nothing in `text` is an instruction to roff; what is not ASCII is written by its code point.
std::string roff(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '\\') {
      out += "\\e";
    } else if (byte == '-') {
      out += "\\-";
    } else if (byte == '\'' || byte == '.') {
      out += (i == 0 ? "\\&" : "") + std::string(1, text[i]);
    } else if (byte >= 0xe0 && byte < 0xf0 && i + 2 < text.size()) {
      const unsigned second = static_cast<unsigned char>(text[i + 1]) & 0x3fu;
      const unsigned third = static_cast<unsigned char>(text[i + 2]) & 0x3fu;
      out += fmt::format("\\[u{:04X}]", (byte & 0x0fu) << 12 | second << 6 | third);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string bold(std::string_view text) { return "\\fB" + roff(text) + "\\fR"; }

std::string tagged(const std::string& tag, std::string_view text) {
  return ".TP\n" + tag + "\n" + roff(text) + "\n";
}

std::string option_entry(const Option& option) {
  std::string tag = bold(option.spelled);
  if (!option.value.empty()) tag += " \\fI" + roff(option.value) + "\\fR";
  std::string text = option.about;
  if (option.required && !option.is_by_place()) text += "; needed";
  if (!option.environment.empty()) text += "; or from " + option.environment;
  return tagged(tag, text + ".");
}

std::string verb_section(const Verb& verb) {
  std::string text = ".SS " + roff(verb.name) + "\n" + roff(verb.summary) + ".\n.PP\n";
  text += bold(usage_of(verb)) + "\n";
  if (!verb.more.empty()) text += ".PP\n" + roff(verb.more) + "\n";
  for (const Option& option : verb.options) text += option_entry(option);
  for (const std::string& alias : verb.aliases) text += ".PP\nAlso spelled " + bold(alias) + ".\n";
  for (const Example& example : verb.examples) {
    text += ".PP\nExample (" + roff(example.does) + "):\n.PP\n.RS 4\n.nf\n" + roff(example.line) +
            "\n.fi\n.RE\n";
  }
  return text;
}

std::string environment_section(const std::vector<Verb>& verbs) {
  std::string text = ".SH ENVIRONMENT\n";
  Common unused;
  std::vector<Option> options = common_options(unused);
  for (const Verb& verb : verbs)
    options.insert(options.end(), verb.options.begin(), verb.options.end());
  std::vector<std::string> told;
  for (const Option& option : options) {
    if (option.environment.empty() ||
        std::find(told.begin(), told.end(), option.environment) != told.end())
      continue;
    told.push_back(option.environment);
    text += tagged(bold(option.environment), "Stands for " + option.spelled + ".");
  }
  text += tagged(bold("NO_COLOR"), "When it is set and not empty: no colours.");
  text += tagged(bold("STRONGROOM_MOUNT"),
                 "Set for the command that strongroom open runs: where the model is mounted.");
  return text + ".PP\nNo passphrase and no key is ever taken from the environment.\n";
}

}  // namespace

std::string manual_page(const std::vector<Verb>& verbs) {
  std::string text =
      fmt::format(".TH STRONGROOM 1 \"\" \"strongroom {}\" \"Strongroom\"\n", roff(kVersion));
  text +=
      ".SH NAME\nstrongroom \\- keep models sealed; open them only for a quorum\n"
      ".SH SYNOPSIS\n.B strongroom\n\\fIverb\\fR [\\fIoptions\\fR] [\\fB\\-\\-\\fR "
      "\\fIcommand\\fR...]\n"
      ".SH DESCRIPTION\nA model is sealed so that no single person, machine or service can open "
      "it; a quorum of custodians opens it, on one named host, for one purpose, for a limited "
      "time; every step is an entry in a log that anyone can verify.\n.PP\n"
      "Anyone may lock; only a quorum may open.\n.SH OPTIONS OF EVERY VERB\n";
  Common unused;
  for (const Option& option : common_options(unused)) text += option_entry(option);
  text += ".SH VERBS\n";
  for (const Verb& verb : verbs) {
    if (!verb.is_hidden) text += verb_section(verb);
  }
  text += ".SH EXIT STATUS\n" + tagged("0", "Done, and only that.");
  for (const ExitCode& each : exit_codes()) {
    text += tagged(fmt::format("{} ({})", static_cast<int>(each.code), roff(name_of(each.code))),
                   fmt::format("{}. What to do: {}.", each.meaning, each.remedy));
  }
  text +=
      ".PP\n" + bold("strongroom open") + " with a command ends with the command's own status.\n";
  text += environment_section(verbs);
  text += ".SH FILES\n" +
          tagged("\\fIHOME\\fR/config.json", "Which strongroom, pinned by its id, and where.") +
          tagged("\\fIHOME\\fR/key.json", "Your key, under your passphrase.") +
          tagged("\\fIHOME\\fR/log/",
                 "What has been followed of the log, judged again at each "
                 "start.");
  return text +
         ".SH SEE ALSO\n.BR strongroom\\-verify (1),\n.BR strongroom\\-agent (1),\n"
         ".BR strongroom\\-server (1)\n";
}

}  // namespace strongroom::terminal

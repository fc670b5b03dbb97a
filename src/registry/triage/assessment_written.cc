#include <fmt/format.h>

#include <algorithm>

#include "registry/triage/assessment.h"

namespace strongroom::triage {

namespace {

std::string in_words(const Source& source) {
  return fmt::format("log entry {}, {}, {}", source.entry, printable(source.by),
                     shown_time(source.at));
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\`*_[]<>#|&~!").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

format::Json texts(const std::vector<std::string>& list) {
  return format::Json::Array(list.begin(), list.end());
}

}  // namespace

std::string to_markdown(const Assessment& assessment) {
  std::string out =
      fmt::format("# Risk assessment of {}\n\n{}. Required level: **{}**.\n",
                  escaped(printable(assessment.asset)), escaped(printable(assessment.lab)),
                  name_of(assessment.decision.level));
  for (const Section& section : assessment.sections) {
    out += fmt::format("\n## {}\n\n", section.title);
    for (const Sentence& sentence : section.sentences) {
      std::vector<std::string> ids = sentence.facts;
      ids.insert(ids.end(), sentence.rules.begin(), sentence.rules.end());
      out += fmt::format("- {}{}\n", escaped(printable(sentence.text)),
                         ids.empty() ? "" : fmt::format(" `{}`", fmt::join(ids, "` `")));
    }
  }
  const bool sourced = std::any_of(assessment.facts.begin(), assessment.facts.end(),
                                   [](const NamedFact& fact) { return fact.source.has_value(); });
  out += sourced ? "\n## Facts\n\n| Fact | Value | Stands in |\n|---|---|---|\n"
                 : "\n## Facts\n\n| Fact | Value |\n|---|---|\n";
  for (const NamedFact& fact : assessment.facts) {
    out += fmt::format("| `{}` | {} |", fact.id, escaped(printable(fact.value)));
    if (sourced) out += fact.source ? " " + escaped(in_words(*fact.source)) + " |" : " |";
    out += "\n";
  }
  out += "\n## Rules that fired\n\n| Rule | Level | Threat | Source |\n|---|---|---|---|\n";
  for (const Rule* rule : assessment.rules)
    out += fmt::format("| `{}` | {}, against OC{} | {} | {} |\n", rule->id, name_of(rule->level),
                       rule->capacity, name_of(rule->scenario), escaped(rule->source));
  return out + fmt::format(
                   "\nRules `{}`, facts `{}` (SHA-256 of their canonical forms).\n\n"
                   "Read and accepted: ______________________ on ______________\n",
                   assessment.rules_digest.hex(), assessment.facts_digest.hex());
}

format::Json to_json(const Assessment& assessment) {
  using format::Json;
  Json::Array sections;
  for (const Section& section : assessment.sections) {
    Json::Array sentences;
    for (const Sentence& each : section.sentences)
      sentences.push_back(Json::Object{{"text", printable(each.text)},
                                       {"facts", texts(each.facts)},
                                       {"rules", texts(each.rules)}});
    sections.push_back(Json::Object{{"title", section.title}, {"sentences", std::move(sentences)}});
  }
  Json::Object facts;
  Json::Object sources;
  for (const NamedFact& fact : assessment.facts) {
    facts.emplace(fact.id, printable(fact.value));
    if (!fact.source) continue;
    sources.emplace(fact.id, Json::Object{{"entry", fact.source->entry},
                                          {"by", printable(fact.source->by)},
                                          {"at", fact.source->at.value}});
  }
  Json::Array rules;
  for (const Rule* rule : assessment.rules) rules.push_back(to_json(*rule));
  Json::Object scenarios;
  for (std::size_t i = 0; i < kScenarios; ++i)
    scenarios.emplace(std::string(name_of(static_cast<Scenario>(i))),
                      std::string(name_of(assessment.decision.scenarios[i])));
  Json::Array evaluate;
  for (Domain domain = 0; domain < kDomains; ++domain) {
    if (assessment.decision.demands_evaluation(domain))
      evaluate.emplace_back(std::string(words_of(Axis::kDomain).values[domain]));
  }
  Json::Object out{{"format", "strongroom-risk-assessment-1"},
                   {"lab", assessment.lab},
                   {"asset", assessment.asset},
                   {"owner", assessment.owner},
                   {"level", std::string(name_of(assessment.decision.level))},
                   {"scenarios", std::move(scenarios)},
                   {"evaluate", std::move(evaluate)},
                   {"decided", shown(assessment.decision.decided)},
                   {"expires", shown(assessment.decision.expires)},
                   {"rules_digest", assessment.rules_digest},
                   {"facts_digest", assessment.facts_digest},
                   {"sections", std::move(sections)},
                   {"facts", std::move(facts)},
                   {"rules", std::move(rules)}};
  if (!sources.empty()) out.emplace("sources", std::move(sources));
  return out;
}

}  // namespace strongroom::triage

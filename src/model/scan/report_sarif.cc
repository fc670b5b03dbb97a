#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/limits.h"
#include "crypto/hash.h"
#include "model/scan/report.h"

namespace strongroom::model::scan {

namespace {

using format::Json;

// Rules for what is no finding of one file.
constexpr std::string_view kDescentRule = "model-descends";

std::string_view level_of(Verdict verdict) {
  return verdict == Verdict::kSuspicious ? "warning" : "error";
}

// RFC 3986: a relative reference; every byte that is not plain is escaped.
std::string uri_of(std::string_view path) {
  std::string uri;
  for (const char c : path) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') ||
                          std::string_view("-._~/").find(c) != std::string_view::npos;
    uri += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return uri.starts_with('/') ? "file://" + uri : uri;
}

Json text(std::string_view words) { return Json::Object{{"text", std::string(words)}}; }

Json rule_json(const Rule& rule) {
  return Json::Object{
      {"id", std::string(rule.id)},
      {"shortDescription", text(rule.title)},
      {"fullDescription", text(rule.why)},
      {"help", text(rule.to_do)},
      {"defaultConfiguration", Json::Object{{"level", std::string(level_of(rule.verdict))}}},
      {"properties", Json::Object{{"verdict", std::string(name_of(rule.verdict))}}}};
}

Json location_of(const TreeFile& file, const Finding* finding) {
  Json::Object physical{{"artifactLocation", Json::Object{{"uri", uri_of(file.path)}}}};
  Json::Object location;
  if (finding != nullptr && finding->offset && finding->member.empty()) {
    const auto offset = static_cast<std::int64_t>(std::min<std::uint64_t>(
        *finding->offset, static_cast<std::uint64_t>(limits::kJsonIntegerMax)));
    physical.emplace("region", Json::Object{{"byteOffset", offset}});
  }
  location.emplace("physicalLocation", std::move(physical));
  if (finding != nullptr && !finding->member.empty()) {
    location.emplace(
        "logicalLocations",
        Json::Array{Json::Object{{"fullyQualifiedName", finding->member}, {"kind", "member"}}});
  }
  return location;
}

Json result_of(const TreeFile& file, const Finding& finding, std::int64_t rule_index) {
  std::string words = fmt::format("{}: {}", finding.rule->title, finding.what);
  if (!finding.member.empty()) words += fmt::format(" (in {}", finding.member);
  if (!finding.member.empty() && finding.offset) words += fmt::format(", byte {}", *finding.offset);
  if (!finding.member.empty()) words += ")";
  const Digest same = crypto::labelled_digest("strongroom scan result",
                                              {as_bytes(finding.rule->id), as_bytes(file.path),
                                               as_bytes(finding.member), as_bytes(finding.what)});
  return Json::Object{{"ruleId", std::string(finding.rule->id)},
                      {"ruleIndex", rule_index},
                      {"level", std::string(level_of(finding.rule->verdict))},
                      {"message", text(words)},
                      {"locations", Json::Array{location_of(file, &finding)}},
                      {"partialFingerprints", Json::Object{{"finding/v1", same}}}};
}

Json descent_of(const TreeFile& file, const std::string& words, std::int64_t rule_index) {
  return Json::Object{{"ruleId", std::string(kDescentRule)},
                      {"ruleIndex", rule_index},
                      {"level", "note"},
                      {"kind", "informational"},
                      {"message", text(words)},
                      {"locations", Json::Array{location_of(file, nullptr)}}};
}

}  // namespace

Json to_sarif(const TreeScan& tree, std::string_view version) {
  std::map<const Rule*, std::int64_t> index;
  Json::Array rules;
  for (const Rule* rule : all_rules()) {
    index.emplace(rule, static_cast<std::int64_t>(rules.size()));
    rules.push_back(rule_json(*rule));
  }
  const auto descent_index = static_cast<std::int64_t>(rules.size());
  rules.push_back(Json::Object{
      {"id", std::string(kDescentRule)},
      {"shortDescription", text("A model was made from another one")},
      {"fullDescription", text("Its weights are more alike than those of models trained apart.")},
      {"help", text("Hold it against what is declared of the model.")},
      {"defaultConfiguration", Json::Object{{"level", "note"}}}});
  Json::Array results;
  Json::Array artifacts;
  for (const TreeFile& file : tree.files) {
    for (const Finding& finding : file.scanned.findings.all()) {
      results.push_back(result_of(file, finding, index.at(finding.rule)));
    }
    if (file.scanned.findings.all().empty()) continue;
    Json::Object artifact{{"location", Json::Object{{"uri", uri_of(file.path)}}}};
    if (file.digest) artifact.emplace("hashes", Json::Object{{"sha-256", *file.digest}});
    artifacts.push_back(std::move(artifact));
  }
  for (const Model& model : tree.models) {
    const std::string descent = describe_descent(model, tree.models);
    if (descent.empty() || model.parts.empty()) continue;
    const TreeFile& file = tree.files[model.parts[0].file];
    results.push_back(
        descent_of(file, fmt::format("{}: {}", printable(model.name), descent), descent_index));
  }
  Json::Object driver{
      {"name", "strongroom scan"}, {"version", std::string(version)}, {"rules", std::move(rules)}};
  Json::Object run{{"tool", Json::Object{{"driver", std::move(driver)}}},
                   {"columnKind", "utf16CodeUnits"},
                   {"invocations", Json::Array{Json::Object{{"executionSuccessful", true}}}},
                   {"artifacts", std::move(artifacts)},
                   {"results", std::move(results)}};
  return Json::Object{{"$schema",
                       "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
                       "sarif-schema-2.1.0.json"},
                      {"version", "2.1.0"},
                      {"runs", Json::Array{std::move(run)}}};
}

}  // namespace strongroom::model::scan

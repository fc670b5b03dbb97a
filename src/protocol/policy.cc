#include "protocol/policy.h"

#include <fmt/format.h>

#include <set>

#include "base/limits.h"
#include "crypto/hash.h"

namespace strongroom::protocol {

using format::Json;

std::string child_path(const std::string& path, std::size_t child) {
  const std::string x = std::to_string(child + 1);
  return path.empty() ? x : path + "/" + x;
}

namespace {

std::string shown(const std::string& path) { return path.empty() ? "the root" : "node " + path; }

// Depth is bounded before recursing: the tree comes from outside.
Result<void> check(const PolicyNode& node, const std::string& path, std::size_t depth,
                   std::set<PersonId>& seen) {
  if (node.person) {
    if (depth == 0) return fail(ErrorCode::kMalformed, "policy: the root must be a threshold");
    if (!node.of.empty() || node.threshold != 0) {
      return fail(ErrorCode::kMalformed, "policy: " + shown(path) + " is a person and a threshold");
    }
    if (!seen.insert(*node.person).second) {
      return fail(ErrorCode::kMalformed, "policy: person " + node.person->hex() + " stands twice");
    }
    return {};
  }
  if (depth >= limits::kPolicyDepthMax)
    return fail(ErrorCode::kTooLarge, "policy: nested too deeply");
  if (node.of.empty() || node.of.size() > limits::kPolicyChildrenMax) {
    return fail(ErrorCode::kMalformed, "policy: " + shown(path) + " must have 1 to 255 members");
  }
  if (node.threshold < 1 || node.threshold > static_cast<std::int64_t>(node.of.size())) {
    return fail(ErrorCode::kMalformed, fmt::format("policy: {} asks for {} of {}", shown(path),
                                                   node.threshold, node.of.size()));
  }
  for (std::size_t i = 0; i < node.of.size(); ++i) {
    RETURN_IF_ERROR(check(node.of[i], child_path(path, i), depth + 1, seen));
  }
  if (seen.size() > limits::kPolicyPersonsMax)
    return fail(ErrorCode::kTooLarge, "policy: too many persons");
  return {};
}

Result<PolicyNode> node_from(const Json& json, std::size_t depth) {
  if (depth > limits::kPolicyDepthMax)
    return fail(ErrorCode::kTooLarge, "policy: nested too deeply");
  format::Fields fields(json, "policy");
  PolicyNode node;
  if (fields.has("person")) {
    ASSIGN_OR_RETURN(node.person, fields.id<PersonId>("person"));
  } else {
    ASSIGN_OR_RETURN(
        node.threshold,
        fields.integer("threshold", 1, static_cast<std::int64_t>(limits::kPolicyChildrenMax)));
    ASSIGN_OR_RETURN(const Json::Array* of, fields.array("of", limits::kPolicyChildrenMax));
    for (const Json& child : *of) {
      ASSIGN_OR_RETURN(PolicyNode member, node_from(child, depth + 1));
      node.of.push_back(std::move(member));
    }
  }
  RETURN_IF_ERROR(fields.done());
  return node;
}

Json node_to(const PolicyNode& node) {
  if (node.person) return Json::Object{{"person", *node.person}};
  Json::Array of;
  for (const PolicyNode& child : node.of) of.push_back(node_to(child));
  return Json::Object{{"threshold", node.threshold}, {"of", std::move(of)}};
}

void collect(const PolicyNode& node, std::vector<PersonId>& persons) {
  if (node.person) persons.push_back(*node.person);
  for (const PolicyNode& child : node.of) collect(child, persons);
}

std::size_t fewest(const PolicyNode& node) {
  if (node.person) return 1;
  std::vector<std::size_t> each;
  for (const PolicyNode& child : node.of) each.push_back(fewest(child));
  std::sort(each.begin(), each.end());
  std::size_t sum = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(node.threshold); ++i) sum += each[i];
  return sum;
}

std::optional<std::string> find(const PolicyNode& node, const std::string& path,
                                const PersonId& person) {
  if (node.person == person) return path;
  for (std::size_t i = 0; i < node.of.size(); ++i) {
    if (auto found = find(node.of[i], child_path(path, i), person)) return found;
  }
  return std::nullopt;
}

bool satisfied_without(const PolicyNode& node, const PersonId& missing) {
  if (node.person) return *node.person != missing;
  const auto satisfied =
      std::count_if(node.of.begin(), node.of.end(),
                    [&](const PolicyNode& child) { return satisfied_without(child, missing); });
  return satisfied >= node.threshold;
}

}  // namespace

Result<Policy> Policy::checked(PolicyNode root) {
  std::set<PersonId> seen;
  RETURN_IF_ERROR(check(root, "", 0, seen));
  return Policy(std::move(root));
}

Result<Policy> Policy::from_json(const Json& json) {
  ASSIGN_OR_RETURN(PolicyNode root, node_from(json, 0));
  return checked(std::move(root));
}

Json Policy::to_json() const { return node_to(root_); }

Digest Policy::digest() const {
  return crypto::labelled_digest("policy", {as_bytes(format::encode(to_json()))});
}

std::vector<PersonId> Policy::persons() const {
  std::vector<PersonId> persons;
  collect(root_, persons);
  return persons;
}

std::size_t Policy::approvals_min() const { return fewest(root_); }

std::optional<std::string> Policy::path_of(const PersonId& person) const {
  return find(root_, "", person);
}

bool Policy::holds_without(const PersonId& person) const {
  return satisfied_without(root_, person);
}

}  // namespace strongroom::protocol

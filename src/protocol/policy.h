#ifndef STRONGROOM_PROTOCOL_POLICY_H_
#define STRONGROOM_PROTOCOL_POLICY_H_

#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "format/json.h"

namespace strongroom::protocol {

/// A tree of thresholds: a leaf is a person, an inner node asks `threshold` of its children. The
/// same tree decides (quorum) and splits the key (seal): there is no policy that is not also
/// mathematics.
struct PolicyNode {
  std::optional<PersonId> person;  ///< set: a leaf, and the rest is empty
  std::int64_t threshold = 0;      ///< 1..of.size()
  std::vector<PolicyNode> of;      ///< 1..255 children; child i has x = i + 1
  bool operator==(const PolicyNode&) const = default;
};

/// Where a node stands: the x values from the root down, "2/1"; the root is "".
[[nodiscard]] std::string child_path(const std::string& path, std::size_t child);

/// A checked policy: depth, width and thresholds in bounds, each person at most once.
class Policy {
 public:
  /// Errors: kMalformed, saying which rule is broken and where.
  [[nodiscard]] static Result<Policy> checked(PolicyNode root);
  [[nodiscard]] static Result<Policy> from_json(const format::Json& json);
  [[nodiscard]] format::Json to_json() const;
  /// labelled_digest("policy", canonical bytes).
  [[nodiscard]] Digest digest() const;
  [[nodiscard]] const PolicyNode& root() const { return root_; }
  /// In tree order.
  [[nodiscard]] std::vector<PersonId> persons() const;
  /// The fewest persons that satisfy it (k), of how many (n = persons().size()).
  [[nodiscard]] std::size_t approvals_min() const;
  /// The path of the person's leaf, or nothing.
  [[nodiscard]] std::optional<std::string> path_of(const PersonId& person) const;
  /// Can all the others together satisfy it?
  [[nodiscard]] bool holds_without(const PersonId& person) const;
  bool operator==(const Policy&) const = default;

 private:
  explicit Policy(PolicyNode root) : root_(std::move(root)) {}
  PolicyNode root_;
};

}  // namespace strongroom::protocol

#endif  // STRONGROOM_PROTOCOL_POLICY_H_

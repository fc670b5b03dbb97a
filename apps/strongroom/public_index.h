#ifndef STRONGROOM_STRONGROOM_PUBLIC_INDEX_H_
#define STRONGROOM_STRONGROOM_PUBLIC_INDEX_H_

#include <optional>
#include <string>
#include <vector>

#include "protocol/inventory.h"
#include "registry/events_triage.h"

/// Digests of models that anyone can have, as a quorum puts them in force.
namespace strongroom::terminal {

class PublicIndex {
 public:
  /// In any order. Errors: kMalformed (none, or one twice), kTooLarge (over 100,000).
  [[nodiscard]] static Result<PublicIndex> of(std::vector<Digest> digests);
  [[nodiscard]] const Digest& root() const { return root_; }
  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(digests_.size()); }
  [[nodiscard]] bool is_in_force(const registry::Ground& ground) const;
  /// That it holds the digest; empty: it does not.
  [[nodiscard]] std::optional<protocol::Listing> listing(const Digest& digest) const;

 private:
  std::vector<Digest> digests_;  // ascending
  std::vector<Digest> leaves_;
  Digest root_;
};

/// A file of digests: one on each line in hexadecimal (anything behind it and a space is passed
/// over, as sha256sum writes it), a JSON list of them, or a file of facts with `public_index`.
/// Errors: kMalformed (with the line), those of reading.
[[nodiscard]] Result<PublicIndex> read_public_index(const std::string& file);

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_PUBLIC_INDEX_H_

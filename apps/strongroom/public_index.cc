#include "public_index.h"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/merkle.h"
#include "format/json_text.h"
#include "io/read_only_directory.h"
#include "registry/triage/facts.h"

namespace strongroom::terminal {

namespace {

constexpr std::size_t kDigestsMax = 100'000;
constexpr std::size_t kFileBytesMax = 32u << 20;
constexpr auto kHash = crypto::TreeHash::kSha256;

tl::unexpected<Error> wrong(const std::string& where) {
  return fail(ErrorCode::kMalformed,
              where + ": SHA-256 digests are wanted, as 64 digits of lower-case hexadecimal");
}

Result<std::vector<Digest>> digests_in(const format::Json::Array& list) {
  std::vector<Digest> digests;
  for (const format::Json& each : list) {
    const auto digest = each.text() != nullptr ? Digest::from_hex_text(*each.text()) : std::nullopt;
    if (!digest) return wrong(fmt::format("item {}", digests.size() + 1));
    digests.push_back(*digest);
  }
  return digests;
}

Result<std::vector<Digest>> digests_in_lines(std::string_view text) {
  std::vector<Digest> digests;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view words = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (words.ends_with('\r')) words.remove_suffix(1);
    if (words.empty() || words.starts_with('#')) continue;
    const auto digest = Digest::from_hex_text(words.substr(0, words.find(' ')));
    if (!digest) return wrong(fmt::format("line {}", line));
    digests.push_back(*digest);
  }
  return digests;
}

}  // namespace

Result<PublicIndex> PublicIndex::of(std::vector<Digest> digests) {
  if (digests.empty()) return fail(ErrorCode::kMalformed, "an index of no digests");
  if (digests.size() > kDigestsMax)
    return fail(ErrorCode::kTooLarge, fmt::format("more than {} digests: several indexes can be in "
                                                  "force, make two of it",
                                                  kDigestsMax));
  std::sort(digests.begin(), digests.end());
  const auto twice = std::adjacent_find(digests.begin(), digests.end());
  if (twice != digests.end())
    return fail(ErrorCode::kMalformed, twice->hex() + " stands twice in the index");
  PublicIndex index;
  for (const Digest& each : digests) index.leaves_.push_back(crypto::leaf_hash(kHash, each.view()));
  index.root_ = crypto::root_of(kHash, index.leaves_);
  index.digests_ = std::move(digests);
  return index;
}

bool PublicIndex::is_in_force(const registry::Ground& ground) const {
  const auto found = ground.public_roots.find(root_);
  return found != ground.public_roots.end() && found->second == size();
}

std::optional<protocol::Listing> PublicIndex::listing(const Digest& digest) const {
  const auto found = std::lower_bound(digests_.begin(), digests_.end(), digest);
  if (found == digests_.end() || *found != digest) return std::nullopt;
  const std::int64_t at = found - digests_.begin();
  Result<std::vector<Digest>> path =
      crypto::inclusion_proof(kHash, leaves_, static_cast<std::uint64_t>(at));
  if (!path) return std::nullopt;
  return protocol::Listing{root_, size(), at, std::move(*path)};
}

Result<PublicIndex> read_public_index(const std::string& file) {
  ASSIGN_OR_RETURN(const Bytes bytes, io::read_file(file, kFileBytesMax));
  const std::string_view text = as_text(bytes);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const char begins = first == std::string_view::npos ? ' ' : text[first];
  Result<std::vector<Digest>> digests = std::vector<Digest>();
  if (begins == '[') {
    ASSIGN_OR_RETURN(const format::Json json, format::decode_in_any_layout(text, kFileBytesMax));
    digests = digests_in(*json.array());
  } else if (begins == '{') {
    ASSIGN_OR_RETURN(const triage::Lab lab, triage::lab_from(text));
    digests = std::vector<Digest>(lab.public_index.begin(), lab.public_index.end());
  } else {
    digests = digests_in_lines(text);
  }
  if (!digests) return fail(digests.error(), printable(file));
  Result<PublicIndex> index = PublicIndex::of(std::move(*digests));
  if (!index) return fail(index.error(), printable(file));
  return index;
}

}  // namespace strongroom::terminal

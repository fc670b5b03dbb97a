#include "judge/world.h"

#include "crypto/hash.h"

namespace strongroom::judge {

Digest World::digest_of(const protocol::Freeze& freeze) {
  return crypto::labelled_digest("freeze", {as_bytes(format::encode(to_json(freeze)))});
}

Result<void> World::follow_one(std::string_view entry_bytes) {
  ASSIGN_OR_RETURN(const protocol::Entry entry, protocol::decode_entry(entry_bytes));
  if (entry.index != static_cast<std::int64_t>(size())) {
    return fail(ErrorCode::kNotAuthentic,
                "the entry says it stands at " + std::to_string(entry.index));
  }
  ASSIGN_OR_RETURN(const Event event, judge(entry, rooms(), time_));
  if (const Genesis* genesis = std::get_if<Genesis>(&event)) {
    if (genesis->genesis.id() != pinned_) {
      return fail(ErrorCode::kNotAuthentic,
                  "this is another strongroom than the one that is pinned");
    }
    genesis_ = genesis->genesis;
  }
  RETURN_IF_ERROR(apply(event, entry, {people_, registry_, vault_}));
  tree_.add(entry_bytes);
  if (checkpoint_seen(event) != nullptr) ++heads_seen_;
  if (const auto* freeze = std::get_if<protocol::Freeze>(&event))
    freezes_ever_.insert(digest_of(*freeze));
  time_ = entry.time;
  return {};
}

Result<void> World::follow(std::string_view entry_bytes) {
  Result<void> followed = follow_one(entry_bytes);
  if (!followed) return fail(followed.error(), "log entry " + std::to_string(size()));
  return {};
}

const protocol::Genesis& World::genesis() const {
  CHECK(genesis_.has_value());
  return *genesis_;
}

}  // namespace strongroom::judge

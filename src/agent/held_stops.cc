#include "agent/held_stops.h"

#include "crypto/hash.h"

namespace strongroom::agent {

using protocol::Command;
using protocol::EntryType;

namespace {

constexpr std::uint32_t kDirectoryMode = 0700;
constexpr std::uint32_t kFileMode = 0600;
constexpr std::size_t kStopBytesMax = 128 * 1024;

std::string file_of(const Command& stop) {
  return crypto::labelled_digest("held stop", {as_bytes(format::encode(*stop.statement))}).hex();
}

// The log's own tree as far as it was followed. Whoever signs may have seen more of it than this
// host, which may be cut off: what lies beyond is compared once the log is followed there.
class SeenSoFar final : public judge::Tree {
 public:
  SeenSoFar(const judge::World& world, const protocol::CheckpointSeen& claimed)
      : world_(world), claimed_(claimed) {}
  [[nodiscard]] Result<std::optional<Digest>> root_at(std::int64_t size) const override {
    if (size == claimed_.size && size > static_cast<std::int64_t>(world_.size()))
      return std::optional<Digest>(claimed_.root);
    return world_.rooms().tree.root_at(size);
  }

 private:
  const judge::World& world_;
  const protocol::CheckpointSeen claimed_;
};

Result<bool> is_logged(const Command& stop, const judge::World& world) {
  if (stop.type == EntryType::kFrozen) {
    ASSIGN_OR_RETURN(const protocol::Freeze freeze, protocol::freeze_from(*stop.statement));
    return world.has_frozen(freeze);
  }
  ASSIGN_OR_RETURN(const protocol::Recall recall, protocol::recall_from(*stop.statement));
  ASSIGN_OR_RETURN(const auto proposal, world.rooms().vault.proposal(recall.proposal));
  return proposal && proposal->recalled.has_value();
}

// As at the log's next place.
Result<void> judged(const Command& stop, const judge::World& world, UnixSeconds now) {
  const protocol::Entry entry{.index = static_cast<std::int64_t>(world.size()),
                              .time = std::max(now, world.time()),
                              .type = stop.type,
                              .statement = stop.statement,
                              .signatures = stop.signatures,
                              .body = std::nullopt};
  ASSIGN_OR_RETURN(const judge::Event event, judge::event_of(entry));
  const protocol::CheckpointSeen* claimed = judge::checkpoint_seen(event);
  const SeenSoFar tree(world, claimed == nullptr ? protocol::CheckpointSeen{} : *claimed);
  const judge::Rooms rooms = world.rooms();
  RETURN_IF_ERROR(
      judge::judge(entry, {rooms.people, rooms.registry, rooms.vault, tree}, world.time()));
  const auto* freeze = std::get_if<protocol::Freeze>(&event);
  if (freeze == nullptr) return {};
  ASSIGN_OR_RETURN(const std::vector<PersonId> curbed, rooms.vault.curbed());
  if (std::find(curbed.begin(), curbed.end(), freeze->person) != curbed.end()) {
    return fail(ErrorCode::kRefused,
                "a quorum lifted this person's last freeze, so that the next one needs a second "
                "person: deliver it to the log, which counts both");
  }
  return {};
}

}  // namespace

Result<HeldStops> HeldStops::open(const std::string& home) {
  ASSIGN_OR_RETURN(io::Directory kept,
                   io::Directory::open_or_make(home + "/stops", kDirectoryMode));
  RETURN_IF_ERROR(kept.remove_partial_files());
  HeldStops stops(std::move(kept));
  ASSIGN_OR_RETURN(const auto entries, stops.kept_.entries(kHeldMax));
  for (const auto& [name, kind] : entries) {
    ASSIGN_OR_RETURN(const Bytes bytes, stops.kept_.read_file(name, kStopBytesMax));
    Result<Command> stop = protocol::decode_command(as_text(bytes));
    if (!stop || !stop->statement || file_of(*stop) != name) {
      return fail(ErrorCode::kMalformed,
                  "stops/" + name +
                      " is damaged, and may be what holds a model shut: ask who gave it to sign it "
                      "anew, then remove the file");
    }
    stops.held_.push_back(std::move(*stop));
  }
  return stops;
}

Result<void> HeldStops::take(const Command& stop, const judge::World& world, UnixSeconds now) {
  const bool is_stop = stop.type == EntryType::kFrozen || stop.type == EntryType::kRecalled;
  if (!is_stop || !stop.statement || stop.body || !stop.attachments.empty())
    return fail(ErrorCode::kRefused, "only a signed freeze or recall is taken here directly");
  ASSIGN_OR_RETURN(const bool logged, is_logged(stop, world));
  if (logged) {
    return fail(ErrorCode::kConflict,
                "the log holds this one already, and says what became of it: sign a new one");
  }
  RETURN_IF_ERROR(judged(stop, world, now));
  const std::string file = file_of(stop);
  const bool known = std::any_of(held_.begin(), held_.end(),
                                 [&](const Command& each) { return file_of(each) == file; });
  if (known) return {};
  if (held_.size() >= kHeldMax) return fail(ErrorCode::kTooLarge, "too many stops are held here");
  RETURN_IF_ERROR(kept_.write_file_atomically(file, as_bytes(encode(stop)), kFileMode));
  held_.push_back(stop);
  return {};
}

// A crash after the removal: the log holds it. Before: it is compared again.
Result<void> HeldStops::compare(const judge::World& world) {
  for (std::size_t i = 0; i < held_.size();) {
    ASSIGN_OR_RETURN(const bool logged, is_logged(held_[i], world));
    if (!logged) {
      ++i;
      continue;
    }
    const std::string file = file_of(held_[i]);
    held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(i));
    RETURN_IF_ERROR(kept_.remove(file));
  }
  return {};
}

Result<Stopped> HeldStops::stopped() const {
  Stopped stopped;
  for (const Command& each : held_) {
    if (each.type == EntryType::kRecalled) {
      ASSIGN_OR_RETURN(const protocol::Recall recall, protocol::recall_from(*each.statement));
      stopped.recalled.insert(recall.proposal);
      continue;
    }
    ASSIGN_OR_RETURN(const protocol::Freeze freeze, protocol::freeze_from(*each.statement));
    if (freeze.object) {
      stopped.objects.insert(*freeze.object);
    } else {
      stopped.everything = true;
    }
  }
  return stopped;
}

}  // namespace strongroom::agent

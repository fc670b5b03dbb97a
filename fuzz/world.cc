// rooms: judge
// A whole log of somebody who can write anything but sign nothing: each line is an entry.
#include "judge/world.h"
#include "property.h"

namespace strongroom::fuzz {

namespace {

std::optional<StrongroomId> pin_of(std::string_view line) {
  const Result<protocol::Entry> entry = protocol::decode_entry(line);
  if (!entry || entry->type != protocol::EntryType::kGenesis || !entry->statement)
    return std::nullopt;
  const Result<protocol::Genesis> genesis = protocol::genesis_from(*entry->statement);
  return genesis ? std::optional(genesis->id()) : std::nullopt;
}

}  // namespace

FUZZ(input) {
  const std::optional<StrongroomId> pin = pin_of(input.substr(0, input.find('\n')));
  if (!pin) return;
  judge::World world(*pin);
  std::uint64_t followed = 0;
  for (std::string_view rest = input; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    if (!world.follow(rest.substr(0, end))) break;
    must(world.size() == ++followed, "a world grows by what it follows");
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (followed > 0) must(world.genesis().id() == *pin, "a world stays what it was pinned to");
}

}  // namespace strongroom::fuzz

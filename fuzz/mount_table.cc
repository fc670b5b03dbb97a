// rooms: agent
// /proc/self/mountinfo: whoever may mount, writes into it.
#include "agent/mount_table.h"
#include "property.h"

namespace strongroom::fuzz {

FUZZ(input) {
  const std::size_t lines =
      static_cast<std::size_t>(std::count(input.begin(), input.end(), '\n')) + 1;
  must(agent::parse_mount_table(input).size() <= lines, "at most one mount a line");
}

}  // namespace strongroom::fuzz

#include <fmt/format.h>

#include "base/program.h"
#include "ledger/tile.h"
#include "session.h"
#include "verbs.h"

namespace strongroom::terminal {

Result<int> log(const Common& common) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  const std::uint64_t size = session->follower().world().size();
  for (std::uint64_t bundle = 0; bundle * ledger::kTileWidth < size; ++bundle) {
    const std::uint64_t width = std::min(ledger::kTileWidth, size - bundle * ledger::kTileWidth);
    ASSIGN_OR_RETURN(const std::vector<Bytes> entries,
                     ledger::read_bundle(session->follower().connection(), {bundle, width}));
    std::string lines;
    for (const Bytes& bytes : entries) {
      ASSIGN_OR_RETURN(const protocol::Entry entry, protocol::decode_entry(as_text(bytes)));
      if (common.json) {
        lines += fmt::format("{}\n", as_text(bytes));
        continue;
      }
      std::string signers;
      for (const protocol::Signature& signature : entry.signatures)
        signers += " " + signature.key.hex().substr(0, 8);
      lines += fmt::format("{:>6}  {}  {:<12} {}\n", entry.index, shown_time(entry.time),
                           name_of(entry.type),
                           signers.empty() ? " the server" : " signed by key" + signers);
    }
    write_out(lines);
    if (out_has_failed()) break;  // whoever reads has gone
  }
  return 0;
}

Verb log_verb() {
  return {.name = "log",
          .group = Group::kLooking,
          .summary = "The entries of the log, one on each line",
          .more =
              "With --json, the entries themselves. To have a log judged by somebody else's "
              "program, use strongroom-verify.",
          .examples = {{"strongroom log", "from the genesis to now"}},
          .run = log};
}

}  // namespace strongroom::terminal

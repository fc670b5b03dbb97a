#ifndef STRONGROOM_AGENT_SWEEP_H_
#define STRONGROOM_AGENT_SWEEP_H_

#include <string>
#include <vector>

#include "agent/redemption.h"
#include "io/directory.h"
#include "protocol/command.h"
#include "protocol/sweep.h"

/// What a sweep of this host found, and which of it the log does not know yet. docs/sweeps.md.
namespace strongroom::agent {

/// Weights at one place.
struct FoundWeights {
  Digest digest;
  std::string kind;
  std::string format;
  std::int64_t bytes = 0;
  std::string place;  ///< clean text
};
/// All that one scan found.
struct SweepScan {
  std::int64_t files = 0;
  std::int64_t unreadable = 0;
  std::int64_t left_out = 0;
  std::vector<FoundWeights> found;
  UnixSeconds begun;
  UnixSeconds ended;
};
/// Of what `strongroom scan --sightings` prints; whoever scans strangers' bytes is not believed to
/// keep any form. The times are the caller's. Errors: kMalformed, kTooLarge.
[[nodiscard]] Result<SweepScan> sweep_scan_from(std::string_view json);

/// A place that this host has told of, or is about to: the text, and the salt that the log's
/// commitment was made with.
struct ToldPlace {
  FoundWeights found;
  protocol::Opening opening;
  [[nodiscard]] Digest commitment() const {
    return protocol::commitment_to(protocol::kPlaceField, opening);
  }
};
/// What this host keeps of its sweeps, in `home`/sweeps.json. The log says what stands; this only
/// holds the openings, so that losing it costs one sweep that tells everything anew.
struct SweepsKept {
  UnixSeconds swept_at;  ///< by this host's clock: when the last one was told whole; 0: never
  std::vector<ToldPlace> told;
};
/// Nothing kept, or nothing readable, is as if nothing had been swept. Errors: kDisk.
[[nodiscard]] Result<SweepsKept> read_sweeps(const io::Directory& home);
/// Durable when it returns. Errors: kDisk, kNoSpace, kDurability.
[[nodiscard]] Result<void> write_sweeps(const io::Directory& home, const SweepsKept& kept);

/// What is to be told, part by part, and what is to be kept: before the first part is sent, and
/// once the last one is logged.
struct SweepNews {
  std::vector<protocol::Sweep> parts;              ///< unsigned; at least one
  std::vector<std::vector<protocol::Text>> texts;  ///< of each part
  SweepsKept before;
  SweepsKept after;
};
/// What the scan found, beside what `world` says stands at this host. Errors: kMalformed (a place
/// that is no clean text).
[[nodiscard]] Result<SweepNews> sweep_news(const HostId& host, const judge::World& world,
                                           const SweepsKept& kept, const SweepScan& scan,
                                           std::int64_t period_seconds);
/// Signed by the host, with its texts.
[[nodiscard]] Result<protocol::Command> sweep_command(const OwnHost& host,
                                                      const protocol::Sweep& part,
                                                      std::vector<protocol::Text> texts);

}  // namespace strongroom::agent

#endif  // STRONGROOM_AGENT_SWEEP_H_

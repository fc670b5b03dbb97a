#ifndef STRONGROOM_STRONGROOM_SCAN_SHOWN_H_
#define STRONGROOM_STRONGROOM_SCAN_SHOWN_H_

#include <set>

#include "format/json.h"
#include "model/lineage/delta.h"
#include "model/scan/scan_tree.h"
#include "options.h"

/// What `scan` and `delta` tell a person.
namespace strongroom::terminal {

/// "3 files, 17.1 MB, in 0.2 s: 0 hostile, …".
[[nodiscard]] std::string shown_totals(const model::scan::TreeScan& tree, double seconds);
/// Below `told`, the totals. Worst first; at most `per_section` files or models of each kind,
/// unless --verbose.
void show_scan(const Common& common, const model::scan::TreeScan& tree, const std::string& told,
               std::size_t per_section);
/// A file of facts for `strongroom triage` (docs/triage.md): each model once, with its digest and
/// what it was made from; the rest is left out, and so unknown.
[[nodiscard]] format::Json facts_of(const model::scan::TreeScan& tree);
void show_delta(const Common& common, const model::lineage::Delta& delta, std::size_t tensors_max);

/// Each model once, with all places of its copies and what it was made from, for `import`.
inline constexpr std::string_view kFoundFormat = "strongroom-found-1";
[[nodiscard]] format::Json found_in(const model::scan::TreeScan& tree);

/// All weights that were found, as a sweep takes them (agent/sweep.h): at most 10,000, the rest
/// counted.
[[nodiscard]] format::Json sightings_of(const model::scan::TreeScan& tree);
/// Device numbers of what agents have mounted here: the plaintext of leases, which no sweep reads.
[[nodiscard]] std::set<std::uint64_t> devices_of_leases();

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_SCAN_SHOWN_H_

#ifndef STRONGROOM_STRONGROOM_SCAN_SHOWN_H_
#define STRONGROOM_STRONGROOM_SCAN_SHOWN_H_

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
void show_delta(const Common& common, const model::lineage::Delta& delta, std::size_t tensors_max);

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_SCAN_SHOWN_H_

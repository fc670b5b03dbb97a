// rooms: registry_triage
// Facts and overlays are written by hand, and sent by people who would like a lower level.
#include "property.h"
#include "registry/triage/assessment.h"
#include "registry/triage/proof.h"

namespace strongroom::fuzz {

namespace {

void try_facts(std::string_view input) {
  const auto lab = triage::lab_from(input);
  if (!lab) return;
  const std::string written = format::encode(to_json(*lab));
  must(value_of(triage::lab_from(written), "what was written is read") == *lab,
       "facts are read as they were written");
  const triage::Inventory inventory(*lab, triage::shipped_rules(), triage::Date{20'700});
  for (std::size_t i = 0; i < lab->assets.size() && i < 4; ++i) {
    must(inventory.decision(i).level == inventory.level(i), "an asset is decided alike twice");
    triage::AssetFacts hidden = lab->assets[i];
    hidden.access.reset();
    must(inventory.decision_if(hidden).level >= protocol::Level::kSl4, "what is hidden is SL4");
    must(!to_markdown(assess(inventory, i)).empty(), "every asset has its assessment");
    must(!format::encode(to_json(assess(inventory, i))).empty(), "and that can be written");
  }
}

void try_overlay(std::string_view input) {
  const auto overlay = triage::overlay_from(input);
  if (!overlay) return;
  must(value_of(triage::overlay_from(format::encode(to_json(*overlay))),
                "what was written is read") == *overlay,
       "an overlay is read as it was written");
  const auto rules = triage::checked_overlay(triage::shipped_rules(), *overlay);
  if (!rules) return;
  triage::Situation beyond = triage::mildest();
  beyond[triage::Axis::kStanding] = 2;
  must(triage::level_of(*rules, beyond) >= protocol::Level::kSl4,
       "no overlay takes the floor away");
  must(triage::level_of(*rules, triage::nothing_known()) >= protocol::Level::kSl4,
       "nor makes anything of the unknown");
}

}  // namespace

FUZZ(input) {
  try_facts(input);
  try_overlay(input);
}

}  // namespace strongroom::fuzz

#ifndef STRONGROOM_STRONGROOM_VERBS_H_
#define STRONGROOM_STRONGROOM_VERBS_H_

#include "verb.h"

/// One function for each verb, defined in the file of the verb; verbs.cc puts them in order.
namespace strongroom::terminal {

[[nodiscard]] Verb init_verb();
[[nodiscard]] Verb key_verb();
[[nodiscard]] Verb sign_verb();
[[nodiscard]] Verb found_verb();
[[nodiscard]] Verb join_verb();
[[nodiscard]] Verb enrol_verb();
[[nodiscard]] Verb person_verb();
[[nodiscard]] Verb host_verb();
[[nodiscard]] Verb rehearse_verb();
[[nodiscard]] Verb recover_verb();
[[nodiscard]] Verb scan_verb();
[[nodiscard]] Verb import_verb();
[[nodiscard]] Verb triage_verb();
[[nodiscard]] Verb explain_verb();
[[nodiscard]] Verb sightings_verb();
[[nodiscard]] Verb delta_verb();
[[nodiscard]] Verb seal_verb();
[[nodiscard]] Verb open_verb();
[[nodiscard]] Verb close_verb();
[[nodiscard]] Verb rekey_verb();
[[nodiscard]] Verb approve_verb();
[[nodiscard]] Verb refuse_verb();
[[nodiscard]] Verb freeze_verb();
[[nodiscard]] Verb unfreeze_verb();
[[nodiscard]] Verb recall_verb();
[[nodiscard]] Verb deliver_verb();
[[nodiscard]] Verb changes_verb();
[[nodiscard]] Verb confirm_verb();
[[nodiscard]] Verb level_verb();
[[nodiscard]] Verb levels_verb();
[[nodiscard]] Verb exception_verb();
[[nodiscard]] Verb policy_verb();
[[nodiscard]] Verb reference_verb();
[[nodiscard]] Verb public_index_verb();
[[nodiscard]] Verb triage_rules_verb();
[[nodiscard]] Verb finding_verb();
[[nodiscard]] Verb dismiss_verb();
[[nodiscard]] Verb status_verb();
[[nodiscard]] Verb log_verb();
[[nodiscard]] Verb backup_verb();
[[nodiscard]] Verb restore_verb();
[[nodiscard]] Verb doctor_verb();
[[nodiscard]] Verb completion_verb();
[[nodiscard]] Verb man_verb();
[[nodiscard]] Verb candidates_verb();

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_VERBS_H_

// rooms: vault_events registry_events
// Everything that somebody signs or that stands in the log, from its JSON.
#include "property.h"
#include "protocol/change.h"
#include "protocol/inventory.h"
#include "protocol/sweep.h"
#include "registry/events.h"
#include "vault/events.h"

namespace strongroom::fuzz {

using format::Json;
using protocol::to_json;

namespace {

template <class From>
void one(const Json& json, From&& from, const char* what) {
  const auto value = from(json);
  if (value) must(to_json(*value) == json, what);
}

}  // namespace

FUZZ(input) {
  const Result<Json> json = format::decode_canonical(input, 1u << 20);
  if (!json) return;
  one(*json, protocol::genesis_from, "genesis");
  one(*json, protocol::member_from, "member");
  one(*json, protocol::host_from, "host");
  one(*json, protocol::public_keys_from, "public keys");
  one(*json, protocol::deposit_key_from, "deposit key");
  one(*json, protocol::level_demand_from, "level demand");
  one(*json, protocol::signature_from, "signature");
  one(*json, protocol::checkpoint_seen_from, "checkpoint seen");
  one(*json, protocol::registration_from, "registration");
  one(*json, protocol::deposit_from, "deposit");
  one(*json, protocol::freeze_from, "freeze");
  one(*json, protocol::recall_from, "recall");
  one(*json, protocol::request_from, "request");
  one(*json, protocol::vote_from, "vote");
  one(*json, protocol::redemption_from, "redemption");
  one(*json, protocol::lease_end_from, "lease end");
  one(*json, protocol::evidence_from, "evidence");
  one(*json, protocol::confirmation_from, "confirmation");
  one(*json, protocol::rehearsal_from, "rehearsal");
  one(*json, protocol::rekey_from, "re-key");
  one(*json, protocol::levels_from, "levels");
  one(*json, protocol::facts_stated_from, "facts stated");
  one(*json, protocol::finding_from, "finding");
  one(*json, protocol::sweep_from, "sweep");
  one(*json, protocol::explained_from, "explained");
  one(*json, protocol::change_from, "change");
  one(*json, protocol::change_vote_from, "vote on a change");
  one(*json, vault::granted_from, "grant");
  one(*json, registry::triage_from, "triage");
  const Result<protocol::Policy> policy = protocol::Policy::from_json(*json);
  if (policy) {
    must(policy->to_json() == *json, "policy");
    must(policy->approvals_min() >= 1, "a policy asks for somebody");
    must(policy->approvals_min() <= policy->persons().size(), "a policy can be met");
  }
}

}  // namespace strongroom::fuzz

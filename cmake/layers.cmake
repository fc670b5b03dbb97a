# The map of the house, as data. Read by CMake (links) and by tools/check_layers.py (#include lines).
#
# "target: the targets it may use, one by one". An arrow that is not here fails the build.
# A new arrow needs a decision record.
set(STRONGROOM_EDGES
  # floor
  "base:"
  # tools
  "crypto: base"
  "io: base"
  "format: base"
  # carriers
  "keys: base crypto io format"
  "http: base crypto format"
  "store: base io"
  # protocol
  "protocol: base crypto format"
  # mechanisms
  "ledger: base crypto io format protocol"
  "ledger_writer: base crypto io format protocol store ledger"
  "seal: base crypto io format protocol store"
  "quorum: base protocol"
  "model: base io format"
  "model_scan: base crypto io format model model_lineage"
  "model_lineage: base crypto io format model"
  # triage: what a level follows from; pure
  "registry_triage: base crypto format protocol"
  # events: each domain room's events and their in-memory fold
  "people_events: base crypto format protocol"
  "registry_events: base crypto format protocol registry_triage"
  "vault_events: base crypto format protocol"
  # domain: rules (pure) and views (tables); strangers to one another
  "people_rules: base protocol people_events"
  "registry_rules: base crypto format protocol registry_triage registry_events"
  "vault_rules: base protocol quorum vault_events"
  "people_view: base format protocol store people_events"
  "registry_view: base format protocol store registry_triage registry_events"
  "vault_view: base format protocol store vault_events"
  # spine
  "judge: base crypto format protocol ledger quorum people_events registry_events registry_triage vault_events people_rules registry_rules vault_rules"
  "sequencer: base crypto io format protocol store ledger ledger_writer judge people_events registry_events registry_triage vault_events people_view registry_view vault_view"
  # edges
  "keeper: base crypto protocol seal judge vault_events people_events registry_events registry_triage"
  "backup: base crypto io format keys store protocol ledger ledger_writer seal judge sequencer vault_events people_events registry_events registry_triage"
  "api: base crypto io format http store protocol ledger ledger_writer seal judge sequencer keeper people_events registry_events registry_triage vault_events"
  "client: base crypto io format keys http protocol ledger judge people_events registry_events registry_triage vault_events"
  "custodian: base crypto io format keys protocol seal quorum judge client people_events registry_events registry_triage vault_events"
  "agent: base crypto io format keys http store protocol seal judge client vault_events people_events registry_events registry_triage"
  # apps: main() and wiring only
  "strongroom: base crypto io format keys http store protocol ledger seal quorum model model_scan model_lineage judge client custodian people_events registry_events registry_triage vault_events"
  "strongroom-server: base crypto io format keys http store protocol ledger ledger_writer seal judge sequencer keeper backup api people_events registry_events registry_triage vault_events"
  "strongroom-agent: base crypto io format keys http store protocol ledger seal judge client agent vault_events"
  "strongroom-verify: base crypto io format protocol ledger quorum judge people_events registry_events registry_triage vault_events"
)

# Folders that hold more than one target: "path prefix under src/: target". Anything else in
# src/<folder>/ belongs to the target named like the folder.
set(STRONGROOM_PARTS
  "ledger/writer: ledger_writer"
  "model/scan: model_scan"           "model/lineage: model_lineage"
  "people/events: people_events"     "people/rules: people_rules"     "people/view: people_view"
  "registry/events: registry_events" "registry/rules: registry_rules" "registry/view: registry_view"
  "registry/triage: registry_triage"
  "vault/events: vault_events"       "vault/rules: vault_rules"       "vault/view: vault_view"
)

# Foreign headers and the only targets that may include them.
set(STRONGROOM_FOREIGN_HEADERS
  "openssl/: crypto"
  "blake3.h: crypto"
  "intel-ipsec-mb.h: crypto"
  "sodium.h: keys"
  "boost/: http"
  "sqlite3.h: store"
  "simdjson.h: format"
  "zlib.h: model"
  "seccomp.h: io"
  "archive: model_scan"
  "z3++.h: registry_triage"
  "fuse3/: agent"
  "fuse_lowlevel.h: agent"
  "CLI/: strongroom strongroom-server strongroom-agent strongroom-verify"
)

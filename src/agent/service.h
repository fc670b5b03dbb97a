#ifndef STRONGROOM_AGENT_SERVICE_H_
#define STRONGROOM_AGENT_SERVICE_H_

#include "agent/leases.h"
#include "http/router.h"

namespace strongroom::agent {

/// The agent's socket for people on this host: who asks is what the kernel says of the socket's
/// peer. Routes borrow `leases`.
///   POST /v1/drafts · POST /v1/leases · GET /v1/leases · GET /v1/leases/{proposal}?known=PHASE
///   POST /v1/leases/{proposal}/join · POST /v1/leases/{proposal}/close
[[nodiscard]] http::Router service(Leases& leases);

}  // namespace strongroom::agent

#endif  // STRONGROOM_AGENT_SERVICE_H_

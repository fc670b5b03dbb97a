#include "agent/service.h"

namespace strongroom::agent {

using http::Method;
using http::Request;
using http::Response;

namespace {

constexpr std::chrono::milliseconds kWait{20'000};

Response json(std::string_view text) { return http::text_response(200, "application/json", text); }

template <class Work>
Response respond(Work&& work) {
  Result<std::string> result = work();
  return result ? json(*result) : http::error_response(result.error());
}

Result<Owner> owner_of(const Request& request) {
  if (!request.peer) return fail(ErrorCode::kRefused, "only over the agent's own socket");
  return Owner{request.peer->uid, request.peer->gid};
}

Result<ProposalId> proposal_of(const Request& request) {
  const std::optional<ProposalId> id = ProposalId::from_hex_text(request.segments.at("proposal"));
  if (!id) return fail(ErrorCode::kMalformed, "not a proposal's id");
  return *id;
}

Result<std::optional<protocol::LeasePhase>> known_phase(const Request& request) {
  ASSIGN_OR_RETURN(const http::Texts query, http::parse_query(request.query));
  const auto found = query.find("known");
  if (found == query.end()) return std::nullopt;
  for (int i = 0; i <= static_cast<int>(protocol::LeasePhase::kFailed); ++i) {
    const auto phase = static_cast<protocol::LeasePhase>(i);
    if (name_of(phase) == found->second) return phase;
  }
  return fail(ErrorCode::kMalformed, "no such phase");
}

}  // namespace

http::Router service(Leases& leases) {
  http::Router router;
  router.add(Method::kPost, "/v1/drafts", [&leases](const Request& request) {
    return respond([&]() -> Result<std::string> {
      ASSIGN_OR_RETURN(const Owner owner, owner_of(request));
      ASSIGN_OR_RETURN(const protocol::DraftAsk ask,
                       protocol::decode_draft_ask(as_text(request.body)));
      ASSIGN_OR_RETURN(const protocol::Draft draft, leases.draft(ask, owner));
      return encode(draft);
    });
  });
  // From anybody who can reach the socket: the signature says who stops, and it only ever locks.
  router.add(Method::kPost, "/v1/stops", [&leases](const Request& request) {
    return respond([&]() -> Result<std::string> {
      ASSIGN_OR_RETURN(const protocol::Command stop,
                       protocol::decode_command(as_text(request.body)));
      RETURN_IF_ERROR(leases.stop(stop));
      return std::string("{}");
    });
  });
  router.add(Method::kPost, "/v1/leases", [&leases](const Request& request) {
    return respond([&]() -> Result<std::string> {
      ASSIGN_OR_RETURN(const Owner owner, owner_of(request));
      ASSIGN_OR_RETURN(const protocol::LeaseAsk ask,
                       protocol::decode_lease_ask(as_text(request.body)));
      ASSIGN_OR_RETURN(const protocol::LeaseStatus status, leases.start(ask, owner));
      return encode(status);
    });
  });
  router.add(Method::kGet, "/v1/leases/{proposal}",
             [&leases](const Request& request) {
               return respond([&]() -> Result<std::string> {
                 ASSIGN_OR_RETURN(const ProposalId proposal, proposal_of(request));
                 ASSIGN_OR_RETURN(const auto known, known_phase(request));
                 ASSIGN_OR_RETURN(const protocol::LeaseStatus status,
                                  leases.status(proposal, known, kWait));
                 return encode(status);
               });
             },
             {.waits = true});
  router.add(Method::kGet, "/v1/leases", [&leases](const Request&) {
    std::string all;
    for (const protocol::LeaseStatus& status : leases.all())
      all += (all.empty() ? "" : ",") + encode(status);
    return json("{\"leases\":[" + all + "]}");
  });
  router.add(Method::kPost, "/v1/leases/{proposal}/join", [&leases](const Request& request) {
    return respond([&]() -> Result<std::string> {
      ASSIGN_OR_RETURN(const Owner owner, owner_of(request));
      ASSIGN_OR_RETURN(const ProposalId proposal, proposal_of(request));
      RETURN_IF_ERROR(leases.join(proposal, owner, request.peer->pid));
      return std::string("{}");
    });
  });
  router.add(Method::kPost, "/v1/leases/{proposal}/close",
             [&leases](const Request& request) {
               return respond([&]() -> Result<std::string> {
                 ASSIGN_OR_RETURN(const Owner owner, owner_of(request));
                 ASSIGN_OR_RETURN(const ProposalId proposal, proposal_of(request));
                 ASSIGN_OR_RETURN(const protocol::LeaseStatus status,
                                  leases.close(proposal, owner));
                 return encode(status);
               });
             },
             {.waits = true});
  return router;
}

}  // namespace strongroom::agent

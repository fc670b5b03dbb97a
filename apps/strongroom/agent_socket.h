#ifndef STRONGROOM_STRONGROOM_AGENT_SOCKET_H_
#define STRONGROOM_STRONGROOM_AGENT_SOCKET_H_

#include <string>

#include "http/client.h"
#include "protocol/lease.h"

namespace strongroom::terminal {

/// The agent on this machine, over its socket.
class Agent {
 public:
  explicit Agent(const std::string& socket) : client_(http::Address::unix_socket(socket)) {}

  Result<std::string> ask(http::Method method, const std::string& path, const std::string& query,
                          std::string_view body) {
    http::Request request;
    request.method = method;
    request.path = path;
    request.query = query;
    request.body = copy_bytes(as_bytes(body));
    ASSIGN_OR_RETURN(http::Response response, client_.send(request));
    ASSIGN_OR_RETURN(const http::Response accepted, http::succeeded(std::move(response)));
    return std::string(as_text(accepted.body));
  }
  Result<protocol::LeaseStatus> status(const ProposalId& proposal, const std::string& known = "") {
    ASSIGN_OR_RETURN(const std::string answer,
                     ask(http::Method::kGet, "/v1/leases/" + proposal.hex(),
                         known.empty() ? "" : "known=" + known, ""));
    return protocol::decode_lease_status(answer);
  }
  Result<protocol::LeaseStatus> post(const std::string& path, std::string_view body) {
    ASSIGN_OR_RETURN(const std::string answer, ask(http::Method::kPost, path, "", body));
    return protocol::decode_lease_status(answer);
  }

 private:
  http::Client client_;
};

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_AGENT_SOCKET_H_

#include "client/connection.h"

#include "protocol/member.h"

namespace strongroom::client {

namespace {

// One bundle of the longest entries, and the largest command that carries attachments, fit.
constexpr std::size_t kResponseBytesMax = 32u << 20;
constexpr std::chrono::milliseconds kExchangeTimeout{60'000};

http::ClientOptions client_options() {
  http::ClientOptions options;
  options.exchange_timeout = kExchangeTimeout;
  options.response_bytes_max = kResponseBytesMax;
  return options;
}

}  // namespace

Connection::Connection(const StrongroomId& strongroom, const http::Address& server,
                       Identity identity, const Clock& clock)
    : strongroom_(strongroom),
      identity_(std::move(identity)),
      clock_(clock),
      client_(server, client_options()) {}

Result<Bytes> Connection::send(http::Request request) const {
  RETURN_IF_ERROR(http::sign_request(
      request, {protocol::key_name(strongroom_, identity_.key), http::fresh_nonce(), clock_.now()},
      identity_.sign));
  const Lock lock(mutex_);
  ASSIGN_OR_RETURN(http::Response response, client_.send(request));
  ASSIGN_OR_RETURN(http::Response accepted, http::succeeded(std::move(response)));
  return std::move(accepted.body);
}

Result<Bytes> Connection::get(const std::string& path, const std::string& query) const {
  http::Request request;
  request.path = path;
  request.query = query;
  return send(std::move(request));
}

Result<Bytes> Connection::post(const std::string& path, ByteView body) const {
  http::Request request;
  request.method = http::Method::kPost;
  request.path = path;
  request.body = copy_bytes(body);
  RETURN_IF_ERROR(request.headers.add("content-type", "application/json"));
  return send(std::move(request));
}

Result<Bytes> Connection::read(const std::string& name, std::size_t bytes_max) const {
  ASSIGN_OR_RETURN(Bytes bytes, get("/log/" + name));
  if (bytes.size() > bytes_max)
    return fail(ErrorCode::kTooLarge,
                "the server's " + name + " is too large; ask who runs it: nothing of it was used");
  return bytes;
}

Result<std::vector<std::string>> Connection::list(const std::string&, std::size_t) const {
  return fail(ErrorCode::kUnavailable, "a server does not list its files");
}

}  // namespace strongroom::client

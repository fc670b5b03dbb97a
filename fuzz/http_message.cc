// rooms: http
// The parts of a request that our own code parses.
#include "http/address.h"
#include "http/router.h"
#include "http/wire.h"
#include "property.h"

namespace strongroom::fuzz {

namespace {

const http::Router& router() {
  static const http::Router kRouter = [] {
    http::Router made;
    const auto nothing = [](const http::Request&) { return http::Response{}; };
    made.add(http::Method::kGet, "/v1/proposals/{id}", nothing);
    made.add(http::Method::kGet, "/log/{path...}", nothing);
    return made;
  }();
  return kRouter;
}

void route(std::string_view path) {
  const auto match = router().match("GET", path);
  const auto* found = std::get_if<http::Router::Match>(&match);
  if (found == nullptr) return;
  for (const auto& [name, text] : found->segments) {
    must(text.find('\0') == std::string::npos, "no zero byte in a segment");
    must(name != "id" || text.find('/') == std::string::npos, "one segment is one segment");
    must(text != "." && text != ".." && !text.starts_with("../") && !text.ends_with("/..") &&
             text.find("/../") == std::string::npos,
         "no way upward");
  }
}

}  // namespace

FUZZ(input) {
  const Result<std::string> decoded = http::percent_decoded(input);
  if (decoded) {
    const Result<std::string> again = http::percent_decoded(http::percent_encoded(*decoded));
    must(again && *again == *decoded, "decode(encode(x)) == x");
  }
  const Result<http::Texts> query = http::parse_query(input);
  if (query) {
    for (const auto& [name, value] : *query) must(!name.empty(), "a parameter has a name");
  }
  http::Request request;
  if (http::set_target(request, input)) {
    must(http::is_path(request.path) && http::is_query(request.query), "a target is one");
    must(request.path + (request.query.empty() ? "" : "?" + request.query) == input, "target");
    const Result<std::string> head = http::request_head(request, "localhost");
    must(head.has_value(), "a target that is one can be written");
    must(head->find(input) != std::string::npos, "as it is");
    route(request.path);
  }
  must_round_trip(
      input, http::Address::parse, [](const http::Address& address) { return address.text(); },
      "address");
  http::Headers headers;
  if (headers.add("x-fuzz", input))
    must(input.find_first_of("\r\n") == std::string_view::npos, "a field stays on its line");
  if (headers.add(input, "1"))
    must(input.find_first_of(": \r\n") == std::string_view::npos, "a name is a token");
}

}  // namespace strongroom::fuzz

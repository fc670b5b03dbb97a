// rooms: http
// RFC 9421 fields from somebody who holds no key: each line of the input is a header field's value.
#include "http/signature.h"

#include "property.h"

namespace strongroom::fuzz {

namespace {

std::string_view line_of(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

}  // namespace

FUZZ(input) {
  must_round_trip(
      input, http::parse_signature_input,
      [](const http::SignatureInput& parsed) { return http::signature_input(parsed); },
      "signature input");
  http::Request request{.method = http::Method::kPost, .path = "/v1/commands"};
  std::string_view rest = input;
  for (const char* name : {"Signature-Input", "Signature", "Content-Digest"})
    static_cast<void>(request.headers.add(name, line_of(rest)));
  const ByteView body = as_bytes(rest);
  request.body.assign(body.begin(), body.end());
  crypto::Ed25519Public nobodys;
  nobodys.bytes.fill(0x5a);
  const auto lookup = [&](std::string_view) { return std::optional(nobodys); };
  must(!http::verify_request(request, lookup, UnixSeconds{1'800'000'000}, 1'000'000'000),
       "nobody's key signed nothing");
  const Result<http::SignatureInput> parsed = http::parse_signature_input(input);
  if (parsed) {
    static_cast<void>(http::signature_base(request, *parsed));
  }
}

}  // namespace strongroom::fuzz

#include "http/address.h"

#include <fmt/format.h>

#include <charconv>

#include "http/characters.h"

namespace strongroom::http {
namespace {

constexpr std::string_view kHttp = "http://";
constexpr std::string_view kUnix = "unix:";

bool is_host(std::string_view host) {
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == ':';
  });
}

}  // namespace

Address Address::tcp(std::string host, std::uint16_t port) {
  Address address;
  address.host = std::move(host);
  address.port = port;
  return address;
}

Address Address::unix_socket(std::string path) {
  Address address;
  address.unix_path = std::move(path);
  return address;
}

std::string Address::text() const {
  if (is_unix()) return std::string(kUnix) + unix_path;
  const bool is_v6 = host.find(':') != std::string::npos;
  return fmt::format("{}{}{}{}:{}", kHttp, is_v6 ? "[" : "", host, is_v6 ? "]" : "", port);
}

Result<Address> Address::parse(std::string_view whole) {
  std::string_view text = whole;
  const auto wrong = [&] {
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' is no address: write http://HOST:PORT or unix:/PATH",
                            printable(whole.substr(0, 300))));
  };
  if (text.substr(0, kUnix.size()) == kUnix) {
    const std::string_view path = text.substr(kUnix.size());
    if (path.empty() || path.front() != '/' || path.find('\0') != std::string_view::npos) {
      return wrong();
    }
    return unix_socket(std::string(path));
  }
  if (text.substr(0, kHttp.size()) != kHttp) return wrong();
  text.remove_prefix(kHttp.size());
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong();
  const std::string_view port_text = text.substr(colon + 1);
  std::string_view host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return wrong();
  }
  std::uint16_t port = 0;
  const char* end = port_text.data() + port_text.size();
  const auto parsed = std::from_chars(port_text.data(), end, port);
  if (!is_host(host) || parsed.ec != std::errc() || parsed.ptr != end) return wrong();
  Address address = tcp(std::string(host), port);
  // One form per address: no port 07, no brackets around a name.
  if (address.text() != whole) return wrong();
  return address;
}

}  // namespace strongroom::http

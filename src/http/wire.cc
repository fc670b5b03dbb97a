#include "http/wire.h"

#include <fmt/format.h>

#include "http/characters.h"

namespace strongroom::http {
namespace {

bool has_only_target_characters(std::string_view text, std::string_view more) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size() || !is_hex_digit(text[i + 1]) || !is_hex_digit(text[i + 2])) {
        return false;
      }
      i += 2;
    } else if (!is_unreserved(text[i]) &&
               std::string_view("!$&'()*+,;=:@").find(text[i]) == std::string_view::npos &&
               more.find(text[i]) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

bool is_framing(std::string_view name) {
  return equal_without_case(name, "Host") || equal_without_case(name, "Content-Length") ||
         equal_without_case(name, "Connection") || equal_without_case(name, "Transfer-Encoding");
}

std::string_view reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 423:
      return "Locked";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "Other";
  }
}

}  // namespace

bool is_path(std::string_view path) {
  return !path.empty() && path.front() == '/' && has_only_target_characters(path, "/");
}

bool is_query(std::string_view query) { return has_only_target_characters(query, "/?"); }

Result<void> set_target(Request& request, std::string_view target) {
  if (target.size() > kTargetBytesMax) {
    return fail(ErrorCode::kTooLarge, "the request's path and query are too long");
  }
  const std::size_t mark = target.find('?');
  const std::string_view path = target.substr(0, mark);
  const std::string_view query =
      mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
  if (!is_path(path) || !is_query(query) || (mark != std::string_view::npos && query.empty())) {
    return fail(ErrorCode::kMalformed, "the request's target is not a path with a query");
  }
  request.path = path;
  request.query = query;
  return {};
}

Result<std::string> request_head(const Request& request, std::string_view host) {
  std::string target = request.path;
  if (!request.query.empty()) target += "?" + request.query;
  Request checked;
  RETURN_IF_ERROR(set_target(checked, target));
  if (checked.path != request.path) {
    return fail(ErrorCode::kMalformed, "a path does not hold a '?': write it as %3F");
  }
  std::string head =
      fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", name_of(request.method), target, host);
  for (const auto& [name, value] : request.headers.all()) {
    if (is_framing(name)) {
      return fail(ErrorCode::kMalformed, "the client itself writes the header field " + name);
    }
    head += name + ": " + value + "\r\n";
  }
  if (!request.body.empty() || request.method == Method::kPost || request.method == Method::kPut) {
    head += fmt::format("Content-Length: {}\r\n", request.body.size());
  }
  head += "\r\n";
  if (head.size() > kHeaderBytesMax) {
    return fail(ErrorCode::kTooLarge, "the request's header is over 16 KiB");
  }
  return head;
}

std::string response_head(const Response& response, std::uint64_t body_bytes, bool keep_alive) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason_of(response.status));
  for (const auto& [name, value] : response.headers.all()) {
    if (!is_framing(name)) head += name + ": " + value + "\r\n";
  }
  if (response.status != 204 && response.status != 304) {
    head += fmt::format("Content-Length: {}\r\n", body_bytes);
  }
  if (!keep_alive) head += "Connection: close\r\n";
  head += "\r\n";
  return head;
}

}  // namespace strongroom::http

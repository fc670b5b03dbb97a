#include "http/router.h"

#include <fmt/format.h>

#include "http/characters.h"

namespace strongroom::http {
namespace {

template <class Text>
std::vector<Text> cut(std::string_view path) {
  std::vector<Text> segments;
  path.remove_prefix(1);
  while (true) {
    const std::size_t end = path.find('/');
    segments.emplace_back(path.substr(0, end));
    if (end == std::string_view::npos) return segments;
    path.remove_prefix(end + 1);
  }
}

bool is_capture(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}
bool is_rest(std::string_view segment) {
  return segment.size() > 5 && is_capture(segment) && segment.substr(segment.size() - 4) == "...}";
}

bool has_shape(const Router::Route& route, const std::vector<std::string_view>& path) {
  for (std::size_t i = 0; i < route.segments.size(); ++i) {
    if (i >= path.size()) return false;
    if (is_rest(route.segments[i])) return true;
    const bool fits =
        is_capture(route.segments[i]) ? !path[i].empty() : route.segments[i] == path[i];
    if (!fits) return false;
  }
  return path.size() == route.segments.size();
}

/// A decoded segment that cannot climb or hide: what a handler may use as a name.
Result<std::string> safe_segment(std::string_view raw) {
  ASSIGN_OR_RETURN(std::string segment, percent_decoded(raw));
  if (segment.empty() || segment == "." || segment == ".." ||
      segment.find('/') != std::string::npos) {
    return fail(ErrorCode::kMalformed, "a segment of the path is empty, dots, or holds a slash");
  }
  return segment;
}

Result<Texts> captured(const Router::Route& route, const std::vector<std::string_view>& path) {
  Texts segments;
  for (std::size_t i = 0; i < route.segments.size(); ++i) {
    const std::string_view pattern = route.segments[i];
    if (!is_capture(pattern)) continue;
    ASSIGN_OR_RETURN(std::string value, safe_segment(path[i]));
    if (!is_rest(pattern)) {
      segments.emplace(pattern.substr(1, pattern.size() - 2), std::move(value));
      continue;
    }
    for (std::size_t j = i + 1; j < path.size(); ++j) {
      ASSIGN_OR_RETURN(const std::string more, safe_segment(path[j]));
      value += "/" + more;
    }
    segments.emplace(pattern.substr(1, pattern.size() - 5), std::move(value));
  }
  return segments;
}

}  // namespace

Response Router::Route::run(const Request& request) const {
  try {
    return handler(request);
  } catch (const std::exception&) {
    return error_response({ErrorCode::kInternal, "the server failed at this request"});
  }
}

void Router::add(Method method, std::string_view pattern, Handler handler, RouteOptions options) {
  CHECK(!pattern.empty() && pattern.front() == '/');
  Route route{method, cut<std::string>(pattern), std::move(handler), options};
  for (std::size_t i = 0; i < route.segments.size(); ++i) {
    const std::string& segment = route.segments[i];
    CHECK(is_capture(segment) || segment.find_first_of("{}") == std::string::npos);
    CHECK(!is_rest(segment) || i + 1 == route.segments.size());
  }
  routes_.push_back(std::move(route));
}

void Router::wrap(const std::function<Handler(Handler)>& around) {
  for (Route& route : routes_) route.handler = around(std::move(route.handler));
}

std::variant<Router::Match, Response> Router::match(std::string_view method,
                                                    std::string_view path) const {
  CHECK(!path.empty() && path.front() == '/');
  const std::vector<std::string_view> segments = cut<std::string_view>(path);
  std::string allowed;
  for (const Route& route : routes_) {
    if (!has_shape(route, segments)) continue;
    if (name_of(route.method) == method) {
      Result<Texts> texts = captured(route, segments);
      if (!texts) return error_response(texts.error());
      return Match{&route, std::move(*texts)};
    }
    if (allowed.find(name_of(route.method)) == std::string::npos) {
      allowed += (allowed.empty() ? "" : ", ") + std::string(name_of(route.method));
    }
  }
  if (allowed.empty()) {
    return error_response({ErrorCode::kNotFound, "there is nothing at this path"});
  }
  Response refused =
      error_response(405, {ErrorCode::kUsage, fmt::format("this path takes {} only", allowed)});
  CHECK(refused.headers.add("Allow", allowed));
  return refused;
}

}  // namespace strongroom::http

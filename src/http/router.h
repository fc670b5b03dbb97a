#ifndef STRONGROOM_HTTP_ROUTER_H_
#define STRONGROOM_HTTP_ROUTER_H_

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "http/message.h"

namespace strongroom::http {

/// Runs on a worker thread, several at once. May block; a route that does so for long says
/// `waits`. Must not throw: what it throws is answered with 500 and goes no further.
using Handler = std::function<Response(const Request&)>;

struct RouteOptions {
  std::size_t body_bytes_max = kBodyBytesMaxUsual;
  bool waits = false;  ///< long poll, up to 25 s: runs on threads of its own (ServerOptions)
};

/// Which handler answers which method and path. Filled before the server starts, constant after.
class Router {
 public:
  struct Route {
    Method method;
    std::vector<std::string> segments;  ///< the pattern, cut at '/'
    Handler handler;
    RouteOptions options;

    /// The handler's answer; 500 without its words when it throws.
    [[nodiscard]] Response run(const Request& request) const;
  };

  /// `pattern` is "/v1/proposals", "/v1/proposals/{id}" (one segment, not empty) or
  /// "/log/{path...}" (the rest, at the end only, at least one segment, none of them "." or "..").
  /// What the names match is in Request::segments. Two patterns that match one path: the first
  /// added wins. A pattern of another shape is our bug.
  void add(Method method, std::string_view pattern, Handler handler, RouteOptions options = {});

  /// Puts `around` about every handler that has been added: what it gives answers instead.
  void wrap(const std::function<Handler(Handler)>& around);

  struct Match {
    const Route* route;  ///< borrowed from the router
    Texts segments;
  };
  /// Never lets '/', "." , ".." or a control character through in a decoded {name}.
  /// Errors, which are responses: 404, 405 with Allow, 400 (a broken percent escape).
  [[nodiscard]] std::variant<Match, Response> match(std::string_view method,
                                                    std::string_view path) const;

 private:
  std::vector<Route> routes_;
};

}  // namespace strongroom::http

#endif  // STRONGROOM_HTTP_ROUTER_H_

#include "http/told_requests.h"

#include <atomic>
#include <chrono>
#include <memory>

namespace strongroom::http {

namespace {

Priority priority_of(int status) {
  if (status >= 500) return Priority::kError;
  return status >= 400 ? Priority::kNotice : Priority::kInfo;
}

}  // namespace

void tell_requests(Router& router, const Journal& journal) {
  const auto count = std::make_shared<std::atomic<std::uint64_t>>(0);
  router.wrap([&journal, count](Handler handler) -> Handler {
    return [&journal, count, handler = std::move(handler)](const Request& request) {
      const std::string id = std::to_string(++*count);
      const auto start = std::chrono::steady_clock::now();
      Response response = handler(request);
      const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
          std::chrono::steady_clock::now() - start);
      const Result<void> marked = response.headers.add("x-request-id", id);
      static_cast<void>(marked);
      if (request.method != Method::kGet || response.status >= 400) {
        journal.tell(priority_of(response.status), "request",
                     {{"request", id},
                      {"method", std::string(name_of(request.method))},
                      {"path", request.path},
                      {"status", std::to_string(response.status)},
                      {"milliseconds", std::to_string(took.count())}});
      }
      return response;
    };
  });
}

}  // namespace strongroom::http

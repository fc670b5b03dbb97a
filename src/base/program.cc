#include "base/program.h"

#include <fmt/format.h>

#include <cstdio>

namespace strongroom {

int report(std::string_view program, const Error& error, bool json) {
  const std::string message = printable(error.context);
  fmt::print(stderr, "{}: {}\n", program, message);
  if (json) {
    std::string escaped;
    for (const char c : message) {
      if (c == '"' || c == '\\') escaped.push_back('\\');
      escaped.push_back(c);
    }
    fmt::print("{{\"error\":\"{}\",\"message\":\"{}\",\"ok\":false}}\n", name_of(error.code),
               escaped);
  }
  return static_cast<int>(error.code);
}

}  // namespace strongroom

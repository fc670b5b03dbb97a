// expect: nothing
// This one must compile: without it, a broken include path would look like success everywhere else.
#include <fmt/format.h>

#include "base/ids.h"
#include "base/result.h"
#include "base/secret.h"

using Key = strongroom::Secret<32, struct KeyMeaning>;

Key passed_on(Key key) { return key; }
strongroom::Result<int> may_fail();
strongroom::Result<std::string> careful(const Key& key) {
  ASSIGN_OR_RETURN(const int number, may_fail());
  const std::size_t bytes = key.with_bytes([](auto view) { return view.size(); });
  return fmt::format("{} {}", number, bytes);
}

// expect: (no match for .operator\+|invalid operands to binary expression)
#include "base/result.h"
#include "base/secret.h"

using Key = strongroom::Secret<32, struct KeyMeaning>;
strongroom::Result<void> blame(const Key& key) {
  return strongroom::fail(strongroom::ErrorCode::kWrongKey, std::string("wrong: ") + key);
}

// expect: (could not convert|cannot convert|no matching function)
#include "base/result.h"
#include "base/secret.h"

using Key = strongroom::Secret<32, struct KeyMeaning>;
strongroom::Result<void> blame(const Key& key) {
  return strongroom::fail(strongroom::ErrorCode::kWrongKey, key);
}

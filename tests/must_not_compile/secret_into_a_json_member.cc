// expect: (no matching (function|constructor).*(map|Object)|could not convert)
#include "base/secret.h"
#include "format/json.h"

using Key = strongroom::Secret<32, struct KeyMeaning>;
strongroom::format::Json document(const Key& key) {
  return strongroom::format::Json::Object{{"key", key}};
}

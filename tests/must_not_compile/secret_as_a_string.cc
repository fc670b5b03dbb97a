// expect: (could not convert|cannot convert|no viable|non-scalar type)
#include <string>

#include "base/secret.h"

using Key = strongroom::Secret<32, struct KeyMeaning>;
std::string text_of(const Key& key) { return key; }

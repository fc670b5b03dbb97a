// expect: (could not convert|cannot convert|no viable conversion)
#include "base/secret.h"

using Key = strongroom::Secret<32, struct KeyMeaning>;
bool is_there(const Key& key) { return key; }

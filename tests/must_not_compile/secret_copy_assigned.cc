// expect: (use of deleted function|overload resolution selected deleted operator)
#include "base/secret.h"

using Key = strongroom::Secret<32, struct KeyMeaning>;
void overwrite(Key& key, const Key& other) { key = other; }

// expect: (could not convert|cannot convert|no viable conversion)
#include "base/secret.h"

using Key = strongroom::Secret<32, struct KeyMeaning>;
strongroom::ByteView bytes_of(const Key& key) { return key; }

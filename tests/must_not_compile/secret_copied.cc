// expect: (use of deleted function|call to deleted constructor)
#include "base/secret.h"

using Key = strongroom::Secret<32, struct KeyMeaning>;
Key copy_of(const Key& key) { return key; }

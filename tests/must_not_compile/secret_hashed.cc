// expect: (use of deleted function|has private destructor)
#include <unordered_set>

#include "base/secret.h"

using Key = strongroom::Secret<32, struct KeyMeaning>;
std::size_t fingerprint(const Key& key) { return std::hash<Key>{}(key); }

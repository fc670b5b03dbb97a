// expect: (no match for .operator<|invalid operands to binary expression)
#include "base/secret.h"

using Key = strongroom::Secret<32, struct KeyMeaning>;
bool before(const Key& a, const Key& b) { return a < b; }

// expect: (no match for .operator==|invalid operands to binary expression)
#include "base/secret.h"

bool same(const strongroom::SecretBytes& a, const strongroom::SecretBytes& b) { return a == b; }

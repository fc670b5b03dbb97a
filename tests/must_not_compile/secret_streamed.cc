// expect: (no match for .operator<<|invalid operands to binary expression)
#include <iostream>

#include "base/secret.h"

using Key = strongroom::Secret<32, struct KeyMeaning>;
void show(const Key& key) { std::cout << key; }

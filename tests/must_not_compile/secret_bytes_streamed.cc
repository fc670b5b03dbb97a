// expect: (no match for .operator<<|invalid operands to binary expression)
#include <iostream>

#include "base/secret.h"

void show(const strongroom::SecretBytes& passphrase) { std::cerr << passphrase; }

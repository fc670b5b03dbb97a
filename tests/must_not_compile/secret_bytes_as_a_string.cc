// expect: (could not convert|cannot convert|no viable|non-scalar type)
#include <string>

#include "base/secret.h"

std::string text_of(const strongroom::SecretBytes& passphrase) { return passphrase; }

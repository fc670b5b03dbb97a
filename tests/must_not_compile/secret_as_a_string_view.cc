// expect: (could not convert|cannot convert|no viable|non-scalar type)
#include <string_view>

#include "base/secret.h"

std::string_view text_of(const strongroom::SecretBytes& passphrase) { return passphrase; }

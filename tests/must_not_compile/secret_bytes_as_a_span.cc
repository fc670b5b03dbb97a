// expect: (could not convert|cannot convert|no viable conversion)
#include "base/secret.h"

strongroom::ByteView bytes_of(const strongroom::SecretBytes& passphrase) { return passphrase; }

// expect: (use of deleted function|call to (implicitly-)?deleted (copy )?constructor)
#include "base/secret.h"

strongroom::SecretBytes copy_of(const strongroom::SecretBytes& passphrase) { return passphrase; }

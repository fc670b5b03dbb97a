// expect: (use of deleted function|deleted (copy assignment )?operator|implicitly deleted)
#include "base/secret.h"

void overwrite(strongroom::SecretBytes& a, const strongroom::SecretBytes& b) { a = b; }

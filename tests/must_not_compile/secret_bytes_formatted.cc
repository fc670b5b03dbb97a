// expect: (static assertion failed.*formatt|deleted constructor.*formatter)
#include <fmt/format.h>

#include "base/secret.h"

std::string show(const strongroom::SecretBytes& passphrase) {
  return fmt::format("{}", passphrase);
}

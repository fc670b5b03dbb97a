// For tests/crash and tests/torture: wraps a person's key file again under the same passphrase at a
// cost that guards nothing, so that hundreds of runs of a program need not wait for Argon2id.
#include <cstdio>
#include <filesystem>
#include <string>

#include "keys/stored_secret.h"

int main(int argc, char** argv) {
  using namespace strongroom;
  if (argc < 3) return 2;
  const std::string_view words = argv[1];
  Bytes bytes = copy_bytes(as_bytes(words));
  const SecretBytes passphrase = SecretBytes::take(bytes);
  for (int i = 2; i < argc; ++i) {
    const Result<keys::StoredSecret> stored =
        keys::read_stored(argv[i], keys::Holds::kPerson, &passphrase);
    if (!stored) return 1;
    std::filesystem::remove(argv[i]);
    if (!keys::write_stored(argv[i], stored->header, stored->secret,
                            {.passphrase = &passphrase, .cost = keys::kCostForTests},
                            io::system_files())) {
      return 1;
    }
  }
  return 0;
}

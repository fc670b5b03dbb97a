#ifndef STRONGROOM_KEYS_PASSPHRASE_H_
#define STRONGROOM_KEYS_PASSPHRASE_H_

#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace strongroom::keys {

// Passphrases come from a terminal or an inherited descriptor, never from the command line or the
// environment. They are bytes: at least one and at most limits::kPassphraseBytesMax, without the
// newline that ends them. Errors of all: kUsage (empty), kTooLarge, kDisk (reading failed).

/// All that `descriptor` gives until its end, less one trailing newline. Does not close it.
[[nodiscard]] Result<SecretBytes> read_passphrase(int descriptor);

/// Asks on the process's own terminal (/dev/tty) without echo. Errors: kUnavailable (there is no
/// terminal), kInterrupted (Control-C).
[[nodiscard]] Result<SecretBytes> ask_passphrase(std::string_view prompt);
/// Asks twice. Errors: kUsage (the two differ), and as ask_passphrase's.
[[nodiscard]] Result<SecretBytes> ask_new_passphrase(std::string_view prompt);

/// As ask_passphrase, on `terminal`, open for reading and writing. Its settings are as before when
/// this returns, whatever happened.
[[nodiscard]] Result<SecretBytes> ask_passphrase_on(int terminal, std::string_view prompt);

}  // namespace strongroom::keys

#endif  // STRONGROOM_KEYS_PASSPHRASE_H_

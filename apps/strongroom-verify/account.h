#ifndef STRONGROOM_STRONGROOM_VERIFY_ACCOUNT_H_
#define STRONGROOM_STRONGROOM_VERIFY_ACCOUNT_H_

#include <string>

#include "format/json.h"
#include "verification.h"

/// A verified log, told twice: to a person and to a machine. Neither adds anything to the other but
/// length: the page leaves out older releases.
namespace strongroom::verifier {

/// Errors: those of reading a state.
[[nodiscard]] Result<std::string> page(const Verified& verified);
/// {"ok":true, …}; the members stand in docs/operating/verify.md.
[[nodiscard]] Result<format::Json> document(const Verified& verified);

[[nodiscard]] std::string failure_page(const Error& error);
/// {"ok":false, …}
[[nodiscard]] format::Json failure_document(const Error& error);

/// "any 2 of: person a, person b, person c"
[[nodiscard]] std::string in_words(const protocol::PolicyNode& node);

/// "lifted the freezes of entries 5, 7": what a change that was made did, people by pseudonym.
[[nodiscard]] std::string in_words(const protocol::Subject& subject);

}  // namespace strongroom::verifier

#endif  // STRONGROOM_STRONGROOM_VERIFY_ACCOUNT_H_

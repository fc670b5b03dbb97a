// rooms: protocol
// What people send one another before and after a founding: files from strangers.
#include "property.h"
#include "protocol/host_introduction.h"
#include "protocol/introduction.h"

namespace strongroom::fuzz {

FUZZ(input) {
  must_round_trip(
      input, protocol::decode_host_introduction,
      [](const protocol::HostIntroduction& made) { return encode(made); }, "host introduction");
  must_round_trip(
      input, protocol::decode_founding_signature,
      [](const protocol::FoundingSignature& made) { return encode(made); }, "founding signature");
  const Result<protocol::Introduction> person = protocol::decode_introduction(input);
  if (!person) return;
  must(protocol::check_person_name(person->name.text).has_value(), "a name can be read aloud");
  must(person->keys.id == crypto::key_id_of(person->keys.sign, person->keys.kem, person->keys.seal),
       "a key's id is the digest of the key");
}

}  // namespace strongroom::fuzz

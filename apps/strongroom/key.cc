#include <fmt/format.h>

#include "crypto/random.h"
#include "io/directory.h"
#include "keys/passphrase.h"
#include "protocol/introduction.h"
#include "session.h"

namespace strongroom::terminal {

namespace {
constexpr std::uint32_t kHomeMode = 0700;
constexpr std::uint32_t kFileMode = 0600;
}  // namespace

// A crash after the key is made leaves a key that nobody was told of: the next run introduces it.
Result<int> new_key(const Common& common, const KeyOptions& options) {
  RETURN_IF_ERROR(protocol::check_person_name(options.name));
  std::optional<StrongroomId> strongroom;
  if (!options.strongroom.empty()) {
    strongroom = StrongroomId::from_hex_text(plain_id(options.strongroom));
    if (!strongroom)
      return fail(ErrorCode::kUsage, "--strongroom: its id in full, 64 hexadecimal digits");
  }
  auto person = crypto::random_id<PersonId>();
  if (!options.person.empty()) {
    const std::optional<PersonId> known = PersonId::from_hex_text(options.person);
    if (!known || !strongroom) {
      return fail(ErrorCode::kUsage,
                  "--person: their id in full, from strongroom person list; it goes with "
                  "--strongroom ID");
    }
    person = *known;
  }
  if (common.home.empty()) return fail(ErrorCode::kUsage, "where shall the key lie? --home DIR");
  RETURN_IF_ERROR(io::Directory::open_or_make(common.home, kHomeMode));
  const std::string path = client::key_path(common.home);
  const std::string out = options.out.empty() ? options.name + ".introduction" : options.out;
  const bool is_there = keys::read_public(path).has_value();
  ASSIGN_OR_RETURN(const SecretBytes passphrase,
                   is_there ? passphrase_from(common, "Passphrase of " + common.home + ": ")
                            : new_passphrase_from(common, "A passphrase for the new key: "));
  ASSIGN_OR_RETURN(const keys::KeyFile key,
                   is_there ? keys::KeyFile::open(path, passphrase)
                            : keys::KeyFile::create(path, passphrase, crypto::KemKind::kX25519,
                                                    keys::kCostModerate));
  ASSIGN_OR_RETURN(const protocol::Opening name, protocol::open_text(options.name));
  const protocol::Introduction introduction{
      .person = person, .name = name, .keys = key.public_keys()};
  ASSIGN_OR_RETURN(
      const std::string file,
      protocol::encode_introduction(introduction, custodian::signer_of(key), strongroom));
  RETURN_IF_ERROR(io::write_file_atomically(out, as_bytes(file), kFileMode));
  say(common,
      fmt::format(
          "{} in {}, key {}\n  {} introduces it: send that file to who founds, or to a "
          "custodian who {}. It is no secret",
          is_there ? "The key that was there" : "A new key", printable(path),
          key.public_keys().id.hex(), printable(out),
          options.person.empty() ? "enrols you" : "has it added (strongroom person add-key)"));
  tell(common, {{"key", key.public_keys().id}, {"file", out}, {"new", !is_there}});
  return 0;
}

}  // namespace strongroom::terminal

#include "keys/stored_secret.h"

#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "crypto/aead.h"
#include "crypto/random.h"
#include "format/base64.h"
#include "format/json.h"
#include "io/directory.h"

namespace strongroom::keys {

namespace {

using format::Fields;
using format::Json;

constexpr std::string_view kFormat = "strongroom key file 1";
constexpr std::string_view kWrapArgon2id = "argon2id";
constexpr std::string_view kWrapNone = "none";
constexpr std::uint8_t kHeaderEnd = '\n';
constexpr std::size_t kSecretBytes = 32;  // of one key
constexpr std::size_t kSealKeyBytesMax = 65;
constexpr std::uint32_t kFileMode = 0600;

using Salt = FixedBytes<crypto_pwhash_argon2id_SALTBYTES, struct SaltMeaning>;
struct Argon2id {
  Cost cost;
  Salt salt;
};

struct OpenPart {
  Header header;
  std::optional<Argon2id> wrap;  // nothing: not wrapped
};

std::string_view name_of(Holds holds) {
  switch (holds) {
    case Holds::kPerson:
      return "person";
    case Holds::kSigning:
      return "signing";
    case Holds::kOpening:
      return "opening";
  }
  CHECK(false);
  return "";
}

std::string_view name_of(crypto::KemKind kem) {
  return kem == crypto::KemKind::kX25519 ? "x25519" : "p256";
}

bool is_within_bounds(Cost cost) {
  return cost.passes >= 1 && cost.passes <= kPassesMax && cost.memory_bytes >= kMemoryBytesMin &&
         cost.memory_bytes <= kMemoryBytesMax;
}

std::size_t secret_bytes(Holds holds) {
  return holds == Holds::kPerson ? 2 * kSecretBytes : kSecretBytes;
}

Json to_json(const OpenPart& part) {
  const Header& header = part.header;
  Json::Object object{{"format", std::string(kFormat)},
                      {"holds", std::string(name_of(header.holds))},
                      {"id", header.id},
                      {"wrap", std::string(part.wrap ? kWrapArgon2id : kWrapNone)}};
  if (header.sign) object.emplace("sign", *header.sign);
  if (header.kem) {
    object.emplace("kem", std::string(name_of(*header.kem)));
    object.emplace("seal", format::to_base64(header.seal));
  }
  if (part.wrap) {
    object.emplace("argon2id", Json::Object{{"memory_bytes", part.wrap->cost.memory_bytes},
                                            {"passes", part.wrap->cost.passes},
                                            {"salt", part.wrap->salt}});
  }
  return object;
}

Result<Holds> holds_in(Fields& fields) {
  ASSIGN_OR_RETURN(const std::string name, fields.text("holds"));
  for (const Holds holds : {Holds::kPerson, Holds::kSigning, Holds::kOpening}) {
    if (name == name_of(holds)) return holds;
  }
  return fail(ErrorCode::kMalformed, "key file: holds what this version does not know");
}

Result<void> read_seal_key(Fields& fields, Header& header) {
  ASSIGN_OR_RETURN(const std::string kem, fields.text("kem"));
  for (const crypto::KemKind each : {crypto::KemKind::kX25519, crypto::KemKind::kP256}) {
    if (kem == name_of(each)) header.kem = each;
  }
  if (!header.kem) return fail(ErrorCode::kMalformed, "key file: unknown kem");
  ASSIGN_OR_RETURN(header.seal, fields.base64("seal", kSealKeyBytesMax));
  if (header.seal.size() != crypto::kem_public_bytes(*header.kem)) {
    return fail(ErrorCode::kMalformed, "key file: the public key has the wrong length");
  }
  return {};
}

Result<std::optional<Argon2id>> wrap_in(Fields& fields) {
  ASSIGN_OR_RETURN(const std::string wrap, fields.text("wrap"));
  if (wrap == kWrapNone) return std::nullopt;
  if (wrap != kWrapArgon2id) {
    return fail(ErrorCode::kMalformed, "key file: wrapped in a way this version does not know");
  }
  ASSIGN_OR_RETURN(const Json* json, fields.any("argon2id"));
  Fields inner(*json, "key file's argon2id");
  Argon2id argon2id;
  ASSIGN_OR_RETURN(argon2id.cost.memory_bytes,
                   inner.integer("memory_bytes", kMemoryBytesMin, kMemoryBytesMax));
  ASSIGN_OR_RETURN(argon2id.cost.passes, inner.integer("passes", 1, kPassesMax));
  ASSIGN_OR_RETURN(argon2id.salt, inner.id<Salt>("salt"));
  RETURN_IF_ERROR(inner.done());
  return argon2id;
}

KeyId expected_id(const Header& header) {
  switch (header.holds) {
    case Holds::kPerson:
      return crypto::key_id_of(*header.sign, *header.kem, header.seal);
    case Holds::kSigning:
      return crypto::key_id_of(*header.sign);
    case Holds::kOpening:
      return crypto::key_id_of(*header.kem, header.seal);
  }
  CHECK(false);
  return {};
}

Result<OpenPart> decode_open_part(std::string_view line) {
  ASSIGN_OR_RETURN(const Json json, format::decode_canonical(line, kKeyFileBytesMax));
  Fields fields(json, "key file");
  RETURN_IF_ERROR(fields.require("format", kFormat));
  OpenPart part;
  Header& header = part.header;
  ASSIGN_OR_RETURN(header.holds, holds_in(fields));
  ASSIGN_OR_RETURN(header.id, fields.id<KeyId>("id"));
  if (header.holds != Holds::kOpening) {
    ASSIGN_OR_RETURN(header.sign, fields.id<crypto::Ed25519Public>("sign"));
  }
  if (header.holds != Holds::kSigning) RETURN_IF_ERROR(read_seal_key(fields, header));
  ASSIGN_OR_RETURN(part.wrap, wrap_in(fields));
  RETURN_IF_ERROR(fields.done());
  if (header.id != expected_id(header)) {
    return fail(ErrorCode::kMalformed, "key file: its id is not the digest of its public keys");
  }
  return part;
}

// The wrapping key. Each salt, and so each key, is used once: hence the zero nonce below.
Result<SecretBytes> derive(const SecretBytes& passphrase, const Argon2id& argon2id) {
  static const int kReady = sodium_init();  // picks what this processor can do
  CHECK(kReady >= 0);
  SecretBytes key(crypto::aead_key_bytes(crypto::AeadKind::kAes256Gcm));
  const bool derived = passphrase.with_bytes([&](ByteView words) {
    return key.fill([&](MutableByteView out) {
      return crypto_pwhash_argon2id(
                 out.data(), out.size(), reinterpret_cast<const char*>(words.data()), words.size(),
                 argon2id.salt.bytes.data(), static_cast<unsigned long long>(argon2id.cost.passes),
                 static_cast<std::size_t>(argon2id.cost.memory_bytes),
                 crypto_pwhash_argon2id_ALG_ARGON2ID13) == 0;
    });
  });
  if (!derived) {
    return fail(ErrorCode::kUnavailable, fmt::format("the key file's passphrase needs {} MiB of "
                                                     "memory, which are not to be had",
                                                     argon2id.cost.memory_bytes >> 20));
  }
  return key;
}

constexpr std::array<std::uint8_t, crypto::kAeadNonceBytes> kNonce{};

// What follows the header's line. Ordinary memory, which the caller wipes: an unwrapped secret is
// on its way to a disk that any reader of the file can see anyway.
Result<Bytes> closed_part(const SecretBytes& secret, const OpenPart& part, std::string_view line,
                          const SecretBytes* passphrase) {
  return secret.with_bytes([&](ByteView plaintext) -> Result<Bytes> {
    if (!part.wrap) return copy_bytes(plaintext);
    ASSIGN_OR_RETURN(const SecretBytes key, derive(*passphrase, *part.wrap));
    Bytes sealed(plaintext.size() + crypto::kAeadTagBytes);
    key.with_bytes([&](ByteView bytes) {
      crypto::Aead(crypto::AeadKind::kAes256Gcm, bytes)
          .seal(kNonce, as_bytes(line), plaintext, sealed);
    });
    return sealed;
  });
}

Result<io::Directory> folder_of(const std::string& path, io::Files& files) {
  const std::string folder = std::filesystem::path(path).parent_path();
  return io::Directory::open(folder.empty() ? "." : folder, files);
}

std::string name_in_folder(const std::string& path) {
  return std::filesystem::path(path).filename();
}

struct OpenedFile {
  std::uint32_t mode;
  SecretBytes bytes;
};

Result<OpenedFile> read_whole(const std::string& path) {
  ASSIGN_OR_RETURN(const io::Directory folder, folder_of(path, io::system_files()));
  ASSIGN_OR_RETURN(const io::FileReader file, folder.open_file(name_in_folder(path)));
  struct stat status {};
  if (fstat(file.descriptor(), &status) != 0) return fail(ErrorCode::kDisk, "looking at " + path);
  Bytes bytes(kKeyFileBytesMax + 1);
  const Result<std::size_t> got = file.read_at(0, bytes);
  SecretBytes whole(got.value_or(0));
  whole.fill([&](MutableByteView out) { std::copy_n(bytes.begin(), out.size(), out.begin()); });
  wipe(bytes);
  if (!got) return tl::unexpected<Error>(got.error());
  if (*got > kKeyFileBytesMax) {
    return fail(ErrorCode::kTooLarge, path + ": larger than any key file; name the right one");
  }
  return OpenedFile{status.st_mode, std::move(whole)};
}

struct Parsed {
  OpenPart part;
  std::string line;
  ByteView closed;  // borrowed from what was parsed
};

Result<Parsed> parse(ByteView bytes) {
  const auto end = std::find(bytes.begin(), bytes.end(), kHeaderEnd);
  if (end == bytes.end()) return fail(ErrorCode::kMalformed, "key file: cut off");
  const auto length = static_cast<std::size_t>(end - bytes.begin());
  const std::string_view line = as_text(bytes.first(length));
  ASSIGN_OR_RETURN(OpenPart part, decode_open_part(line));
  const ByteView closed = bytes.subspan(length + 1);
  const std::size_t expected =
      secret_bytes(part.header.holds) + (part.wrap ? crypto::kAeadTagBytes : 0);
  if (closed.size() != expected) {
    return fail(ErrorCode::kMalformed, "key file: its secret part has the wrong length");
  }
  return Parsed{std::move(part), std::string(line), closed};
}

Result<SecretBytes> open_closed_part(const Parsed& parsed, const SecretBytes* passphrase) {
  SecretBytes secret(secret_bytes(parsed.part.header.holds));
  if (!parsed.part.wrap) {
    if (passphrase != nullptr) {
      return fail(ErrorCode::kRefused,
                  "this key file has no passphrase: it is a service's; name a person's");
    }
    secret.fill([&](MutableByteView out) { std::ranges::copy(parsed.closed, out.begin()); });
    return secret;
  }
  if (passphrase == nullptr)
    return fail(ErrorCode::kRefused, "this key file needs its passphrase; a service's has none");
  const auto wrong_key = [] {
    return fail(ErrorCode::kWrongKey, "the passphrase is wrong, or the key file was altered");
  };
  if (passphrase->size() == 0) return wrong_key();  // no file was ever wrapped under that
  ASSIGN_OR_RETURN(const SecretBytes key, derive(*passphrase, *parsed.part.wrap));
  const Result<void> opened = key.with_bytes([&](ByteView bytes) {
    return secret.fill([&](MutableByteView out) {
      return crypto::Aead(crypto::AeadKind::kAes256Gcm, bytes)
          .open(kNonce, as_bytes(parsed.line), parsed.closed, out);
    });
  });
  if (!opened) return wrong_key();
  return secret;
}

}  // namespace

Result<void> write_stored(const std::string& path, const Header& header, const SecretBytes& secret,
                          const Wrapping& wrapping, io::Files& files) {
  CHECK(secret.size() == secret_bytes(header.holds) && header.id == expected_id(header));
  OpenPart part{header, std::nullopt};
  if (wrapping.passphrase != nullptr) {
    if (wrapping.passphrase->size() == 0)
      return fail(ErrorCode::kUsage, "an empty passphrase guards nothing; give one");
    if (!is_within_bounds(wrapping.cost)) {
      return fail(ErrorCode::kUsage, "Argon2id's cost is out of bounds");
    }
    part.wrap = Argon2id{wrapping.cost, crypto::random_id<Salt>()};
  }
  const std::string line = format::encode(to_json(part));
  ASSIGN_OR_RETURN(Bytes closed, closed_part(secret, part, line, wrapping.passphrase));
  const auto write = [&]() -> Result<void> {
    ASSIGN_OR_RETURN(const io::Directory folder, folder_of(path, files));
    ASSIGN_OR_RETURN(io::DurableFile file, folder.create_file(name_in_folder(path), kFileMode));
    RETURN_IF_ERROR(file.append(as_bytes(line)));
    RETURN_IF_ERROR(file.append(ByteView(&kHeaderEnd, 1)));
    RETURN_IF_ERROR(file.append(closed));
    return file.commit(io::OnExisting::kRefuse);
  };
  Result<void> written = write();
  wipe(closed);
  return written;
}

Result<Header> read_header(const std::string& path) {
  ASSIGN_OR_RETURN(const OpenedFile file, read_whole(path));
  return file.bytes.with_bytes([&](ByteView bytes) -> Result<Header> {
    Result<Parsed> parsed = parse(bytes);
    if (!parsed) return fail(std::move(parsed).error(), path);
    return std::move(parsed->part.header);
  });
}

Result<StoredSecret> read_stored(const std::string& path, Holds holds,
                                 const SecretBytes* passphrase) {
  constexpr std::uint32_t kOthers = 077;
  ASSIGN_OR_RETURN(const OpenedFile file, read_whole(path));
  if ((file.mode & kOthers) != 0) {
    return fail(ErrorCode::kRefused,
                path +
                    ": others may read or change this key file; chmod 600 it, and if they may "
                    "have read it, replace the key");
  }
  return file.bytes.with_bytes([&](ByteView bytes) -> Result<StoredSecret> {
    Result<Parsed> parsed = parse(bytes);
    if (!parsed) return fail(std::move(parsed).error(), path);
    if (parsed->part.header.holds != holds) {
      return fail(ErrorCode::kRefused, fmt::format("{}: a key file of another kind ({})", path,
                                                   name_of(parsed->part.header.holds)));
    }
    Result<SecretBytes> secret = open_closed_part(*parsed, passphrase);
    if (!secret) return fail(std::move(secret).error(), path);
    return StoredSecret{std::move(parsed->part.header), *std::move(secret)};
  });
}

}  // namespace strongroom::keys

#include "keys/key_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "format/json.h"
#include "io/failing_files.h"
#include "io/temporary_directory.h"

namespace strongroom::keys {
namespace {

using crypto::HpkeSuite;
using crypto::KemKind;

constexpr std::string_view kWords = "correct horse battery staple 9f3a";

SecretBytes secret_of(std::string_view words) {
  Bytes bytes = copy_bytes(as_bytes(words));
  return SecretBytes::take(bytes);
}

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void put_content(const std::string& path, const std::string& bytes) {
  std::filesystem::remove(path);
  std::ofstream(path, std::ios::binary) << bytes;
  ASSERT_EQ(chmod(path.c_str(), 0600), 0);
}

class PersonsKeyFile : public testing::TestWithParam<KemKind> {
 protected:
  PersonsKeyFile() : path_(folder_ / "key") {}
  Result<KeyFile> created() {
    return KeyFile::create(path_, secret_of(kWords), GetParam(), kCostForTests);
  }
  Result<KeyFile> opened(std::string_view words = kWords) const {
    return KeyFile::open(path_, secret_of(words));
  }
  ErrorCode refusal() const {
    const Result<KeyFile> file = opened();
    return file ? ErrorCode::kInternal : file.error().code;
  }
  const std::string& path() const { return path_; }
  const io::TemporaryDirectory& folder() const { return folder_; }

 private:
  io::TemporaryDirectory folder_;
  std::string path_;
};
INSTANTIATE_TEST_SUITE_P(BothKems, PersonsKeyFile,
                         testing::Values(KemKind::kX25519, KemKind::kP256));

TEST_P(PersonsKeyFile, OpensWithItsPassphraseAndHoldsTheSameKeys) {
  const KeyFile made = created().value();
  const KeyFile file = opened().value();
  EXPECT_EQ(file.public_keys(), made.public_keys());
  const auto signature = file.sign(as_bytes("vote"));
  EXPECT_TRUE(crypto::ed25519_verify(made.public_keys().sign, as_bytes("vote"), signature));
  const HpkeSuite suite{GetParam(), crypto::KdfKind::kHkdfSha384, crypto::HpkeAead::kAes256Gcm};
  const auto sealed =
      crypto::hpke_seal(suite, made.public_keys().seal, as_bytes("i"), {}, as_bytes("share"));
  const auto share = file.open_sealed(suite, as_bytes("i"), {}, sealed.value());
  ASSERT_TRUE(share);
  share->with_bytes([](ByteView bytes) { EXPECT_EQ(as_text(bytes), "share"); });
}

TEST_P(PersonsKeyFile, OpensNothingSealedForAnotherKindOfKey) {
  const KeyFile file = created().value();
  HpkeSuite other;
  other.kem = GetParam() == KemKind::kP256 ? KemKind::kX25519 : KemKind::kP256;
  const auto sealed =
      crypto::hpke_seal(other, crypto::generate_kem(other.kem).public_key, {}, {}, {});
  EXPECT_EQ(file.open_sealed(other, {}, {}, sealed.value()).error().code, ErrorCode::kWrongKey);
}

TEST_P(PersonsKeyFile, WithAWrongPassphraseIsTheWrongKey) {
  ASSERT_TRUE(created());
  for (const std::string_view words : {"correct horse battery staple 9f3b", "c", ""}) {
    const Result<KeyFile> file = opened(words);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code, ErrorCode::kWrongKey);
  }
}

TEST_P(PersonsKeyFile, NeedsAPassphraseThatIsNotEmpty) {
  const auto file = KeyFile::create(path(), secret_of(""), GetParam(), kCostForTests);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::kUsage);
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_P(PersonsKeyFile, TellsItsPublicKeysWithoutThePassphrase) {
  const KeyFile made = created().value();
  const crypto::PublicKeys keys = read_public(path()).value();
  EXPECT_EQ(keys, made.public_keys());
  EXPECT_EQ(keys.id, crypto::key_id_of(keys.sign, keys.kem, keys.seal));
}

TEST_P(PersonsKeyFile, HoldsNeitherPassphraseNorSecrets) {
  const KeyFile made = created().value();
  const std::string bytes = content(path());
  EXPECT_EQ(bytes.find(kWords), std::string::npos);
  made.opening_secret().with_bytes([&](ByteView secret) {
    EXPECT_EQ(bytes.find(as_text(secret)), std::string::npos);
    EXPECT_EQ(bytes.find(to_hex(secret)), std::string::npos);
  });
}

TEST_P(PersonsKeyFile, IsForItsOwnerAlone) {
  ASSERT_TRUE(created());
  struct stat status {};
  ASSERT_EQ(stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
}

TEST_P(PersonsKeyFile, OpenToGroupOrOthersIsRefused) {
  ASSERT_TRUE(created());
  for (const mode_t mode : {0640u, 0604u, 0620u, 0602u, 0610u, 0644u}) {
    ASSERT_EQ(chmod(path().c_str(), mode), 0);
    EXPECT_EQ(refusal(), ErrorCode::kRefused) << mode;
  }
}

TEST_P(PersonsKeyFile, IsNeverOverwritten) {
  ASSERT_TRUE(created());
  const std::string before = content(path());
  const Result<KeyFile> second = created();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(content(path()), before);
}

TEST_P(PersonsKeyFile, BehindALinkIsRefused) {
  ASSERT_TRUE(created());
  std::filesystem::rename(path(), folder() / "elsewhere");
  std::filesystem::create_symlink(folder() / "elsewhere", path());
  EXPECT_EQ(refusal(), ErrorCode::kRefused);
}

TEST_P(PersonsKeyFile, ThatIsADirectoryIsRefused) {
  std::filesystem::create_directory(path());
  EXPECT_EQ(refusal(), ErrorCode::kRefused);
}

TEST_P(PersonsKeyFile, ThatIsNotThereIsNotFound) { EXPECT_EQ(refusal(), ErrorCode::kNotFound); }

TEST_P(PersonsKeyFile, CutAnywhereIsMalformed) {
  ASSERT_TRUE(created());
  const std::string whole = content(path());
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    put_content(path(), whole.substr(0, bytes));
    ASSERT_EQ(refusal(), ErrorCode::kMalformed) << bytes;
  }
}

TEST_P(PersonsKeyFile, WithBytesAfterItsEndIsMalformed) {
  ASSERT_TRUE(created());
  put_content(path(), content(path()) + "x");
  EXPECT_EQ(refusal(), ErrorCode::kMalformed);
}

TEST_P(PersonsKeyFile, LargerThanAnyKeyFileIsTooLarge) {
  ASSERT_TRUE(created());
  put_content(path(), content(path()) + std::string(5000, 'x'));
  EXPECT_EQ(refusal(), ErrorCode::kTooLarge);
}

TEST_P(PersonsKeyFile, WithAnyBitFlippedDoesNotOpen) {
  ASSERT_TRUE(created());
  const std::string whole = content(path());
  for (std::size_t byte = 0; byte < whole.size(); ++byte) {
    std::string flipped = whole;
    flipped[byte] = static_cast<char>(flipped[byte] ^ (1 << (byte % 8)));
    put_content(path(), flipped);
    const ErrorCode code = refusal();
    ASSERT_TRUE(code == ErrorCode::kMalformed || code == ErrorCode::kWrongKey) << byte;
  }
}

// The file as it would be, with one part of its open line replaced.
class HostileKeyFile : public testing::Test {
 protected:
  HostileKeyFile() : path_(folder_ / "key") {
    EXPECT_TRUE(KeyFile::create(path_, secret_of(kWords), KemKind::kX25519, kCostForTests));
  }
  ErrorCode opened_with(const std::string& part, const std::string& instead) {
    std::string bytes = content(path_);
    const std::size_t at = bytes.find(part);
    EXPECT_NE(at, std::string::npos) << part;
    bytes.replace(at, part.size(), instead);
    put_content(path_, bytes);
    const Result<KeyFile> file = KeyFile::open(path_, secret_of(kWords));
    return file ? ErrorCode::kInternal : file.error().code;
  }
  const std::string& path() const { return path_; }

 private:
  io::TemporaryDirectory folder_;
  std::string path_;
};

TEST_F(HostileKeyFile, ThatAsksForMuchMemoryIsMalformed) {
  EXPECT_EQ(opened_with("\"memory_bytes\":65536", "\"memory_bytes\":1073741825"),
            ErrorCode::kMalformed);
}

TEST_F(HostileKeyFile, ThatAsksForTooLittleMemoryIsMalformed) {
  EXPECT_EQ(opened_with("\"memory_bytes\":65536", "\"memory_bytes\":8191"), ErrorCode::kMalformed);
}

TEST_F(HostileKeyFile, ThatAsksForManyPassesIsMalformed) {
  EXPECT_EQ(opened_with("\"passes\":1", "\"passes\":11"), ErrorCode::kMalformed);
}

TEST_F(HostileKeyFile, ThatAsksForNegativeMemoryOrNoPassIsMalformed) {
  EXPECT_EQ(opened_with("\"memory_bytes\":65536", "\"memory_bytes\":-65536"),
            ErrorCode::kMalformed);
  EXPECT_EQ(
      opened_with("\"memory_bytes\":-65536,\"passes\":1", "\"memory_bytes\":65536,\"passes\":0"),
      ErrorCode::kMalformed);
}

TEST_F(HostileKeyFile, ThatAsksForOtherCostsWithinBoundsIsTheWrongKey) {
  EXPECT_EQ(opened_with("\"passes\":1", "\"passes\":2"), ErrorCode::kWrongKey);
}

TEST_F(HostileKeyFile, OfAnotherVersionIsMalformed) {
  EXPECT_EQ(opened_with("strongroom key file 1", "strongroom key file 2"), ErrorCode::kMalformed);
}

TEST_F(HostileKeyFile, WithAMemberNobodyKnowsIsMalformed) {
  EXPECT_EQ(opened_with("\"wrap\":\"argon2id\"}", "\"wrap\":\"argon2id\",\"x\":1}"),
            ErrorCode::kMalformed);
}

// Somebody else's public keys with a matching id, so that seals go to him: the secrets do not fit.
TEST_F(HostileKeyFile, WithThePublicKeysOfAnotherIsTheWrongKey) {
  const crypto::PublicKeys own = read_public(path()).value();
  const io::TemporaryDirectory folder;
  ASSERT_TRUE(KeyFile::create(folder / "other", secret_of("x"), KemKind::kX25519, kCostForTests));
  const std::string other = content(folder / "other");
  const std::string mine = content(path());
  const std::size_t closed = mine.find('\n');
  put_content(path(), other.substr(0, other.find('\n')) + mine.substr(closed));
  EXPECT_NE(read_public(path()).value(), own);
  const auto file = KeyFile::open(path(), secret_of(kWords));
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::kWrongKey);
}

TEST(ACostOutOfBounds, IsRefusedBeforeAFileIsMade) {
  const io::TemporaryDirectory folder;
  for (const Cost cost :
       {Cost{0, 65536}, Cost{11, 65536}, Cost{1, 8191}, Cost{1, (1LL << 30) + 1}}) {
    const auto file = KeyFile::create(folder / "key", secret_of(kWords), KemKind::kX25519, cost);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code, ErrorCode::kUsage);
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(ServiceKeyFiles, OpenWithoutAPassphraseAndHoldTheSameKeys) {
  const io::TemporaryDirectory folder;
  const auto person = KeyFile::create_unwrapped(folder / "person", KemKind::kX25519).value();
  const auto log = SigningKeyFile::create(folder / "log").value();
  auto deposit = OpeningKeyFile::create(folder / "deposit", KemKind::kP256).value();
  EXPECT_EQ(KeyFile::open_unwrapped(folder / "person")->public_keys(), person.public_keys());
  const auto log_again = SigningKeyFile::open(folder / "log").value();
  EXPECT_EQ(log_again.id(), log.id());
  EXPECT_EQ(log.id(), crypto::key_id_of(log.public_key()));
  EXPECT_TRUE(
      crypto::ed25519_verify(log.public_key(), as_bytes("m"), log_again.sign(as_bytes("m"))));
  auto deposit_again = OpeningKeyFile::open(folder / "deposit").value();
  EXPECT_EQ(deposit_again.id(), crypto::key_id_of(KemKind::kP256, deposit.public_key()));
  const Bytes point = deposit.public_key();
  const crypto::KemPrivate secret = std::move(deposit_again).take_secret();
  EXPECT_EQ(crypto::kem_public_of(KemKind::kP256, secret).value(), point);
}

TEST(ServiceKeyFiles, OpenToOthersAreRefused) {
  const io::TemporaryDirectory folder;
  ASSERT_TRUE(SigningKeyFile::create(folder / "log"));
  ASSERT_EQ(chmod((folder / "log").c_str(), 0644), 0);
  const auto file = SigningKeyFile::open(folder / "log");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::kRefused);
}

TEST(ServiceKeyFiles, WithAnyBitOfTheSecretFlippedAreNotAuthentic) {
  const io::TemporaryDirectory folder;
  ASSERT_TRUE(SigningKeyFile::create(folder / "log"));
  const std::string whole = content(folder / "log");
  for (std::size_t byte = whole.find('\n') + 1; byte < whole.size(); ++byte) {
    std::string flipped = whole;
    flipped[byte] = static_cast<char>(flipped[byte] ^ 1);
    put_content(folder / "log", flipped);
    const auto file = SigningKeyFile::open(folder / "log");
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code, ErrorCode::kNotAuthentic);
  }
}

TEST(AKeyFileOfOneKind, IsRefusedAsAnother) {
  const io::TemporaryDirectory folder;
  ASSERT_TRUE(SigningKeyFile::create(folder / "log"));
  ASSERT_TRUE(KeyFile::create_unwrapped(folder / "service", KemKind::kX25519));
  ASSERT_TRUE(
      KeyFile::create(folder / "person", secret_of(kWords), KemKind::kX25519, kCostForTests));
  EXPECT_EQ(OpeningKeyFile::open(folder / "log").error().code, ErrorCode::kRefused);
  EXPECT_EQ(SigningKeyFile::open(folder / "service").error().code, ErrorCode::kRefused);
  EXPECT_EQ(read_public(folder / "log").error().code, ErrorCode::kRefused);
  EXPECT_EQ(KeyFile::open_unwrapped(folder / "person").error().code, ErrorCode::kRefused);
  EXPECT_EQ(KeyFile::open(folder / "service", secret_of(kWords)).error().code, ErrorCode::kRefused);
}

TEST(ACrashWhileAKeyFileIsMade, LeavesNoFileOrTheWholeOne) {
  const io::TemporaryDirectory counted;
  io::FailingFiles counting;
  ASSERT_TRUE(SigningKeyFile::create(counted / "log", counting));
  const std::size_t calls = counting.calls().size();
  ASSERT_GT(calls, 3u);
  int whole = 0;
  for (std::size_t at = 0; at < calls; ++at) {
    const io::TemporaryDirectory folder;
    io::FailingFiles files;
    files.crash_at(at);
    EXPECT_FALSE(SigningKeyFile::create(folder / "log", files));
    const auto file = SigningKeyFile::open(folder / "log");
    if (file) {
      ++whole;
    } else {
      EXPECT_EQ(file.error().code, ErrorCode::kNotFound) << at;
    }
  }
  EXPECT_LT(whole, static_cast<int>(calls));
}

}  // namespace
}  // namespace strongroom::keys

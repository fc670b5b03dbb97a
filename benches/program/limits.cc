// What the primitives alone can do on this machine: the same reads, cipher and hash as ours in the
// shortest loop, without keys, manifest, tree or checks.
#include <fmt/format.h>

#include <atomic>
#include <chrono>

#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "crypto/sign.h"
#include "io/directory.h"
#include "sealing.h"
#include "verbs.h"

namespace strongroom::bench {

namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;
constexpr std::size_t kSealedBytes = kPieceBytes + crypto::kAeadTagBytes;

using Nonce = std::array<std::uint8_t, crypto::kAeadNonceBytes>;

Nonce nonce_of(std::uint64_t number) {
  Nonce nonce{};
  put_u64(number, std::span(nonce).first<8>());
  return nonce;
}

crypto::Aead aead() { return {crypto::AeadKind::kAes256Gcm, Bytes(32, 7)}; }

Result<io::FileReader> reader_of(const Words& words) {
  ASSIGN_OR_RETURN(const std::string path, words.text("path"));
  const std::size_t slash = path.rfind('/');
  ASSIGN_OR_RETURN(const io::Directory directory, io::Directory::open(path.substr(0, slash)));
  return directory.open_file(path.substr(slash + 1));
}

/// `work(number, memory, bytes)` for every piece of the file, over the threads.
template <class Work>
Result<void> each_piece(const Words& words, std::size_t piece_bytes, const Work& work) {
  ASSIGN_OR_RETURN(const io::FileReader reader, reader_of(words));
  ASSIGN_OR_RETURN(const std::uint64_t size, reader.size_bytes());
  ASSIGN_OR_RETURN(const std::uint64_t threads, words.number("threads", 1));
  std::atomic<std::uint64_t> next{0};
  return on_threads(static_cast<std::size_t>(threads), [&](std::size_t) -> Result<void> {
    Bytes memory(kSealedBytes);
    crypto::Aead cipher = aead();
    for (;;) {
      const std::uint64_t number = next++;
      if (number * piece_bytes >= size) return {};
      ASSIGN_OR_RETURN(
          const std::size_t got,
          reader.read_at(number * piece_bytes, MutableByteView(memory).first(piece_bytes)));
      RETURN_IF_ERROR(work(cipher, number, MutableByteView(memory), got));
    }
  });
}

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

}  // namespace

Result<void> bare_seal(const Words& words) {
  return each_piece(words, kPieceBytes,
                    [](crypto::Aead& cipher, std::uint64_t number, MutableByteView memory,
                       std::size_t bytes) -> Result<void> {
                      const MutableByteView sealed = memory.first(bytes + crypto::kAeadTagBytes);
                      cipher.seal(nonce_of(number), {}, memory.first(bytes), sealed);
                      static_cast<void>(crypto::blake3(sealed));
                      return {};
                    });
}

Result<void> bare_prepare(const Words& words) {
  ASSIGN_OR_RETURN(const std::string to, words.text("to"));
  const std::size_t slash = to.rfind('/');
  ASSIGN_OR_RETURN(const io::Directory directory, io::Directory::open(to.substr(0, slash)));
  ASSIGN_OR_RETURN(io::DurableFile file, directory.create_file(to.substr(slash + 1), 0600));
  RETURN_IF_ERROR(each_piece(
      words, kPieceBytes,
      [&](crypto::Aead& cipher, std::uint64_t number, MutableByteView memory, std::size_t bytes) {
        const MutableByteView sealed = memory.first(bytes + crypto::kAeadTagBytes);
        cipher.seal(nonce_of(number), {}, memory.first(bytes), sealed);
        return file.write_at(number * kSealedBytes, sealed);
      }));
  return file.commit(io::OnExisting::kReplace);
}

Result<void> bare_open(const Words& words) {
  return each_piece(words, kSealedBytes,
                    [](crypto::Aead& cipher, std::uint64_t number, MutableByteView memory,
                       std::size_t bytes) -> Result<void> {
                      static_cast<void>(crypto::blake3(memory.first(bytes)));
                      return cipher.open(nonce_of(number), {}, memory.first(bytes),
                                         memory.first(bytes - crypto::kAeadTagBytes));
                    });
}

Result<void> bare_sha256(const Words& words) {
  ASSIGN_OR_RETURN(const std::uint64_t bytes, words.number("bytes", 1024));
  ASSIGN_OR_RETURN(const std::uint64_t times, words.number("times", 1'000'000));
  Bytes entry(static_cast<std::size_t>(bytes), 1);
  const Clock::time_point begin = Clock::now();
  for (std::uint64_t i = 0; i < times; ++i) {
    const Digest digest = crypto::sha256(entry);
    std::copy_n(digest.bytes.begin(), std::min(entry.size(), digest.bytes.size()), entry.begin());
  }
  fmt::print("{{\"per_second\":{}}}\n", static_cast<double>(times) / seconds_since(begin));
  return {};
}

Result<void> bare_verify(const Words& words) {
  ASSIGN_OR_RETURN(const std::uint64_t times, words.number("times", 10'000));
  const crypto::Ed25519Seed seed = crypto::generate_ed25519();
  const crypto::Ed25519Public key = crypto::ed25519_public(seed);
  const Bytes message(512, 3);
  const crypto::Ed25519Signature signature = crypto::ed25519_sign(seed, message);
  const Clock::time_point begin = Clock::now();
  for (std::uint64_t i = 0; i < times; ++i) {
    RETURN_IF_ERROR(crypto::ed25519_verify(key, message, signature));
  }
  fmt::print("{{\"per_second\":{}}}\n", static_cast<double>(times) / seconds_since(begin));
  return {};
}

}  // namespace strongroom::bench

#include "sealing.h"

#include <atomic>
#include <thread>

#include "base/limits.h"
#include "base/mutex.h"
#include "crypto/aead.h"
#include "crypto/random.h"
#include "io/directory.h"
#include "keys/key_file.h"
#include "seal/layout.h"
#include "seal/seal_object.h"
#include "seal/stream_sealer.h"
#include "verbs.h"

namespace strongroom::bench {

namespace {

constexpr std::uint32_t kDirectoryMode = 0700;
constexpr std::size_t kBlobsMax = 100'000;

/// Takes every blob and keeps none: what sealing costs without a disk.
class NullStore final : public store::BlobStore {
 public:
  Result<void> put(const std::string&, ByteView, store::OnExisting) override { return {}; }
  Result<std::unique_ptr<store::BlobWriter>> create(const std::string&,
                                                    store::OnExisting) override {
    return std::make_unique<NullWriter>();
  }
  Result<std::unique_ptr<io::Reader>> open(const std::string&) const override { return nothing(); }
  Result<Bytes> get(const std::string&, std::size_t) const override { return nothing(); }
  Result<std::vector<std::string>> list(const std::string&, std::size_t) const override {
    return std::vector<std::string>();
  }
  Result<void> remove(const std::string&) override { return {}; }
  Result<void> remove_abandoned() override { return {}; }
  Result<std::vector<std::string>> folders(const std::string&, std::size_t) const override {
    return std::vector<std::string>();
  }
  Result<UnixSeconds> last_written(const std::string&) const override { return nothing(); }
  Result<void> remove_folder(const std::string&) override { return {}; }

 private:
  class NullWriter final : public store::BlobWriter {
    Result<void> write_at(std::uint64_t, ByteView) override { return {}; }
    Result<void> append(ByteView) override { return {}; }
    Result<void> commit() override { return {}; }
  };
  static tl::unexpected<Error> nothing() {
    return fail(ErrorCode::kNotFound, "nothing is kept here");
  }
};

std::string custodian_path(const std::string& keys) { return keys + "/custodian.key"; }
std::string deposit_path(const std::string& keys) { return keys + "/deposit.key"; }
const PersonId kCustodian = [] {
  PersonId person;
  person.bytes.fill(1);
  return person;
}();

Result<keys::OpeningKeyFile> key_at(const std::string& path) {
  Result<keys::OpeningKeyFile> made = keys::OpeningKeyFile::create(path, crypto::KemKind::kX25519);
  if (made || made.error().code != ErrorCode::kAlreadyExists) return made;
  return keys::OpeningKeyFile::open(path);
}

// One custodian, who releases alone: what is measured is the payload.
Result<seal::SealRequest> request_for(const io::Listing& listing, const std::string& keys) {
  ASSIGN_OR_RETURN(const io::Directory made, io::Directory::open_or_make(keys, kDirectoryMode));
  ASSIGN_OR_RETURN(const keys::OpeningKeyFile custodian, key_at(custodian_path(keys)));
  ASSIGN_OR_RETURN(const keys::OpeningKeyFile deposit, key_at(deposit_path(keys)));
  protocol::PolicyNode leaf;
  leaf.person = kCustodian;
  protocol::PolicyNode root;
  root.threshold = 1;
  root.of.push_back(leaf);
  ASSIGN_OR_RETURN(protocol::Policy policy, protocol::Policy::checked(std::move(root)));
  crypto::PublicKeys public_keys;
  public_keys.sign = crypto::random_id<crypto::Ed25519Public>();
  public_keys.kem = custodian.kem();
  public_keys.seal = custodian.public_key();
  public_keys.id = crypto::key_id_of(public_keys.sign, public_keys.kem, public_keys.seal);
  return seal::SealRequest{
      .source = &listing,
      .groups = {},
      .strongroom = crypto::random_id<StrongroomId>(),
      .policy = std::move(policy),
      .custodians = {{kCustodian, public_keys}},
      .deposit_key = {deposit.id(), deposit.kem(), deposit.public_key()},
      .previous = std::nullopt,
  };
}

/// Segments of all files, given out one by one.
class Segments {
 public:
  explicit Segments(const std::vector<seal::OpenFile>& files) {
    for (const seal::OpenFile& file : files) {
      total_ += seal::segment_count(file.bytes);
      ends_.push_back(total_);
    }
  }
  struct Place {
    std::size_t file;
    std::uint64_t segment;
  };
  std::optional<Place> next() {
    const std::uint64_t number = next_++;
    if (number >= total_) return std::nullopt;
    const auto file = static_cast<std::size_t>(
        std::upper_bound(ends_.begin(), ends_.end(), number) - ends_.begin());
    return Place{file, number - (file == 0 ? 0 : ends_[file - 1])};
  }

 private:
  std::uint64_t total_ = 0;
  std::vector<std::uint64_t> ends_;
  std::atomic<std::uint64_t> next_{0};
};

}  // namespace

Result<void> on_threads(std::size_t threads, const std::function<Result<void>(std::size_t)>& work) {
  const std::size_t count = seal::thread_count(threads);
  Mutex mutex;
  std::optional<Error> error;
  {
    std::vector<std::jthread> team;
    for (std::size_t i = 0; i < count; ++i) {
      team.emplace_back([&, i] {
        const Result<void> done = work(i);
        const Lock lock(mutex);
        if (!done && !error) error = done.error();
      });
    }
  }
  if (error) return tl::unexpected<Error>(*error);
  return {};
}

Result<std::unique_ptr<seal::OpenObject>> open_sealed(const store::BlobStore& store,
                                                      const std::string& keys) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, store.list("objects", kBlobsMax));
  std::string folder;
  for (const std::string& name : names) {
    if (name.ends_with("/manifest")) folder = name.substr(0, name.rfind('/'));
  }
  if (folder.empty()) return fail(ErrorCode::kNotFound, "no sealed object lies here");
  const auto text = [&](const std::string& name) -> Result<std::string> {
    ASSIGN_OR_RETURN(const Bytes bytes, store.get(name, limits::kJsonDocumentBytesMax));
    return std::string(as_text(bytes));
  };
  ASSIGN_OR_RETURN(const std::string manifest_bytes, text(folder + "/manifest"));
  ASSIGN_OR_RETURN(const seal::Manifest manifest, seal::decode_manifest(manifest_bytes));
  ASSIGN_OR_RETURN(const std::string record_bytes,
                   text(seal::key_record_blob(manifest.object, 0, {})));
  ASSIGN_OR_RETURN(const seal::KeyRecord record, seal::decode_key_record(record_bytes));
  ASSIGN_OR_RETURN(const std::string shares_bytes,
                   text(seal::sealed_shares_blob(manifest.object, 0, {})));
  ASSIGN_OR_RETURN(const seal::SealedShares shares, seal::decode_sealed_shares(shares_bytes));

  ASSIGN_OR_RETURN(keys::OpeningKeyFile custodian,
                   keys::OpeningKeyFile::open(custodian_path(keys)));
  ASSIGN_OR_RETURN(keys::OpeningKeyFile deposit, keys::OpeningKeyFile::open(deposit_path(keys)));
  const KeyId deposit_id = deposit.id();
  const crypto::KemPrivate custodian_secret = std::move(custodian).take_secret();
  const crypto::KemPrivate deposit_secret = std::move(deposit).take_secret();
  const crypto::KemKeyPair host = crypto::generate_kem(crypto::KemKind::kX25519);
  const seal::Recipient recipient{crypto::random_id<ProposalId>(), host.public_key};
  ASSIGN_OR_RETURN(const seal::OpenLeaf leaf,
                   seal::open_leaf(shares.leaves.at(0), record, custodian_secret));
  ASSIGN_OR_RETURN(const seal::ResealedLeaf resealed, seal::reseal_leaf(leaf, record, recipient));
  const std::array<seal::ResealedLeaf, 1> leaves{resealed};
  ASSIGN_OR_RETURN(const seal::Combined combined,
                   seal::combine_leaves(leaves, record, 0, {recipient.proposal, &host.secret}));
  const seal::SealedSite* site = shares.site_of(0, deposit_id);
  if (site == nullptr || !combined.secret) return fail(ErrorCode::kWrongKey, "other keys");
  ASSIGN_OR_RETURN(const seal::SiteSecret opened, seal::open_site(*site, record, deposit_secret));
  std::vector<seal::GroupKey> data_keys;
  ASSIGN_OR_RETURN(seal::DataKey key, seal::unwrap(record.groups.at(0).wrapped, *combined.secret,
                                                   opened, record.context(0)));
  data_keys.push_back({0, std::move(key)});
  return seal::OpenObject::open(store, manifest, std::move(data_keys));
}

Result<void> make_random(const Words& words) {
  ASSIGN_OR_RETURN(const std::string path, words.text("path"));
  ASSIGN_OR_RETURN(std::uint64_t bytes, words.number("bytes", 0));
  const std::size_t slash = path.rfind('/');
  ASSIGN_OR_RETURN(const io::Directory directory,
                   io::Directory::open_or_make(path.substr(0, slash), kDirectoryMode));
  ASSIGN_OR_RETURN(io::DurableFile file,
                   directory.create_file(path.substr(slash + 1), kDirectoryMode & 0666));
  Bytes key(32);
  crypto::random_bytes(key);
  crypto::Aead aead(crypto::AeadKind::kAes256Gcm, key);
  Bytes piece(seal::kSegmentBytes + crypto::kAeadTagBytes);
  std::array<std::uint8_t, crypto::kAeadNonceBytes> nonce{};
  for (std::uint64_t count = 0; bytes > 0; ++count) {
    put_u64(count, std::span(nonce).first<8>());
    aead.seal(nonce, {}, ByteView(piece).first(seal::kSegmentBytes), piece);
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, seal::kSegmentBytes));
    RETURN_IF_ERROR(file.append(ByteView(piece).first(step)));
    bytes -= step;
  }
  return file.commit(io::OnExisting::kReplace);
}

Result<void> seal(const Words& words) {
  ASSIGN_OR_RETURN(const std::string source, words.text("source"));
  ASSIGN_OR_RETURN(const std::string store_path, words.text("store"));
  ASSIGN_OR_RETURN(const std::string keys, words.text("keys"));
  ASSIGN_OR_RETURN(const std::uint64_t threads, words.number("threads", 0));
  ASSIGN_OR_RETURN(const io::Listing listing,
                   io::list_files(source, {.files_max = limits::kObjectFilesMax}));
  ASSIGN_OR_RETURN(seal::SealRequest request, request_for(listing, keys));
  request.threads = static_cast<std::size_t>(threads);
  std::unique_ptr<store::BlobStore> store = std::make_unique<NullStore>();
  if (store_path != "null") {
    ASSIGN_OR_RETURN(store, store::open_directory_store(store_path));
  }
  ASSIGN_OR_RETURN(const seal::SealedObject sealed, seal::seal_object(request, *store));
  return {};
}

Result<void> open(const Words& words) {
  ASSIGN_OR_RETURN(const std::string store_path, words.text("store"));
  ASSIGN_OR_RETURN(const std::string keys, words.text("keys"));
  ASSIGN_OR_RETURN(const std::uint64_t threads, words.number("threads", 0));
  ASSIGN_OR_RETURN(const auto store, store::open_directory_store(store_path));
  ASSIGN_OR_RETURN(const auto object, open_sealed(*store, keys));
  Segments segments(object->files());
  return on_threads(static_cast<std::size_t>(threads), [&](std::size_t) -> Result<void> {
    Bytes out(seal::kSegmentBytes);
    while (const auto place = segments.next()) {
      const std::size_t bytes =
          seal::segment_bytes(object->files()[place->file].bytes, place->segment);
      RETURN_IF_ERROR(
          object->read_segment(place->file, place->segment, MutableByteView(out).first(bytes)));
    }
    return {};
  });
}

// The piece a loader wants first, from an object of any size: the last segment of its last file.
Result<void> first_piece(const Words& words) {
  ASSIGN_OR_RETURN(const std::string store_path, words.text("store"));
  ASSIGN_OR_RETURN(const std::string keys, words.text("keys"));
  ASSIGN_OR_RETURN(const auto store, store::open_directory_store(store_path));
  ASSIGN_OR_RETURN(const auto object, open_sealed(*store, keys));
  const std::size_t file = object->files().size() - 1;
  const std::uint64_t bytes = object->files()[file].bytes;
  const std::uint64_t last = seal::segment_count(bytes) - 1;
  Bytes out(seal::segment_bytes(bytes, last));
  return object->read_segment(file, last, out);
}

}  // namespace strongroom::bench

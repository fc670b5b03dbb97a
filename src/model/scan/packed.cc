#include "model/scan/packed.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cerrno>

namespace strongroom::model::scan {

namespace {

constexpr std::size_t kBlockBytes = 64u << 10;

}  // namespace

struct PackedArchive::State {
  explicit State(const io::Reader& reader) : file(reader), in(kBlockBytes), out(kBlockBytes) {}
  ~State() {
    if (archive != nullptr) archive_read_free(archive);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  // What the library calls to read.
  static la_ssize_t read(struct archive* archive, void* state, const void** block);
  static la_int64_t skip(struct archive* archive, void* state, la_int64_t request);
  static la_int64_t seek(struct archive* archive, void* state, la_int64_t offset, int whence);

  const io::Reader& file;
  std::uint64_t file_bytes = 0;
  std::uint64_t at = 0;
  Bytes in;
  Bytes out;
  struct archive* archive = nullptr;
  bool is_seven_zip = false;
};

la_ssize_t PackedArchive::State::read(struct archive* archive, void* state, const void** block) {
  State& self = *static_cast<State*>(state);
  const Result<std::size_t> got = self.file.read_at(self.at, self.in);
  if (!got) {
    archive_set_error(archive, EIO, "reading the file failed");
    return -1;
  }
  self.at += *got;
  *block = self.in.data();
  return static_cast<la_ssize_t>(*got);
}

la_int64_t PackedArchive::State::skip(struct archive* /*archive*/, void* state,
                                      la_int64_t request) {
  State& self = *static_cast<State*>(state);
  const std::uint64_t left = self.file_bytes - std::min(self.at, self.file_bytes);
  const std::uint64_t wanted = request > 0 ? static_cast<std::uint64_t>(request) : 0;
  const std::uint64_t skipped = std::min(wanted, left);
  self.at += skipped;
  return static_cast<la_int64_t>(skipped);
}

la_int64_t PackedArchive::State::seek(struct archive* /*archive*/, void* state, la_int64_t offset,
                                      int whence) {
  State& self = *static_cast<State*>(state);
  const auto bytes = static_cast<la_int64_t>(self.file_bytes);
  la_int64_t base = 0;
  if (whence == SEEK_CUR) base = static_cast<la_int64_t>(self.at);
  if (whence == SEEK_END) base = bytes;
  if (offset < -base || offset > bytes - base) return ARCHIVE_FATAL;
  self.at = static_cast<std::uint64_t>(base + offset);
  return base + offset;
}

namespace {

/// What the library has to say, short and clean enough for a finding.
std::string reason(struct archive* archive) {
  const char* text = archive_error_string(archive);
  return text == nullptr ? "it is damaged" : std::string(text).substr(0, 200);
}

bool tells_of_encryption(const std::string& text) {
  return text.find("ncrypt") != std::string::npos || text.find("assphrase") != std::string::npos;
}

tl::unexpected<Error> refusal(struct archive* archive) {
  const std::string text = reason(archive);
  const bool is_unknown = text.find("upport") != std::string::npos;
  return fail(tells_of_encryption(text) || is_unknown ? ErrorCode::kRefused : ErrorCode::kMalformed,
              text);
}

int allow_only(struct archive* archive, FileKind kind) {
  if (kind == FileKind::kSevenZip) return archive_read_support_format_7zip(archive);
  const int raw = archive_read_support_format_raw(archive);
  if (raw != ARCHIVE_OK) return raw;
  switch (kind) {
    case FileKind::kGzip:
      return archive_read_support_filter_gzip(archive);
    case FileKind::kBzip2:
      return archive_read_support_filter_bzip2(archive);
    case FileKind::kXz:
      return archive_read_support_filter_xz(archive);
    case FileKind::kZstd:
      return archive_read_support_filter_zstd(archive);
    case FileKind::kLz4:
      return archive_read_support_filter_lz4(archive);
    default:
      return ARCHIVE_FATAL;
  }
}

}  // namespace

PackedArchive::PackedArchive(std::unique_ptr<State> state) : state_(std::move(state)) {}
PackedArchive::PackedArchive(PackedArchive&&) noexcept = default;
PackedArchive::~PackedArchive() = default;

Result<PackedArchive> PackedArchive::open(FileKind kind, const io::Reader& file) {
  auto state = std::make_unique<State>(file);
  ASSIGN_OR_RETURN(state->file_bytes, file.size_bytes());
  state->is_seven_zip = kind == FileKind::kSevenZip;
  state->archive = archive_read_new();
  struct archive* const archive = state->archive;
  // A warning here means that the library would start a program to unpack; that is never allowed.
  if (archive == nullptr || allow_only(archive, kind) != ARCHIVE_OK) {
    return fail(ErrorCode::kRefused,
                "this machine's libarchive cannot read " + std::string(name_of(kind)));
  }
  archive_read_set_read_callback(archive, State::read);
  archive_read_set_skip_callback(archive, State::skip);
  archive_read_set_seek_callback(archive, State::seek);
  archive_read_set_callback_data(archive, state.get());
  if (archive_read_open1(archive) != ARCHIVE_OK) return refusal(archive);
  // Bytes that are not of the kind would pass through unchanged.
  if (!state->is_seven_zip && archive_filter_count(archive) < 2) {
    return fail(ErrorCode::kMalformed, "it only begins like " + std::string(name_of(kind)));
  }
  return PackedArchive(std::move(state));
}

Result<bool> PackedArchive::next_member() {
  struct archive_entry* entry = nullptr;
  const int state = archive_read_next_header(state_->archive, &entry);
  if (state == ARCHIVE_EOF) return false;
  if (state != ARCHIVE_OK && state != ARCHIVE_WARN) return refusal(state_->archive);
  member_ = {};
  if (!state_->is_seven_zip) return true;
  const char* name = archive_entry_pathname_utf8(entry);
  if (name == nullptr) name = archive_entry_pathname(entry);
  member_.name = name == nullptr ? "" : name;
  member_.is_encrypted = archive_entry_is_encrypted(entry) != 0;
  member_.is_directory = archive_entry_filetype(entry) == AE_IFDIR;
  member_.is_file = archive_entry_filetype(entry) == AE_IFREG;
  const char* link = archive_entry_symlink(entry);
  if (link == nullptr) link = archive_entry_hardlink(entry);
  member_.link = link == nullptr ? "" : link;
  return true;
}

Result<ByteView> PackedArchive::next_block() {
  const la_ssize_t got = archive_read_data(state_->archive, state_->out.data(), state_->out.size());
  if (got < 0) return refusal(state_->archive);
  return ByteView(state_->out).first(static_cast<std::size_t>(got));
}

std::uint64_t PackedArchive::packed_bytes() const {
  const la_int64_t used = archive_filter_bytes(state_->archive, -1);
  return used < 0 ? 0 : static_cast<std::uint64_t>(used);
}

}  // namespace strongroom::model::scan

// Kinds that a few fixed bytes tell apart. Sources: the formats' own pages (NPY, HDF5 superblock,
// POSIX ustar, RFC 1952, bzip2, xz, RFC 8878, LZ4 frame, 7z, RAR, ELF, PE, Mach-O, PNG, JFIF).
#include <algorithm>
#include <array>

#include "model/formats.h"
#include "model/tar_header.h"

namespace strongroom::model {
namespace {

using namespace std::string_view_literals;

struct Magic {
  std::size_t at;
  std::string_view bytes;
  FileKind kind;
};
constexpr std::array kMagics = {
    Magic{0, "\x93NUMPY"sv, FileKind::kNumpy},
    Magic{0, "\x1f\x8b\x08"sv, FileKind::kGzip},
    Magic{0, "\xfd\x37zXZ\0"sv, FileKind::kXz},
    Magic{0, "\x28\xb5\x2f\xfd"sv, FileKind::kZstd},
    Magic{0, "\x04\x22\x4d\x18"sv, FileKind::kLz4},
    Magic{0, "7z\xbc\xaf\x27\x1c"sv, FileKind::kSevenZip},
    Magic{0, "Rar!\x1a\x07"sv, FileKind::kRar},
    Magic{0, "\x7f\x45LF"sv, FileKind::kExecutable},
    Magic{0, "\xfe\xed\xfa\xce"sv, FileKind::kExecutable},
    Magic{0, "\xfe\xed\xfa\xcf"sv, FileKind::kExecutable},
    Magic{0, "\xce\xfa\xed\xfe"sv, FileKind::kExecutable},
    Magic{0, "\xcf\xfa\xed\xfe"sv, FileKind::kExecutable},
    Magic{0, "\xca\xfe\xba\xbe"sv, FileKind::kExecutable},
    Magic{0, "\0asm"sv, FileKind::kExecutable},
    Magic{0, "\x89PNG\r\n\x1a\n"sv, FileKind::kMedia},
    Magic{0, "\xff\xd8\xff"sv, FileKind::kMedia},
    Magic{0, "GIF87a"sv, FileKind::kMedia},
    Magic{0, "GIF89a"sv, FileKind::kMedia},
    Magic{8, "WEBP"sv, FileKind::kMedia},
    Magic{8, "WAVE"sv, FileKind::kMedia},
    Magic{4, "ftyp"sv, FileKind::kMedia},
    Magic{0, "OggS\0"sv, FileKind::kMedia},
    Magic{0, "fLaC\0"sv, FileKind::kMedia},
    Magic{0, "\x1a\x45\xdf\xa3"sv, FileKind::kMedia},
    Magic{0, "wOFF"sv, FileKind::kMedia},
    Magic{0, "wOF2"sv, FileKind::kMedia},
    Magic{0, "II*\0"sv, FileKind::kMedia},
    Magic{0, "MM\0*"sv, FileKind::kMedia},
    Magic{0, "%PDF-"sv, FileKind::kMedia},
    Magic{0, "PAR1"sv, FileKind::kTable},
    Magic{0, "ARROW1\0\0"sv, FileKind::kTable},
    Magic{0, "SQLite format 3\0"sv, FileKind::kTable},
};
constexpr std::string_view kHdf5Magic = "\x89HDF\r\n\x1a\n";

bool stands_at(std::string_view head, std::size_t at, std::string_view bytes) {
  return head.size() >= at + bytes.size() && head.substr(at, bytes.size()) == bytes;
}

bool is_bzip2(std::string_view head) {
  return head.size() >= 10 && head.starts_with("BZh") && head[3] >= '1' && head[3] <= '9' &&
         (stands_at(head, 4, "1AY&SY") || stands_at(head, 4, "\x17rE8P\x90"));
}

/// "MZ" alone begins much text; the PE header that it points to settles it.
bool is_portable_executable(std::string_view head) {
  if (!head.starts_with("MZ") || head.size() < 64) return false;
  Cursor cursor(as_bytes(head));
  cursor.skip(60);
  return stands_at(head, cursor.little_endian(4), "PE\0\0"sv);
}

/// CPython's compiled modules: a version number of Python 3, "\r\n", then flags below 4.
bool is_python_bytecode(std::string_view head) {
  if (head.size() < 17 || !stands_at(head, 2, "\r\n")) return false;
  Cursor cursor(as_bytes(head));
  const std::uint64_t version = cursor.little_endian(2);
  cursor.skip(2);
  return version >= 3000 && version < 4000 && cursor.little_endian(4) < 4 &&
         (head[16] == '\xe3' || head[16] == '\x63');
}

/// The superblock stands at 0 or at any power of two from 512 on.
bool is_hdf5(std::string_view head) {
  if (head.starts_with(kHdf5Magic)) return true;
  for (std::size_t at = 512; at + kHdf5Magic.size() <= head.size(); at *= 2) {
    if (stands_at(head, at, kHdf5Magic)) return true;
  }
  return false;
}

FileKind kind_of(std::string_view head) {
  for (const Magic& magic : kMagics) {
    if (stands_at(head, magic.at, magic.bytes)) return magic.kind;
  }
  if (is_bzip2(head)) return FileKind::kBzip2;
  if (is_portable_executable(head) || is_python_bytecode(head)) return FileKind::kExecutable;
  // A frame that zstd and lz4 pass over; both write them in front.
  if (head.size() >= 8 && (head[0] & 0xf0) == 0x50 && stands_at(head, 1, "\x2a\x4d\x18")) {
    return FileKind::kZstd;
  }
  return FileKind::kUnknown;
}

std::optional<Recognised> of_kind(FileKind kind) {
  Recognised recognised;
  recognised.kind = kind;
  return recognised;
}

}  // namespace

std::optional<Recognised> as_magic(ByteView head, std::uint64_t /*file_bytes*/) {
  const FileKind kind = kind_of(as_text(head));
  if (kind == FileKind::kUnknown) return std::nullopt;
  return of_kind(kind);
}

std::optional<Recognised> as_hdf5(ByteView head, std::uint64_t /*file_bytes*/) {
  if (!is_hdf5(as_text(head))) return std::nullopt;
  return of_kind(FileKind::kHdf5);
}

std::optional<Recognised> as_tar(ByteView head, std::uint64_t /*file_bytes*/) {
  if (!is_tar_header(head)) return std::nullopt;
  return of_kind(FileKind::kTar);
}

std::optional<Recognised> as_saved_model(ByteView head, std::uint64_t file_bytes) {
  // SavedModel { int64 schema_version = 1; repeated MetaGraphDef meta_graphs = 2; }, where a
  // MetaGraphDef begins with its MetaInfoDef or GraphDef.
  Cursor cursor(head);
  if (as_text(head).substr(0, 3) != "\x08\x01\x12") return std::nullopt;
  cursor.skip(2);
  while (cursor.left() > 0) {
    if (cursor.little_endian(1) != 0x12) return std::nullopt;
    std::uint64_t bytes = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
      const std::uint64_t byte = cursor.little_endian(1);
      bytes |= (byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) break;
    }
    if (!cursor.ok() || bytes > file_bytes - cursor.position()) return std::nullopt;
    const std::uint8_t first = cursor.left() > 0 ? head[cursor.position()] : 0;
    if (first != 0x0a && first != 0x12) return std::nullopt;
    if (bytes >= cursor.left()) break;
    cursor.skip(bytes);
  }
  return of_kind(FileKind::kSavedModel);
}

}  // namespace strongroom::model

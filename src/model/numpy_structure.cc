// .npy is one array; .npz is a zip archive of them, one for each member, stored or deflated.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "model/format_rules.h"
#include "model/numpy.h"
#include "model/structure_readers.h"
#include "model/zip_archive.h"

namespace strongroom::model {
namespace {

constexpr std::string_view kSuffix = ".npy";

/// Adds the array to the structure; one made of objects is a pickle and has no tensor.
void add_array(Structure& structure, NumpyHeader header, std::string name) {
  structure.metadata.insert_or_assign(name + ".descr", header.descr);
  if (header.is_pickled) return;
  header.tensor.name = std::move(name);
  structure.tensor_bytes += std::min(header.tensor.bytes, ~structure.tensor_bytes);
  structure.tensors.push_back(std::move(header.tensor));
}

Result<Bytes> head_of(const io::Reader& file, std::uint64_t offset, std::uint64_t bytes) {
  Bytes head(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, kNumpyHeadBytesMax)));
  RETURN_IF_ERROR(io::read_exactly(file, offset, head, "a NumPy file"));
  return head;
}

/// Of a deflated member: only so much of it is unpacked.
Result<Bytes> unpacked_head(const ZipArchive& archive, const ZipMember& member) {
  Bytes head;
  ASSIGN_OR_RETURN(const Unpacked unpacked, archive.stream(member, [&](ByteView piece) {
    const std::size_t room = kNumpyHeadBytesMax - head.size();
    head.insert(head.end(), piece.begin(),
                piece.begin() + static_cast<std::ptrdiff_t>(std::min(room, piece.size())));
    return head.size() < kNumpyHeadBytesMax;
  }));
  static_cast<void>(unpacked);
  return head;
}

Result<void> read_member(const io::Reader& file, const ZipArchive& archive, const ZipMember& member,
                         std::string name, Structure& structure, Findings& findings) {
  if (member.packing == ZipMember::Packing::kOther || member.is_encrypted) {
    return refuse(findings, kNumpyMalformed, "an array that is encrypted or packed otherwise",
                  member.data_offset);
  }
  const bool is_stored = member.packing == ZipMember::Packing::kStored;
  ASSIGN_OR_RETURN(const Bytes head, is_stored
                                         ? head_of(file, member.data_offset, member.packed_bytes)
                                         : unpacked_head(archive, member));
  const std::uint64_t bytes = is_stored ? member.packed_bytes : member.bytes;
  ASSIGN_OR_RETURN(NumpyHeader header, read_numpy_header(head, bytes, findings));
  header.tensor.offset += member.data_offset;
  if (!is_stored) {
    header.tensor.is_packed = true;
    header.tensor.offset = 0;
  }
  add_array(structure, std::move(header), std::move(name));
  return {};
}

}  // namespace

Result<Structure> read_numpy(const io::Reader& file, Findings& findings) {
  ASSIGN_OR_RETURN(const std::uint64_t file_bytes, file.size_bytes());
  ASSIGN_OR_RETURN(const Bytes head, head_of(file, 0, file_bytes));
  ASSIGN_OR_RETURN(NumpyHeader header, read_numpy_header(head, file_bytes, findings));
  Structure structure;
  structure.kind = FileKind::kNumpy;
  structure.version = head[6];
  add_array(structure, std::move(header), "array");
  return structure;
}

Result<Structure> read_numpy_zip(const io::Reader& file, Findings& findings) {
  ASSIGN_OR_RETURN(const ZipArchive archive, ZipArchive::open(file, findings));
  Structure structure;
  structure.kind = FileKind::kNumpyZip;
  std::set<std::string> names;
  for (const ZipMember& member : archive.members()) {
    if (!member.name.ends_with(kSuffix)) continue;
    const Findings::Inside inside(findings, member.name);
    std::string name = member.name.substr(0, member.name.size() - kSuffix.size());
    if (!names.insert(name).second) {
      return refuse(findings, kNumpyDuplicate, "two arrays of one name", member.data_offset);
    }
    RETURN_IF_ERROR(read_member(file, archive, member, std::move(name), structure, findings));
  }
  return structure;
}

}  // namespace strongroom::model

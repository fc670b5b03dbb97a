#ifndef STRONGROOM_MODEL_SCAN_SCAN_H_
#define STRONGROOM_MODEL_SCAN_SCAN_H_

#include <string>
#include <string_view>

#include "model/scan/packed.h"
#include "model/scan/scan_file.h"
#include "model/zip_archive.h"

/// The inside of scan_file(): one scan of one file, member by member. No other room includes this.
namespace strongroom::model::scan {

/// How a file begins that stands for one kept by Git LFS.
inline constexpr std::string_view kLargeFilePointer = "version https://git-lfs.github.com/spec/";

/// Where a content stands, which settles what it may be there.
enum class Place {
  kFile,     ///< a file on disk
  kArchive,  ///< a member of an archive, or what a compressed stream holds
  kWeights,  ///< a member of a weights file that is an archive: its weights are counted there
  kStray,    ///< bytes that no format accounts for
};

/// Bytes with a name; borrowed.
struct Content {
  std::string_view name;  ///< as its container spells it
  const io::Reader& bytes;
  std::uint64_t size = 0;
  std::optional<std::uint64_t>
      begins_at;  ///< in the file scanned, when it is stored there as it is
  Place place = Place::kFile;
  int depth = 0;
  std::string_view stray_in = {};  ///< of a stray: what it was found in
};

/// A content, and what it begins as.
struct Looked {
  const Content& content;
  Recognised is;
  ByteView head;  ///< its first bytes, borrowed
};

/// What is unpacked, kept in memory up to a bound; what is over it is not.
class Intake {
 public:
  Intake(std::uint64_t bytes_max, const Watch& watch) : bytes_max_(bytes_max), watch_(watch) {}
  /// Whether more is wanted.
  bool give(ByteView some);
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }
  [[nodiscard]] bool is_cut() const { return is_cut_; }
  [[nodiscard]] bool is_interrupted() const { return is_interrupted_; }

 private:
  std::uint64_t bytes_max_;
  const Watch& watch_;
  Bytes bytes_;
  std::uint64_t asked_at_ = 0;
  bool is_cut_ = false;
  bool is_interrupted_ = false;
};

/// Not thread-safe; one thread, one file. Every Result here is an error only for kInterrupted.
class Scan {
 public:
  Scan(const ScanLimits& limits, const Watch& watch, ScannedFile& scanned)
      : limits_(limits), watch_(watch), scanned_(scanned), findings_(scanned.findings) {}
  Result<void> look(const Content& content);

 private:
  Result<void> look_inside(const Looked& looked);
  void judge_name(const Looked& looked);

  // Weights (scan_weights.cc)
  Result<void> look_at_weights(const Looked& looked);
  void note_weights(const Looked& looked, std::optional<Structure> structure);
  Result<void> look_behind_tensors(const Looked& looked, const Structure& structure);
  Result<void> judge_objects(const Looked& looked);
  void judge_templates(const Structure& structure);

  // Containers (scan_containers.cc)
  Result<void> look_at_zip(const Looked& looked, Place place);
  Result<void> look_at_zip_member(const Looked& looked, const ZipArchive& archive,
                                  const ZipMember& member, Place place);
  Result<void> look_at_stored(const Looked& looked, const ZipArchive& archive,
                              const ZipMember& member, Place place);
  Result<void> look_at_deflated(const Looked& looked, const ZipArchive& archive,
                                const ZipMember& member, Place place);
  Result<void> look_at_tar(const Looked& looked);
  Result<void> look_at_stream(const Looked& looked);
  Result<void> look_at_seven_zip(const Looked& looked);
  Result<void> look_at_seven_zip_members(const Looked& looked, PackedArchive& archive);
  /// Takes in the archive's current member; false when it could not be read to its end.
  Result<bool> take_in(PackedArchive& archive, Intake& intake);
  Result<void> look_at_unpacked(const Content& outer, std::string_view name, const Bytes& bytes,
                                Place place);
  Result<void> look_at_stray(const Looked& looked, std::uint64_t at, std::uint64_t bytes);
  /// Whether one more member may be read; says so when not.
  bool count_member();
  [[nodiscard]] std::uint64_t may_hold() const;
  /// What a bomb unpacks to is more than ratio_max times what it is, from 10 MiB on.
  [[nodiscard]] bool is_bomb(std::uint64_t unpacked, std::uint64_t packed) const;

  // Everything else (scan_other.cc)
  Result<void> look_at_text(const Looked& looked);
  /// What begins as no pickle, under a name that makes loaders take it for one.
  Result<void> judge_as_pickle(const Looked& looked);
  Result<void> look_at_config(const Looked& looked);
  Result<void> look_at_other(const Looked& looked);
  [[nodiscard]] bool is_pickle_by_name(const Looked& looked) const;
  Result<void> look_for_numbers(const Looked& looked);
  /// One pass over all bytes, for formats that begin in the middle.
  Result<void> look_for_embedded(const Looked& looked);
  void judge_two_formats(const Looked& looked);
  Result<void> look_for_other_formats(const Looked& looked);
  Result<void> look_behind_picture(const Looked& looked);

  [[nodiscard]] Result<void> go_on() const;
  /// What cannot be read is said, once: errors but kInterrupted become a finding, unless `before`
  /// findings tell that whoever failed has said so.
  Result<void> settle(const Result<void>& outcome, std::size_t before);
  [[nodiscard]] std::size_t said() const {
    return findings_.all().size() + static_cast<std::size_t>(findings_.left_out());
  }

  const ScanLimits& limits_;
  const Watch& watch_;
  ScannedFile& scanned_;
  Findings& findings_;
  std::uint64_t held_ = 0;      ///< unpacked bytes in memory now
  std::uint64_t unpacked_ = 0;  ///< of all members so far
  int strays_ = 0;              ///< looked at so far
  bool is_honest_archive_ = false;
};

/// The name makes PyTorch, joblib or pickle load it as a pickle.
[[nodiscard]] bool is_named_as_pickle(std::string_view name);
/// The last part of a path.
[[nodiscard]] std::string_view leaf_of(std::string_view name);
[[nodiscard]] std::string lower_case(std::string_view text);

}  // namespace strongroom::model::scan

#endif  // STRONGROOM_MODEL_SCAN_SCAN_H_

// Sources: POSIX.1-2017 pax, the ustar interchange format; GNU tar's manual, "Basic Tar Format".
#include "model/scan/tar.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_set>

#include "model/archive_name.h"
#include "model/container_rules.h"
#include "model/tar_header.h"

namespace strongroom::model::scan {
namespace {

constexpr std::uint64_t kLongNameBytesMax = 64u << 10;
constexpr std::uint64_t kPaxBytesMax = 1u << 20;
/// Behind the end mark, so much is searched for further headers.
constexpr std::uint64_t kSearchedBehindEnd = 1u << 20;
using Block = std::array<std::uint8_t, kTarBlockBytes>;

/// What extended headers say of the next member.
struct Extended {
  std::optional<std::string> name;
  std::optional<std::string> link;
  std::optional<std::uint64_t> bytes;
  bool is_sparse = false;
};

std::string_view text_of(ByteView field) {
  const std::string_view text = as_text(field);
  return text.substr(0, std::min(text.find('\0'), text.size()));
}

std::uint64_t rounded(std::uint64_t bytes) {
  return (bytes + kTarBlockBytes - 1) / kTarBlockBytes * kTarBlockBytes;
}

std::optional<std::uint64_t> decimal(std::string_view digits) {
  if (digits.empty() || digits.size() > 18) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

/// Records of the form "LENGTH KEY=VALUE\n". Whether all of `text` is of it.
bool read_pax(std::string_view text, Extended& extended) {
  while (!text.empty() && text.front() != '\0') {
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) return false;
    const std::optional<std::uint64_t> bytes = decimal(text.substr(0, space));
    if (!bytes || *bytes > text.size() || *bytes < space + 3 || text[*bytes - 1] != '\n') {
      return false;
    }
    const std::string_view record = text.substr(space + 1, *bytes - space - 2);
    const std::size_t equals = record.find('=');
    if (equals == std::string_view::npos) return false;
    const std::string_view key = record.substr(0, equals);
    const std::string_view value = record.substr(equals + 1);
    if (key == "path" || key == "GNU.sparse.name") extended.name = value;
    if (key == "linkpath") extended.link = value;
    if (key == "size") extended.bytes = decimal(value);
    if (key == "size" && !extended.bytes) return false;
    if (key.starts_with("GNU.sparse.")) extended.is_sparse = true;
    text.remove_prefix(*bytes);
  }
  return true;
}

class Walk {
 public:
  Walk(const io::Reader& file, std::uint64_t file_bytes, Findings& findings,
       const std::function<Result<void>(const TarMember&)>& visit)
      : file_(file), file_bytes_(file_bytes), findings_(findings), visit_(visit) {}
  Result<void> run();

 private:
  Result<bool> read_block(Block& block);
  /// The bytes of an extended header; nothing (and a finding) when they are too many or not there.
  Result<std::optional<std::string>> read_content(std::uint64_t bytes, std::uint64_t bytes_max);
  Result<bool> read_extended(char type, std::uint64_t bytes);
  Result<bool> read_header(const Block& block);
  Result<bool> read_member(const Block& block, char type, std::uint64_t header_bytes);
  Result<void> look_behind_end(std::uint64_t end);
  void judge_type(char type, const std::string& name, std::string_view link);
  void damaged(std::string_view what) { findings_.add(kArchiveDamaged, what, at_); }

  const io::Reader& file_;
  std::uint64_t file_bytes_;
  Findings& findings_;
  const std::function<Result<void>(const TarMember&)>& visit_;
  std::uint64_t at_ = 0;
  Extended extended_;
  std::unordered_set<std::string> names_;
};

Result<bool> Walk::read_block(Block& block) {
  ASSIGN_OR_RETURN(const std::size_t got, file_.read_at(at_, block));
  return got == block.size();
}

Result<std::optional<std::string>> Walk::read_content(std::uint64_t bytes,
                                                      std::uint64_t bytes_max) {
  std::optional<std::string> content;
  if (bytes > bytes_max || bytes > file_bytes_ - at_) {
    damaged(fmt::format("an extended header claims {} bytes", bytes));
    return content;
  }
  Bytes there(static_cast<std::size_t>(bytes));
  RETURN_IF_ERROR(io::read_exactly(file_, at_, there, "tar header"));
  content.emplace(as_text(there));
  at_ += rounded(bytes);
  return content;
}

/// Whether the walk can go on.
Result<bool> Walk::read_extended(char type, std::uint64_t bytes) {
  const bool is_pax = type == 'x' || type == 'g' || type == 'X';
  ASSIGN_OR_RETURN(const std::optional<std::string> content,
                   read_content(bytes, is_pax ? kPaxBytesMax : kLongNameBytesMax));
  if (!content) return false;
  if (!is_pax) {
    const std::string text(text_of(as_bytes(*content)));
    (type == 'L' ? extended_.name : extended_.link) = text;
    return true;
  }
  Extended said;
  if (!read_pax(*content, said)) {
    findings_.add(kTarHeader, "an extended header is malformed", at_);
  }
  if (type == 'g') {
    if (said.name || said.link || said.bytes) {
      findings_.add(kTarHeader, "a header for all members sets a name or a size", at_);
    }
    return true;
  }
  if (extended_.name && said.name && *extended_.name != *said.name) {
    findings_.add(kTarHeader, "two extended headers give one member two names", at_);
  }
  if (said.name) extended_.name = said.name;
  if (said.link) extended_.link = said.link;
  if (said.bytes) extended_.bytes = said.bytes;
  extended_.is_sparse = extended_.is_sparse || said.is_sparse;
  return true;
}

void Walk::judge_type(char type, const std::string& name, std::string_view link) {
  constexpr std::string_view kFiles{
      "\0"
      "07",
      3};
  switch (type) {
    case '1':
    case '2':
      judge_link(name, link, type == '1', findings_);
      break;
    case '3':
    case '4':
    case '6':
      findings_.add(kArchiveLink, "it is a device or a pipe", at_);
      break;
    case 'M':
      findings_.add(kManyDisks, "it goes on from another volume", at_);
      break;
    case 'S':
      findings_.add(kArchiveUnsupported, "it is stored as a sparse file", at_);
      break;
    case '5':
    case 'D':
    case 'V':
      break;
    default:
      if (kFiles.find(type) != std::string_view::npos) break;
      findings_.add(kTarHeader,
                    fmt::format("its type is '{}', which programs read differently",
                                std::string_view(&type, 1)),
                    at_);
  }
}

Result<bool> Walk::read_member(const Block& block, char type, std::uint64_t header_bytes) {
  constexpr std::string_view kPosix{"ustar\0", 6};
  const ByteView bytes = block;
  std::string name(text_of(bytes.first(100)));
  const std::string_view prefix = text_of(bytes.subspan(345, 155));
  if (as_text(bytes.subspan(257, 6)) == kPosix && !prefix.empty()) {
    name = std::string(prefix) + "/" + name;
  }
  if (extended_.name) name = *extended_.name;
  const std::string link =
      extended_.link ? *extended_.link : std::string(text_of(bytes.subspan(157, 100)));
  std::uint64_t size = extended_.bytes.value_or(header_bytes);
  const bool told_twice = extended_.bytes && header_bytes != *extended_.bytes && header_bytes != 0;
  const bool is_sparse = extended_.is_sparse;
  extended_ = {};

  const Findings::Inside inside(findings_, name);
  judge_member_name(name, findings_);
  judge_type(type, name, link);
  if (is_sparse) findings_.add(kArchiveUnsupported, "it is stored as a sparse file", at_);
  if (told_twice) {
    findings_.add(kTarHeader,
                  fmt::format("its size is told twice: {} and {} bytes", header_bytes, size), at_);
  }
  if (type != '5' && !names_.insert(name).second) {
    findings_.add(kTarHeader, "another member has the same name", at_);
  }
  const bool has_no_content = type >= '1' && type <= '6';
  if (has_no_content && size > 0) {
    Block next;
    ASSIGN_OR_RETURN(const bool is_there, read_block(next));
    findings_.add(kTarHeader, "it is no file, yet claims to have content", at_);
    if (is_there && is_tar_header(next)) size = 0;
  }
  const std::uint64_t left = file_bytes_ - std::min(at_, file_bytes_);
  if (size > left) damaged(fmt::format("it claims {} bytes, {} are left", size, left));
  const TarMember member{name, at_, std::min(size, left)};
  if (member.bytes > 0) RETURN_IF_ERROR(visit_(member));
  if (size > left) return false;
  at_ += rounded(size);
  return true;
}

Result<bool> Walk::read_header(const Block& block) {
  const std::optional<std::uint64_t> bytes = tar_number(ByteView(block).subspan(124, 12));
  if (!bytes || *bytes > (std::uint64_t{1} << 62)) {
    damaged("a member's size is no number");
    return false;
  }
  const char type = static_cast<char>(block[156]);
  at_ += kTarBlockBytes;
  if (std::string_view("xgXLK").find(type) != std::string_view::npos) {
    return read_extended(type, *bytes);
  }
  return read_member(block, type, *bytes);
}

/// `end` is where the end mark begins. Finds the next header, so that the walk goes on there.
Result<void> Walk::look_behind_end(std::uint64_t end) {
  const std::uint64_t searched = std::min(file_bytes_, end + kSearchedBehindEnd);
  std::optional<std::uint64_t> first_other;
  Block block;
  for (at_ = end + kTarBlockBytes; at_ < searched; at_ += kTarBlockBytes) {
    ASSIGN_OR_RETURN(const std::size_t got, file_.read_at(at_, block));
    const ByteView there = ByteView(block).first(got);
    if (std::all_of(there.begin(), there.end(), [](std::uint8_t byte) { return byte == 0; })) {
      continue;
    }
    if (!first_other) first_other = at_;
    if (is_tar_header(there)) break;
  }
  if (first_other) {
    findings_.add(kTarHiddenData, "behind the end mark stands something else", *first_other);
  }
  if (at_ < searched || !first_other) return {};
  at_ = file_bytes_;
  const Findings::Inside inside(findings_, "(behind the end)");
  return visit_({"(behind the end)", *first_other, file_bytes_ - *first_other});
}

Result<void> Walk::run() {
  Block block;
  bool has_ended = false;
  while (at_ < file_bytes_) {
    ASSIGN_OR_RETURN(const bool is_there, read_block(block));
    if (!is_there) {
      if (!has_ended) damaged("it ends within a header");
      return {};
    }
    if (std::all_of(block.begin(), block.end(), [](std::uint8_t byte) { return byte == 0; })) {
      has_ended = true;
      RETURN_IF_ERROR(look_behind_end(at_));
      continue;
    }
    if (!is_tar_header(block)) {
      damaged("there is no valid header where one must be");
      const TarMember rest{"(unread)", at_, file_bytes_ - at_};
      const Findings::Inside inside(findings_, rest.name);
      return visit_(rest);
    }
    ASSIGN_OR_RETURN(const bool goes_on, read_header(block));
    if (!goes_on) return {};
  }
  if (!has_ended) damaged("it has no end mark: part of it may be missing");
  return {};
}

}  // namespace

Result<void> walk_tar(const io::Reader& file, Findings& findings,
                      const std::function<Result<void>(const TarMember&)>& visit) {
  ASSIGN_OR_RETURN(const std::uint64_t file_bytes, file.size_bytes());
  return Walk(file, file_bytes, findings, visit).run();
}

}  // namespace strongroom::model::scan

// Whole files of pickles, and pickles that begin among other bytes.
#include <algorithm>

#include "model/pickle_machine.h"
#include "model/pickle_rules.h"
#include "model/pytorch_parts.h"

namespace strongroom::model {
namespace {

constexpr int kPicklesMax = 100'000;
constexpr std::size_t kBlockBytes = 1u << 20;
constexpr std::size_t kNamesBytesMax = 256;
constexpr std::uint64_t kTrialBytesMax = 64u << 10;

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c == '_' || c == '.' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z');
  });
}

/// Whether a pickle that asks for something may begin here: PROTO and an instruction, or the two
/// lines of a GLOBAL or INST that names a danger.
bool may_begin_here(std::string_view at) {
  if (at.size() < 4) return false;
  const auto byte = [at](std::size_t i) { return static_cast<unsigned char>(at[i]); };
  if (byte(0) == kPickleProto) {
    return byte(1) >= 2 && byte(1) <= kPickleProtocolMax &&
           kPickleInstructions[byte(2)].argument != PickleArgument::kNoSuchInstruction;
  }
  if (at[0] != 'c' && at[0] != 'i') return false;
  at = at.substr(1, kNamesBytesMax);
  const std::size_t module_end = at.find('\n');
  if (module_end == std::string_view::npos || !is_name(at.substr(0, module_end))) return false;
  const std::string_view rest = at.substr(module_end + 1);
  const std::size_t name_end = rest.find('\n');
  if (name_end == std::string_view::npos || !is_name(rest.substr(0, name_end))) return false;
  const PickleGlobal global = as_python3(at.substr(0, module_end), rest.substr(0, name_end));
  const PickleGlobals& list = PickleGlobals::built_in();
  return list.danger(global).has_value() || list.is_hostile_when_called(global);
}

/// Tries what may be a pickle, wherever it may begin. Work is bounded by the bytes searched.
class HiddenPickles {
 public:
  HiddenPickles(const io::Reader& file, std::uint64_t begin, std::uint64_t end, Findings& findings)
      : file_(file),
        findings_(findings),
        at_(begin),
        end_(end),
        work_left_(2 * (end - begin) + kBlockBytes) {}

  Result<void> search() {
    Bytes block;
    while (at_ < end_ && !is_tired_) {
      block.resize(static_cast<std::size_t>(std::min<std::uint64_t>(end_ - at_, kBlockBytes)));
      ASSIGN_OR_RETURN(const std::size_t got, file_.read_at(at_, block));
      if (got == 0) break;
      search_block(as_text(ByteView(block).first(got)), at_ + got >= end_);
    }
    return {};
  }

 private:
  /// Leaves `at_` where the next block begins: names are not cut apart.
  void search_block(std::string_view block, bool is_last) {
    const std::uint64_t begin = at_;
    const std::size_t stop = is_last || block.size() <= 2 * kNamesBytesMax
                                 ? block.size()
                                 : block.size() - kNamesBytesMax;
    std::uint64_t next = begin;
    for (std::size_t i = 0; i < stop && !is_tired_; ++i) {
      if (begin + i < next || !may_begin_here(block.substr(i))) continue;
      next = try_at(begin + i);
    }
    at_ = std::max(begin + stop, next);
  }

  /// Where to go on.
  std::uint64_t try_at(std::uint64_t begin) {
    Findings within;
    PickleMachine machine(file_, {begin, std::min(end_, begin + kTrialBytesMax), 1}, within);
    const bool is_whole = machine.run().has_value();
    const std::uint64_t work = machine.position() - begin;
    tell(within, is_whole, begin);
    if (is_whole) return machine.position();
    if (work >= work_left_) {
      is_tired_ = true;
      findings_.add(kPickleTooLarge,
                    "too many places look like the beginning of a pickle to follow them all",
                    begin);
    }
    work_left_ -= std::min(work, work_left_);
    return begin + 1;
  }

  void tell(const Findings& within, bool is_whole, std::uint64_t begin) {
    const std::string where = "a pickle begins at byte " + std::to_string(begin) + ": ";
    for (const Finding& finding : within.all()) {
      if (finding.rule->verdict == Verdict::kHostile) {
        findings_.add(*finding.rule, where + finding.what, finding.offset);
      } else if (is_whole &&
                 (finding.rule == &kPickleUnlistedGlobal || finding.rule == &kPickleUnlistedCall)) {
        findings_.add(kPickleInside, where + finding.what, finding.offset);
      }
    }
  }

  const io::Reader& file_;
  Findings& findings_;
  std::uint64_t at_;
  std::uint64_t end_;
  std::uint64_t work_left_;
  bool is_tired_ = false;
};

void add_all(const Findings& within, Verdict at_least, Findings& findings) {
  for (const Finding& finding : within.all()) {
    if (finding.rule->verdict >= at_least) {
      findings.add(*finding.rule, finding.what, finding.offset);
    }
  }
}

}  // namespace

Result<JudgedPickle> follow_pickle(const io::Reader& file, std::uint64_t offset,
                                   Findings& findings) {
  ASSIGN_OR_RETURN(const std::uint64_t bytes, file.size_bytes());
  return PickleMachine(file, {std::min(offset, bytes), bytes, 0}, findings).run();
}

Result<std::uint64_t> judge_pickle(const io::Reader& file, std::uint64_t offset,
                                   Findings& findings) {
  ASSIGN_OR_RETURN(const JudgedPickle judged, follow_pickle(file, offset, findings));
  return judged.end;
}

Result<void> judge_hidden_pickles(const io::Reader& file, std::uint64_t begin, std::uint64_t end,
                                  Findings& findings) {
  if (begin >= end) return {};
  return HiddenPickles(file, begin, end, findings).search();
}

Result<JudgedPickle> follow_pickles_at(const io::Reader& file, int depth, Findings& findings) {
  ASSIGN_OR_RETURN(const std::uint64_t bytes, file.size_bytes());
  PickleMachine first(file, {0, bytes, depth}, findings);
  Result<JudgedPickle> judged = first.run();
  if (!judged) {
    if (judged.error().code == ErrorCode::kDisk) return judged;
    RETURN_IF_ERROR(judge_hidden_pickles(file, first.position(), bytes, findings));
    return judged;
  }
  std::uint64_t at = judged->end;
  for (int pickles = 1; at < bytes; ++pickles) {
    Findings within;
    PickleMachine next(file, {at, bytes, depth}, within);
    std::uint8_t head = 0;
    ASSIGN_OR_RETURN(const std::size_t got, file.read_at(at, {&head, 1}));
    const bool is_another =
        got == 1 && head == kPickleProto && pickles < kPicklesMax && next.run().has_value();
    if (!is_another) {
      findings.add(kPickleAfterStop,
                   std::to_string(bytes - at) + " bytes stand behind the end of the pickle", at);
      add_all(within, Verdict::kHostile, findings);
      RETURN_IF_ERROR(judge_hidden_pickles(file, at, bytes, findings));
      break;
    }
    add_all(within, Verdict::kSuspicious, findings);
    at = next.position();
  }
  return judged;
}

Result<void> judge_pickles(const io::Reader& file, Findings& findings) {
  const Result<JudgedPickle> first = follow_pickles_at(file, 0, findings);
  if (!first && first.error().code == ErrorCode::kDisk) {
    return tl::unexpected<Error>(first.error());
  }
  return {};
}

}  // namespace strongroom::model

#include "model/finding.h"

#include <algorithm>

#include "base/result.h"

namespace strongroom::model {

namespace {

constexpr std::size_t kWhatBytesMax = 1'000;
constexpr std::size_t kMemberBytesMax = 4'096;

}  // namespace

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kClean:
      return "clean";
    case Verdict::kSuspicious:
      return "suspicious";
    case Verdict::kUnreadable:
      return "unreadable";
    case Verdict::kHostile:
      return "hostile";
  }
  return "unreadable";
}

void Findings::add(const Rule& rule, std::string_view what, std::optional<std::uint64_t> offset) {
  std::string shown = printable(what.substr(0, kWhatBytesMax));
  const bool is_known = std::any_of(kept_.begin(), kept_.end(), [&](const Finding& each) {
    return each.offset == offset && each.rule == &rule && each.what == shown &&
           each.member == member_;
  });
  if (is_known) return;
  const bool is_worst_yet = rule.verdict > verdict_;
  verdict_ = std::max(verdict_, rule.verdict);
  if (kept_.size() >= kFindingsMax && !is_worst_yet) {
    ++left_out_;
    return;
  }
  if (kept_.size() >= kFindingsMax) {
    kept_.pop_back();
    ++left_out_;
  }
  kept_.push_back({&rule, member_, offset, std::move(shown)});
}

void Findings::withdraw(const Rule& rule) {
  std::erase_if(kept_, [&rule](const Finding& finding) { return finding.rule == &rule; });
  if (left_out_ > 0) return;
  verdict_ = Verdict::kClean;
  for (const Finding& finding : kept_) verdict_ = std::max(verdict_, finding.rule->verdict);
}

Findings::Inside::Inside(Findings& findings, std::string_view name)
    : findings_(findings), length_(findings.member_.size()) {
  std::string& member = findings_.member_;
  if (!member.empty()) member += '!';
  member += printable(name.substr(0, kMemberBytesMax));
}

Findings::Inside::~Inside() { findings_.member_.resize(length_); }

}  // namespace strongroom::model

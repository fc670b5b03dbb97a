#include "model/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "base/limits.h"
#include "base/shown.h"

namespace strongroom::model {
namespace {

constexpr std::size_t kDoubtsListedMax = 1'000;

void add_up(std::uint64_t& sum, std::uint64_t more) {
  sum = more > std::numeric_limits<std::uint64_t>::max() - sum
            ? std::numeric_limits<std::uint64_t>::max()
            : sum + more;
}

format::Json number(std::uint64_t value) {
  constexpr auto kMax = static_cast<std::uint64_t>(limits::kJsonIntegerMax);
  return static_cast<std::int64_t>(std::min(value, kMax));
}

/// Names on disk need not be clean; shown ones must be.
format::Json text(const std::string& value) {
  std::string shown = printable(value);
  return format::is_clean_text(shown) ? format::Json(std::move(shown)) : format::Json("");
}

void note_architecture(Summary& summary, const std::string& architecture) {
  if (architecture.empty() || summary.architectures_disagree) return;
  if (summary.architecture.empty()) {
    summary.architecture = architecture;
  } else if (summary.architecture != architecture) {
    summary.architecture.clear();
    summary.architectures_disagree = true;
  }
}

format::Json doubts_of(const RecognisedFile& file) {
  format::Json::Array doubts;
  for (const Doubt doubt : file.is.doubts) doubts.emplace_back(std::string(name_of(doubt)));
  return format::Json::Object{{"path", text(file.path)},
                              {"kind", std::string(name_of(file.is.kind))},
                              {"doubts", std::move(doubts)}};
}

std::string_view plural(std::uint64_t count) { return count == 1 ? "" : "s"; }

}  // namespace

Summary recognise_directory(const std::vector<RecognisedFile>& files) {
  Summary summary;
  for (const RecognisedFile& file : files) {
    ++summary.files;
    add_up(summary.bytes, file.bytes);
    Summary::Count& count = summary.kinds[file.is.kind];
    ++count.files;
    add_up(count.bytes, file.bytes);
    if (file.is.tensors) add_up(summary.tensors, *file.is.tensors);
    note_architecture(summary, file.is.architecture);
    if (!file.is.doubts.empty()) summary.doubted.push_back(file);
  }
  return summary;
}

std::string describe(const Summary& summary) {
  std::string weights;
  for (const auto& [kind, count] : summary.kinds) {
    if (!is_weights(kind)) continue;
    weights += fmt::format("{}{} {} file{}", weights.empty() ? "" : ", ", count.files,
                           name_of(kind), plural(count.files));
  }
  const std::string total = fmt::format("{} file{}, {} in all", summary.files,
                                        plural(summary.files), shown_bytes(summary.bytes));
  if (weights.empty()) return fmt::format("no model weights recognised; {}", total);
  std::string what = summary.architecture.empty() ? "model of unstated architecture"
                                                  : fmt::format("{} model", summary.architecture);
  if (summary.architectures_disagree) what = "models of several architectures";
  const std::string tensors =
      summary.tensors == 0 ? ""
                           : fmt::format(", {} tensor{}", summary.tensors, plural(summary.tensors));
  return fmt::format("{}: {}{}; {}", what, weights, tensors, total);
}

format::Json to_json(const Summary& summary) {
  format::Json::Object kinds;
  for (const auto& [kind, count] : summary.kinds) {
    kinds.emplace(std::string(name_of(kind)), format::Json::Object{{"files", number(count.files)},
                                                                   {"bytes", number(count.bytes)}});
  }
  format::Json::Array doubts;
  for (const RecognisedFile& file : summary.doubted) {
    if (doubts.size() == kDoubtsListedMax) break;
    doubts.push_back(doubts_of(file));
  }
  return format::Json::Object{
      {"files", number(summary.files)},     {"bytes", number(summary.bytes)},
      {"kinds", std::move(kinds)},          {"architecture", text(summary.architecture)},
      {"tensors", number(summary.tensors)}, {"doubted_files", number(summary.doubted.size())},
      {"doubts", std::move(doubts)}};
}

}  // namespace strongroom::model

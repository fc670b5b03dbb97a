#ifndef STRONGROOM_MODEL_PICKLE_FOR_TEST_H_
#define STRONGROOM_MODEL_PICKLE_FOR_TEST_H_

#include <algorithm>
#include <string>
#include <string_view>

#include "io/reader.h"
#include "model/pickle.h"
#include "model/pickle_rules.h"

/// Pickles written by hand, and what is found in them.
namespace strongroom::model {

inline Findings judge(std::string_view pickle) {
  Findings findings;
  const io::MemoryReader reader{as_bytes(pickle)};
  const Result<void> judged = judge_pickles(reader, findings);
  CHECK(judged.has_value());
  return findings;
}

inline bool tells(const Findings& findings, const Rule& rule) {
  return std::any_of(findings.all().begin(), findings.all().end(),
                     [&](const Finding& finding) { return finding.rule == &rule; });
}

/// Everything that was said, for a test's failure.
inline std::string said(const Findings& findings) {
  std::string all;
  for (const Finding& finding : findings.all()) {
    all += std::string(finding.rule->id) + ": " + finding.what + "\n";
  }
  return all;
}

/// With NULs in them.
template <std::size_t N>
std::string bytes_of(const char (&literal)[N]) {
  return {literal, N - 1};
}

/// PROTO 4, `body`, STOP.
inline std::string proto4(std::string_view body) {
  return bytes_of("\x80\x04") + std::string(body) + ".";
}

/// SHORT_BINUNICODE.
inline std::string text(std::string_view value) {
  return std::string("\x8c") + static_cast<char>(value.size()) + std::string(value);
}

/// STACK_GLOBAL of two constants.
inline std::string global(std::string_view module, std::string_view name) {
  return text(module) + text(name) + "\x93";
}

/// `length` little-endian in `width` bytes, then nothing.
inline std::string count(std::uint64_t length, int width) {
  std::string out;
  for (int i = 0; i < width; ++i) out += static_cast<char>(length >> (8 * i) & 0xff);
  return out;
}

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_PICKLE_FOR_TEST_H_

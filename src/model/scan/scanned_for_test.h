#ifndef STRONGROOM_MODEL_SCAN_SCANNED_FOR_TEST_H_
#define STRONGROOM_MODEL_SCAN_SCANNED_FOR_TEST_H_

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model/scan/scan_file.h"
#include "model/zip_for_test.h"

/// For tests: small files of every kind, made by hand, and what a scan says of them.
namespace strongroom::model::scan {

using hand_made::number;
using Rules = std::vector<std::string>;

inline ScannedFile scan(const std::string& name, const std::string& bytes,
                        const ScanLimits& limits = {}) {
  const io::MemoryReader reader(as_bytes(bytes));
  return *scan_file(name, reader, limits, {});
}

/// The ids of all rules that were found, sorted, each once.
inline Rules rules(const ScannedFile& scanned) {
  Rules ids;
  for (const Finding& each : scanned.findings.all()) ids.emplace_back(each.rule->id);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

inline bool says(const ScannedFile& scanned, std::string_view rule) {
  const Rules all = rules(scanned);
  return std::find(all.begin(), all.end(), rule) != all.end();
}

inline const Finding* finding(const ScannedFile& scanned, std::string_view rule) {
  for (const Finding& each : scanned.findings.all()) {
    if (each.rule->id == rule) return &each;
  }
  return nullptr;
}

/// Calls os.system when it is loaded; it never is.
inline const std::string kEvilPickle =
    "\x80\x04"
    "cos\nsystem\n(U\x02idtR.";
inline const std::string kGoodPickle("\x80\x04\x95\x04\0\0\0\0\0\0\0]K\x01\x61.", 16);

inline std::string bell_numbers(std::size_t count) {
  std::mt19937 random(7);
  std::normal_distribution<float> bell(0, 0.02f);
  std::string bytes(count * 4, '\0');
  for (std::size_t i = 0; i < count; ++i) {
    const float value = bell(random);
    std::memcpy(bytes.data() + 4 * i, &value, 4);
  }
  return bytes;
}

inline std::string random_bytes(std::size_t count, std::uint32_t seed = 1) {
  std::mt19937 random(seed);
  std::string bytes(count, '\0');
  for (char& c : bytes) c = static_cast<char>(random() & 0xff);
  return bytes;
}

inline std::string safetensors(std::size_t elements = 64) {
  const std::string numbers = bell_numbers(elements);
  std::string json = R"({"w":{"dtype":"F32","shape":[)" + std::to_string(elements) +
                     R"(],"data_offsets":[0,)" + std::to_string(numbers.size()) + "]}}";
  json.resize((json.size() + 7) / 8 * 8, ' ');
  return number(json.size(), 8) + json + numbers;
}

inline std::string gguf() {
  const auto text = [](std::string_view value) {
    return number(value.size(), 8) + std::string(value);
  };
  std::string bytes = "GGUF" + number(3, 4) + number(1, 8) + number(1, 8) +
                      text("general.architecture") + number(8, 4) + text("llama") + text("w") +
                      number(1, 4) + number(64, 8) + number(0, 4) + number(0, 8);
  bytes.resize((bytes.size() + 31) / 32 * 32, '\0');
  return bytes + bell_numbers(64);
}

inline std::string tar_header(std::string name, std::uint64_t bytes, char type = '0',
                              const std::string& link = "") {
  std::string block(512, '\0');
  const auto put = [&](std::size_t at, std::string_view text) {
    block.replace(at, text.size(), text);
  };
  char octal[16];
  put(0, name);
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  std::snprintf(octal, sizeof(octal), "%011llo", static_cast<unsigned long long>(bytes));
  put(124, octal);
  put(136, "00000000000");
  put(148, "        ");
  block[156] = type;
  put(157, link);
  put(257, std::string_view("ustar\00000", 8));
  unsigned sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  std::snprintf(octal, sizeof(octal), "%06o", sum);
  put(148, std::string_view(octal, 7));
  return block;
}

inline std::string tar_member(const std::string& name, const std::string& content,
                              char type = '0') {
  std::string bytes = tar_header(name, content.size(), type) + content;
  bytes.resize((bytes.size() + 511) / 512 * 512, '\0');
  return bytes;
}
inline const std::string kTarEnd(1024, '\0');

inline const FoundWeights* shadow(const ScannedFile& scanned) {
  for (const FoundWeights& each : scanned.weights) {
    if (each.is_shadow) return &each;
  }
  return nullptr;
}

}  // namespace strongroom::model::scan

#endif  // STRONGROOM_MODEL_SCAN_SCANNED_FOR_TEST_H_

#include "protocol/spoken_id.h"

namespace strongroom::protocol {

namespace {

constexpr std::string_view kConsonants = "bdfghjklmnprstvz";  // 4 bits
constexpr std::string_view kVowels = "aiou";                  // 2 bits
constexpr std::size_t kSyllablesInGroup = 4;                  // 24 bits: 3 bytes

// What is left of a spoken id when case and separators are taken away.
std::string letters_of(std::string_view heard) {
  std::string letters;
  for (const char each : heard) {
    if (each == ' ' || each == '\t' || each == '\n' || each == '-' || each == ',') continue;
    letters.push_back(each >= 'A' && each <= 'Z' ? static_cast<char>(each - 'A' + 'a') : each);
  }
  return letters;
}

}  // namespace

std::array<std::string, kSpokenGroups> spoken_groups(const StrongroomId& id) {
  std::array<std::string, kSpokenGroups> groups;
  for (std::size_t group = 0; group < kSpokenGroups; ++group) {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) bits = (bits << 8) | id.bytes[3 * group + i];
    for (std::size_t i = 0; i < kSyllablesInGroup; ++i) {
      const std::uint32_t syllable = (bits >> (18 - 6 * i)) & 0x3f;
      groups[group] += kConsonants[syllable >> 2];
      groups[group] += kVowels[syllable & 3];
    }
  }
  return groups;
}

std::string spoken(const StrongroomId& id) {
  std::string text;
  for (const std::string& group : spoken_groups(id)) text += (text.empty() ? "" : " ") + group;
  return text;
}

bool is_spoken_of(std::string_view heard, const StrongroomId& id) {
  return letters_of(heard) == letters_of(spoken(id));
}

}  // namespace strongroom::protocol

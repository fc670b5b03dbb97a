#ifndef STRONGROOM_PROTOCOL_SPOKEN_ID_H_
#define STRONGROOM_PROTOCOL_SPOKEN_ID_H_

#include <array>
#include <string>
#include <string_view>

#include "base/ids.h"

/// A strongroom's id in a form that people read to one another: the first 192 bits as 32 syllables,
/// in 8 groups of four. Source: spec/founding.md.
namespace strongroom::protocol {

inline constexpr std::size_t kSpokenGroups = 8;

[[nodiscard]] std::array<std::string, kSpokenGroups> spoken_groups(const StrongroomId& id);
/// The groups, one space between two.
[[nodiscard]] std::string spoken(const StrongroomId& id);
/// Is `heard` all of it? Case, and any blanks, commas and hyphens between the groups, are let pass.
[[nodiscard]] bool is_spoken_of(std::string_view heard, const StrongroomId& id);

}  // namespace strongroom::protocol

#endif  // STRONGROOM_PROTOCOL_SPOKEN_ID_H_

#ifndef STRONGROOM_MODEL_PICKLE_OPCODES_H_
#define STRONGROOM_MODEL_PICKLE_OPCODES_H_

#include <array>
#include <cstdint>
#include <string_view>

/// The instructions of pickle protocols 0 to 5. Source: CPython's pickletools.py.
namespace strongroom::model {

/// What stands behind an instruction's byte.
enum class PickleArgument : std::uint8_t {
  kNoSuchInstruction,
  kNone,
  kFixed1,
  kFixed2,
  kFixed4,
  kFixed8,
  kCounted1,  ///< a length of so many bytes, little-endian, then that many bytes
  kCounted4,
  kCounted8,
  kLine,  ///< up to '\n'
  kTwoLines,
};

/// Which part of the machine follows it.
enum class PickleGroup : std::uint8_t { kConstant, kContainer, kStack, kObject };

struct PickleInstruction {
  std::string_view name;
  PickleArgument argument = PickleArgument::kNoSuchInstruction;
  PickleGroup group = PickleGroup::kStack;
};

inline constexpr std::uint8_t kPickleProto = 0x80;
inline constexpr std::uint8_t kPickleProtocolMax = 5;

/// For every byte; those that are no instruction say so.
extern const std::array<PickleInstruction, 256> kPickleInstructions;

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_PICKLE_OPCODES_H_

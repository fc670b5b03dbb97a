#include "model/pickle_opcodes.h"

namespace strongroom::model {
namespace {

struct Row {
  std::uint8_t code;
  PickleInstruction instruction;
};
using enum PickleArgument;
using enum PickleGroup;
constexpr std::array kRows = {
    Row{0x28, {"MARK", kNone, kStack}},
    Row{0x29, {"EMPTY_TUPLE", kNone, kContainer}},
    Row{0x2e, {"STOP", kNone, kStack}},
    Row{0x30, {"POP", kNone, kStack}},
    Row{0x31, {"POP_MARK", kNone, kStack}},
    Row{0x32, {"DUP", kNone, kStack}},
    Row{0x42, {"BINBYTES", kCounted4, kConstant}},
    Row{0x43, {"SHORT_BINBYTES", kCounted1, kConstant}},
    Row{0x46, {"FLOAT", kLine, kConstant}},
    Row{0x47, {"BINFLOAT", kFixed8, kConstant}},
    Row{0x49, {"INT", kLine, kConstant}},
    Row{0x4a, {"BININT", kFixed4, kConstant}},
    Row{0x4b, {"BININT1", kFixed1, kConstant}},
    Row{0x4c, {"LONG", kLine, kConstant}},
    Row{0x4d, {"BININT2", kFixed2, kConstant}},
    Row{0x4e, {"NONE", kNone, kConstant}},
    Row{0x50, {"PERSID", kLine, kObject}},
    Row{0x51, {"BINPERSID", kNone, kObject}},
    Row{0x52, {"REDUCE", kNone, kObject}},
    Row{0x53, {"STRING", kLine, kConstant}},
    Row{0x54, {"BINSTRING", kCounted4, kConstant}},
    Row{0x55, {"SHORT_BINSTRING", kCounted1, kConstant}},
    Row{0x56, {"UNICODE", kLine, kConstant}},
    Row{0x58, {"BINUNICODE", kCounted4, kConstant}},
    Row{0x5d, {"EMPTY_LIST", kNone, kContainer}},
    Row{0x61, {"APPEND", kNone, kContainer}},
    Row{0x62, {"BUILD", kNone, kObject}},
    Row{0x63, {"GLOBAL", kTwoLines, kObject}},
    Row{0x64, {"DICT", kNone, kContainer}},
    Row{0x65, {"APPENDS", kNone, kContainer}},
    Row{0x67, {"GET", kLine, kStack}},
    Row{0x68, {"BINGET", kFixed1, kStack}},
    Row{0x69, {"INST", kTwoLines, kObject}},
    Row{0x6a, {"LONG_BINGET", kFixed4, kStack}},
    Row{0x6c, {"LIST", kNone, kContainer}},
    Row{0x6f, {"OBJ", kNone, kObject}},
    Row{0x70, {"PUT", kLine, kStack}},
    Row{0x71, {"BINPUT", kFixed1, kStack}},
    Row{0x72, {"LONG_BINPUT", kFixed4, kStack}},
    Row{0x73, {"SETITEM", kNone, kContainer}},
    Row{0x74, {"TUPLE", kNone, kContainer}},
    Row{0x75, {"SETITEMS", kNone, kContainer}},
    Row{0x7d, {"EMPTY_DICT", kNone, kContainer}},
    Row{0x80, {"PROTO", kFixed1, kStack}},
    Row{0x81, {"NEWOBJ", kNone, kObject}},
    Row{0x82, {"EXT1", kFixed1, kObject}},
    Row{0x83, {"EXT2", kFixed2, kObject}},
    Row{0x84, {"EXT4", kFixed4, kObject}},
    Row{0x85, {"TUPLE1", kNone, kContainer}},
    Row{0x86, {"TUPLE2", kNone, kContainer}},
    Row{0x87, {"TUPLE3", kNone, kContainer}},
    Row{0x88, {"NEWTRUE", kNone, kConstant}},
    Row{0x89, {"NEWFALSE", kNone, kConstant}},
    Row{0x8a, {"LONG1", kCounted1, kConstant}},
    Row{0x8b, {"LONG4", kCounted4, kConstant}},
    Row{0x8c, {"SHORT_BINUNICODE", kCounted1, kConstant}},
    Row{0x8d, {"BINUNICODE8", kCounted8, kConstant}},
    Row{0x8e, {"BINBYTES8", kCounted8, kConstant}},
    Row{0x8f, {"EMPTY_SET", kNone, kContainer}},
    Row{0x90, {"ADDITEMS", kNone, kContainer}},
    Row{0x91, {"FROZENSET", kNone, kContainer}},
    Row{0x92, {"NEWOBJ_EX", kNone, kObject}},
    Row{0x93, {"STACK_GLOBAL", kNone, kObject}},
    Row{0x94, {"MEMOIZE", kNone, kStack}},
    Row{0x95, {"FRAME", kFixed8, kStack}},
    Row{0x96, {"BYTEARRAY8", kCounted8, kConstant}},
    Row{0x97, {"NEXT_BUFFER", kNone, kConstant}},
    Row{0x98, {"READONLY_BUFFER", kNone, kConstant}},
};

constexpr std::array<PickleInstruction, 256> table() {
  std::array<PickleInstruction, 256> all{};
  for (const Row& row : kRows) all[row.code] = row.instruction;
  return all;
}

}  // namespace

constexpr std::array<PickleInstruction, 256> kTable = table();
const std::array<PickleInstruction, 256> kPickleInstructions = kTable;

}  // namespace strongroom::model

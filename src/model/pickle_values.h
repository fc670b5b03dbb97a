#ifndef STRONGROOM_MODEL_PICKLE_VALUES_H_
#define STRONGROOM_MODEL_PICKLE_VALUES_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace strongroom::model {

/// The name by which a pickle asks for something of Python's.
struct PickleGlobal {
  std::string module;  ///< as Python 3 knows it: "__builtin__" has become "builtins"
  std::string name;    ///< may be dotted

  auto operator<=>(const PickleGlobal&) const = default;
  [[nodiscard]] std::string dotted() const { return module + "." + name; }
};

/// What a pickle would make, without any of it being made: a graph that may hold cycles and shares,
/// so whoever walks it must not recurse and must count. Grows only; memory is linear in the
/// instructions that were read, and bounded (kValuesMax).
class PickleValues {
 public:
  using Index = std::uint32_t;
  static constexpr std::size_t kValuesMax = 8u << 20;
  static constexpr std::size_t kEdgesMax = 16u << 20;
  static constexpr std::size_t kTextKeptBytesMax = 4'096;
  static constexpr std::size_t kTextsKeptBytesMax = 64u << 20;

  enum class Kind : std::uint8_t {
    kMark,
    kNone,
    kBool,
    kInt,
    kFloat,
    kText,
    kBytes,  ///< bytes and bytearray
    kList,
    kTuple,
    kDict,
    kSet,  ///< set and frozenset
    kGlobal,
    kCall,        ///< what calling something would give
    kPersistent,  ///< what the loading program makes of a persistent id
    kUnknown,     ///< a copyreg extension, or a buffer from outside
  };
  /// Where a constant's bytes stand in the file that was read.
  struct Place {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
  };

  PickleValues();

  /// Every Index below is a value's.
  [[nodiscard]] Index size() const { return static_cast<Index>(values_.size()); }
  [[nodiscard]] Kind kind(Index value) const { return values_[value].kind; }
  [[nodiscard]] bool boolean(Index value) const { return values_[value].at != 0; }
  /// Of a kInt that fits.
  [[nodiscard]] std::optional<std::int64_t> integer(Index value) const;
  /// Of a kText that was kept whole; borrowed until a value is added.
  [[nodiscard]] std::optional<std::string_view> text(Index value) const;
  /// Of a kText or kBytes that stands in the file as it is, without escapes.
  [[nodiscard]] std::optional<Place> place(Index value) const;
  /// Of a kGlobal; null otherwise.
  [[nodiscard]] const PickleGlobal* global(Index value) const;
  /// The same number for the same name.
  [[nodiscard]] std::uint32_t global_number(Index value) const { return values_[value].at; }
  /// In a list, tuple or set: what is in it. In a dict, or among what was set on a call's result:
  /// key, value, key, value. Empty for all else.
  [[nodiscard]] std::vector<Index> items(Index value) const;
  [[nodiscard]] std::size_t item_count(Index value) const;
  /// The first `count_max` of items(): for what is shown.
  [[nodiscard]] std::vector<Index> first_items(Index value, std::size_t count_max) const;
  /// Of a kCall: what is called, with which arguments (a kTuple, if the pickle is in order), the
  /// state it was built with last, and what was appended to it.
  [[nodiscard]] Index callee(Index call) const { return calls_[values_[call].at].callee; }
  [[nodiscard]] Index arguments(Index call) const { return calls_[values_[call].at].arguments; }
  [[nodiscard]] std::optional<Index> state(Index call) const;
  [[nodiscard]] std::vector<Index> appended(Index call) const;
  /// Of a kPersistent: the id.
  [[nodiscard]] Index persistent_id(Index value) const { return values_[value].at; }

  /// Nothing more fits: the pickle is over a bound.
  [[nodiscard]] bool is_full() const {
    return values_.size() >= kValuesMax || edges_.size() >= kEdgesMax;
  }

  Index add_mark() const { return kMarkAt; }
  Index add_none() const { return kNoneAt; }
  Index add_bool(bool value) const { return value ? kTrueAt : kFalseAt; }
  Index add_float() const { return kFloatAt; }
  Index add_unknown() const { return kUnknownAt; }
  /// Nothing: over 64 bits.
  Index add_int(std::optional<std::int64_t> value);
  /// `text` is what the constant says; nothing when it was too long to keep.
  Index add_text(std::optional<std::string_view> text, std::optional<Place> place);
  Index add_bytes(std::optional<Place> place);
  /// kList, kTuple, kDict or kSet.
  Index add_container(Kind kind);
  Index add_global(PickleGlobal global);
  Index add_call(Index callee, Index arguments);
  Index add_persistent(Index id) { return push(Kind::kPersistent, id); }
  /// To a container, or to what a call gave (its items).
  void add_item(Index to, Index item);
  /// To what a call gave.
  void append(Index call, Index item);
  void set_state(Index call, Index state) { calls_[values_[call].at].state = state; }

 private:
  static constexpr Index kMarkAt = 0;
  static constexpr Index kNoneAt = 1;
  static constexpr Index kFalseAt = 2;
  static constexpr Index kTrueAt = 3;
  static constexpr Index kFloatAt = 4;
  static constexpr Index kUnknownAt = 5;
  static constexpr Index kBigIntAt = 6;
  static constexpr Index kSmallIntsAt = 7;
  static constexpr std::int64_t kSmallIntsMax = 1'024;
  static constexpr std::uint32_t kNothing = UINT32_MAX;

  struct Value {
    Kind kind;
    std::uint32_t at;
  };
  struct Text {
    std::uint64_t pool_at = 0;
    std::uint32_t bytes = 0;
    bool is_kept = false;
    bool has_place = false;
    Place place;
  };
  struct Edge {
    Index value;
    std::uint32_t next;
  };
  struct Chain {
    std::uint32_t first = kNothing;
    std::uint32_t last = kNothing;
    std::uint32_t count = 0;
  };
  struct Call {
    Index callee = 0;
    Index arguments = 0;
    Index state = kNothing;
    Chain items;
    Chain appended;
  };

  Index push(Kind kind, std::uint32_t at);
  void link(Chain& chain, Index item);
  [[nodiscard]] std::vector<Index> read(const Chain& chain, std::size_t count_max) const;
  [[nodiscard]] const Chain* chain_of(Index value) const;

  std::vector<Value> values_;
  std::vector<std::int64_t> integers_;
  std::vector<Text> texts_;
  std::string pool_;
  std::vector<Edge> edges_;
  std::vector<Chain> chains_;
  std::vector<Call> calls_;
  std::vector<PickleGlobal> globals_;
  std::map<PickleGlobal, std::uint32_t> numbers_;
};

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_PICKLE_VALUES_H_

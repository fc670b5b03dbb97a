#ifndef STRONGROOM_MODEL_PICKLE_MACHINE_H_
#define STRONGROOM_MODEL_PICKLE_MACHINE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/pickle.h"
#include "model/pickle_input.h"
#include "model/pickle_judge.h"
#include "model/pickle_opcodes.h"
#include "model/pickle_text.h"

namespace strongroom::model {

/// Where a pickle stands: it may not go on beyond `end`. `depth` counts the pickles around it.
struct PickleRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  int depth = 0;
};
inline constexpr int kPickleDepthMax = 4;

/// Follows one pickle, as CPython's C reader does, and says where others would not follow. One
/// instruction at a time, on a stack of symbolic values. Borrows reader and findings.
class PickleMachine {
 public:
  PickleMachine(const io::Reader& file, PickleRange range, Findings& findings);
  /// Once. Errors: as follow_pickle.
  [[nodiscard]] Result<JudgedPickle> run();
  /// How far it has come.
  [[nodiscard]] std::uint64_t position() const { return input_.position(); }

 private:
  using Index = PickleValues::Index;
  using Kind = PickleValues::Kind;

  // The instruction that is being followed, and its argument.
  bool step();
  bool read_argument(const PickleInstruction& instruction);
  void read_constant(const PickleInstruction& instruction, std::uint64_t bytes);
  void keep_frame(std::uint64_t begin, const PickleInstruction& instruction);
  bool follow(PickleGroup group);

  // Each group.
  void follow_stack();
  void follow_constant();
  void follow_container();
  void follow_object();
  void begin_frame();
  void end_pickle();
  void number_line();
  void text_line();
  void long_number();
  void put(std::uint64_t at);
  void get(std::uint64_t at);
  [[nodiscard]] std::optional<std::uint64_t> memo_number();
  void build_tuple(std::size_t items);
  void build_marked(Kind kind);
  void add_items(std::size_t first);
  void append_items(std::size_t first);
  void name_global(std::string_view module, std::string_view name);
  void global_line();
  void stack_global();
  void call(Index callee, Index arguments, bool has_keywords = false);
  void load_from_bytes(Index arguments);
  void instance();
  void object();
  void new_object();
  void build();
  void persistent_line();
  void counted_text();
  void nested(PickleValues::Place place);
  void nested_text(std::string_view text);
  void tell_of_nested(const Findings& within, bool is_whole);

  // The stack: marks divide it, and nothing is taken from below the last one.
  void push(Index value);
  Index pop();
  Index top();
  [[nodiscard]] std::size_t fence() const { return marks_.empty() ? 0 : marks_.back(); }
  [[nodiscard]] bool has(std::size_t values) const { return stack_.size() - fence() >= values; }
  /// Where the values above the last mark begin; the mark is gone then.
  std::optional<std::size_t> pop_mark();

  void broken(std::string_view what);
  void disagree(std::string_view what);
  void too_large();

  const io::Reader& file_;
  PickleRange range_;
  Findings& findings_;
  PickleInput input_;
  PickleValues values_;
  PickleJudge judge_;

  PickleStep now_;
  std::uint8_t code_ = 0;
  std::uint64_t number_ = 0;
  PickleInput::Text line_;
  PickleInput::Text second_line_;
  PickleValues::Place place_;
  std::string head_;  // of a counted constant: its beginning
  std::optional<std::uint64_t> frame_end_;

  std::vector<Index> stack_;
  std::vector<std::size_t> marks_;
  std::vector<Index> memo_;
  std::set<std::uint64_t> loaded_;  // by offset
  std::map<std::uint64_t, Index> sparse_memo_;
  std::size_t memo_used_ = 0;
  std::optional<Error> error_;
  std::optional<Index> result_;
};

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_PICKLE_MACHINE_H_

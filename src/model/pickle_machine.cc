// The machine: reading instructions, the stack, the memo, and the objects that a pickle asks for.
// Constants and containers are in pickle_constants.cc.
#include "model/pickle_machine.h"

#include <algorithm>

#include "model/pickle_rules.h"
#include "model/pytorch_parts.h"
#include "model/zip_archive.h"

namespace strongroom::model {
namespace {

constexpr std::size_t kMemoDense = 65'536;
constexpr std::size_t kMemoSparseMax = 65'536;
constexpr PickleValues::Index kNotInMemo = UINT32_MAX;

std::string hex_byte(std::uint8_t byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  return {'0', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
}

}  // namespace

PickleMachine::PickleMachine(const io::Reader& file, PickleRange range, Findings& findings)
    : file_(file),
      range_(range),
      findings_(findings),
      input_(file, range.begin, range.end),
      judge_(values_, PickleGlobals::built_in(), findings) {}

Result<JudgedPickle> PickleMachine::run() {
  while (step()) {
  }
  if (input_.disk_error()) return tl::unexpected<Error>(*input_.disk_error());
  if (error_) return tl::unexpected<Error>(*error_);
  JudgedPickle judged;
  judged.end = input_.position();
  judged.top = result_.value_or(values_.add_none());
  judged.values = std::move(values_);
  return judged;
}

void PickleMachine::broken(std::string_view what) {
  if (error_ || input_.disk_error()) return;
  judge_.find(kPickleBroken, now_, what);
  error_ =
      Error{ErrorCode::kMalformed, "the pickle breaks at byte " + std::to_string(now_.offset) +
                                       ": " + std::string(now_.opcode) + " " + std::string(what)};
}

void PickleMachine::too_large() {
  if (error_) return;
  judge_.find(kPickleTooLarge, now_, "would hold more objects than are followed");
  error_ = Error{ErrorCode::kTooLarge, "the pickle holds more objects than are followed"};
}

void PickleMachine::disagree(std::string_view what) {
  judge_.find(kPickleReadersDisagree, now_, what);
}

bool PickleMachine::step() {
  now_ = {"The pickle", input_.position()};
  if (input_.left() == 0) {
    broken("ends without STOP");
    return false;
  }
  code_ = static_cast<std::uint8_t>(input_.little_endian(1));
  const PickleInstruction& instruction = kPickleInstructions[code_];
  if (!input_.ok()) {
    broken("ends without STOP");
    return false;
  }
  if (instruction.argument == PickleArgument::kNoSuchInstruction) {
    broken("holds " + hex_byte(code_) + ", which is no instruction");
    return false;
  }
  now_.opcode = instruction.name;
  if (values_.is_full() || stack_.size() >= PickleValues::kValuesMax ||
      marks_.size() >= PickleValues::kValuesMax) {
    too_large();
    return false;
  }
  if (!read_argument(instruction)) {
    broken("is cut off: its argument goes beyond the end");
    return false;
  }
  keep_frame(now_.offset, instruction);
  return follow(instruction.group);
}

bool PickleMachine::follow(PickleGroup group) {
  switch (group) {
    case PickleGroup::kConstant:
      follow_constant();
      break;
    case PickleGroup::kContainer:
      follow_container();
      break;
    case PickleGroup::kStack:
      follow_stack();
      break;
    case PickleGroup::kObject:
      follow_object();
      break;
  }
  return !error_ && !result_ && input_.ok();
}

/// CPython's own two readers differ here: the one in Python lets nothing cross a frame's end, the
/// one in C does not look.
void PickleMachine::keep_frame(std::uint64_t begin, const PickleInstruction& instruction) {
  if (!frame_end_) return;
  if (begin >= *frame_end_) {
    frame_end_.reset();
    return;
  }
  const bool is_frame = instruction.name == "FRAME";
  if (input_.position() > *frame_end_ || (is_frame && input_.position() < *frame_end_)) {
    disagree(is_frame ? "begins a frame inside another one" : "crosses the end of its frame");
    frame_end_.reset();
  }
}

void PickleMachine::begin_frame() {
  if (number_ > input_.left()) {
    broken("claims a frame of " + std::to_string(number_) + " bytes, and " +
           std::to_string(input_.left()) + " are left");
    return;
  }
  frame_end_ = input_.position() + number_;
}

void PickleMachine::end_pickle() {
  if (!has(1)) {
    broken("finds nothing on the stack");
    return;
  }
  result_ = stack_.back();
  if (stack_.size() != 1 || !marks_.empty()) disagree("leaves more on the stack than its result");
  if (frame_end_ && input_.position() < *frame_end_) disagree("ends inside its frame");
}

void PickleMachine::push(Index value) { stack_.push_back(value); }

PickleMachine::Index PickleMachine::pop() {
  const Index value = stack_.back();
  stack_.pop_back();
  return value;
}

PickleMachine::Index PickleMachine::top() { return stack_.back(); }

std::optional<std::size_t> PickleMachine::pop_mark() {
  if (marks_.empty()) {
    broken("finds no mark on the stack");
    return std::nullopt;
  }
  const std::size_t first = marks_.back();
  marks_.pop_back();
  return first;
}

void PickleMachine::put(std::uint64_t at) {
  if (!has(1)) {
    broken("finds nothing on the stack");
    return;
  }
  const std::uint64_t dense = std::max<std::uint64_t>(kMemoDense, input_.position() - range_.begin);
  if (at < std::min<std::uint64_t>(dense, PickleValues::kValuesMax)) {
    if (at >= memo_.size()) {
      const std::size_t room = std::min<std::size_t>(memo_.size() * 2, PickleValues::kValuesMax);
      memo_.resize(std::max<std::size_t>(room, at + 1), kNotInMemo);
    }
    if (memo_[at] == kNotInMemo) ++memo_used_;
    memo_[at] = top();
    return;
  }
  if (sparse_memo_.empty()) {
    judge_.find(kPickleMemoBomb, now_, "numbers its memo up to " + std::to_string(at));
  }
  if (sparse_memo_.size() >= kMemoSparseMax) {
    too_large();
    return;
  }
  if (sparse_memo_.insert_or_assign(at, top()).second) ++memo_used_;
}

void PickleMachine::get(std::uint64_t at) {
  if (at < memo_.size() && memo_[at] != kNotInMemo) {
    push(memo_[at]);
    return;
  }
  const auto sparse = sparse_memo_.find(at);
  if (sparse != sparse_memo_.end()) {
    push(sparse->second);
    return;
  }
  broken("asks for number " + std::to_string(at) + " of the memo, which is empty");
}

std::optional<std::uint64_t> PickleMachine::memo_number() {
  const PickleNumber number = read_pickle_number(line_.kept);
  if (!line_.is_whole() || number.form == PickleNumber::Form::kNone || !number.value ||
      *number.value < 0) {
    broken("has no number for the memo");
    return std::nullopt;
  }
  if (number.form == PickleNumber::Form::kOdd) {
    disagree("has a number for the memo that not every reader takes");
  }
  return static_cast<std::uint64_t>(*number.value);
}

void PickleMachine::follow_stack() {
  switch (code_) {
    case '(':
      marks_.push_back(stack_.size());
      return;
    case '.':
      end_pickle();
      return;
    case '0':
      if (has(1)) {
        stack_.pop_back();
      } else if (!marks_.empty()) {
        marks_.pop_back();
      } else {
        broken("finds nothing on the stack");
      }
      return;
    case '1':
      if (const auto first = pop_mark()) stack_.resize(*first);
      return;
    case '2':
      if (!has(1)) {
        broken("finds nothing on the stack");
      } else {
        push(top());
      }
      return;
    case 'g':
      if (const auto at = memo_number()) get(*at);
      return;
    case 'p':
      if (const auto at = memo_number()) put(*at);
      return;
    case 'h':
    case 'j':
      get(number_);
      return;
    case 'q':
    case 'r':
      put(number_);
      return;
    case 0x94:
      put(memo_used_);
      return;
    case 0x95:
      begin_frame();
      return;
    default:  // PROTO
      if (number_ > kPickleProtocolMax) {
        broken("asks for protocol " + std::to_string(number_) + ", which is not known");
      }
      return;
  }
}

void PickleMachine::follow_object() {
  switch (code_) {
    case 'c':
      global_line();
      return;
    case 0x93:
      stack_global();
      return;
    case 0x82:
    case 0x83:
    case 0x84:
      judge_.find(kPickleExtension, now_, "asks for extension " + std::to_string(number_));
      push(values_.add_unknown());
      return;
    case 'R':
    case 0x81:
    case 0x92:
      new_object();
      return;
    case 'b':
      build();
      return;
    case 'i':
      instance();
      return;
    case 'o':
      object();
      return;
    case 'P':
      persistent_line();
      return;
    default: {  // BINPERSID
      if (!has(1)) {
        broken("finds nothing on the stack");
        return;
      }
      const Index id = pop();
      judge_.persistent(id, now_);
      // Old files of PyTorch's hold a class with its source text, which stands for the class.
      const std::vector<Index> parts = values_.first_items(id, 2);
      const bool is_class = parts.size() == 2 && values_.text(parts[0]) == "module" &&
                            values_.global(parts[1]) != nullptr;
      push(is_class ? parts[1] : values_.add_persistent(id));
      return;
    }
  }
}

void PickleMachine::name_global(std::string_view module, std::string_view name) {
  const Index global = values_.add_global(as_python3(module, name));
  judge_.named(global, now_);
  push(global);
}

void PickleMachine::global_line() {
  if (!line_.is_utf8 || !second_line_.is_utf8 || line_.bytes == 0 || second_line_.bytes == 0) {
    broken("has a name that is empty or not UTF-8");
    return;
  }
  if (!line_.is_whole() || !second_line_.is_whole()) {
    judge_.hidden_name(now_);
    push(values_.add_unknown());
    return;
  }
  name_global(line_.kept, second_line_.kept);
}

void PickleMachine::stack_global() {
  if (!has(2)) {
    broken("finds no two names on the stack");
    return;
  }
  const Index name = pop();
  const Index module = pop();
  const std::optional<std::string_view> module_text = values_.text(module);
  const std::optional<std::string_view> name_text = values_.text(name);
  if (module_text && name_text) {
    name_global(std::string(*module_text), std::string(*name_text));
    return;
  }
  const auto may_be_text = [this](Index value) {
    return values_.kind(value) >= Kind::kGlobal || values_.kind(value) == Kind::kText;
  };
  if (!may_be_text(module) || !may_be_text(name)) {
    broken("finds something on the stack that is no name");
    return;
  }
  judge_.hidden_name(now_);
  push(values_.add_unknown());
}

void PickleMachine::call(Index callee, Index arguments, bool has_keywords) {
  judge_.called(callee, arguments, has_keywords, now_);
  if (values_.kind(arguments) != Kind::kTuple && values_.kind(arguments) < Kind::kGlobal) {
    broken("calls something with arguments that are no tuple");
    return;
  }
  const PickleGlobal* global = values_.global(callee);
  if (global != nullptr && global->module == "torch.storage" &&
      global->name == "_load_from_bytes") {
    load_from_bytes(arguments);
  }
  push(values_.add_call(callee, arguments));
}

/// Judges the bytes as the file that PyTorch would take them for, once.
void PickleMachine::load_from_bytes(Index arguments) {
  const std::vector<Index> given = values_.first_items(arguments, 1);
  const auto place = given.empty() ? std::nullopt : values_.place(given[0]);
  if (!place) return;  // found to be an unlisted use
  if (!loaded_.insert(place->offset).second) return;
  if (range_.depth >= kPickleDepthMax) {
    judge_.find(kPickleTooLarge, now_, "loads a file within files deeper than are followed");
    return;
  }
  const Findings::Inside inside(findings_, "bytes at " + std::to_string(place->offset));
  const WindowReader window(file_, place->offset, place->bytes);
  judge_pytorch_bytes(window, range_.depth + 1, findings_);
}

void PickleMachine::new_object() {
  const bool has_keywords = code_ == 0x92;
  if (!has(has_keywords ? 3 : 2)) {
    broken("finds nothing to call on the stack");
    return;
  }
  bool keywords_used = false;
  if (has_keywords) {
    const Index keywords = pop();
    keywords_used = values_.kind(keywords) != Kind::kDict || values_.item_count(keywords) > 0;
  }
  const Index arguments = pop();
  call(pop(), arguments, keywords_used);
}

void PickleMachine::instance() {
  const std::optional<std::size_t> first = pop_mark();
  if (!first) return;
  global_line();
  if (error_) return;
  const Index callee = pop();
  build_tuple(stack_.size() - *first);
  call(callee, pop());
}

void PickleMachine::object() {
  const std::optional<std::size_t> first = pop_mark();
  if (!first) return;
  if (stack_.size() <= *first) {
    broken("finds nothing to call on the stack");
    return;
  }
  build_tuple(stack_.size() - *first - 1);
  const Index arguments = pop();
  call(pop(), arguments);
}

void PickleMachine::build() {
  if (!has(2)) {
    broken("finds no object and state on the stack");
    return;
  }
  const Index state = pop();
  judge_.built(top(), state, now_);
  if (values_.kind(top()) == Kind::kCall) values_.set_state(top(), state);
}

void PickleMachine::persistent_line() {
  const Index id = values_.add_text(
      line_.is_whole() ? std::optional<std::string_view>(line_.kept) : std::nullopt, std::nullopt);
  judge_.persistent(id, now_);
  push(values_.add_persistent(id));
}

}  // namespace strongroom::model

// The machine's constants and containers, and what it looks for inside constants.
#include <algorithm>

#include "model/pickle_machine.h"
#include "model/pickle_rules.h"
#include "model/pickle_text.h"

namespace strongroom::model {
namespace {

constexpr std::size_t kKeptMax = PickleValues::kTextKeptBytesMax;
constexpr std::size_t kPeekBytes = 256;
constexpr std::uint64_t kSignedLengthMax = 0x7fff'ffff;

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Whether bytes may be a pickle that does something: worth following.
bool looks_like_pickle(std::string_view head) {
  if (head.size() < 4) return false;
  const auto second = static_cast<unsigned char>(head[1]);
  if (static_cast<unsigned char>(head[0]) == kPickleProto) return second <= kPickleProtocolMax;
  return std::string_view("c(i]}").find(head[0]) != std::string_view::npos &&
         head.find('\n') != std::string_view::npos;
}

}  // namespace

bool PickleMachine::read_argument(const PickleInstruction& instruction) {
  number_ = 0;
  switch (instruction.argument) {
    case PickleArgument::kFixed1:
      number_ = input_.little_endian(1);
      break;
    case PickleArgument::kFixed2:
      number_ = input_.little_endian(2);
      break;
    case PickleArgument::kFixed4:
      number_ = input_.little_endian(4);
      break;
    case PickleArgument::kFixed8:
      number_ = input_.little_endian(8);
      break;
    case PickleArgument::kCounted1:
      read_constant(instruction, input_.little_endian(1));
      break;
    case PickleArgument::kCounted4:
      read_constant(instruction, input_.little_endian(4));
      break;
    case PickleArgument::kCounted8:
      read_constant(instruction, input_.little_endian(8));
      break;
    case PickleArgument::kLine:
      line_ = input_.line(kKeptMax);
      break;
    case PickleArgument::kTwoLines:
      line_ = input_.line(kKeptMax);
      second_line_ = input_.line(kKeptMax);
      break;
    case PickleArgument::kNone:
    case PickleArgument::kNoSuchInstruction:
      break;
  }
  return input_.ok();
}

/// Bytes are passed over, text is read: pickle breaks where it is not UTF-8.
void PickleMachine::read_constant(const PickleInstruction& instruction, std::uint64_t bytes) {
  number_ = bytes;
  place_ = {input_.position(), bytes};
  if (bytes > input_.left()) {
    input_.skip(bytes);
    return;
  }
  line_ = {};
  const bool is_number = instruction.name.starts_with("LONG");
  if (!is_number && range_.depth < kPickleDepthMax) {
    head_ = as_text(input_.peek(std::min<std::uint64_t>(bytes, kPeekBytes)));
  }
  if (instruction.name.find("BYTE") != std::string_view::npos) {
    input_.skip(bytes);
  } else {
    line_ = input_.text(bytes, kKeptMax);
  }
}

void PickleMachine::follow_constant() {
  switch (code_) {
    case 'N':
      push(values_.add_none());
      return;
    case 0x88:
    case 0x89:
      push(values_.add_bool(code_ == 0x88));
      return;
    case 'J':
      push(values_.add_int(static_cast<std::int32_t>(number_)));
      return;
    case 'K':
    case 'M':
      push(values_.add_int(static_cast<std::int64_t>(number_)));
      return;
    case 0x8a:
    case 0x8b:
      long_number();
      return;
    case 'I':
    case 'L':
    case 'F':
      number_line();
      return;
    case 'G':
      push(values_.add_float());
      return;
    case 'S':
    case 'V':
      text_line();
      return;
    case 'B':
    case 'C':
    case 0x8e:
    case 0x96:
      push(values_.add_bytes(place_));
      nested(place_);
      return;
    case 0x97:
      judge_.find(kPickleOutsideBuffer, now_, "takes a buffer from outside the file");
      push(values_.add_unknown());
      return;
    case 0x98:
      if (!has(1)) broken("finds nothing on the stack");
      return;
    default:
      counted_text();
      return;
  }
}

void PickleMachine::counted_text() {
  const bool is_string = code_ == 'T' || code_ == 'U';
  if ((is_string && code_ == 'T' && number_ > kSignedLengthMax)) {
    broken("has a negative length");
    return;
  }
  if (!is_string && !line_.is_utf8) {
    broken("holds text that is not UTF-8");
    return;
  }
  // What bytes above 127 mean in an old string is settled by the program that loads it.
  const bool is_known = line_.is_whole() && (!is_string || is_ascii(line_.kept));
  push(values_.add_text(is_known ? std::optional<std::string_view>(line_.kept) : std::nullopt,
                        place_));
  if (is_string) {
    nested(place_);
  } else if (line_.kept.starts_with("\xc2\x80")) {
    nested_text(utf8_as_latin1(line_.kept).value_or(""));
  } else {
    nested(place_);
  }
}

void PickleMachine::long_number() {
  if (code_ == 0x8b && number_ > kSignedLengthMax) {
    broken("has a negative length");
    return;
  }
  std::optional<std::int64_t> value;
  if (line_.bytes <= 8) {
    std::uint64_t bits = 0;
    for (std::size_t at = 0; at < line_.kept.size(); ++at) {
      bits |= std::uint64_t{static_cast<unsigned char>(line_.kept[at])} << (8 * at);
    }
    const std::size_t width = 8 * line_.kept.size();
    const bool is_negative = width > 0 && (bits >> (width - 1) & 1) != 0;
    if (is_negative && width < 64) bits |= ~std::uint64_t{0} << width;
    value = static_cast<std::int64_t>(bits);
  }
  push(values_.add_int(value));
}

void PickleMachine::number_line() {
  std::string_view text = line_.kept;
  if (code_ == 'I' && (text == "00" || text == "01")) {
    push(values_.add_bool(text == "01"));
    return;
  }
  if (code_ == 'F') {
    if (!line_.is_whole() || !is_pickle_float(text)) {
      disagree("holds a number that not every reader takes");
    }
    push(values_.add_float());
    return;
  }
  if (code_ == 'L' && text.ends_with('L')) text.remove_suffix(1);
  if (!line_.is_whole()) {
    push(values_.add_int(std::nullopt));
    return;
  }
  const PickleNumber number = read_pickle_number(text);
  if (number.form == PickleNumber::Form::kNone) {
    broken("holds no number");
    return;
  }
  if (number.form == PickleNumber::Form::kOdd) {
    disagree("holds a number that not every reader takes");
  }
  push(values_.add_int(number.value));
}

void PickleMachine::text_line() {
  if (!line_.is_whole()) {
    push(values_.add_text(std::nullopt, std::nullopt));
    nested_text(line_.kept);
    return;
  }
  const std::optional<std::string> text =
      code_ == 'S' ? unquoted(line_.kept) : raw_unicode(line_.kept);
  if (!text) {
    broken("holds a text that is not quoted or escaped as it has to be");
    return;
  }
  const bool is_known = code_ == 'V' || is_ascii(*text);
  push(values_.add_text(is_known ? std::optional<std::string_view>(*text) : std::nullopt,
                        std::nullopt));
  nested_text(code_ == 'S' ? *text : utf8_as_latin1(*text).value_or(""));
}

void PickleMachine::build_tuple(std::size_t items) {
  if (items == 0) {
    push(values_.add_container(Kind::kTuple));
    return;
  }
  const Index tuple = values_.add_container(Kind::kTuple);
  const std::size_t first = stack_.size() - items;
  for (std::size_t at = first; at < stack_.size(); ++at) values_.add_item(tuple, stack_[at]);
  stack_.resize(first);
  push(tuple);
}

void PickleMachine::build_marked(Kind kind) {
  const std::optional<std::size_t> first = pop_mark();
  if (!first) return;
  if (kind == Kind::kDict && (stack_.size() - *first) % 2 != 0) {
    broken("finds a key without a value");
    return;
  }
  const Index made = values_.add_container(kind);
  for (std::size_t at = *first; at < stack_.size(); ++at) values_.add_item(made, stack_[at]);
  stack_.resize(*first);
  push(made);
}

void PickleMachine::add_items(std::size_t first) {
  if (first <= fence() || (stack_.size() - first) % 2 != 0) {
    broken(first <= fence() ? "finds nothing to set items of" : "finds a key without a value");
    return;
  }
  const Index to = stack_[first - 1];
  const Kind kind = values_.kind(to);
  if (kind != Kind::kDict) judge_.items_set(to, now_);
  if (kind == Kind::kDict || kind == Kind::kCall) {
    for (std::size_t at = first; at < stack_.size(); ++at) values_.add_item(to, stack_[at]);
  }
  stack_.resize(first);
}

void PickleMachine::append_items(std::size_t first) {
  if (first <= fence()) {
    broken("finds nothing to append to");
    return;
  }
  const Index to = stack_[first - 1];
  const Kind kind = values_.kind(to);
  const Kind wanted = code_ == 0x90 ? Kind::kSet : Kind::kList;
  if (kind != wanted) judge_.appended_to(to, now_);
  for (std::size_t at = first; at < stack_.size(); ++at) {
    if (kind == wanted) values_.add_item(to, stack_[at]);
    if (kind == Kind::kCall) values_.append(to, stack_[at]);
  }
  stack_.resize(first);
}

void PickleMachine::follow_container() {
  switch (code_) {
    case ']':
      push(values_.add_container(Kind::kList));
      return;
    case ')':
      push(values_.add_container(Kind::kTuple));
      return;
    case '}':
      push(values_.add_container(Kind::kDict));
      return;
    case 0x8f:
      push(values_.add_container(Kind::kSet));
      return;
    case 'l':
      build_marked(Kind::kList);
      return;
    case 't':
      build_marked(Kind::kTuple);
      return;
    case 'd':
      build_marked(Kind::kDict);
      return;
    case 0x91:
      build_marked(Kind::kSet);
      return;
    case 0x85:
    case 0x86:
    case 0x87: {
      const std::size_t items = code_ - std::size_t{0x84};
      if (!has(items)) {
        broken("finds too little on the stack");
      } else {
        build_tuple(items);
      }
      return;
    }
    case 'a':
    case 's': {
      const std::size_t items = code_ == 'a' ? 1 : 2;
      if (!has(items + 1)) {
        broken("finds too little on the stack");
      } else if (code_ == 'a') {
        append_items(stack_.size() - items);
      } else {
        add_items(stack_.size() - items);
      }
      return;
    }
    default:  // APPENDS, SETITEMS, ADDITEMS
      if (const auto first = pop_mark()) {
        code_ == 'u' ? add_items(*first) : append_items(*first);
      }
      return;
  }
}

void PickleMachine::nested(PickleValues::Place place) {
  const bool is_worth_it = looks_like_pickle(head_);
  head_.clear();
  if (!is_worth_it) return;
  Findings within;
  const PickleRange range{place.offset, place.offset + place.bytes, range_.depth + 1};
  tell_of_nested(within, PickleMachine(file_, range, within).run().has_value());
}

void PickleMachine::nested_text(std::string_view text) {
  if (range_.depth >= kPickleDepthMax || !looks_like_pickle(text)) return;
  Findings within;
  const io::MemoryReader reader{as_bytes(text)};
  const PickleRange range{0, text.size(), range_.depth + 1};
  tell_of_nested(within, PickleMachine(reader, range, within).run().has_value());
}

/// Nobody loads a constant by itself, so one that merely breaks is no pickle but a text like one.
void PickleMachine::tell_of_nested(const Findings& within, bool is_whole) {
  for (const Finding& finding : within.all()) {
    if (finding.rule->verdict == Verdict::kHostile) {
      judge_.find(*finding.rule, now_, "holds a pickle of its own: " + finding.what);
    } else if (is_whole) {
      judge_.find(kPickleInside, now_, "holds a pickle of its own: " + finding.what);
    }
  }
}

}  // namespace strongroom::model

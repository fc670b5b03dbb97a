// From what a pickle would make to tensors: who is a tensor, what it is called, where its elements
// lie.
#include <algorithm>
#include <array>

#include "model/pickle_rules.h"
#include "model/pytorch_parts.h"
#include "model/structure_readers.h"

namespace strongroom::model {
namespace {

using Index = PickleValues::Index;
using Kind = PickleValues::Kind;

constexpr std::size_t kDimensionsMax = 64;
constexpr std::size_t kNameBytesMax = 1'000;
constexpr std::size_t kNamesBytesMax = 256u << 20;
constexpr std::uint64_t kElementsMax = std::uint64_t{1} << 62;

struct Named {
  std::string_view name;
  ElementType type;
};
constexpr std::array kStorages = {Named{"FloatStorage", ElementType::kF32},
                                  Named{"DoubleStorage", ElementType::kF64},
                                  Named{"HalfStorage", ElementType::kF16},
                                  Named{"BFloat16Storage", ElementType::kBf16},
                                  Named{"LongStorage", ElementType::kI64},
                                  Named{"IntStorage", ElementType::kI32},
                                  Named{"ShortStorage", ElementType::kI16},
                                  Named{"CharStorage", ElementType::kI8},
                                  Named{"ByteStorage", ElementType::kU8},
                                  Named{"BoolStorage", ElementType::kBool},
                                  Named{"ComplexFloatStorage", ElementType::kC64},
                                  Named{"ComplexDoubleStorage", ElementType::kC128},
                                  Named{"QInt8Storage", ElementType::kI8},
                                  Named{"QUInt8Storage", ElementType::kU8},
                                  Named{"QInt32Storage", ElementType::kI32}};
constexpr std::array kTypes = {Named{"float32", ElementType::kF32},
                               Named{"float", ElementType::kF32},
                               Named{"float64", ElementType::kF64},
                               Named{"double", ElementType::kF64},
                               Named{"float16", ElementType::kF16},
                               Named{"half", ElementType::kF16},
                               Named{"bfloat16", ElementType::kBf16},
                               Named{"int64", ElementType::kI64},
                               Named{"long", ElementType::kI64},
                               Named{"int32", ElementType::kI32},
                               Named{"int", ElementType::kI32},
                               Named{"int16", ElementType::kI16},
                               Named{"short", ElementType::kI16},
                               Named{"int8", ElementType::kI8},
                               Named{"uint8", ElementType::kU8},
                               Named{"uint16", ElementType::kU16},
                               Named{"uint32", ElementType::kU32},
                               Named{"uint64", ElementType::kU64},
                               Named{"bool", ElementType::kBool},
                               Named{"complex64", ElementType::kC64},
                               Named{"complex128", ElementType::kC128},
                               Named{"float8_e4m3fn", ElementType::kF8E4m3},
                               Named{"float8_e5m2", ElementType::kF8E5m2},
                               Named{"float8_e8m0fnu", ElementType::kF8E8m0},
                               Named{"float8_e4m3fnuz", ElementType::kF8E4m3Fnuz},
                               Named{"float8_e5m2fnuz", ElementType::kF8E5m2Fnuz}};

template <std::size_t N>
std::optional<ElementType> type_named(const std::array<Named, N>& all, std::string_view name) {
  const auto at =
      std::find_if(all.begin(), all.end(), [&](const Named& each) { return each.name == name; });
  if (at == all.end()) return std::nullopt;
  return at->type;
}

bool is_global(const PickleValues& values, Index value, std::string_view module) {
  const PickleGlobal* global = values.global(value);
  return global != nullptr && global->module == module;
}

std::optional<std::uint64_t> natural(const PickleValues& values, Index value) {
  const std::optional<std::int64_t> number = values.integer(value);
  if (!number || *number < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

/// The sizes or strides in a tuple, or a torch.Size of one.
std::optional<std::vector<std::uint64_t>> naturals(const PickleValues& values, Index tuple) {
  if (values.kind(tuple) == Kind::kCall) {
    const std::vector<Index> given = values.first_items(values.arguments(tuple), 2);
    if (given.empty()) return std::vector<std::uint64_t>{};
    tuple = given[0];
  }
  if (values.kind(tuple) != Kind::kTuple && values.kind(tuple) != Kind::kList) return std::nullopt;
  if (values.item_count(tuple) > kDimensionsMax) return std::nullopt;
  std::vector<std::uint64_t> all;
  for (const Index item : values.items(tuple)) {
    const std::optional<std::uint64_t> number = natural(values, item);
    if (!number) return std::nullopt;
    all.push_back(*number);
  }
  return all;
}

bool is_row_major(const Tensor& tensor) {
  std::uint64_t expected = 1;
  for (std::size_t at = tensor.shape.size(); at > 0; --at) {
    if (tensor.shape[at - 1] != 1 && tensor.strides[at - 1] != expected) return false;
    expected *= std::max<std::uint64_t>(tensor.shape[at - 1], 1);
  }
  return true;
}

/// How many elements of the storage the view reaches over, from its first to its last; nothing when
/// over 2^62.
std::optional<std::uint64_t> reach_of(const Tensor& tensor) {
  std::uint64_t reach = 1;
  std::uint64_t elements = 1;
  for (std::size_t at = 0; at < tensor.shape.size(); ++at) {
    if (tensor.shape[at] == 0) return 0;
  }
  for (std::size_t at = 0; at < tensor.shape.size(); ++at) {
    const std::uint64_t steps = tensor.shape[at] - 1;
    if (steps > 0 && tensor.strides[at] > kElementsMax / steps) return std::nullopt;
    reach += steps * tensor.strides[at];
    if (reach > kElementsMax || tensor.shape[at] > kElementsMax / elements) return std::nullopt;
    elements *= tensor.shape[at];
  }
  return reach;
}

/// Finds the tensors, one container after another.
class Walk {
 public:
  Walk(const JudgedPickle& pickle, const TorchPlaces& places, Structure& structure,
       Findings& findings)
      : values_(pickle.values),
        places_(places),
        structure_(structure),
        findings_(findings),
        entered_(pickle.values.size()) {
    open_.push_back({pickle.top, ""});
  }

  Result<void> run() {
    while (!open_.empty()) {
      const Open next = std::move(open_.back());
      open_.pop_back();
      RETURN_IF_ERROR(visit(next));
    }
    return {};
  }

 private:
  struct Open {
    Index value;
    std::string name;
  };
  struct View {
    Index storage;
    Index first;
    Index shape;
    Index strides;
    std::optional<Index> type;
  };

  Result<void> visit(const Open& open);
  Result<void> add(const View& view, const std::string& name);
  [[nodiscard]] std::optional<View> view_of(Index value) const;
  void enter(const Open& open);
  void enter_pairs(const std::vector<Index>& items, const std::string& name);
  void enter_list(const std::vector<Index>& items, const std::string& name);
  [[nodiscard]] std::string key_name(Index key, std::size_t position) const;
  void later(Index value, const std::string& name, std::string_view key);
  tl::unexpected<Error> wrong(const std::string& name, std::string_view what) {
    return refuse(findings_, kPytorchMalformed, "tensor " + name + " " + std::string(what));
  }

  const PickleValues& values_;
  const TorchPlaces& places_;
  Structure& structure_;
  Findings& findings_;
  std::vector<Open> open_;
  std::vector<Open> children_;
  std::vector<bool> entered_;
  std::map<std::string, std::uint64_t, std::less<>> names_;  // and how often each came
  std::size_t names_bytes_ = 0;
};

Result<void> Walk::visit(const Open& open) {
  const std::optional<View> view = view_of(open.value);
  if (view) return add(*view, open.name);
  if (entered_[open.value]) return {};
  entered_[open.value] = true;
  children_.clear();
  enter(open);
  for (const Open& child : children_) names_bytes_ += child.name.size();
  if (names_bytes_ > kNamesBytesMax) {
    findings_.add(kPickleTooLarge, "the names of its tensors are longer than are kept");
    return fail(ErrorCode::kTooLarge, "the names of its tensors are longer than are kept");
  }
  std::move(children_.rbegin(), children_.rend(), std::back_inserter(open_));
  return {};
}

/// Sees through what is done to a tensor, a few times at most.
std::optional<Walk::View> Walk::view_of(Index value) const {
  for (int layers = 0; layers < 8; ++layers) {
    if (values_.kind(value) != Kind::kCall) return std::nullopt;
    const PickleGlobal* global = values_.global(values_.callee(value));
    if (global == nullptr || !global->module.starts_with("torch.")) return std::nullopt;
    Index arguments = values_.arguments(value);
    std::string_view maker = global->name;
    if (global->module == "torch._tensor" && maker == "_rebuild_from_type_v2") {
      const std::vector<Index> given = values_.first_items(arguments, 4);
      if (given.size() < 3 || values_.global(given[0]) == nullptr) return std::nullopt;
      maker = values_.global(given[0])->name;
      arguments = given[2];
    }
    const std::vector<Index> given = values_.first_items(arguments, 8);
    const bool is_view = maker == "_rebuild_tensor" || maker == "_rebuild_tensor_v2" ||
                         maker == "_rebuild_tensor_v3" || maker == "_rebuild_qtensor";
    if (is_view && given.size() >= 4) {
      View view{given[0], given[1], given[2], given[3], std::nullopt};
      if (maker == "_rebuild_tensor_v3" && given.size() >= 7) view.type = given[6];
      return view;
    }
    if (!maker.starts_with("_rebuild_parameter") || given.empty()) return std::nullopt;
    value = given[0];
  }
  return std::nullopt;
}

Result<void> Walk::add(const View& view, const std::string& name) {
  const std::optional<TorchStorage> storage = values_.kind(view.storage) == Kind::kPersistent
                                                  ? torch_storage(values_, view.storage)
                                                  : std::nullopt;
  if (!storage) return wrong(name, "lies in a storage of an unknown kind");
  Tensor tensor;
  std::optional<ElementType> type = storage->type;
  std::uint64_t available = storage->view_elements;
  if (view.type && is_global(values_, *view.type, "torch")) {
    type = type_named(kTypes, values_.global(*view.type)->name);
  }
  if (!type) return wrong(name, "has elements of an unknown kind");
  const std::uint64_t width = layout_of(*type).bytes;
  if (!storage->type) available /= width;
  const auto first = natural(values_, view.first);
  const auto shape = naturals(values_, view.shape);
  const auto strides = naturals(values_, view.strides);
  if (!first || !shape || !strides || shape->size() != strides->size()) {
    return wrong(name, "has a shape that is none");
  }
  tensor.type = *type;
  tensor.shape = *shape;
  tensor.strides = *strides;
  const std::optional<std::uint64_t> reach = reach_of(tensor);
  if (!reach || *first > available || *reach > available - *first) {
    return wrong(name, "reaches outside its storage " + storage->key);
  }
  const auto place = places_.find(storage->key);
  if (place == places_.end())
    return wrong(name, "lies in storage " + storage->key + ", which is missing");
  const std::uint64_t view_offset = storage->first * (storage->type ? width : 1);
  tensor.offset = place->second.offset + view_offset + *first * width;
  tensor.bytes = *reach * width;
  tensor.is_packed = place->second.is_packed;
  if (is_row_major(tensor)) tensor.strides.clear();
  tensor.name = name;
  while (++names_[tensor.name] > 1) tensor.name = name + "#" + std::to_string(names_[name]++);
  structure_.tensor_bytes += tensor.bytes;
  structure_.tensors.push_back(std::move(tensor));
  return {};
}

void Walk::enter(const Open& open) {
  switch (values_.kind(open.value)) {
    case Kind::kDict:
      enter_pairs(values_.items(open.value), open.name);
      return;
    case Kind::kList:
    case Kind::kTuple:
    case Kind::kSet:
      enter_list(values_.items(open.value), open.name);
      return;
    case Kind::kCall:
      break;
    default:
      return;
  }
  // OrderedDict([[key, value], …]) of old, then what was set and appended, then a module's state.
  const std::vector<Index> given = values_.first_items(values_.arguments(open.value), 1);
  if (is_global(values_, values_.callee(open.value), "collections") && given.size() == 1) {
    for (const Index pair : values_.items(given[0])) {
      if (values_.item_count(pair) == 2) enter_pairs(values_.items(pair), open.name);
    }
  }
  enter_pairs(values_.items(open.value), open.name);
  enter_list(values_.appended(open.value), open.name);
  if (const std::optional<Index> state = values_.state(open.value)) {
    children_.push_back({*state, open.name});
  }
}

std::string Walk::key_name(Index key, std::size_t position) const {
  if (const auto text = values_.text(key)) return std::string(*text);
  if (const auto number = values_.integer(key)) return std::to_string(*number);
  return std::to_string(position);
}

void Walk::enter_pairs(const std::vector<Index>& items, const std::string& name) {
  for (std::size_t at = 0; at + 1 < items.size(); at += 2) {
    if (values_.kind(items[at + 1]) < Kind::kList) continue;
    const std::string key = key_name(items[at], at / 2);
    const bool is_module_part = key == "_parameters" || key == "_buffers" || key == "_modules";
    later(items[at + 1], name, is_module_part ? std::string_view() : std::string_view(key));
  }
}

void Walk::enter_list(const std::vector<Index>& items, const std::string& name) {
  for (std::size_t at = 0; at < items.size(); ++at) {
    if (values_.kind(items[at]) >= Kind::kList) later(items[at], name, std::to_string(at));
  }
}

void Walk::later(Index value, const std::string& name, std::string_view key) {
  std::string full = name;
  if (!full.empty() && !key.empty()) full += '.';
  full += key.substr(0, kNameBytesMax - std::min(full.size(), kNameBytesMax));
  children_.push_back({value, std::move(full)});
}

}  // namespace

std::optional<TorchStorage> torch_storage(const PickleValues& values, Index persistent) {
  const std::vector<Index> parts = values.first_items(values.persistent_id(persistent), 7);
  if (parts.size() < 5 || parts.size() > 6) return std::nullopt;
  const PickleGlobal* type = values.global(parts[1]);
  const std::optional<std::string_view> key = values.text(parts[2]);
  const std::optional<std::uint64_t> elements = natural(values, parts[4]);
  if (values.text(parts[0]) != "storage" || type == nullptr || !key || !elements ||
      *elements > kElementsMax / 16) {
    return std::nullopt;
  }
  TorchStorage storage;
  storage.key = std::string(*key);
  storage.type = type_named(kStorages, type->name);
  storage.elements = *elements;
  storage.view_elements = *elements;
  if (!storage.type && type->name.find("ntyped") == std::string::npos) return std::nullopt;
  if (parts.size() == 6 && values.kind(parts[5]) == Kind::kTuple) {
    const std::vector<Index> view = values.first_items(parts[5], 4);
    if (view.size() != 3 || !natural(values, view[1]) || !natural(values, view[2])) {
      return std::nullopt;
    }
    storage.first = *natural(values, view[1]);
    storage.view_elements = *natural(values, view[2]);
    if (storage.first > storage.elements ||
        storage.view_elements > storage.elements - storage.first) {
      return std::nullopt;
    }
  }
  return storage;
}

Result<void> add_torch_tensors(const JudgedPickle& pickle, const TorchPlaces& places,
                               Structure& structure, Findings& findings) {
  return Walk(pickle, places, structure, findings).run();
}

}  // namespace strongroom::model

#include "model/pickle_values.h"

#include <algorithm>

namespace strongroom::model {

PickleValues::PickleValues() {
  values_.reserve(kSmallIntsAt + kSmallIntsMax);
  values_.push_back({Kind::kMark, 0});
  values_.push_back({Kind::kNone, 0});
  values_.push_back({Kind::kBool, 0});
  values_.push_back({Kind::kBool, 1});
  values_.push_back({Kind::kFloat, 0});
  values_.push_back({Kind::kUnknown, 0});
  values_.push_back({Kind::kInt, kNothing});
  integers_.reserve(kSmallIntsMax);
  for (std::int64_t small = 0; small < kSmallIntsMax; ++small) {
    values_.push_back({Kind::kInt, static_cast<std::uint32_t>(small)});
    integers_.push_back(small);
  }
}

PickleValues::Index PickleValues::push(Kind kind, std::uint32_t at) {
  values_.push_back({kind, at});
  return static_cast<Index>(values_.size() - 1);
}

std::optional<std::int64_t> PickleValues::integer(Index value) const {
  const Value& of = values_[value];
  if (of.kind != Kind::kInt || of.at == kNothing) return std::nullopt;
  return integers_[of.at];
}

std::optional<std::string_view> PickleValues::text(Index value) const {
  const Value& of = values_[value];
  if (of.kind != Kind::kText || !texts_[of.at].is_kept) return std::nullopt;
  const Text& text = texts_[of.at];
  return std::string_view(pool_).substr(text.pool_at, text.bytes);
}

std::optional<PickleValues::Place> PickleValues::place(Index value) const {
  const Value& of = values_[value];
  if ((of.kind != Kind::kText && of.kind != Kind::kBytes) || !texts_[of.at].has_place) {
    return std::nullopt;
  }
  return texts_[of.at].place;
}

const PickleGlobal* PickleValues::global(Index value) const {
  const Value& of = values_[value];
  return of.kind == Kind::kGlobal ? &globals_[of.at] : nullptr;
}

const PickleValues::Chain* PickleValues::chain_of(Index value) const {
  const Value& of = values_[value];
  switch (of.kind) {
    case Kind::kList:
    case Kind::kTuple:
    case Kind::kDict:
    case Kind::kSet:
      return &chains_[of.at];
    case Kind::kCall:
      return &calls_[of.at].items;
    default:
      return nullptr;
  }
}

std::vector<PickleValues::Index> PickleValues::read(const Chain& chain,
                                                    std::size_t count_max) const {
  std::vector<Index> items;
  items.reserve(std::min<std::size_t>(chain.count, count_max));
  for (std::uint32_t at = chain.first; at != kNothing && items.size() < count_max;
       at = edges_[at].next) {
    items.push_back(edges_[at].value);
  }
  return items;
}

std::vector<PickleValues::Index> PickleValues::items(Index value) const {
  return first_items(value, kEdgesMax);
}

std::vector<PickleValues::Index> PickleValues::first_items(Index value,
                                                           std::size_t count_max) const {
  const Chain* chain = chain_of(value);
  return chain == nullptr ? std::vector<Index>{} : read(*chain, count_max);
}

std::size_t PickleValues::item_count(Index value) const {
  const Chain* chain = chain_of(value);
  return chain == nullptr ? 0 : chain->count;
}

std::optional<PickleValues::Index> PickleValues::state(Index call) const {
  const Index state = calls_[values_[call].at].state;
  if (state == kNothing) return std::nullopt;
  return state;
}

std::vector<PickleValues::Index> PickleValues::appended(Index call) const {
  return read(calls_[values_[call].at].appended, kEdgesMax);
}

PickleValues::Index PickleValues::add_int(std::optional<std::int64_t> value) {
  if (!value) return kBigIntAt;
  if (*value >= 0 && *value < kSmallIntsMax) return kSmallIntsAt + static_cast<Index>(*value);
  integers_.push_back(*value);
  return push(Kind::kInt, static_cast<std::uint32_t>(integers_.size() - 1));
}

PickleValues::Index PickleValues::add_text(std::optional<std::string_view> text,
                                           std::optional<Place> place) {
  Text kept;
  kept.has_place = place.has_value();
  kept.place = place.value_or(Place{});
  if (text && text->size() <= kTextKeptBytesMax &&
      pool_.size() + text->size() <= kTextsKeptBytesMax) {
    kept.is_kept = true;
    kept.pool_at = pool_.size();
    kept.bytes = static_cast<std::uint32_t>(text->size());
    pool_ += *text;
  }
  texts_.push_back(kept);
  return push(Kind::kText, static_cast<std::uint32_t>(texts_.size() - 1));
}

PickleValues::Index PickleValues::add_bytes(std::optional<Place> place) {
  Text kept;
  kept.has_place = place.has_value();
  kept.place = place.value_or(Place{});
  texts_.push_back(kept);
  return push(Kind::kBytes, static_cast<std::uint32_t>(texts_.size() - 1));
}

PickleValues::Index PickleValues::add_container(Kind kind) {
  chains_.emplace_back();
  return push(kind, static_cast<std::uint32_t>(chains_.size() - 1));
}

PickleValues::Index PickleValues::add_global(PickleGlobal global) {
  const auto [at, is_new] =
      numbers_.try_emplace(std::move(global), static_cast<std::uint32_t>(globals_.size()));
  if (is_new) globals_.push_back(at->first);
  return push(Kind::kGlobal, at->second);
}

PickleValues::Index PickleValues::add_call(Index callee, Index arguments) {
  Call call;
  call.callee = callee;
  call.arguments = arguments;
  calls_.push_back(call);
  return push(Kind::kCall, static_cast<std::uint32_t>(calls_.size() - 1));
}

void PickleValues::link(Chain& chain, Index item) {
  const auto at = static_cast<std::uint32_t>(edges_.size());
  edges_.push_back({item, kNothing});
  if (chain.first == kNothing) {
    chain.first = at;
  } else {
    edges_[chain.last].next = at;
  }
  chain.last = at;
  ++chain.count;
}

void PickleValues::add_item(Index to, Index item) {
  const Value& of = values_[to];
  link(of.kind == Kind::kCall ? calls_[of.at].items : chains_[of.at], item);
}

void PickleValues::append(Index call, Index item) { link(calls_[values_[call].at].appended, item); }

}  // namespace strongroom::model

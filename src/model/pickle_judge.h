#ifndef STRONGROOM_MODEL_PICKLE_JUDGE_H_
#define STRONGROOM_MODEL_PICKLE_JUDGE_H_

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/finding.h"
#include "model/pickle_globals.h"
#include "model/pickle_values.h"

namespace strongroom::model {

/// An instruction of the pickle that is being judged.
struct PickleStep {
  std::string_view opcode;  ///< "STACK_GLOBAL"
  std::uint64_t offset = 0;
};

/// Holds each thing that a pickle does against the list, as it does it. Borrows all three.
class PickleJudge {
 public:
  using Index = PickleValues::Index;

  PickleJudge(const PickleValues& values, const PickleGlobals& list, Findings& findings)
      : values_(values), list_(list), findings_(findings) {}

  /// `global` is named.
  void named(Index global, const PickleStep& step);
  /// A name is not a constant text, but computed.
  void hidden_name(const PickleStep& step);
  /// `callee` is called with `arguments`; `keywords` are given too when they are not empty.
  void called(Index callee, Index arguments, bool has_keywords, const PickleStep& step);
  /// Before the state is kept.
  void built(Index object, Index state, const PickleStep& step);
  /// Items are set, or appended. Lists, dicts and sets have been dealt with.
  void items_set(Index object, const PickleStep& step);
  void appended_to(Index object, const PickleStep& step);
  /// By PERSID or BINPERSID.
  void persistent(Index id, const PickleStep& step);

  void find(const Rule& rule, const PickleStep& step, std::string_view what);

 private:
  void call_listed(const AllowedGlobal& allowed, Index callee, Index arguments,
                   const PickleStep& step);
  [[nodiscard]] bool arguments_fit(const AllowedGlobal& allowed, Index arguments);
  [[nodiscard]] bool fits(const PickleForm& form, Index value);
  [[nodiscard]] bool fits(std::string_view form, Index value);
  [[nodiscard]] bool fits_literal(std::string_view form, Index value) const;
  [[nodiscard]] bool fits_made(std::string_view form, Index value);
  [[nodiscard]] bool is_listed_call(Index value, std::size_t arguments) const;
  [[nodiscard]] bool is_call_of(Index value, std::string_view module, std::string_view name) const;
  [[nodiscard]] bool is_bytes(Index value) const;
  /// Of the object that a call gives: what it was made by, seen through those that apply.
  [[nodiscard]] const PickleGlobal* maker(Index call) const;

  [[nodiscard]] bool may_look_at(std::size_t items, const PickleStep& step);
  [[nodiscard]] bool attributes_fit(Index state, const PickleStep& step);
  [[nodiscard]] bool special_attribute(std::string_view name, const PickleStep& step);
  [[nodiscard]] bool array_state_fits(Index state);
  [[nodiscard]] bool dtype_state_fits(Index dtype, Index state) const;
  [[nodiscard]] bool is_dtype(Index value) const;
  [[nodiscard]] bool is_object_dtype(Index dtype) const;
  /// Once used, a dtype must not change.
  void use_dtype(Index dtype) { used_dtypes_.insert(dtype); }

  [[nodiscard]] std::string shown(Index value, int depth = 2) const;

  const PickleValues& values_;
  const PickleGlobals& list_;
  Findings& findings_;
  std::set<std::uint32_t> named_;  // by global_number: each is told of once
  std::set<Index> used_dtypes_;
  std::size_t items_left_ = PickleValues::kEdgesMax;
};

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_PICKLE_JUDGE_H_

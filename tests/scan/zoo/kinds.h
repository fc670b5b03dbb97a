#ifndef STRONGROOM_TESTS_SCAN_ZOO_KINDS_H_
#define STRONGROOM_TESTS_SCAN_ZOO_KINDS_H_

#include <string>
#include <vector>

#include "model/lineage/lineage.h"
#include "model/lineage/zoo_files_for_test.h"

namespace strongroom::model::lineage::zoo {

/// One derivative with the truth about it.
struct Derivative {
  std::string kind;  ///< "fine-tune", "lora-merge", …: a row of the table
  std::string how;   ///< its parameters, for a person
  /// What was done; an answer is right when its first step is among them.
  std::vector<Relation> truth;
  Zoo zoo;
  ElementType type = ElementType::kBf16;
  Container container = Container::kSafetensors;
  bool is_of_two = false;  ///< of both `parents`, not of the first alone
  double share_of_second = 0;
};

/// Two models of one base, and a stranger.
struct Family {
  Size size;
  Zoo base;
  Zoo other;     ///< fine-tuned from base: what merges merge it with
  Zoo third;     ///< fine-tuned from base, too
  Zoo stranger;  ///< same architecture, same statistics, another seed
};
[[nodiscard]] Family family_of(const Size& size, std::uint64_t seed);

/// Every kind, with parameters drawn by `seed`.
[[nodiscard]] std::vector<Derivative> derivatives_of(const Family& family, std::uint64_t seed);

}  // namespace strongroom::model::lineage::zoo

#endif  // STRONGROOM_TESTS_SCAN_ZOO_KINDS_H_

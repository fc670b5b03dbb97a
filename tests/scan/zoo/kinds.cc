#include "kinds.h"

#include <fmt/format.h>

#include <array>

namespace strongroom::model::lineage::zoo {

namespace {

constexpr std::uint64_t kSeedsApart = 1'000;

class Maker {
 public:
  Maker(const Family& family, std::uint64_t seed)
      : family_(family), dice_(seed * 31 + 7), seed_(seed * kSeedsApart) {}

  std::vector<Derivative> all() {
    containers();
    fine_tunes();
    adapters();
    grids();
    holes();
    orders();
    merges();
    two_steps();
    return std::move(made_);
  }

 private:
  std::uint64_t next_seed() { return ++seed_; }
  void add(std::string kind, std::string how, std::vector<Relation> truth, Zoo zoo,
           ElementType type = ElementType::kBf16, Container container = Container::kSafetensors) {
    made_.push_back({.kind = std::move(kind),
                     .how = std::move(how),
                     .truth = std::move(truth),
                     .zoo = std::move(zoo),
                     .type = type,
                     .container = container});
  }

  void containers() {
    add("cast", "to F16", {Relation::kRecast}, family_.base, ElementType::kF16);
    add("container", "to GGUF, BF16", {Relation::kSame, Relation::kRecast}, family_.base,
        ElementType::kBf16, Container::kGguf);
  }
  void fine_tunes() {
    for (const double most : {0.01, 0.03, 0.1, 0.3}) {
      const auto strength = static_cast<float>(dice_.between(most / 3, most));
      add("fine-tune", fmt::format("change {:.4f}", strength), {Relation::kFineTuned},
          fine_tuned(family_.base, strength, next_seed()));
    }
  }
  void adapters() {
    constexpr std::array<std::size_t, 5> kRanks{4, 8, 16, 32, 64};
    for (int i = 0; i < 3; ++i) {
      const std::size_t rank = kRanks[dice_.below(i == 0 ? 3 : 5)];
      const auto strength = static_cast<float>(dice_.between(0.01, 0.1));
      const bool everywhere = dice_.below(2) == 0;
      add("lora-merge",
          fmt::format("rank {} change {:.4f} {}", rank, strength, everywhere ? "all" : "q and v"),
          {Relation::kLoraMerged},
          lora_merged(family_.base, rank, strength, everywhere, next_seed()));
    }
  }
  void grids() {
    add("int8", "rows, as F32", {Relation::kQuantised}, quantised(family_.base, 8, 0),
        ElementType::kF32);
    add("int8", "rows, as BF16", {Relation::kQuantised}, quantised(family_.base, 8, 0));
    add("int8", "Q8_0", {Relation::kQuantised}, family_.base, ElementType::kQ8_0, Container::kGguf);
    add("int4", "runs of 32, as F16", {Relation::kQuantised}, quantised(family_.base, 4, 32),
        ElementType::kF16);
    add("int4", "rows, as F32", {Relation::kQuantised}, quantised(family_.base, 4, 0),
        ElementType::kF32);
    add("int4", "Q4_0", {Relation::kQuantised}, family_.base, ElementType::kQ4_0, Container::kGguf);
  }
  void holes() {
    for (const bool by_size : {true, false}) {
      for (int i = 0; i < 2; ++i) {
        const double share = dice_.between(0.1, 0.5);
        add("prune", fmt::format("{:.2f} {}", share, by_size ? "smallest" : "at random"),
            {Relation::kPruned}, pruned(family_.base, share, by_size, next_seed()));
      }
    }
  }
  void orders() {
    add("permute", "units and heads", {Relation::kPermuted},
        permuted(family_.base, family_.size, false, next_seed()));
    add("permute-all", "units, heads and channels", {Relation::kPermuted},
        permuted(family_.base, family_.size, true, next_seed()));
  }
  void add_merge(std::string how, Zoo zoo, double share) {
    add("merge", std::move(how), {Relation::kMerged}, std::move(zoo));
    made_.back().is_of_two = true;
    made_.back().share_of_second = share;
  }
  void merges() {
    const double linear = dice_.between(0.2, 0.8);
    const double slerp = dice_.between(0.2, 0.8);
    const double ties = dice_.between(0.3, 0.7);
    add_merge(fmt::format("linear {:.2f}", linear),
              merged_linear(family_.other, family_.third, static_cast<float>(linear)), linear);
    add_merge(fmt::format("slerp {:.2f}", slerp),
              merged_slerp(family_.other, family_.third, static_cast<float>(slerp)), slerp);
    add_merge(fmt::format("ties {:.2f}", ties),
              merged_ties(family_.base, family_.other, family_.third, static_cast<float>(ties)),
              ties);
  }
  void two_steps() {
    const auto tuned = [&] { return fine_tuned(family_.base, 0.05f, next_seed()); };
    add("fine-tune+int4", "0.05, Q4_0", {Relation::kQuantised, Relation::kFineTuned}, tuned(),
        ElementType::kQ4_0, Container::kGguf);
    add("fine-tune+prune", "0.05, 0.3 smallest", {Relation::kPruned, Relation::kFineTuned},
        pruned(tuned(), 0.3, true, next_seed()));
    add("lora+int8", "rank 8, 0.05, Q8_0", {Relation::kQuantised, Relation::kLoraMerged},
        lora_merged(family_.base, 8, 0.05f, true, next_seed()), ElementType::kQ8_0,
        Container::kGguf);
    add("permute+int8", "units and heads, Q8_0", {Relation::kPermuted, Relation::kQuantised},
        permuted(family_.base, family_.size, false, next_seed()), ElementType::kQ8_0,
        Container::kGguf);
  }

  const Family& family_;
  Dice dice_;
  std::uint64_t seed_;
  std::vector<Derivative> made_;
};

}  // namespace

Family family_of(const Size& size, std::uint64_t seed) {
  Family family{.size = size, .base = make_model(size, seed * kSeedsApart + 500)};
  family.stranger = make_model(size, seed * kSeedsApart + 501);
  Dice dice(seed);
  const auto strength = [&] { return static_cast<float>(dice.between(0.03, 0.15)); };
  family.other = fine_tuned(family.base, strength(), seed * kSeedsApart + 502);
  family.third = fine_tuned(family.base, strength(), seed * kSeedsApart + 503);
  return family;
}

std::vector<Derivative> derivatives_of(const Family& family, std::uint64_t seed) {
  return Maker(family, seed).all();
}

}  // namespace strongroom::model::lineage::zoo

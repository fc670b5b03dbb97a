#include <algorithm>
#include <numeric>

#include "parse.h"

namespace strongroom::terminal {

namespace {

constexpr std::size_t kTypedBytesMax = 64;  // nobody mistypes more

// Insertions, deletions, exchanges, and neighbours swapped: what fingers do.
std::size_t distance(std::string_view from, std::string_view to) {
  const std::size_t width = to.size() + 1;
  std::vector<std::size_t> before(width);
  std::vector<std::size_t> above(width);
  std::vector<std::size_t> row(width);
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 1; i <= from.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j < width; ++j) {
      const std::size_t exchange = from[i - 1] == to[j - 1] ? 0 : 1;
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + exchange});
      const bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(above);
    above.swap(row);
  }
  return above[width - 1];
}

}  // namespace

std::string nearest(std::string_view typed, const std::vector<std::string>& known) {
  if (typed.empty() || typed.size() > kTypedBytesMax) return "";
  std::string best;
  std::size_t least = std::max<std::size_t>(1, typed.size() / 2);  // further away is another word
  for (const std::string& each : known) {
    // Its beginning counts as near: people shorten.
    const bool begins = typed.size() >= 2 && each.starts_with(typed);
    const std::size_t far = begins ? 0 : distance(typed, each);
    if (far < least || (far == least && best.empty())) {
      best = each;
      least = far;
    }
  }
  return best;
}

}  // namespace strongroom::terminal

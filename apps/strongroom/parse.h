#ifndef STRONGROOM_STRONGROOM_PARSE_H_
#define STRONGROOM_STRONGROOM_PARSE_H_

#include "verb.h"

namespace strongroom::terminal {

/// What a command line asks for. Borrows the verbs.
struct Typed {
  const Verb* verb = nullptr;  ///< null: only `text` is to be shown
  std::string text;            ///< help, or the version
};

/// Fills what the options of the verb point into, and `common`. A mistyped verb or option is
/// answered with the nearest one. Errors: kUsage.
[[nodiscard]] Result<Typed> parse(const std::vector<Verb>& verbs, Common& common,
                                  std::vector<std::string> arguments);

/// The one of `known` that `typed` was most likely meant to be; empty: nothing is near.
[[nodiscard]] std::string nearest(std::string_view typed, const std::vector<std::string>& known);

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_PARSE_H_

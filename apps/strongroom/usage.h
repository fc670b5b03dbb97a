#ifndef STRONGROOM_STRONGROOM_USAGE_H_
#define STRONGROOM_STRONGROOM_USAGE_H_

#include "verb.h"

namespace strongroom::terminal {

/// "strongroom seal directory --name NAME [options]".
[[nodiscard]] std::string usage_of(const Verb& verb);

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_USAGE_H_

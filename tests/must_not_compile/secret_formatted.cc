// expect: (static assertion failed.*formatt|deleted constructor.*formatter)
#include <fmt/format.h>

#include "base/secret.h"

using Key = strongroom::Secret<32, struct KeyMeaning>;
std::string show(const Key& key) { return fmt::format("{}", key); }

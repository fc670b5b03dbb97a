// Precompiled for whatever may use the judge, and would read all of this in nearly every file.
#include <fmt/format.h>

#include "base/precompiled.h"
#include "judge/standing.h"
#include "judge/world.h"

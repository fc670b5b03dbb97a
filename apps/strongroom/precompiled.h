// Precompiled for this program alone: what most of its files read.
#include "custodian/changes.h"
#include "custodian/quote.h"
#include "judge/precompiled.h"

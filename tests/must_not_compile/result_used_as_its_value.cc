// expect: (cannot convert|no viable conversion)
#include "base/result.h"

strongroom::Result<int> may_fail();
int careless() { return may_fail(); }

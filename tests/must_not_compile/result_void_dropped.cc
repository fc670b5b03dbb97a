// expect: (ignoring return(ed)? value|nodiscard)
#include "base/result.h"

strongroom::Result<void> may_fail();
void careless() { may_fail(); }

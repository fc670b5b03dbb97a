// expect: (could not convert|cannot convert|no viable conversion)
#include "base/ids.h"

strongroom::ProposalId confused(const strongroom::ObjectId& object) { return object; }

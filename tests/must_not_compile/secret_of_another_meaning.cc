// expect: (could not convert|cannot convert|no viable conversion)
#include "base/secret.h"

using QuorumSecret = strongroom::Secret<32, struct QuorumMeaning>;
using SiteSecret = strongroom::Secret<32, struct SiteMeaning>;
QuorumSecret confused(SiteSecret site) { return site; }

// expect: (use of deleted function|call to deleted constructor)
#include "base/secret.h"

strongroom::LockedMemory copy_of(const strongroom::LockedMemory& memory) { return memory; }

// expect: (could not convert|no viable conversion)
#include "crypto/sign.h"

strongroom::crypto::Ed25519Seed seed_of(const strongroom::Bytes& bytes) { return bytes; }

#include "protocol/host_introduction.h"

#include <gtest/gtest.h>

#include "crypto/random.h"

namespace strongroom::protocol {
namespace {

struct Machine {
  crypto::Ed25519Seed seed = crypto::generate_ed25519();
  StrongroomId strongroom = crypto::random_id<StrongroomId>();

  [[nodiscard]] Host host() const {
    return {.host = crypto::random_id<HostId>(),
            .name = {},
            .key = crypto::ed25519_public(seed),
            .evidence = std::string(kEvidenceNone)};
  }
  [[nodiscard]] Result<HostIntroduction> introduced(const std::string& name = "gpu-2") const {
    const Signer signer{crypto::key_id_of(crypto::ed25519_public(seed)),
                        [this](ByteView bytes) -> Result<crypto::Ed25519Signature> {
                          return crypto::ed25519_sign(seed, bytes);
                        }};
    return introduce_host(strongroom, host(), name, signer);
  }
};

ErrorCode code_of(const HostIntroduction& introduction) {
  const Result<HostIntroduction> read = decode_host_introduction(encode(introduction));
  return read ? ErrorCode{} : read.error().code;
}

TEST(AHostsIntroduction, IsReadAsItWasWritten) {
  const HostIntroduction made = Machine().introduced().value();
  const Result<HostIntroduction> read = decode_host_introduction(encode(made));
  ASSERT_TRUE(read) << read.error().context;
  EXPECT_EQ(encode(*read), encode(made));
  EXPECT_EQ(read->host, made.host);
  EXPECT_EQ(read->name.text, "gpu-2");
}
TEST(AHostsIntroduction, ToAnotherStrongroomIsRefused) {
  HostIntroduction made = Machine().introduced().value();
  made.strongroom = crypto::random_id<StrongroomId>();
  EXPECT_EQ(code_of(made), ErrorCode::kNotAuthentic);
}
TEST(AHostsIntroduction, UnderAnotherNameIsRefused) {
  HostIntroduction made = Machine().introduced().value();
  made.name.text = "gpu-3";
  EXPECT_EQ(code_of(made), ErrorCode::kNotAuthentic);
}
TEST(AHostsIntroduction, OfAnotherMachinesKeyIsRefused) {
  HostIntroduction made = Machine().introduced().value();
  made.host.key = crypto::ed25519_public(Machine().seed);
  EXPECT_EQ(code_of(made), ErrorCode::kNotAuthentic);
}
TEST(AHostsIntroduction, ClaimedByAnotherMachineIsRefused) {
  HostIntroduction made = Machine().introduced().value();
  made.claim = Machine().introduced().value().claim;
  EXPECT_EQ(code_of(made), ErrorCode::kNotAuthentic);
}
TEST(AHostsIntroduction, WithANameThatCannotBeReadAloudIsNotMade) {
  const Result<HostIntroduction> made = Machine().introduced("GPU 2");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::kMalformed);
}

}  // namespace
}  // namespace strongroom::protocol

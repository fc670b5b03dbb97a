#include <gtest/gtest.h>

#include "judge/test_inventory.h"
#include "verifier.h"

/// A release below its level that a dishonest server let pass, found by anybody with the log alone.
namespace strongroom::promises {
namespace {

using judge::kTestHour;
using judge::TestLab;
using judge::TestLog;
using protocol::Level;

int code(ErrorCode error) { return static_cast<int>(error); }

void must(const Result<void>& result) { ASSERT_TRUE(result.has_value()) << result.error().context; }

// A log at SL2 whose table demands attested hosts, and an exception from that for two days.
class ALogOfAnException : public testing::Test {
 protected:
  ALogOfAnException() : lab(protocol::Mode::kSmall) {
    for (protocol::LevelDemand& row : lab.genesis.levels)
      row.attested_host = row.level > Level::kSl1;
    lab.id = lab.genesis.id();
    must(log.add(lab.founding()));
    add_rehearsal(log, lab);
    must(log.add(TestLab::register_asset(lab.registration(), lab.alice)));
    state_harmless(log, lab);
    make_change(log, lab, protocol::SetLevel{lab.asset, Level::kSl2, log.now() + 240 * kTestHour});
    must(log.add(TestLab::make_deposit(lab.deposit(), lab.alice)));
    make_change(log, lab,
                protocol::Except{.object = lab.object,
                                 .hosts = {lab.host.host.host},
                                 .demand = "attested_host",
                                 .level = Level::kSl2,
                                 .until = log.now() + 48 * kTestHour});
    request = lab.request(lab.rex);
    request.expires = log.now() + 240 * kTestHour;
  }
  void release_up_to_redemption() {
    must(log.add(TestLab::propose(request, lab.rex)));
    for (const auto* each : {&lab.alice, &lab.bob})
      must(log.add(TestLab::cast(lab.approval(*each, request, log.seen()), *each)));
  }
  // Past every judge, as a dishonest server would write it.
  void force(const protocol::Command& command) { log.force(log.entry_of(command)); }
  [[nodiscard]] Ran verified() {
    PublishedLog published(lab);
    published.publish(log.lines());
    return verify(published, "--id " + lab.id.hex());
  }

  TestLab lab;
  TestLog log;
  protocol::Request request = lab.request(lab.rex);
};

TEST_F(ALogOfAnException, OfAReleaseWithinItIsVerifiedAndTheExceptionIsTold) {
  release_up_to_redemption();
  must(log.add(TestLab::redeem(lab.redemption(request), lab.host)));

  const Ran ran = verified();

  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_NE(ran.output.find("EXCEPTED object"), std::string::npos) << ran.output;
  EXPECT_NE(ran.output.find(lab.object.hex()), std::string::npos) << ran.output;
  EXPECT_NE(ran.output.find("attested_host"), std::string::npos) << ran.output;
}

TEST_F(ALogOfAnException, OfARedemptionAfterItIsFoundByAVerifierAtItsPlace) {
  release_up_to_redemption();
  log.advance(49 * kTestHour);
  const std::int64_t at = log.size();
  force(TestLab::redeem(lab.redemption(request), lab.host));

  const Ran ran = verified();

  EXPECT_EQ(ran.code, code(ErrorCode::kRefused)) << ran.output;
  EXPECT_NE(ran.output.find("log entry " + std::to_string(at)), std::string::npos) << ran.output;
  EXPECT_NE(ran.output.find("attested hosts"), std::string::npos) << ran.output;
}

TEST_F(ALogOfAnException, OfAReleaseToAnotherHostIsFoundByAVerifier) {
  request.host = lab.other_host.host.host;
  force(TestLab::propose(request, lab.rex));

  const Ran ran = verified();

  EXPECT_EQ(ran.code, code(ErrorCode::kRefused)) << ran.output;
  EXPECT_NE(ran.output.find("excepted for other hosts only"), std::string::npos) << ran.output;
}

TEST_F(ALogOfAnException, MadeAgainWithoutOnePersonMoreIsFoundByAVerifier) {
  protocol::Change again = lab.change(lab.carol,
                                      protocol::Except{.object = lab.object,
                                                       .hosts = {lab.host.host.host},
                                                       .demand = "attested_host",
                                                       .level = Level::kSl2,
                                                       .until = log.now() + 96 * kTestHour},
                                      log.seen());
  again.expires = log.now() + 24 * kTestHour;
  force(TestLab::propose(again, lab.carol));

  const Ran ran = verified();

  EXPECT_EQ(ran.code, code(ErrorCode::kRefused)) << ran.output;
  EXPECT_NE(ran.output.find("it takes 3 approvals"), std::string::npos) << ran.output;
}

}  // namespace
}  // namespace strongroom::promises

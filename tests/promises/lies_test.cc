#include <gtest/gtest.h>

#include "ballot.h"
#include "forged_log.h"
#include "seal/layout.h"
#include "seal/resealed_leaves.h"

/// A server that hands something else than the truth to a custodian about to sign, or to an agent
/// about to open.
namespace strongroom::promises {
namespace {

using protocol::EntryType;

/// Answers one path with bytes of the attacker's choosing.
Lie substituted(const std::string& path, Bytes bytes) {
  return [path, bytes](const http::Request& request,
                       const std::function<http::Response()>& truth) -> http::Response {
    if (request.path != path) return truth();
    http::Response response;
    response.body = bytes;
    return response;
  };
}

class ACustodianWhoIsLiedTo : public testing::Test {
 protected:
  [[nodiscard]] std::string document(const std::string& name) const {
    return "/v1/objects/" + model.object.object.hex() + "/" + name;
  }
  void expect_no_approval() {
    const auto approved = lab.approve("alice", asked.id());
    ASSERT_FALSE(approved);
    EXPECT_EQ(approved.error().code, ErrorCode::kNotAuthentic) << approved.error().context;
    lab.tell_truth();
    EXPECT_TRUE(lab.proposal(asked.id())->votes.empty());
  }
  [[nodiscard]] static Bytes opening_as_json(const protocol::Opening& opening) {
    return copy_bytes(as_bytes(
        format::encode(format::Json::Object{{"salt", opening.salt}, {"text", opening.text}})));
  }

  WholeLab lab;
  SealedModel model = lab.seal("dana", small_model());
  SealedModel other = lab.seal("dana", small_model());
  Asked asked = lab.ask("dana", model);
};

TEST_F(ACustodianWhoIsLiedTo, AboutTheRecipientInTheProposalSignsNothing) {
  const crypto::KemKeyPair own = crypto::generate_kem(crypto::KemKind::kX25519);
  Entries entries = lab.entries();
  for (std::string& line : entries) {
    protocol::Entry entry = must(protocol::decode_entry(line));
    if (entry.type != EntryType::kProposed) continue;
    protocol::Request request = must(protocol::request_from(*entry.statement));
    request.recipient = own.public_key;
    entry.statement = to_json(request);
    line = encoded(entry);
  }
  const std::unique_ptr<Line> fresh = lab.fresh_line("alice");
  lab.lie(forged_log(lab, entries));

  const auto shown = custodian::inspect(fresh->follower, asked.id(), lab.clock.now());

  ASSERT_FALSE(shown);
  EXPECT_EQ(shown.error().code, ErrorCode::kNotAuthentic);
}

TEST_F(ACustodianWhoIsLiedTo, AboutTheHostsEvidenceSignsNothing) {
  protocol::Evidence evidence = asked.evidence;
  evidence.host = lab.host(1).id;
  lab.lie(substituted("/v1/attachments/" + protocol::evidence_name(asked.id()),
                      copy_bytes(as_bytes(format::encode(to_json(evidence))))));

  expect_no_approval();
}

TEST_F(ACustodianWhoIsLiedTo, WithTheKeyRecordOfAnotherObjectSignsNothing) {
  lab.lie(substituted(document("key-record-0"), copy_bytes(as_bytes(other.object.key_record))));

  expect_no_approval();
}

TEST_F(ACustodianWhoIsLiedTo, WithTheLeavesOfAnotherObjectSignsNothing) {
  lab.lie(
      substituted(document("sealed-shares-0"), copy_bytes(as_bytes(other.object.sealed_shares))));

  expect_no_approval();
}

TEST_F(ACustodianWhoIsLiedTo, WithKeyRecordAndLeavesOfAnotherObjectSignsNothing) {
  const Lie record =
      substituted(document("key-record-0"), copy_bytes(as_bytes(other.object.key_record)));
  const Lie leaves =
      substituted(document("sealed-shares-0"), copy_bytes(as_bytes(other.object.sealed_shares)));
  lab.lie(
      [record, leaves](const http::Request& request, const std::function<http::Response()>& truth) {
        return record(request, [&] { return leaves(request, truth); });
      });

  expect_no_approval();
}

TEST_F(ACustodianWhoIsLiedTo, WithAKeyRecordUnderALaxerPolicySignsNothing) {
  protocol::PolicyNode root = lab.genesis().policy.root();
  root.threshold = 1;
  seal::KeyRecord lax = lab.key_record(model);
  lax.policy = must(protocol::Policy::checked(std::move(root)));
  lab.lie(substituted(document("key-record-0"), copy_bytes(as_bytes(must(encode(lax))))));

  expect_no_approval();
}

TEST_F(ACustodianWhoIsLiedTo, AboutThePurposeSignsNothing) {
  const protocol::Opening harmless = must(protocol::open_text("a harmless evaluation"));
  lab.lie(substituted("/v1/texts/" + asked.request.purpose.hex(), opening_as_json(harmless)));

  expect_no_approval();
}

TEST_F(ACustodianWhoIsLiedTo, AboutWhoAsksSignsNothing) {
  const protocol::Opening name = must(protocol::open_text("bob"));
  lab.lie(substituted("/v1/texts/" + lab.genesis().member(lab.person("dana").id())->name.hex(),
                      opening_as_json(name)));

  expect_no_approval();
}

/// Granted and redeemed honestly; then the server changes what it hands the agent.
class AnAgentWhoIsLiedTo : public testing::Test {
 protected:
  AnAgentWhoIsLiedTo() {
    must(lab.approve("alice", asked.id()));
    before_the_grant = lab.entries();
    must(lab.approve("bob", asked.id()));
    redeemed = must(lab.redeem(asked.id()));
  }
  void expect_not_opened(ErrorCode why) {
    const auto opened = lab.open(asked, redeemed);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, why) << opened.error().context;
  }

  WholeLab lab;
  SealedModel model = lab.seal("dana", small_model());
  Asked asked = lab.ask("dana", model);
  Entries before_the_grant;
  Redeemed redeemed;
};

TEST_F(AnAgentWhoIsLiedTo, OpensWhatItWasGrantedOnceTheTruthIsTold) {
  const auto opened = lab.open(asked, redeemed);

  ASSERT_TRUE(opened);
  EXPECT_EQ(must(read_all(**opened)), model.plaintext);
}

TEST_F(AnAgentWhoIsLiedTo, ByAGrantHeldBackOpensNothing) {
  lab.lie(forged_log(lab, before_the_grant));
  const std::unique_ptr<Line> fresh = lab.fresh_line("dana");
  must(fresh->follower.follow());

  const auto opened = agent::open_redeemed({fresh->follower, lab.objects(), asked.recipient.secret},
                                           redeemed.redemption, redeemed.sites);

  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kNotYet);
}

TEST_F(AnAgentWhoIsLiedTo, WithTheSiteSecretOfAnotherProposalOpensNothing) {
  const Asked other = lab.ask("dana", model);
  for (const char* name : {"alice", "bob"}) ASSERT_TRUE(lab.approve(name, other.id()));
  redeemed.sites = must(lab.redeem(other.id())).sites;

  expect_not_opened(ErrorCode::kWrongKey);
}

TEST_F(AnAgentWhoIsLiedTo, WithALeafThatNobodyVotedForOpensNothing) {
  const std::vector<seal::ResealedLeaf> again =
      resealed_leaves(lab, lab.person("alice"), model, asked);
  lab.lie(
      substituted("/v1/attachments/" + protocol::leaves_name(last_vote(lab, asked.id(), "alice")),
                  copy_bytes(as_bytes(encode(again)))));

  expect_not_opened(ErrorCode::kNotAuthentic);
}

TEST_F(AnAgentWhoIsLiedTo, WithTheLeafOfOneCustodianInPlaceOfAnothersOpensNothing) {
  lab.lie(
      substituted("/v1/attachments/" + protocol::leaves_name(last_vote(lab, asked.id(), "alice")),
                  must(lab.person("bob").follower().attachment(
                      protocol::leaves_name(last_vote(lab, asked.id(), "bob"))))));

  expect_not_opened(ErrorCode::kNotAuthentic);
}

TEST_F(AnAgentWhoIsLiedTo, WithTheKeyRecordOfAnotherObjectOpensNothing) {
  const SealedModel other = lab.seal("dana", small_model());
  must(lab.objects().put(seal::key_record_blob(model.object.object, 0, {}),
                         as_bytes(other.object.key_record), store::OnExisting::kReplace));

  expect_not_opened(ErrorCode::kNotAuthentic);
}

TEST_F(AnAgentWhoIsLiedTo, WithTheManifestOfAnotherObjectOpensNothing) {
  const SealedModel other = lab.seal("dana", small_model());
  must(lab.objects().put(seal::manifest_blob(model.object.object), as_bytes(other.object.manifest),
                         store::OnExisting::kReplace));

  expect_not_opened(ErrorCode::kNotAuthentic);
}

TEST_F(AnAgentWhoIsLiedTo, OpensNothingWithAnotherRecipientsKey) {
  asked.recipient = crypto::generate_kem(crypto::KemKind::kX25519);

  expect_not_opened(ErrorCode::kWrongKey);
}

}  // namespace
}  // namespace strongroom::promises

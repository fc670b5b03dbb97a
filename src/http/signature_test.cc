#include "http/signature.h"

#include <gtest/gtest.h>

#include "format/base64.h"
#include "http/nonce_cache.h"

namespace strongroom::http {
namespace {

constexpr UnixSeconds kCreated{1618884473};
constexpr std::int64_t kSkewSeconds = 300;
constexpr const char* kKeyName = "ab/cd:01";
constexpr const char* kNonce = "0123456789abcdef";

/// RFC 9421, appendix B.1.4: test-key-ed25519.
crypto::Ed25519Seed test_seed() {
  auto seed = from_hex("9f8362f87a484a954e6e740c5b4c0e84229139a20aa8ab56ff66586f6a7d29c5").value();
  return crypto::Ed25519Seed::take(std::span<std::uint8_t, 32>(seed.data(), 32));
}
crypto::Ed25519Public test_key() {
  return crypto::Ed25519Public::from_hex_text(
             "26b40b8f93fff3d897112f7ebc582b232dbd72517d082fe83cfb30ddce43d1bb")
      .value();
}
std::optional<crypto::Ed25519Public> lookup(std::string_view key_id) {
  return key_id == kKeyName ? std::optional(test_key()) : std::nullopt;
}

Request unsigned_post() {
  Request request;
  request.method = Method::kPost;
  request.path = "/v1/proposals/x%2Fy";
  request.query = "dry=1";
  request.body = copy_bytes(as_bytes("{\"hello\": \"world\"}"));
  return request;
}

Request signed_by_us(Request request, const std::string& nonce = kNonce) {
  const crypto::Ed25519Seed seed = test_seed();
  const Result<void> made = sign_request(request, {kKeyName, nonce, kCreated},
                                         [&](ByteView message) -> Result<crypto::Ed25519Signature> {
                                           return crypto::ed25519_sign(seed, message);
                                         });
  EXPECT_TRUE(made) << made.error().context;
  return request;
}

Result<VerifiedSigner> verified(const Request& request, UnixSeconds now = kCreated) {
  return verify_request(request, lookup, now, kSkewSeconds);
}

void expect_refused(const Request& request, UnixSeconds now = kCreated) {
  const Result<VerifiedSigner> result = verified(request, now);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kNotAuthentic);
}

/// `request` with one field replaced by what `change` makes of it.
Request with_field(Request request, std::string_view name,
                   const std::function<std::string(std::string)>& change) {
  const std::string value(request.headers.find(name).value());
  request.headers.remove(name);
  EXPECT_TRUE(request.headers.add(name, change(value)));
  return request;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos);
  return text.replace(at, from.size(), to);
}

// The figures of RFC 9421, appendix B.2.6.
TEST(ExampleOfTheRfc, VerifiesThroughOurSignatureBase) {
  Request request;
  request.method = Method::kPost;
  request.path = "/foo";
  request.query = "param=Value&Pet=dog";
  ASSERT_TRUE(request.headers.add("Host", "example.com"));
  ASSERT_TRUE(request.headers.add("Date", "Tue, 20 Apr 2021 02:07:55 GMT"));
  ASSERT_TRUE(request.headers.add("Content-Type", "application/json"));
  ASSERT_TRUE(request.headers.add("Content-Length", "18"));
  const Result<SignatureInput> input = parse_signature_input(
      "sig-b26=(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \"content-length\")"
      ";created=1618884473;keyid=\"test-key-ed25519\"");
  ASSERT_TRUE(input) << input.error().context;
  const Result<std::string> base = signature_base(request, *input);
  ASSERT_TRUE(base) << base.error().context;
  const auto signature = crypto::Ed25519Signature::from_view(
      format::from_base64("wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQ"
                          "v5lIp5WPpBKRCw==")
          .value());
  EXPECT_TRUE(crypto::ed25519_verify(test_key(), as_bytes(*base), signature.value()));
}

// Made with npm http-message-signatures 1.0.6, label and parameters as ours.
TEST(RequestSignedByAnotherImplementation, IsAcceptedWithoutABody) {
  Request request;
  request.path = "/v1/log";
  request.query = "from=3&note=a%20b";
  ASSERT_TRUE(request.headers.add(
      "Signature-Input",
      "strongroom=(\"@method\" \"@path\" \"@query\");created=1618884473;keyid=\"ab/cd:01\";"
      "nonce=\"0123456789abcdef\";alg=\"ed25519\";tag=\"strongroom\""));
  ASSERT_TRUE(request.headers.add(
      "Signature",
      "strongroom=:GgNlGmA/jH2X0GmcUQCNbiCpmkCUN0Zgeb9pRsyONmlfR95GP+jnSSEkiPg+cQ/"
      "XSfaqm2szToVPpvr1GXCjAA==:"));
  const Result<VerifiedSigner> signer = verified(request);
  ASSERT_TRUE(signer) << signer.error().context;
  EXPECT_EQ(signer->key_id, kKeyName);
  EXPECT_EQ(signer->nonce, kNonce);
  EXPECT_EQ(signer->created, kCreated);
}

TEST(RequestSignedByUs, HasTheFieldsThatAnotherImplementationMakes) {
  Request request = unsigned_post();
  request.query.clear();
  request = signed_by_us(std::move(request));
  EXPECT_EQ(request.headers.find("Content-Digest"),
            "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:");
  EXPECT_EQ(request.headers.find("Signature-Input"),
            "strongroom=(\"@method\" \"@path\" \"@query\" \"content-digest\");created=1618884473;"
            "keyid=\"ab/cd:01\";nonce=\"0123456789abcdef\";alg=\"ed25519\";tag=\"strongroom\"");
  EXPECT_EQ(request.headers.find("Signature"),
            "strongroom=:Tf/pUcKtoPVkkwp5M4Ieq0DXWzmaXiJ+FLAEuKj22iQ8wvhdvrg3vRdvW0lB3cco1Jj/"
            "Dl97ZYjMxCk8vj1QDw==:");
}

TEST(SignedRequest, Verifies) { EXPECT_TRUE(verified(signed_by_us(unsigned_post()))); }

TEST(SignedRequest, SignedAgainHoldsOneSignatureStill) {
  const Request twice = signed_by_us(signed_by_us(unsigned_post()), "another nonce 12");
  const Result<VerifiedSigner> signer = verified(twice);
  ASSERT_TRUE(signer) << signer.error().context;
  EXPECT_EQ(signer->nonce, "another nonce 12");
}

TEST(UnsignedRequest, IsRefused) { expect_refused(unsigned_post()); }

TEST(SignedRequest, WithAnotherMethodIsRefused) {
  Request request = signed_by_us(unsigned_post());
  request.method = Method::kPut;
  expect_refused(request);
}
TEST(SignedRequest, WithAnotherPathIsRefused) {
  Request request = signed_by_us(unsigned_post());
  request.path = "/v1/proposals/x/y";
  expect_refused(request);
}
TEST(SignedRequest, WithAnotherQueryIsRefused) {
  Request request = signed_by_us(unsigned_post());
  request.query = "dry=0";
  expect_refused(request);
}
TEST(SignedRequest, WithAnotherBodyIsRefused) {
  Request request = signed_by_us(unsigned_post());
  request.body.back() ^= 1;
  expect_refused(request);
}
TEST(SignedRequest, WithAnotherBodyAndItsDigestIsRefused) {
  Request request = signed_by_us(unsigned_post());
  request.body.back() ^= 1;
  request = with_field(request, "Content-Digest",
                       [&](const std::string&) { return content_digest(request.body); });
  expect_refused(request);
}
TEST(SignedRequest, WithItsBodyTakenAwayIsRefused) {
  Request request = signed_by_us(unsigned_post());
  request.body.clear();
  expect_refused(request);
}
TEST(RequestSignedWithoutABody, GivenOneIsRefused) {
  Request request = unsigned_post();
  request.body.clear();
  request = signed_by_us(std::move(request));
  request.body = copy_bytes(as_bytes("x"));
  expect_refused(request);
}
TEST(RequestSignedWithoutABody, GivenADigestIsRefused) {
  Request request = unsigned_post();
  request.body.clear();
  request = signed_by_us(std::move(request));
  ASSERT_TRUE(request.headers.add("Content-Digest", content_digest({})));
  expect_refused(request);
}
TEST(SignedRequest, WithASecondDigestFieldIsRefused) {
  Request request = signed_by_us(unsigned_post());
  ASSERT_TRUE(request.headers.add("content-digest", content_digest(as_bytes("other"))));
  expect_refused(request);
}
TEST(SignedRequest, WithASecondSignatureFieldIsRefused) {
  Request request = signed_by_us(unsigned_post());
  ASSERT_TRUE(request.headers.add("signature", *request.headers.find("Signature")));
  expect_refused(request);
}
TEST(SignedRequest, WithASecondSignatureInTheSameFieldsIsRefused) {
  Request request = signed_by_us(unsigned_post());
  request = with_field(std::move(request), "Signature-Input",
                       [](const std::string& value) { return value + ", x=();created=1"; });
  expect_refused(request);
}
TEST(SignedRequest, WithAnotherMemberInTheSignatureFieldIsRefused) {
  expect_refused(with_field(signed_by_us(unsigned_post()), "Signature",
                            [](const std::string& value) { return "x=:AAAA:, " + value; }));
}
TEST(SignedRequest, UnderAnotherLabelIsRefused) {
  Request request = with_field(
      signed_by_us(unsigned_post()), "Signature-Input",
      [](std::string value) { return replaced(std::move(value), "strongroom=", "sig1="); });
  request = with_field(std::move(request), "Signature", [](std::string value) {
    return replaced(std::move(value), "strongroom=", "sig1=");
  });
  expect_refused(request);
}
TEST(SignedRequest, WithAnotherNonceIsRefused) {
  expect_refused(
      with_field(signed_by_us(unsigned_post()), "Signature-Input",
                 [](const std::string& value) { return replaced(value, "0123", "9123"); }));
}
TEST(SignedRequest, MadeYoungerIsRefused) {
  expect_refused(
      with_field(signed_by_us(unsigned_post()), "Signature-Input",
                 [](const std::string& value) { return replaced(value, "4473", "4573"); }));
}
TEST(SignedRequest, InTheNameOfAnotherKeyIsRefused) {
  expect_refused(
      with_field(signed_by_us(unsigned_post()), "Signature-Input",
                 [](const std::string& value) { return replaced(value, "ab/cd", "ab/ce"); }));
}
TEST(SignedRequest, WithTheSignatureOfAnotherOneIsRefused) {
  const Request other = signed_by_us(unsigned_post(), "another nonce 12");
  expect_refused(with_field(signed_by_us(unsigned_post()), "Signature", [&](const std::string&) {
    return std::string(other.headers.find("Signature").value());
  }));
}
TEST(SignedRequest, IsGoodUntilTheLastSecondOfItsWindow) {
  const Request request = signed_by_us(unsigned_post());
  EXPECT_TRUE(verified(request, kCreated + kSkewSeconds));
  EXPECT_TRUE(verified(request, kCreated + -kSkewSeconds));
}
TEST(SignedRequest, TooOldIsRefused) {
  expect_refused(signed_by_us(unsigned_post()), kCreated + (kSkewSeconds + 1));
}
TEST(SignedRequest, FromTheFutureIsRefused) {
  expect_refused(signed_by_us(unsigned_post()), kCreated + -(kSkewSeconds + 1));
}

/// A good signature by a known key over something less than our shape.
Request signed_over(std::vector<std::string> components, const std::string& tag) {
  Request request = unsigned_post();
  SignatureInput input;
  input.label = kSignatureLabel;
  input.components = std::move(components);
  input.created = kCreated.value;
  input.key_id = kKeyName;
  input.nonce = kNonce;
  input.algorithm = "ed25519";
  input.tag = tag;
  EXPECT_TRUE(request.headers.add("Content-Digest", content_digest(request.body)));
  const std::string base = signature_base(request, input).value();
  const auto signature = crypto::ed25519_sign(test_seed(), as_bytes(base));
  EXPECT_TRUE(request.headers.add("Signature-Input", signature_input(input)));
  EXPECT_TRUE(
      request.headers.add("Signature", "strongroom=:" + format::to_base64(signature.view()) + ":"));
  return request;
}

TEST(GoodSignature, OverOurComponentsIsAccepted) {
  EXPECT_TRUE(
      verified(signed_over({"@method", "@path", "@query", "content-digest"}, "strongroom")));
}
TEST(GoodSignature, ThatLeavesTheBodyOutIsRefused) {
  expect_refused(signed_over({"@method", "@path", "@query"}, "strongroom"));
}
TEST(GoodSignature, ThatLeavesTheQueryOutIsRefused) {
  expect_refused(signed_over({"@method", "@path", "content-digest"}, "strongroom"));
}
TEST(GoodSignature, InAnotherOrderIsRefused) {
  expect_refused(signed_over({"@path", "@method", "@query", "content-digest"}, "strongroom"));
}
TEST(GoodSignature, MadeForAnotherProtocolIsRefused) {
  expect_refused(signed_over({"@method", "@path", "@query", "content-digest"}, "payments"));
}

TEST(SignatureInputText, ThatIsNotOneCanonicalMemberIsRefused) {
  for (const char* text : {"",
                           "x",
                           "x=",
                           "x=(",
                           "x=()x",
                           "x=();created=",
                           "x=();created=01",
                           "x=();created=+1",
                           "x=();created=1;created=1",
                           "x=();keyid=\"a\";created=1",
                           "x=();keyid=\"a",
                           "x=(\"a\"",
                           "x=(\"a\"  \"b\")",
                           "x=( \"a\")",
                           "x=(\"a\" )",
                           "x=(\"\")",
                           "x=(a)",
                           "X=()",
                           "x=();other=1",
                           "x=();keyid=\"a\\\"b\"",
                           "x=(), y=()",
                           " x=()",
                           "x=() ",
                           "x=();created=12345678901234567",
                           "x=();created=-",
                           "x=(\"a\";req)"}) {
    const Result<SignatureInput> input = parse_signature_input(text);
    ASSERT_FALSE(input) << text;
    EXPECT_EQ(input.error().code, ErrorCode::kMalformed);
  }
}
TEST(SignatureInputText, WithTooManyComponentsIsRefused) {
  std::string text = "x=(\"c0\"";
  for (int i = 1; i < 17; ++i) text += " \"c" + std::to_string(i) + "\"";
  EXPECT_FALSE(parse_signature_input(text + ")"));
}

TEST(SignatureBase, OfAPathWithALineBreakIsRefused) {
  Request request;
  request.path = "/a\n\"@query\": ?";
  SignatureInput input;
  input.components = {"@path"};
  EXPECT_EQ(signature_base(request, input).error().code, ErrorCode::kMalformed);
}
TEST(SignatureBase, ThatNamesAComponentTwiceIsRefused) {
  SignatureInput input;
  input.components = {"@path", "@path"};
  EXPECT_EQ(signature_base(Request(), input).error().code, ErrorCode::kMalformed);
}

TEST(Signing, UnderANameThatCannotBeWrittenIsRefused) {
  Request request;
  const Result<void> made =
      sign_request(request, {"a\"b", kNonce, kCreated},
                   [](ByteView) -> Result<crypto::Ed25519Signature> { return {}; });
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::kUsage);
}
TEST(Signing, WithAKeyThatDoesNotAnswerPassesItsErrorOn) {
  Request request;
  const Result<void> made = sign_request(
      request, {kKeyName, kNonce, kCreated},
      [](ByteView) -> Result<crypto::Ed25519Signature> { return fail(ErrorCode::kWrongKey, ""); });
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::kWrongKey);
}
TEST(FreshNonce, IsAnother) { EXPECT_NE(fresh_nonce(), fresh_nonce()); }

VerifiedSigner signer_with(const std::string& nonce, UnixSeconds created = kCreated,
                           const std::string& key = "k") {
  return {key, nonce, created};
}

TEST(ReplayedRequest, IsRefused) {
  NonceCache cache({}, kCreated);
  ASSERT_TRUE(cache.admit(signer_with("n"), kCreated));
  const Result<void> again = cache.admit(signer_with("n"), kCreated);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kNotAuthentic);
}
TEST(ReplayedRequest, IsRefusedInTheLastSecondOfItsWindow) {
  NonceCache cache({}, kCreated);
  ASSERT_TRUE(cache.admit(signer_with("n"), kCreated));
  EXPECT_FALSE(cache.admit(signer_with("n"), kCreated + kSkewSeconds));
}
TEST(ReplayedRequest, IsRefusedAfterTheClockIsSetBack) {
  NonceCache cache({}, kCreated);
  ASSERT_TRUE(cache.admit(signer_with("n"), kCreated));
  ASSERT_TRUE(cache.admit(signer_with("m", kCreated + 1'000), kCreated + 1'000));
  EXPECT_FALSE(cache.admit(signer_with("n"), kCreated));
}
TEST(ReplayedRequest, IsRefusedByAServerStartedSince) {
  NonceCache cache({}, kCreated + 1);
  EXPECT_FALSE(cache.admit(signer_with("n"), kCreated + 1));
}
TEST(AClockThatRanAheadAndIsRightAgain, ShutsNobodyOut) {
  NonceCache cache({}, kCreated);
  const UnixSeconds ahead = kCreated + 365 * 86'400;
  ASSERT_TRUE(cache.admit(signer_with("ahead", ahead), ahead));
  const UnixSeconds right = kCreated + 60;
  EXPECT_FALSE(cache.admit(signer_with("a", right), right));  // the second of the setting back
  EXPECT_TRUE(cache.admit(signer_with("b", right + 1), right + 1));
}
TEST(AClockThatWasAheadWhenTheServerStarted, ShutsNobodyOutOnceItIsRight) {
  NonceCache cache({}, kCreated + 86'400);
  EXPECT_FALSE(cache.admit(signer_with("a"), kCreated));
  EXPECT_TRUE(cache.admit(signer_with("b", kCreated + 1), kCreated + 1));
}
TEST(ReplayedRequest, IsRefusedAfterTheClockRanAheadAndIsRightAgain) {
  NonceCache cache({}, kCreated);
  ASSERT_TRUE(cache.admit(signer_with("n"), kCreated));
  const UnixSeconds ahead = kCreated + 86'400;
  ASSERT_TRUE(cache.admit(signer_with("ahead", ahead), ahead));  // the first nonce is forgotten
  EXPECT_FALSE(cache.admit(signer_with("n"), kCreated + 10));
  EXPECT_FALSE(cache.admit(signer_with("n"), kCreated + 11));
  EXPECT_FALSE(cache.admit(signer_with("ahead", ahead), ahead));
}
TEST(NonceOfOneKey, MayBeUsedByAnother) {
  NonceCache cache({}, kCreated);
  ASSERT_TRUE(cache.admit(signer_with("n", kCreated, "a"), kCreated));
  EXPECT_TRUE(cache.admit(signer_with("n", kCreated, "b"), kCreated));
}
TEST(NonceCacheThatIsFull, RefusesRatherThanForgets) {
  NonceCache cache({kSkewSeconds, 2, 2}, kCreated);
  ASSERT_TRUE(cache.admit(signer_with("1"), kCreated));
  ASSERT_TRUE(cache.admit(signer_with("2"), kCreated));
  const Result<void> third = cache.admit(signer_with("3", kCreated, "other"), kCreated);
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, ErrorCode::kUnavailable);
  EXPECT_FALSE(cache.admit(signer_with("1"), kCreated));
}
TEST(NonceCacheThatIsFull, HasRoomAgainWhenTheWindowIsOver) {
  NonceCache cache({kSkewSeconds, 1, 1}, kCreated);
  ASSERT_TRUE(cache.admit(signer_with("1"), kCreated));
  const UnixSeconds later = kCreated + (kSkewSeconds + 1);
  EXPECT_TRUE(cache.admit(signer_with("2", later), later));
}
TEST(KeyThatFillsItsShareOfNonces, DoesNotShutOthersOut) {
  NonceCache cache({kSkewSeconds, 10, 1}, kCreated);
  ASSERT_TRUE(cache.admit(signer_with("1", kCreated, "loud"), kCreated));
  ASSERT_FALSE(cache.admit(signer_with("2", kCreated, "loud"), kCreated));
  EXPECT_TRUE(cache.admit(signer_with("1", kCreated, "quiet"), kCreated));
}

}  // namespace
}  // namespace strongroom::http

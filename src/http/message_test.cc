#include "http/message.h"

#include <gtest/gtest.h>

#include "http/address.h"
#include "http/router.h"
#include "http/wire.h"

namespace strongroom::http {
namespace {

TEST(HeaderFields, AreFoundInAnyCase) {
  Headers headers;
  ASSERT_TRUE(headers.add("Content-Type", "a"));
  EXPECT_EQ(headers.find("content-TYPE"), "a");
}
TEST(HeaderFields, GivenTwiceAreNotFound) {
  Headers headers;
  ASSERT_TRUE(headers.add("X", "1"));
  ASSERT_TRUE(headers.add("x", "2"));
  EXPECT_EQ(headers.find("X"), std::nullopt);
  EXPECT_EQ(headers.count("X"), 2u);
}
TEST(HeaderFields, WithLineBreaksAreRefused) {
  Headers headers;
  EXPECT_EQ(headers.add("X", "a\r\nY: b").error().code, ErrorCode::kMalformed);
  EXPECT_EQ(headers.add("X\r\nY", "b").error().code, ErrorCode::kMalformed);
  EXPECT_EQ(headers.add("", "b").error().code, ErrorCode::kMalformed);
}
TEST(HeaderFields, BeyondTheirBoundAreRefused) {
  Headers headers;
  for (std::size_t i = 0; i < kHeaderFieldsMax; ++i) ASSERT_TRUE(headers.add("X", "1"));
  EXPECT_EQ(headers.add("X", "1").error().code, ErrorCode::kTooLarge);
  headers.remove("x");
  EXPECT_EQ(headers.add("X", std::string(kHeaderBytesMax, 'a')).error().code, ErrorCode::kTooLarge);
}

TEST(PercentEncoding, RoundTripsEveryPrintableByte) {
  std::string text;
  for (int c = ' '; c < 0x7f; ++c) text += static_cast<char>(c);
  text += "\xc3\xa9";
  EXPECT_EQ(percent_decoded(percent_encoded(text)), text);
}
TEST(PercentEncoding, BrokenOrOfAControlCharacterIsRefused) {
  for (const char* text : {"%", "%4", "%zz", "%00", "%0a", "a\nb"}) {
    EXPECT_FALSE(percent_decoded(text)) << text;
  }
}
TEST(Query, IsReadByName) {
  const Result<Texts> query = parse_query("a=1&b=x%20y&c=");
  ASSERT_TRUE(query);
  EXPECT_EQ(*query, (Texts{{"a", "1"}, {"b", "x y"}, {"c", ""}}));
  EXPECT_TRUE(parse_query("")->empty());
}
TEST(Query, ThatIsAmbiguousIsRefused) {
  for (const char* text : {"a", "=1", "a=1&a=2", "a=1&", "&a=1", "a=1&&b=2", "a=1&%61=2"}) {
    EXPECT_FALSE(parse_query(text)) << text;
  }
}

TEST(Addresses, ReadBackFromTheirText) {
  for (const Address& address :
       {Address::tcp("127.0.0.1", 8443), Address::tcp("::1", 80), Address::tcp("lab.example", 1),
        Address::unix_socket("/run/strongroom/agent.sock")}) {
    EXPECT_EQ(Address::parse(address.text()), address) << address.text();
  }
}
TEST(Addresses, OfAnotherFormAreRefused) {
  for (const char* text : {"", "localhost:80", "https://a:1", "http://a", "http://a:", "http://:1",
                           "http://a:65536", "http://a:1x", "http://a/b:1", "http://::1:1",
                           "unix:", "unix:relative", "http://a:07", "http://[a]:7"}) {
    const Result<Address> address = Address::parse(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().code, ErrorCode::kUsage);
  }
}

TEST(ErrorSentAsAResponse, ComesBackAsTheSameError) {
  const Result<Response> back = succeeded(error_response({ErrorCode::kFrozen, "a freeze"}));
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().code, ErrorCode::kFrozen);
  EXPECT_EQ(back.error().context, "a freeze");
}
TEST(ErrorSentAsAResponse, ShowsHostileTextHarmlessly) {
  const Result<Response> back =
      succeeded(error_response({ErrorCode::kRefused, "x\x1b[2J\xff\xe2\x80\xae"}));
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().code, ErrorCode::kRefused);
}
TEST(ErrorSentAsAResponse, OfAnyLengthFits) {
  const Response response = error_response({ErrorCode::kRefused, std::string(1u << 20, '\xff')});
  EXPECT_LT(response.body.size(), 64u << 10);
  EXPECT_EQ(succeeded(response).error().code, ErrorCode::kRefused);
}
TEST(ErrorSentByAStranger, IsANetworkError) {
  const Result<Response> back = succeeded(text_response(404, "text/html", "<html>"));
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().code, ErrorCode::kNetwork);
}

TEST(RequestHead, WithAFieldThatFramesTheMessageIsRefused) {
  for (const char* name : {"Host", "content-length", "Transfer-Encoding", "Connection"}) {
    Request request;
    ASSERT_TRUE(request.headers.add(name, "1"));
    EXPECT_EQ(request_head(request, "h").error().code, ErrorCode::kMalformed) << name;
  }
}
TEST(RequestHead, WithATargetThatIsNoneIsRefused) {
  for (const char* path : {"", "a", "/a b", "/a?b", "/a#b", "/a\r\nX: y", "/%", "/%zz", "/\xff"}) {
    Request request;
    request.path = path;
    EXPECT_EQ(request_head(request, "h").error().code, ErrorCode::kMalformed) << path;
  }
}
TEST(ResponseHead, LeavesFramingToTheServer) {
  Response response;
  ASSERT_TRUE(response.headers.add("Content-Length", "999"));
  EXPECT_EQ(response_head(response, 3, true), "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n");
}

Response nothing(const Request&) { return {}; }

Router some_routes() {
  Router router;
  router.add(Method::kGet, "/v1/proposals/{id}", nothing);
  router.add(Method::kDelete, "/v1/proposals/{id}", nothing);
  router.add(Method::kGet, "/log/{path...}", nothing);
  router.add(Method::kGet, "/", nothing);
  return router;
}

TEST(Route, WithACaptureGivesTheDecodedSegment) {
  const Router router = some_routes();
  const auto match = router.match("GET", "/v1/proposals/a%20b");
  ASSERT_TRUE(std::holds_alternative<Router::Match>(match));
  EXPECT_EQ(std::get<Router::Match>(match).segments, (Texts{{"id", "a b"}}));
}
TEST(Route, WithARestGivesAllOfIt) {
  const Router router = some_routes();
  const auto match = router.match("GET", "/log/tile/0/x001/067.p/3");
  ASSERT_TRUE(std::holds_alternative<Router::Match>(match));
  EXPECT_EQ(std::get<Router::Match>(match).segments, (Texts{{"path", "tile/0/x001/067.p/3"}}));
}
TEST(Route, ThatIsNotThereAnswers404) {
  const Router router = some_routes();
  for (const char* path : {"/v1", "/v1/proposals", "/v1/proposals/", "/v1/proposals/a/b", "/log",
                           "/V1/proposals/a", "//"}) {
    const auto match = router.match("GET", path);
    ASSERT_TRUE(std::holds_alternative<Response>(match)) << path;
    EXPECT_EQ(std::get<Response>(match).status, 404) << path;
  }
}
TEST(Route, ThatTakesOtherMethodsAnswers405AndNamesThem) {
  const Router router = some_routes();
  const auto match = router.match("PATCH", "/v1/proposals/a");
  ASSERT_TRUE(std::holds_alternative<Response>(match));
  EXPECT_EQ(std::get<Response>(match).status, 405);
  EXPECT_EQ(std::get<Response>(match).headers.find("Allow"), "GET, DELETE");
}
TEST(Route, NeverLetsAPathClimb) {
  const Router router = some_routes();
  for (const char* path : {"/log/..", "/log/a/../b", "/log/%2e%2e/b", "/log/a%2Fb", "/log/a//b",
                           "/log/a%00", "/v1/proposals/..", "/v1/proposals/%2F", "/log/a/"}) {
    const auto match = router.match("GET", path);
    ASSERT_TRUE(std::holds_alternative<Response>(match)) << path;
    EXPECT_EQ(std::get<Response>(match).status, 400) << path;
  }
}

}  // namespace
}  // namespace strongroom::http

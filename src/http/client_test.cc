#include "http/client.h"

#include <gtest/gtest.h>

#include "http/raw_peer_for_test.h"
#include "http/server.h"

namespace strongroom::http {
namespace {

const Address kAnyPort = Address::tcp("127.0.0.1", 0);

Router routes() {
  Router router;
  router.add(Method::kGet, "/",
             [](const Request&) { return text_response(200, "text/plain", "here"); });
  return router;
}

Error error_against(const std::string& answer, const ClientOptions& options = {}) {
  const FixedServer server(answer);
  const Result<Response> response = Client(server.address(), options).send({});
  EXPECT_FALSE(response);
  return response ? Error{} : response.error();
}

TEST(ServerThatIsAway, IsANetworkErrorThatSaysWhatToDo) {
  const Address address = listen_on(kAnyPort, 0600).value().address;  // closed again at once
  const Result<Response> response = Client(address).send({});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::kNetwork);
  EXPECT_NE(response.error().context.find(address.text()), std::string::npos);
  EXPECT_NE(response.error().context.find("is it started"), std::string::npos);
}
TEST(UnixSocketThatIsAway, IsANetworkError) {
  const TemporaryDirectory directory;
  const Result<Response> response = Client(Address::unix_socket(directory.file("s"))).send({});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::kNetwork);
}
TEST(HostThatDoesNotExist, IsANetworkError) {
  const Result<Response> response = Client(Address::tcp("no.such.host.invalid", 1)).send({});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::kNetwork);
}

TEST(Answer, OverTheClientsBoundIsRefused) {
  EXPECT_EQ(error_against("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n12345678901",
                          {.response_bytes_max = 10})
                .code,
            ErrorCode::kTooLarge);
}
TEST(Answer, WithoutALengthIsBoundToo) {
  EXPECT_EQ(error_against("HTTP/1.1 200 OK\r\n\r\n12345678901", {.response_bytes_max = 10}).code,
            ErrorCode::kTooLarge);
}
TEST(Answer, ThatBreaksOffIsANetworkErrorThatWarnsOfRepetition) {
  const Error error = error_against("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n123");
  EXPECT_EQ(error.code, ErrorCode::kNetwork);
  EXPECT_NE(error.context.find("may have acted"), std::string::npos);
}
TEST(Answer, ThatIsNotHttpIsRefused) {
  EXPECT_EQ(error_against("SSH-2.0-OpenSSH\r\n\r\n").code, ErrorCode::kMalformed);
}
TEST(Answer, WithAHeaderWithoutEndIsRefused) {
  EXPECT_EQ(error_against("HTTP/1.1 200 OK\r\nX: " + std::string(1u << 20, 'a')).code,
            ErrorCode::kMalformed);
}
TEST(Answer, WithTooManyFieldsIsRefused) {
  std::string answer = "HTTP/1.1 200 OK\r\n";
  for (std::size_t i = 0; i <= kHeaderFieldsMax; ++i) answer += "X: a\r\n";
  EXPECT_EQ(error_against(answer + "Content-Length: 0\r\n\r\n").code, ErrorCode::kMalformed);
}
TEST(AnswerThatNeverComes, IsANetworkError) {
  const ListeningSocket silent = listen_on(kAnyPort, 0600).value();
  const ClientOptions options{.exchange_timeout = std::chrono::milliseconds(50)};
  const Result<Response> response = Client(silent.address, options).send({});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::kNetwork);
}

TEST(ServerThatWasRestarted, IsFoundAgain) {
  auto server = Server::start(kAnyPort, routes(), {}).value();
  const Address address = server->address();
  Client client(address);
  ASSERT_TRUE(client.send({}));
  server->stop();
  server = Server::start(address, routes(), {}).value();
  const Result<Response> response = client.send({});
  ASSERT_TRUE(response) << response.error().context;
  EXPECT_EQ(as_text(response->body), "here");
}
TEST(RequestThatIsNoHttp, IsRefusedBeforeItIsSent) {
  Request request;
  request.path = "/ HTTP/1.1\r\nX: y";
  const Result<Response> response = Client(kAnyPort).send(request);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::kMalformed);
}
TEST(ClientThatWasMoved, SendsAsBefore) {
  const auto server = Server::start(kAnyPort, routes(), {}).value();
  Client first(server->address());
  Client second = std::move(first);
  EXPECT_TRUE(second.send({}));
}

}  // namespace
}  // namespace strongroom::http

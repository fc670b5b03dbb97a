#include "http/server.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <stdexcept>

#include "base/mutex.h"
#include "http/client.h"
#include "http/raw_peer_for_test.h"

namespace strongroom::http {
namespace {

const Address kAnyPort = Address::tcp("127.0.0.1", 0);
constexpr std::chrono::milliseconds kSoon{50};
constexpr std::chrono::hours kNever{1};

Response echo(const Request& request) {
  Response response;
  response.body = request.body;
  EXPECT_TRUE(response.headers.add("X-Seen", request.path + "?" + request.query));
  return response;
}

Router routes() {
  Router router;
  router.add(Method::kPost, "/echo", echo, {.body_bytes_max = 100'000});
  router.add(Method::kGet, "/echo/{name}", [](const Request& request) {
    return text_response(200, "text/plain", request.segments.at("name"));
  });
  router.add(Method::kGet, "/throws",
             [](const Request&) -> Response { throw std::runtime_error("private words"); });
  return router;
}

std::unique_ptr<Server> started(Router router = routes(), const ServerOptions& options = {},
                                const Address& listen = kAnyPort) {
  Result<std::unique_ptr<Server>> server = Server::start(listen, std::move(router), options);
  EXPECT_TRUE(server) << server.error().context;
  return std::move(*server);
}

Request post(std::string_view body) {
  Request request;
  request.method = Method::kPost;
  request.path = "/echo";
  request.body = copy_bytes(as_bytes(body));
  return request;
}
Request get(std::string path) {
  Request request;
  request.path = std::move(path);
  return request;
}

/// What the server answers to `bytes`, until it closes.
std::string answer_to(const Server& server, std::string_view bytes) {
  RawPeer peer(server.address());
  peer.send(bytes);
  return peer.read_all();
}
std::string status_line(const std::string& answer) { return answer.substr(0, answer.find("\r\n")); }

TEST(SimpleRequest, RoundTrips) {
  const auto server = started();
  Client client(server->address());
  Request request = post("hello");
  request.query = "a=1";
  const Result<Response> response = client.send(request);
  ASSERT_TRUE(response) << response.error().context;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(as_text(response->body), "hello");
  EXPECT_EQ(response->headers.find("x-seen"), "/echo?a=1");
}
TEST(SimpleRequest, GivesTheHandlerItsDecodedSegment) {
  const auto server = started();
  Client client(server->address());
  const Result<Response> response = client.send(get("/echo/a%20b"));
  ASSERT_TRUE(response) << response.error().context;
  EXPECT_EQ(as_text(response->body), "a b");
}
TEST(SimpleRequest, OverTcpHasNoPeerIdentity) {
  Router router;
  router.add(Method::kGet, "/", [](const Request& request) {
    return text_response(request.peer ? 500 : 200, "text/plain", "");
  });
  const auto server = started(std::move(router));
  EXPECT_EQ(Client(server->address()).send(get("/"))->status, 200);
}

TEST(Body, OfExactlyTheRoutesBoundIsTaken) {
  const auto server = started();
  const Result<Response> response = Client(server->address()).send(post(std::string(100'000, 'x')));
  ASSERT_TRUE(response) << response.error().context;
  EXPECT_EQ(response->body.size(), 100'000u);
}
TEST(Body, OverTheRoutesBoundIsRefusedAndTheClientHearsIt) {
  const auto server = started();
  const Result<Response> response =
      Client(server->address()).send(post(std::string(4'000'000, 'x')));
  ASSERT_TRUE(response) << response.error().context;
  EXPECT_EQ(response->status, 413);
  EXPECT_EQ(succeeded(*response).error().code, ErrorCode::kTooLarge);
}
TEST(Body, InChunksIsRefused) {
  const auto server = started();
  EXPECT_EQ(status_line(answer_to(*server,
                                  "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked"
                                  "\r\n\r\n0\r\n\r\n")),
            "HTTP/1.1 411 Length Required");
}
TEST(Body, WithTwoLengthsIsRefused) {
  const auto server = started();
  EXPECT_EQ(status_line(answer_to(*server,
                                  "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n"
                                  "Content-Length: 2\r\n\r\nab")),
            "HTTP/1.1 400 Bad Request");
}
TEST(Body, WithALengthAndChunksIsRefused) {
  const auto server = started();
  const std::string answer =
      answer_to(*server,
                "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n"
                "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /echo/x HTTP/1.1\r\n\r\n");
  EXPECT_EQ(answer.substr(0, 10), "HTTP/1.1 4");
  EXPECT_EQ(answer.find("HTTP/1.1", 1), std::string::npos);
}
TEST(Body, ThatIsAnnouncedIsAskedFor) {
  const auto server = started();
  RawPeer peer(server->address());
  peer.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_TRUE(peer.read_until("HTTP/1.1 100 Continue\r\n\r\n"));
  peer.send("ab");
  EXPECT_TRUE(peer.read_until("\r\n\r\nab"));
}

TEST(PeerThatNeverEndsItsHeader, IsCutOff) {
  const auto server = started(routes(), {.idle_timeout = kNever, .header_timeout = kSoon});
  EXPECT_EQ(answer_to(*server, "GET /echo/x HTTP/1.1\r\nHost: "), "");
}
TEST(PeerThatNeverEndsItsBody, IsCutOff) {
  const auto server =
      started(routes(), {.idle_timeout = kNever, .header_timeout = kNever, .body_timeout = kSoon});
  EXPECT_EQ(answer_to(*server, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\na"), "");
}
TEST(PeerThatNeverSpeaks, IsCutOff) {
  const auto server = started(routes(), {.idle_timeout = kSoon});
  EXPECT_EQ(answer_to(*server, ""), "");
}
TEST(PeerThatNeverReads, IsCutOffAtStop) {
  Router router;
  router.add(Method::kGet, "/big", [](const Request&) {
    Response response;
    response.body.resize(64u << 20);
    return response;
  });
  const auto server = started(std::move(router), {.body_timeout = kNever, .stop_timeout = kSoon});
  RawPeer peer(server->address());
  peer.send("GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(peer.read_until("\r\n\r\n"));
  server->stop();
  EXPECT_LT(peer.read_all().size(), 64u << 20);
}

TEST(PipelinedGarbage, IsRefusedAfterTheGoodRequestIsAnswered) {
  const auto server = started();
  const std::string answer =
      answer_to(*server, "GET /echo/first HTTP/1.1\r\nHost: h\r\n\r\n\x01\x02\x03 rubbish\r\n\r\n");
  EXPECT_EQ(status_line(answer), "HTTP/1.1 200 OK");
  const std::size_t second = answer.find("HTTP/1.1", 1);
  ASSERT_NE(second, std::string::npos);
  EXPECT_EQ(status_line(answer.substr(second)), "HTTP/1.1 400 Bad Request");
}
TEST(PipelinedRequests, AreAnsweredInOrder) {
  const auto server = started();
  const std::string answer = answer_to(*server,
                                       "GET /echo/first HTTP/1.1\r\nHost: h\r\n\r\n"
                                       "GET /echo/second HTTP/1.1\r\nHost: h\r\n"
                                       "Connection: close\r\n\r\n");
  EXPECT_NE(answer.find("first"), std::string::npos);
  EXPECT_GT(answer.find("second"), answer.find("first"));
  EXPECT_NE(answer.find("second"), std::string::npos);
}

TEST(Header, OverItsBoundIsRefused) {
  const auto server = started();
  EXPECT_EQ(status_line(answer_to(*server, "GET /echo/x HTTP/1.1\r\nHost: h\r\nX: " +
                                               std::string(kHeaderBytesMax, 'a') + "\r\n\r\n")),
            "HTTP/1.1 431 Request Header Fields Too Large");
}
TEST(Header, WithTooManyFieldsIsRefused) {
  const auto server = started();
  std::string head = "GET /echo/x HTTP/1.1\r\nHost: h\r\n";
  for (std::size_t i = 0; i < kHeaderFieldsMax; ++i) head += "X: a\r\n";
  EXPECT_EQ(status_line(answer_to(*server, head + "\r\n")),
            "HTTP/1.1 431 Request Header Fields Too Large");
}
TEST(Header, WithoutAHostIsRefused) {
  const auto server = started();
  EXPECT_EQ(status_line(answer_to(*server, "GET /echo/x HTTP/1.1\r\n\r\n")),
            "HTTP/1.1 400 Bad Request");
}
TEST(Header, OfAnOlderVersionIsRefused) {
  const auto server = started();
  EXPECT_EQ(status_line(answer_to(*server, "GET /echo/x HTTP/1.0\r\nHost: h\r\n\r\n")),
            "HTTP/1.1 505 HTTP Version Not Supported");
}
TEST(Header, WithAWholeUriIsRefused) {
  const auto server = started();
  EXPECT_EQ(status_line(answer_to(*server, "GET http://h/echo/x HTTP/1.1\r\nHost: h\r\n\r\n")),
            "HTTP/1.1 400 Bad Request");
}
TEST(Header, WithAMethodUnknownHereIsRefused) {
  const auto server = started();
  EXPECT_EQ(status_line(answer_to(*server, "HEAD /echo/x HTTP/1.1\r\nHost: h\r\n\r\n")),
            "HTTP/1.1 405 Method Not Allowed");
}

TEST(PathThatIsNotThere, Answers404AsJson) {
  const auto server = started();
  const Result<Response> response = Client(server->address()).send(get("/nowhere"));
  ASSERT_TRUE(response) << response.error().context;
  EXPECT_EQ(response->status, 404);
  EXPECT_EQ(response->headers.find("Content-Type"), "application/json");
  EXPECT_EQ(succeeded(*response).error().code, ErrorCode::kNotFound);
}
TEST(PathThatTakesOtherMethods, Answers405AndNamesThem) {
  const auto server = started();
  const Result<Response> response = Client(server->address()).send(get("/echo"));
  ASSERT_TRUE(response) << response.error().context;
  EXPECT_EQ(response->status, 405);
  EXPECT_EQ(response->headers.find("Allow"), "POST");
}
TEST(HandlerThatThrows, Answers500AndKeepsItsWordsToItself) {
  const auto server = started();
  const Result<Response> response = Client(server->address()).send(get("/throws"));
  ASSERT_TRUE(response) << response.error().context;
  EXPECT_EQ(response->status, 500);
  EXPECT_EQ(as_text(response->body).find("private"), std::string_view::npos);
}

/// A file of `bytes` letters, open for reading.
std::shared_ptr<const OpenFile> file_of(const TemporaryDirectory& directory, std::size_t bytes) {
  std::string text(bytes, 'x');
  for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>('a' + i % 26);
  std::ofstream(directory.file("body"), std::ios::binary) << text;
  return std::make_shared<const OpenFile>(::open(directory.file("body").c_str(), O_RDONLY));
}
Result<Response> range_sent(const FileRange& range) {
  Router router;
  router.add(Method::kGet, "/", [&](const Request&) {
    Response response;
    response.file = range;
    return response;
  });
  const auto server = started(std::move(router));
  return Client(server->address()).send(get("/"));
}

TEST(FileRangeAsBody, ArrivesWhole) {
  const TemporaryDirectory directory;
  const Result<Response> response = range_sent({file_of(directory, 1'000'000), 26, 900'000});
  ASSERT_TRUE(response) << response.error().context;
  ASSERT_EQ(response->body.size(), 900'000u);
  EXPECT_EQ(as_text(response->body).substr(0, 3), "abc");
  EXPECT_EQ(response->body.back(), static_cast<std::uint8_t>('a' + (26 + 900'000 - 1) % 26));
}
TEST(FileRangeAsBody, OfAFileThatGotShorterIsABrokenAnswer) {
  const TemporaryDirectory directory;
  const Result<Response> response = range_sent({file_of(directory, 1'000), 0, 2'000});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::kNetwork);
}

TEST(UnixSocket, TellsTheHandlerWhoIsThere) {
  const TemporaryDirectory directory;
  Router router;
  router.add(Method::kGet, "/", [](const Request& request) {
    const bool is_me = request.peer && request.peer->uid == ::getuid() &&
                       request.peer->gid == ::getgid() && request.peer->pid == ::getpid();
    return text_response(is_me ? 200 : 500, "text/plain", "");
  });
  const Address address = Address::unix_socket(directory.file("s"));
  const auto server = started(std::move(router), {}, address);
  const Result<Response> response = Client(address).send(get("/"));
  ASSERT_TRUE(response) << response.error().context;
  EXPECT_EQ(response->status, 200);
}
TEST(UnixSocket, HasTheModeAskedFor) {
  const TemporaryDirectory directory;
  const auto server =
      started(routes(), {.unix_mode = 0660}, Address::unix_socket(directory.file("s")));
  struct stat there {};
  ASSERT_EQ(::stat(directory.file("s").c_str(), &there), 0);
  EXPECT_EQ(there.st_mode & 0777u, 0660u);
}
TEST(UnixSocket, IsRemovedAtTheEnd) {
  const TemporaryDirectory directory;
  started(routes(), {}, Address::unix_socket(directory.file("s")))->stop();
  EXPECT_FALSE(std::filesystem::exists(directory.file("s")));
}
TEST(UnixSocket, ThatNobodyAnswersIsReplaced) {
  const TemporaryDirectory directory;
  const Address address = Address::unix_socket(directory.file("s"));
  { const ListeningSocket left_behind = listen_on(address, 0600).value(); }
  ASSERT_TRUE(std::filesystem::exists(directory.file("s")));
  const auto server = started(routes(), {}, address);
  EXPECT_EQ(Client(address).send(get("/echo/x"))->status, 200);
}
TEST(UnixSocket, ThatAnotherServerAnswersIsNotReplaced) {
  const TemporaryDirectory directory;
  const Address address = Address::unix_socket(directory.file("s"));
  const auto first = started(routes(), {}, address);
  const auto second = Server::start(address, routes(), {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(Client(address).send(get("/echo/x"))->status, 200);
}
TEST(UnixSocket, NeverReplacesAFile) {
  const TemporaryDirectory directory;
  std::ofstream(directory.file("s")) << "precious";
  const auto server = Server::start(Address::unix_socket(directory.file("s")), routes(), {});
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(std::filesystem::file_size(directory.file("s")), 8u);
}
TEST(UnixSocket, WithAPathTooLongIsRefused) {
  const auto server =
      Server::start(Address::unix_socket("/tmp/" + std::string(200, 'a')), routes(), {});
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, ErrorCode::kUsage);
}

TEST(Port, ThatIsTakenIsSaidPlainly) {
  const auto first = started();
  const auto second = Server::start(first->address(), routes(), {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kAlreadyExists);
  EXPECT_NE(second.error().context.find(std::to_string(first->address().port)), std::string::npos);
}
TEST(Port, BeyondThisMachineIsRefused) {
  const auto server = Server::start(Address::tcp("0.0.0.0", 0), routes(), {});
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, ErrorCode::kUsage);
}

TEST(Stop, WithAnIdleConnectionClosesIt) {
  const auto server = started(routes(), {.idle_timeout = kNever});
  RawPeer peer(server->address());
  peer.send("GET /echo/x HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(peer.read_until("\r\n\r\nx"));
  server->stop();
  EXPECT_EQ(status_line(peer.read_all()), "HTTP/1.1 200 OK");
}
TEST(Stop, WithHalfARequestCutsItOff) {
  const auto server =
      started(routes(), {.idle_timeout = kNever, .header_timeout = kNever, .stop_timeout = kSoon});
  RawPeer peer(server->address());
  peer.send("GET /echo/x HTTP/1.1\r\nHost: h\r\n\r\nGET /");
  ASSERT_TRUE(peer.read_until("\r\n\r\nx"));
  server->stop();
  EXPECT_EQ(status_line(peer.read_all()), "HTTP/1.1 200 OK");
}
TEST(Stop, LetsARequestInFlightFinish) {
  std::promise<void> entered;
  std::promise<void> released;
  Router router;
  router.add(Method::kGet, "/", [&](const Request&) {
    entered.set_value();
    released.get_future().wait();
    return text_response(200, "text/plain", "finished");
  });
  const auto server = started(std::move(router), {.stop_timeout = kNever});
  std::thread stopping;
  std::thread releasing([&] {
    entered.get_future().wait();
    stopping = std::thread([&] { server->stop(); });
    // Once nobody can connect, stopping has begun.
    while (RawPeer(server->address()).is_connected()) {
    }
    released.set_value();
  });
  const Result<Response> response = Client(server->address()).send(get("/"));
  releasing.join();
  stopping.join();
  ASSERT_TRUE(response) << response.error().context;
  EXPECT_EQ(as_text(response->body), "finished");
}
TEST(Stop, LeavesThePortToTheNextServer) {
  const auto first = started();
  const Address address = first->address();
  first->stop();
  const auto second = started(routes(), {}, address);
  EXPECT_EQ(Client(address).send(get("/echo/x"))->status, 200);
}

/// Blocks its handlers until told, and says when one has begun.
class Gate {
 public:
  Response pass(const Request&) {
    const Lock lock(mutex_);
    ++inside_;
    changed_.notify_all();
    while (!open_) changed_.wait(mutex_);
    return {};
  }
  void await_one_inside() {
    const Lock lock(mutex_);
    while (inside_ == 0) changed_.wait(mutex_);
  }
  void open() {
    const Lock lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  Mutex mutex_;
  Condition changed_;
  int inside_ GUARDED_BY(mutex_) = 0;
  bool open_ GUARDED_BY(mutex_) = false;
};

Router gated(Gate& gate, bool waits) {
  Router router = routes();
  router.add(Method::kGet, "/gate", [&gate](const Request& request) { return gate.pass(request); },
             {.waits = waits});
  return router;
}

TEST(WorkersAndTheirQueueFull, AnotherRequestIsAnswered503) {
  Gate gate;
  const auto server = started(gated(gate, false), {.workers = 1, .queue_max = 0});
  std::thread occupying([&] { EXPECT_TRUE(Client(server->address()).send(get("/gate"))); });
  gate.await_one_inside();
  const Result<Response> response = Client(server->address()).send(get("/echo/x"));
  gate.open();
  occupying.join();
  ASSERT_TRUE(response) << response.error().context;
  EXPECT_EQ(response->status, 503);
  EXPECT_EQ(succeeded(*response).error().code, ErrorCode::kUnavailable);
}
TEST(RequestsThatWait, LeaveTheWorkersFree) {
  Gate gate;
  const auto server = started(gated(gate, true), {.workers = 1, .queue_max = 0, .waiters = 1});
  std::thread waiting([&] { EXPECT_TRUE(Client(server->address()).send(get("/gate"))); });
  gate.await_one_inside();
  const Result<Response> response = Client(server->address()).send(get("/echo/x"));
  gate.open();
  waiting.join();
  ASSERT_TRUE(response) << response.error().context;
  EXPECT_EQ(response->status, 200);
}
TEST(ConnectionOverTheCap, IsAnswered503AndClosed) {
  const auto server = started(routes(), {.connections_max = 1});
  Client first(server->address());
  ASSERT_TRUE(first.send(get("/echo/x")));
  RawPeer second(server->address());
  EXPECT_EQ(status_line(second.read_all()), "HTTP/1.1 503 Service Unavailable");
  EXPECT_TRUE(first.send(get("/echo/x")));
}
TEST(ConnectionOfAClient, IsKeptBetweenRequests) {
  const auto server = started(routes(), {.connections_max = 1});
  Client client(server->address());
  ASSERT_TRUE(client.send(get("/echo/x")));
  const Result<Response> again = client.send(post("still here"));
  ASSERT_TRUE(again) << again.error().context;
  EXPECT_EQ(again->status, 200);
}

}  // namespace
}  // namespace strongroom::http

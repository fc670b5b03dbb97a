// The one file that includes Boost: each costs about ten seconds and most of a gigabyte to compile.
#if defined(__clang__) && !defined(__cpp_impl_coroutine)
// clang 14 has C++20 coroutines and does not say so; libstdc++ and Asio both ask.
#define __cpp_impl_coroutine 201902L
#endif
// One thread runs each io_context, so handlers need no fences; g++'s TSan does not know them.
#define BOOST_ASIO_DISABLE_FENCED_BLOCK

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <set>
#include <thread>

#include "http/client.h"
#include "http/server.h"
#include "http/sockets.h"
#include "http/wire.h"
#include "http/worker_pool.h"

namespace strongroom::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;

using Executor = asio::io_context::executor_type;
using Protocol = asio::generic::stream_protocol;  // TCP and Unix sockets alike
using Stream = beast::basic_stream<Protocol, Executor>;
template <class T = void>
using Task = asio::awaitable<T, Executor>;
using Timer = asio::steady_timer::rebind_executor<Executor>::other;
using Socket = Protocol::socket::rebind_executor<Executor>::other;
using Token = asio::as_tuple_t<asio::use_awaitable_t<Executor>>;  // errors come back as values
using Body = wire::vector_body<std::uint8_t>;
// g++ 12 destroys some temporaries of an expression with co_await twice: what such an expression
// uses is a variable, or trivial.
using Milliseconds = std::chrono::milliseconds;

constexpr std::size_t kBufferBytes = 64u << 10;
constexpr std::size_t kFilePieceBytes = 256u << 10;
constexpr std::size_t kLingerBytesMax = 8u << 20;
constexpr Milliseconds kLinger{2'000}, kAcceptPause{100};
constexpr std::string_view kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::uint64_t kBytesPerMillisecondMin = 64;  // 64 KiB/s, about

std::string_view text_of(beast::string_view text) { return {text.data(), text.size()}; }

/// A body may take the set time, and longer by what its size takes at a slow but honest rate.
Milliseconds body_time(Milliseconds base, std::uint64_t bytes) {
  return base + Milliseconds(static_cast<std::int64_t>(bytes / kBytesPerMillisecondMin));
}

Result<void> copy_fields(const wire::fields& from, Headers& to) {
  for (const auto& field : from) {
    RETURN_IF_ERROR(to.add(text_of(field.name_string()), text_of(field.value())));
  }
  return {};
}

Task<beast::error_code> write_both(Stream& stream, const std::string& first, const Bytes& second) {
  const std::array<asio::const_buffer, 2> buffers = {asio::buffer(first), asio::buffer(second)};
  const auto written = co_await asio::async_write(stream, buffers, Token{});
  co_return std::get<0>(written);
}

/// Lets the peer read our last words: closing on unread bytes would throw them away.
Task<> linger(Stream& stream) {
  beast::error_code ignored;
  stream.socket().shutdown(asio::socket_base::shutdown_send, ignored);
  stream.expires_after(kLinger);
  std::vector<std::uint8_t> sink(kBufferBytes);
  for (std::size_t taken = 0; taken < kLingerBytesMax;) {
    const auto read = co_await stream.async_read_some(asio::buffer(sink), Token{});
    if (std::get<0>(read)) co_return;
    taken += std::get<1>(read);
  }
}

struct Session {
  explicit Session(Socket socket) : stream(std::move(socket)) {}
  Stream stream;
  beast::flat_buffer buffer{kHeaderBytesMax + kBufferBytes};
  std::optional<UnixPeer> peer;
  bool idle = true;
};

using RequestParser = wire::request_parser<Body>;

/// What the header says, or the answer that refuses it.
std::variant<Request, Response> request_of(const RequestParser& parser) {
  const auto& head = parser.get();
  if (head.version() != 11) {
    return error_response(505, {ErrorCode::kMalformed, "only HTTP/1.1 is spoken here"});
  }
  if (head.count(wire::field::transfer_encoding) != 0) {
    return error_response(411, {ErrorCode::kMalformed, "a body comes with its Content-Length"});
  }
  Request request;
  const Result<void> fields = copy_fields(head, request.headers);
  if (!fields) return error_response(431, fields.error());
  if (request.headers.count("Host") != 1) {
    return error_response({ErrorCode::kMalformed, "a request has exactly one Host field"});
  }
  const Result<void> target = set_target(request, text_of(head.target()));
  if (!target) return error_response(400, target.error());
  return request;
}

bool is_of_http(const beast::error_code& error) {
  return error.category() == make_error_code(wire::error::bad_method).category() &&
         error != wire::error::end_of_stream && error != wire::error::partial_message;
}

/// Nothing: there is nobody to answer.
std::optional<Response> refusal_of(const beast::error_code& error) {
  if (!is_of_http(error)) return std::nullopt;
  const bool large = error == wire::error::header_limit || error == wire::error::buffer_overflow;
  return error_response(large ? 431 : 400, {ErrorCode::kMalformed,
                                            "not HTTP as it is spoken here: " + error.message()});
}

Response too_large(std::size_t bytes_max) {
  return error_response(
      {ErrorCode::kTooLarge, fmt::format("a body here has at most {} bytes", bytes_max)});
}

}  // namespace

class Server::Core {
 public:
  Core(ListeningSocket listening, Router router, const ServerOptions& options)
      : listening_(std::move(listening)),
        router_(std::move(router)),
        options_(options),
        workers_(options.workers, options.queue_max),
        waiters_(options.waiters, 0),
        open_(asio::make_work_guard(io_)),
        listener_(io_, listening_.descriptor.release()),
        pause_(io_),
        cut_(io_) {
    asio::co_spawn(io_, accept(), asio::detached);
    network_ = std::thread([this] { io_.run(); });
  }
  ~Core() { stop(); }
  [[nodiscard]] const Address& address() const { return listening_.address; }

  void stop() {
    if (!network_.joinable()) return;
    asio::post(io_, [this] { begin_stop(); });
    network_.join();
    workers_.stop();
    waiters_.stop();
    remove_socket_file(listening_);
  }

 private:
  // All of these run on the network thread.
  void begin_stop();
  Task<> accept();
  void admit(Descriptor connected);
  Task<> serve(std::shared_ptr<Session> session);
  Task<bool> exchange(Session& session);
  Task<bool> read_body(Session& session, RequestParser& parser);
  Task<Response> handle(const Router::Route& route, Request& request);
  Task<bool> answer(Session& session, const Response& response, bool keep_alive);
  Task<bool> refuse(Session& session, const Response& response);
  Task<beast::error_code> send_file(Session& session, const FileRange& range);
  void end(const std::shared_ptr<Session>& session);

  ListeningSocket listening_;
  const Router router_;
  const ServerOptions options_;
  WorkerPool workers_;
  WorkerPool waiters_;
  asio::io_context io_{1};
  std::optional<asio::executor_work_guard<Executor>> open_;  // let go when the last session ends
  asio::posix::basic_stream_descriptor<Executor> listener_;
  Timer pause_, cut_;
  std::set<std::shared_ptr<Session>> sessions_;
  bool stopping_ = false;
  std::atomic<bool> is_cut_{false};  // read by workers: what has not begun need not begin
  std::thread network_;
};

void Server::Core::begin_stop() {
  stopping_ = true;
  beast::error_code ignored;
  listener_.close(ignored);
  pause_.cancel();
  for (const std::shared_ptr<Session>& session : sessions_) {
    if (session->idle) session->stream.socket().close(ignored);
  }
  if (sessions_.empty()) return open_.reset();
  cut_.expires_after(options_.stop_timeout);
  cut_.async_wait([this](beast::error_code error) {
    if (error) return;
    is_cut_ = true;
    for (const std::shared_ptr<Session>& session : sessions_) session->stream.close();
  });
}

Task<> Server::Core::accept() {
  while (!stopping_) {
    const auto waited =
        co_await listener_.async_wait(asio::posix::descriptor_base::wait_read, Token{});
    if (std::get<0>(waited) || stopping_) co_return;
    Descriptor connected = accept_from(listener_.native_handle());
    if (connected.is_open()) {
      admit(std::move(connected));
    } else if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR) {
      // No descriptors or memory: wait for some, rather than spin.
      pause_.expires_after(kAcceptPause);
      co_await pause_.async_wait(Token{});
    }
  }
}

void Server::Core::admit(Descriptor connected) {
  if (sessions_.size() >= options_.connections_max) {
    // To whom it may concern: the connection closes either way.
    const std::string head = response_head(error_response(503, {}), 0, false);
    static_cast<void>(::send(connected.number(), head.data(), head.size(), MSG_NOSIGNAL));
    return;
  }
  const bool is_unix = address().is_unix();
  const std::optional<UnixPeer> peer = is_unix ? unix_peer_of(connected.number()) : std::nullopt;
  if (is_unix && !peer) return;
  Socket socket(io_);
  beast::error_code error;
  socket.assign(Protocol(is_unix ? AF_UNIX : AF_INET, 0), connected.number(), error);
  if (error) return;
  static_cast<void>(connected.release());
  auto session = std::make_shared<Session>(std::move(socket));
  session->peer = peer;
  sessions_.insert(session);
  // Whatever ends the coroutine, an exception for want of memory included, ends the session.
  asio::co_spawn(io_, serve(session), [this, session](std::exception_ptr) { end(session); });
}

void Server::Core::end(const std::shared_ptr<Session>& session) {
  session->stream.close();
  sessions_.erase(session);
  if (!stopping_ || !sessions_.empty()) return;
  cut_.cancel();
  open_.reset();
}

Task<> Server::Core::serve(std::shared_ptr<Session> session) {
  while (!stopping_) {
    if (session->buffer.size() == 0) {
      session->idle = true;
      session->stream.expires_after(options_.idle_timeout);
      const auto read = co_await session->stream.async_read_some(
          session->buffer.prepare(kHeaderBytesMax), Token{});
      session->idle = false;
      if (std::get<0>(read)) co_return;
      session->buffer.commit(std::get<1>(read));
    }
    const bool goes_on = co_await exchange(*session);
    if (!goes_on) co_return;
  }
}

Task<bool> Server::Core::exchange(Session& session) {
  RequestParser parser;
  parser.header_limit(kHeaderBytesMax);
  parser.body_limit(boost::none);  // the route's own, below
  session.stream.expires_after(options_.header_timeout);
  const auto head =
      co_await wire::async_read_header(session.stream, session.buffer, parser, Token{});
  if (const beast::error_code error = std::get<0>(head)) {
    const std::optional<Response> refused = refusal_of(error);
    if (!refused) co_return false;
    co_return co_await refuse(session, *refused);
  }
  std::variant<Request, Response> parsed = request_of(parser);
  if (const Response* refused = std::get_if<Response>(&parsed)) {
    co_return co_await refuse(session, *refused);
  }
  Request request = std::move(std::get<Request>(parsed));
  const std::string method(text_of(parser.get().method_string()));
  std::variant<Router::Match, Response> found = router_.match(method, request.path);
  if (const Response* refused = std::get_if<Response>(&found)) {
    // Its body, if it has one, stays unread.
    const bool bare = parser.content_length().value_or(0) == 0 && method_of(method).has_value();
    if (bare) co_return co_await answer(session, *refused, parser.keep_alive());
    co_return co_await refuse(session, *refused);
  }
  Router::Match match = std::move(std::get<Router::Match>(found));
  const std::size_t bytes_max = match.route->options.body_bytes_max;
  if (parser.content_length().value_or(0) > bytes_max) {
    const Response refused = too_large(bytes_max);
    co_return co_await refuse(session, refused);
  }
  const bool complete = co_await read_body(session, parser);
  if (!complete) co_return false;
  request.method = match.route->method;
  request.segments = std::move(match.segments);
  request.peer = session.peer;
  request.body = std::move(parser.get().body());
  const bool keep_alive = parser.keep_alive();
  const Response response = co_await handle(*match.route, request);
  co_return co_await answer(session, response, keep_alive && !stopping_);
}

Task<bool> Server::Core::read_body(Session& session, RequestParser& parser) {
  if (parser.is_done()) co_return true;
  session.stream.expires_after(
      body_time(options_.body_timeout, parser.content_length().value_or(0)));
  if (beast::iequals(parser.get()[wire::field::expect], "100-continue")) {
    const auto written = co_await asio::async_write(session.stream, asio::buffer(kGoOn), Token{});
    if (std::get<0>(written)) co_return false;
  }
  const auto read = co_await wire::async_read(session.stream, session.buffer, parser, Token{});
  co_return !std::get<0>(read);
}

Task<Response> Server::Core::handle(const Router::Route& route, Request& request) {
  auto exchanged = std::make_shared<std::pair<Request, Response>>(std::move(request), Response());
  WorkerPool& pool = route.options.waits ? waiters_ : workers_;
  const auto initiate = [this, &pool, &route, exchanged](auto resume) {
    auto shared = std::make_shared<decltype(resume)>(std::move(resume));
    const auto work = [this, &route, exchanged] {
      if (!is_cut_) exchanged->second = route.run(exchanged->first);
    };
    const auto deliver = [this, shared] { asio::post(io_, [shared] { std::move (*shared)(); }); };
    if (pool.submit(work, deliver)) return;
    exchanged->second =
        error_response({ErrorCode::kUnavailable, "too much to do: try again in a moment"});
    deliver();
  };
  asio::use_awaitable_t<Executor> token;
  co_await asio::async_initiate<asio::use_awaitable_t<Executor>, void()>(initiate, token);
  co_return std::move(exchanged->second);
}

Task<bool> Server::Core::answer(Session& session, const Response& response, bool keep_alive) {
  const std::uint64_t bytes = response.file ? response.file->length : response.body.size();
  const std::string head = response_head(response, bytes, keep_alive);
  session.stream.expires_after(body_time(options_.body_timeout, response.body.size()));
  const Bytes none;
  beast::error_code error =
      co_await write_both(session.stream, head, response.file ? none : response.body);
  if (!error && response.file) error = co_await send_file(session, *response.file);
  co_return !error && keep_alive;
}

Task<bool> Server::Core::refuse(Session& session, const Response& response) {
  co_await answer(session, response, false);
  co_await linger(session.stream);
  co_return false;
}

Task<beast::error_code> Server::Core::send_file(Session& session, const FileRange& range) {
  Bytes piece(static_cast<std::size_t>(std::min<std::uint64_t>(range.length, kFilePieceBytes)));
  for (std::uint64_t sent = 0; sent < range.length;) {
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(range.length - sent, piece.size()));
    const ssize_t got = ::pread(range.file->descriptor(), piece.data(), wanted,
                                static_cast<off_t>(range.offset + sent));
    // The length is promised already: all that is left is to break off.
    if (got <= 0) co_return make_error_code(boost::asio::error::broken_pipe);
    session.stream.expires_after(options_.body_timeout);
    const auto written = co_await asio::async_write(
        session.stream, asio::buffer(piece.data(), static_cast<std::size_t>(got)), Token{});
    if (std::get<0>(written)) co_return std::get<0>(written);
    sent += static_cast<std::uint64_t>(got);
  }
  co_return beast::error_code{};
}

Server::Server(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Server::~Server() = default;
const Address& Server::address() const { return core_->address(); }
void Server::stop() { core_->stop(); }

Result<std::unique_ptr<Server>> Server::start(const Address& listen, Router router,
                                              const ServerOptions& options) {
  ASSIGN_OR_RETURN(ListeningSocket listening, listen_on(listen, options.unix_mode));
  try {
    return std::unique_ptr<Server>(
        new Server(std::make_unique<Core>(std::move(listening), std::move(router), options)));
  } catch (const std::exception& error) {
    return fail(
        ErrorCode::kUnavailable,
        fmt::format("the machine gives no thread or no memory for the server: {}", error.what()));
  }
}

class Client::Core {
 public:
  Core(Address server, const ClientOptions& options)
      : server_(std::move(server)), options_(options) {}

  Result<Response> send(const Request& request) {
    const std::string host =
        server_.is_unix() ? "localhost" : server_.text().substr(std::string_view("http://").size());
    ASSIGN_OR_RETURN(const std::string head, request_head(request, host));
    if (stream_ && (buffer_.size() != 0 || is_stale(stream_->socket().native_handle()))) drop();
    if (!stream_) RETURN_IF_ERROR(connect());
    Result<Response> response = fail(ErrorCode::kInternal, "no exchange");
    run(exchange(head, request.body, response));
    if (!response) drop();
    return response;
  }
  [[nodiscard]] const Address& server() const { return server_; }

 private:
  void drop() {
    stream_.reset();
    buffer_.clear();
  }
  void run(Task<> task) {
    asio::co_spawn(io_, std::move(task), [](std::exception_ptr failed) {
      if (failed) std::rethrow_exception(failed);
    });
    io_.restart();
    io_.run();
  }
  Result<void> connect() {
    ASSIGN_OR_RETURN(const std::vector<SocketAddress> addresses, resolve(server_));
    beast::error_code error;
    for (const SocketAddress& address : addresses) {
      ASSIGN_OR_RETURN(Descriptor descriptor, socket_for(address));
      Socket socket(io_);
      socket.assign(Protocol(address.storage.ss_family, 0), descriptor.number(), error);
      if (error) continue;
      static_cast<void>(descriptor.release());
      stream_.emplace(std::move(socket));
      run(connect_to(Protocol::endpoint(&address.storage, address.bytes), error));
      if (!error) return {};
      drop();
    }
    return fail(ErrorCode::kNetwork,
                fmt::format("nobody answers at {} ({}): is it started, and the address right?",
                            printable(server_.text()), error.message()));
  }
  Task<> connect_to(Protocol::endpoint endpoint, beast::error_code& error) {
    stream_->expires_after(options_.connect_timeout);
    const auto connected = co_await stream_->async_connect(endpoint, Token{});
    error = std::get<0>(connected);
  }
  Task<> exchange(const std::string& head, const Bytes& body, Result<Response>& out);

  const Address server_;
  const ClientOptions options_;
  asio::io_context io_{1};
  std::optional<Stream> stream_;
  beast::flat_buffer buffer_{kHeaderBytesMax + kBufferBytes};
};

Task<> Client::Core::exchange(const std::string& head, const Bytes& body, Result<Response>& out) {
  stream_->expires_after(options_.exchange_timeout);
  const beast::error_code unsent = co_await write_both(*stream_, head, body);
  wire::response_parser<Body> parser;
  parser.header_limit(kHeaderBytesMax);
  parser.body_limit(options_.response_bytes_max);
  // Also when not all could be sent: a server that refuses early says why.
  const auto read = co_await wire::async_read(*stream_, buffer_, parser, Token{});
  const beast::error_code error = std::get<0>(read);
  if (error == wire::error::body_limit) {
    out = fail(ErrorCode::kTooLarge,
               fmt::format("the server's answer is over {} bytes", options_.response_bytes_max));
  } else if (is_of_http(error)) {
    out = fail(ErrorCode::kMalformed, "the server's answer is not HTTP: " + error.message());
  } else if (error) {
    out = fail(ErrorCode::kNetwork,
               fmt::format("the connection to {} broke off ({}); the server may have acted or not: "
                           "look before you send it again",
                           printable(server_.text()), unsent ? unsent.message() : error.message()));
  }
  if (error) co_return;
  Response response;
  response.status = static_cast<int>(parser.get().result_int());
  const Result<void> fields = copy_fields(parser.get(), response.headers);
  if (!fields) {
    out = fail(ErrorCode::kMalformed, "the server's answer: " + fields.error().context);
    co_return;
  }
  response.body = std::move(parser.get().body());
  const bool ends = !parser.keep_alive() || unsent;
  out = std::move(response);
  if (ends) drop();
}

Client::Client(Address server, const ClientOptions& options)
    : core_(std::make_unique<Core>(std::move(server), options)) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Result<Response> Client::send(const Request& request) { return core_->send(request); }
const Address& Client::server() const { return core_->server(); }

}  // namespace strongroom::http

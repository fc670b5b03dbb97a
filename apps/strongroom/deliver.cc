#include <fmt/format.h>

#include "http/client.h"
#include "io/directory.h"
#include "stops.h"
#include "verbs.h"

/// A freeze or recall that was signed without a server, on its way to who acts on it.
namespace strongroom::terminal {

using protocol::EntryType;

namespace {

constexpr std::uint32_t kFileMode = 0600;
constexpr std::size_t kStopBytesMax = 128 * 1024;

struct DeliverOptions {
  std::string file;
  std::string agent;
};

Result<protocol::Command> read_stop(const std::string& file) {
  ASSIGN_OR_RETURN(const Bytes bytes, io::read_file(file, kStopBytesMax));
  Result<protocol::Command> stop = protocol::decode_command(as_text(bytes));
  const bool is_stop =
      stop && (stop->type == EntryType::kFrozen || stop->type == EntryType::kRecalled);
  if (!is_stop) {
    return fail(ErrorCode::kMalformed,
                printable(file) +
                    " is not what strongroom freeze --offline or recall --offline "
                    "wrote");
  }
  return stop;
}

// Needs no home: the signature in the file says who stops.
Result<int> give_to_agent(const Common& common, const DeliverOptions& options,
                          const protocol::Command& stop) {
  http::Client client(http::Address::unix_socket(options.agent));
  http::Request request;
  request.method = http::Method::kPost;
  request.path = "/v1/stops";
  request.body = copy_bytes(as_bytes(encode(stop)));
  ASSIGN_OR_RETURN(http::Response response, client.send(request));
  RETURN_IF_ERROR(http::succeeded(std::move(response)));
  say(common,
      fmt::format("The agent holds to this {} from now on, and delivers it to the log when "
                  "it can; every other agent: strongroom deliver {} --agent SOCKET there",
                  stop.type == EntryType::kFrozen ? "freeze" : "recall", printable(options.file)));
  tell(common, {{"agent", options.agent}, {"type", std::string(name_of(stop.type))}});
  return 0;
}

Result<int> deliver(const Common& common, const DeliverOptions& options) {
  ASSIGN_OR_RETURN(const protocol::Command stop, read_stop(options.file));
  if (!options.agent.empty()) return give_to_agent(common, options, stop);
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  ASSIGN_OR_RETURN(const protocol::Receipt receipt, session->follower().submit(stop));
  say(common, fmt::format("It stands at log position {}, as signed by who signed it: strongroom "
                          "status shows what is stopped",
                          receipt.index));
  tell(common, {{"index", receipt.index}, {"type", std::string(name_of(stop.type))}});
  return 0;
}

}  // namespace

Result<int> write_stop(const Common& common, const protocol::Command& stop,
                       const std::string& file) {
  RETURN_IF_ERROR(io::write_file_atomically(file, as_bytes(encode(stop)), kFileMode));
  say(common, fmt::format("Signed into {}; it stops nothing before it is delivered\n"
                          "  on each host: strongroom deliver {} --agent SOCKET\n"
                          "  to the log, by anybody enrolled: strongroom deliver {}",
                          printable(file), printable(file), printable(file)));
  tell(common, {{"file", file}, {"type", std::string(name_of(stop.type))}});
  return 0;
}

Verb deliver_verb() {
  const auto typed = std::make_shared<DeliverOptions>();
  return {
      .name = "deliver",
      .group = Group::kDeciding,
      .summary = "Give a freeze or recall that was signed offline to an agent, or to the log",
      .more =
          "An agent checks the signature, the person's role and the scope by the log as far as "
          "it has followed it, acts at once, and sends it to the log when a server is there. "
          "One that the log holds already binds no longer by itself: the log says what became "
          "of it. A freeze by somebody whose last one was lifted needs a second person, so "
          "only the log takes it.",
      .options = {{.spelled = "file",
                   .about = "What freeze --offline or recall --offline wrote",
                   .into = &typed->file,
                   .required = true,
                   .completes = Completes::kFile},
                  {.spelled = "--agent",
                   .value = "SOCKET",
                   .about = "Of the agent on this host; without it, the log",
                   .into = &typed->agent,
                   .completes = Completes::kFile}},
      .examples = {{"strongroom deliver stop.freeze --agent /var/lib/strongroom-agent/agent.sock",
                    "that host opens nothing of it from here on"},
                   {"strongroom deliver stop.freeze", "everybody who follows the log sees it"}},
      .run = [typed](const Common& common) { return deliver(common, *typed); }};
}

}  // namespace strongroom::terminal

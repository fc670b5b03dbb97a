#include <fmt/format.h>

#include "changes.h"
#include "custodian/quote.h"
#include "io/directory.h"
#include "protocol/host_introduction.h"
#include "roll.h"
#include "verbs.h"

/// Machines that models may be released to, and how a quorum changes which.
namespace strongroom::terminal {

using format::Json;

namespace {

struct HostOptions {
  std::string what;
  std::string which;
  std::string reason;
};

Result<int> list(const Common& common) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  ASSIGN_OR_RETURN(const std::vector<protocol::Host> hosts,
                   session->follower().world().rooms().people.hosts());
  if (hosts.empty()) say(common, "No host may take a lease: strongroom host add");
  Json::Array listed;
  for (const protocol::Host& each : hosts) {
    ASSIGN_OR_RETURN(const std::string name, custodian::host_name(session->follower(), each.host));
    say(common, fmt::format("  {}  host {}: evidence {}, key {}", custodian::shown_name(name),
                            each.host.hex(), each.evidence, each.key.hex()));
    listed.push_back(Json::Object{
        {"host", each.host}, {"name", name}, {"evidence", each.evidence}, {"key", each.key}});
  }
  tell(common, {{"hosts", std::move(listed)}});
  return 0;
}

Result<custodian::ChangeDraft> draft_of_new(const Session& session, const HostOptions& options) {
  ASSIGN_OR_RETURN(const Bytes bytes,
                   io::read_file(options.which, protocol::kHostIntroductionBytesMax));
  std::string_view line = as_text(bytes);
  if (line.ends_with('\n')) line.remove_suffix(1);  // as the agent prints it
  const Result<protocol::HostIntroduction> read = protocol::decode_host_introduction(line);
  if (!read) {
    return fail(read.error(), printable(options.which) +
                                  ": not what strongroom-agent key --strongroom ID --name NAME "
                                  "printed on that host");
  }
  if (read->strongroom != session.config().strongroom) {
    return fail(ErrorCode::kRefused,
                printable(options.which) +
                    " was not made for this strongroom: have it made with strongroom-agent key "
                    "--strongroom " +
                    session.config().strongroom.hex());
  }
  return custodian::ChangeDraft{.subject = protocol::AddHost{read->host, read->claim},
                                .reason = options.reason,
                                .texts = {{"name", read->name}}};
}

Result<int> host(const Common& common, const HostOptions& options) {
  const bool lists = options.what == "list";
  if (lists != options.which.empty()) {
    return fail(ErrorCode::kUsage, "it is: strongroom host list; host add FILE; host retire NAME");
  }
  if (lists) return list(common);
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  if (options.what == "add") {
    ASSIGN_OR_RETURN(const custodian::ChangeDraft draft, draft_of_new(*session, options));
    return propose_change(common, *session, draft);
  }
  ASSIGN_OR_RETURN(const protocol::Host found, find_host(session->follower(), options.which));
  return propose_change(
      common, *session,
      {.subject = protocol::RetireHost{found.host}, .reason = options.reason, .texts = {}});
}

}  // namespace

Verb host_verb() {
  const auto typed = std::make_shared<HostOptions>();
  return {.name = "host",
          .group = Group::kFounding,
          .summary = "Tell which hosts may take a lease, or ask the custodians to change it",
          .more =
              "Each change takes a quorum, without whoever asks. add takes the file that "
              "strongroom-agent key --strongroom ID --name NAME printed on that host; once it is "
              "made, strongroom join --agent there. A retired host gets nothing any more, and "
              "cannot report how its leases ended: recall them first.",
          .options = {{.spelled = "what",
                       .about = "What to do",
                       .into = &typed->what,
                       .required = true,
                       .completes = Completes::kChoice,
                       .choices = {"list", "add", "retire"}},
                      {.spelled = "which",
                       .about = "add: the file; retire: the host's name or id",
                       .into = &typed->which,
                       .completes = Completes::kFile},
                      {.spelled = "--reason",
                       .value = "TEXT",
                       .about = "Why; custodians read it; kept beside the log, erasable",
                       .into = &typed->reason}},
          .examples = {{"strongroom host list", "names, keys, and how they prove themselves"},
                       {"strongroom host add gpu-2.introduction --reason \"new rack\"",
                        "shows what is asked; custodians approve or refuse it"}},
          .run = [typed](const Common& common) { return host(common, *typed); }};
}

}  // namespace strongroom::terminal

#include <fmt/format.h>

#include "base/shown.h"
#include "custodian/inspect.h"
#include "custodian/quote.h"

namespace strongroom::custodian {

namespace {

// A plain name goes into our own line; any other is quoted like every text of others.
void name_line(Form& form, std::string_view label, const std::string& name,
               const std::string& more) {
  if (shown_name(name) == name) {
    form.line(label, more.empty() ? name : name + "  " + more);
    return;
  }
  form.quote(label, name);
  if (!more.empty()) form.line("", more);
}

std::string_view heading_of(protocol::ReleaseAct act) {
  switch (act) {
    case protocol::ReleaseAct::kRekey:
      return "RE-KEY ";
    case protocol::ReleaseAct::kRehearse:
      return "Rehearsal of a re-key ";
    case protocol::ReleaseAct::kLease:
      break;
  }
  return "Release ";
}

// What becomes of the keys, where something does.
void key_lines(Form& form, const Shown& shown) {
  const protocol::Request& request = shown.proposal.request;
  if (request.act == protocol::ReleaseAct::kRekey && request.new_keys) {
    form.line("re-key",
              fmt::format("new keys for it: epoch {} becomes epoch {}, {}", request.epoch,
                          request.new_keys->epoch, printable(request.new_keys->wrap_suite)));
    form.line("to", shown.new_policy);
    if (shown.other_tree) {
      form.line("",
                "ANOTHER TREE than now: once it is confirmed these people open it, and those of "
                "\"needs\" below no longer do");
    }
    if (!shown.replaces.empty())
      form.line("replaces", shown.replaces + ", which was never confirmed");
    form.line("host gets", "the data key, as in any lease; nothing is mounted");
  }
  if (request.act == protocol::ReleaseAct::kRehearse) {
    form.line("rehearsal", fmt::format("opens the new keys of epoch {} to see that they fit; then "
                                       "the old ones lapse, once enough custodians confirmed",
                                       request.epoch));
    name_line(form, "written by", shown.written_by,
              shown.written_here ? "THE SAME HOST: let another one look" : "");
    form.line("host gets", "the data key, as in any lease; nothing is mounted");
  }
}

std::string amount(const Shown& shown) {
  const protocol::Request& request = shown.proposal.request;
  if (request.act != protocol::ReleaseAct::kLease) return "nothing is read";
  std::string text = shown_bytes(static_cast<std::uint64_t>(request.byte_budget)) + " may be read";
  if (shown.object_bytes > 0) {
    text += fmt::format(", {:.1f} times its size", static_cast<double>(request.byte_budget) /
                                                       static_cast<double>(shown.object_bytes));
  }
  return text;
}

void vote_lines(Form& form, const Shown& shown) {
  for (const ShownVote& vote : shown.votes) {
    name_line(form, vote.approves ? "approved" : "refused", vote.name, shown_time(vote.at));
    if (!vote.reason.empty()) form.quote("", vote.reason);
  }
  if (shown.votes.empty()) form.line("approved", "by nobody yet");
}

void state_lines(Form& form, const Shown& shown) {
  if (!shown.open_error.empty()) {
    form.line("closed", printable(shown.open_error));
  } else if (shown.decision.approvals_missing > 0) {
    std::string whose;
    for (const std::string& name : shown.could_approve)
      whose += (whose.empty() ? "" : ", ") + shown_name(name);
    form.line("missing", fmt::format("{} more approval{}, of: {}", shown.decision.approvals_missing,
                                     shown.decision.approvals_missing == 1 ? "" : "s",
                                     whose.empty() ? "nobody who could" : whose));
  }
}

}  // namespace

std::string render(const Shown& shown, UnixSeconds now, std::size_t columns) {
  const protocol::Request& request = shown.proposal.request;
  const auto id = [&](std::string_view hex) { return shown_id(hex, shown.demonstration); };
  Form form(columns);
  form.heading(std::string(heading_of(request.act)) + id(shown.proposal.id.hex()));
  name_line(form, "who asks", shown.requester, "");
  name_line(form, "what", shown.object_name,
            fmt::format("{}, {}", shown_bytes(static_cast<std::uint64_t>(shown.object_bytes)),
                        shown.groups_total == request.groups.size()
                            ? std::string("all of it")
                            : fmt::format("{} of its {} groups", request.groups.size(),
                                          shown.groups_total)));
  key_lines(form, shown);
  form.line("level", shown.level);
  name_line(form, "where", shown.host, "evidence: " + printable(shown.evidence));
  form.quote("for what", shown.purpose);
  form.line("how long",
            fmt::format(
                "{}, opened {} at most", shown_duration(request.lease_seconds),
                request.redemptions == 1 ? "once" : fmt::format("{} times", request.redemptions)));
  form.line("how much", amount(shown));
  form.line(
      "expires",
      fmt::format("{} (in {})", shown_time(request.expires),
                  shown_duration(std::max<std::int64_t>(0, request.expires.value - now.value))));
  form.line("needs", shown.policy);
  vote_lines(form, shown);
  state_lines(form, shown);
  if (shown.open_elsewhere.empty()) form.line("open now", "nowhere else");
  for (const std::string& other : shown.open_elsewhere) form.quote("open now", other);
  form.line("fresh?", shown.freshness);
  form.heading("Exactly");
  form.line("person", request.person.hex());
  form.line("host", request.host.hex());
  form.line("object", id(request.object.hex()));
  form.line("host key", to_hex(request.recipient));
  form.line("manifest", request.manifest.hex());
  form.line("key record", fmt::format("{} (epoch {}, {}, {})", request.key_record.hex(),
                                      request.epoch, request.wrap_suite, request.payload_suite));
  return form.text();
}

}  // namespace strongroom::custodian

#include "changes.h"
#include "io/directory.h"
#include "protocol/introduction.h"
#include "session.h"
#include "verbs.h"

/// Somebody new, by quorum.
namespace strongroom::terminal {

namespace {

constexpr std::int64_t kDaySeconds = 24 * 3600;

Result<custodian::ChangeDraft> draft_of(const Session& session, const EnrolOptions& options) {
  ASSIGN_OR_RETURN(const Bytes bytes,
                   io::read_file(options.introduction, protocol::kIntroductionBytesMax));
  Result<protocol::Introduction> read = protocol::decode_introduction(as_text(bytes));
  if (!read) return fail(read.error(), printable(options.introduction));
  if (!read->claim || read->claim->strongroom != session.config().strongroom) {
    return fail(ErrorCode::kRefused,
                printable(options.introduction) +
                    " was not made for this strongroom: have it made with strongroom key new "
                    "--strongroom " +
                    session.config().strongroom.hex());
  }
  protocol::Member member;
  member.person = read->person;
  member.name = protocol::commitment_to("name", read->name);
  for (const std::string& name : options.roles) {
    ASSIGN_OR_RETURN(const protocol::Role role, protocol::role_from(name));
    member.roles.insert(role);
  }
  ASSIGN_OR_RETURN(member.clearance, protocol::level_from(options.clearance));
  member.cleared_until = session.clock().now() + options.cleared_days * kDaySeconds;
  member.keys = {read->keys};
  return custodian::ChangeDraft{
      .subject = protocol::Enrol{std::move(member), {read->claim->signature}},
      .reason = options.reason,
      .texts = {{"name", read->name}}};
}

}  // namespace

Result<int> enrol(const Common& common, const EnrolOptions& options) {
  if (options.cleared_days < 1 || options.cleared_days > 3650)
    return fail(ErrorCode::kUsage, "--cleared-days: from 1 to 3650");
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  ASSIGN_OR_RETURN(const custodian::ChangeDraft draft, draft_of(*session, options));
  return propose_change(common, *session, draft);
}

Verb enrol_verb() {
  auto typed = std::make_shared<EnrolOptions>();
  return {
      .name = "enrol",
      .aliases = {"enroll"},
      .group = Group::kFounding,
      .summary = "Ask the custodians to take somebody in",
      .more =
          "It takes a quorum, without whoever asks. Where something is sealed at SL4 or above, or "
          "untriaged, it also takes 24 hours that witnesses have seen (not in a demonstration); "
          "without witnesses it is refused, and the refusal says what is missing.",
      .options = {{.spelled = "introduction",
                   .about = "The file that strongroom key new --strongroom ID made",
                   .into = &typed->introduction,
                   .required = true,
                   .completes = Completes::kFile},
                  {.spelled = "--roles",
                   .value = "ROLE,...",
                   .about = "custodian, officer, depositor, requester",
                   .into = &typed->roles,
                   .required = true},
                  {.spelled = "--clearance",
                   .value = "LEVEL",
                   .about = "SL1 to SL5 (SL5)",
                   .into = &typed->clearance,
                   .completes = Completes::kChoice,
                   .choices = {"SL1", "SL2", "SL3", "SL4", "SL5"}},
                  {.spelled = "--cleared-days",
                   .value = "N",
                   .about = "For how long (365)",
                   .into = &typed->cleared_days},
                  {.spelled = "--reason",
                   .value = "TEXT",
                   .about = "Why; custodians read it; kept beside the log, erasable",
                   .into = &typed->reason}},
      .examples = {{"strongroom enrol erin.introduction --roles depositor,requester --reason \"new "
                    "in evals\"",
                    "shows what is asked; custodians approve or refuse it"}},
      .run = [typed](const Common& common) { return enrol(common, *typed); }};
}

}  // namespace strongroom::terminal

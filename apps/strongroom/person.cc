#include <fmt/format.h>

#include "base/shown.h"
#include "changes.h"
#include "custodian/quote.h"
#include "io/directory.h"
#include "protocol/introduction.h"
#include "roll.h"
#include "verbs.h"

/// People who are enrolled: who they are, and what a quorum may change about them.
namespace strongroom::terminal {

using format::Json;

namespace {

constexpr std::size_t kKeyDigitsMin = 8;

struct PersonOptions {
  std::string what;
  std::string name;
  std::string key;
  std::string reason;
};

std::string roles_of(const protocol::Member& member) {
  std::string roles;
  for (const protocol::Role role : member.roles)
    roles += (roles.empty() ? "" : ", ") + std::string(name_of(role));
  return roles.empty() ? "no role" : roles;
}

Result<int> list(const Common& common) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  const judge::Rooms rooms = session->follower().world().rooms();
  ASSIGN_OR_RETURN(const std::vector<protocol::Member> members, rooms.people.members());
  ASSIGN_OR_RETURN(const std::vector<PersonId> curbed, rooms.vault.curbed());
  Json::Array listed;
  for (const protocol::Member& each : members) {
    ASSIGN_OR_RETURN(const std::string name,
                     custodian::person_name(session->follower(), each.person));
    const bool alone = std::find(curbed.begin(), curbed.end(), each.person) == curbed.end();
    const bool cleared = each.cleared_at(session->clock().now());
    say(common,
        fmt::format("  {}  person {}: {}, {}, {} {} {}{}", custodian::shown_name(name),
                    each.person.hex(), name_of(each.kind), roles_of(each), name_of(each.clearance),
                    cleared ? "until" : "LAPSED at", shown_time(each.cleared_until),
                    alone ? "" : "; a freeze of theirs needs a second person"));
    Json::Array keys;
    for (const crypto::PublicKeys& key : each.keys) {
      say(common, "    key " + key.id.hex());
      keys.push_back(key.id);
    }
    Json::Array roles;
    for (const protocol::Role role : each.roles) roles.push_back(std::string(name_of(role)));
    listed.push_back(Json::Object{{"person", each.person},
                                  {"name", name},
                                  {"kind", std::string(name_of(each.kind))},
                                  {"roles", std::move(roles)},
                                  {"clearance", std::string(name_of(each.clearance))},
                                  {"cleared_until", each.cleared_until.value},
                                  {"cleared", cleared},
                                  {"freezes_alone", alone},
                                  {"keys", std::move(keys)}});
  }
  tell(common, {{"persons", std::move(listed)}});
  return 0;
}

Result<protocol::AddKey> new_key_of(Session& session, const PersonOptions& options) {
  ASSIGN_OR_RETURN(const protocol::Member member, find_member(session.follower(), options.name));
  ASSIGN_OR_RETURN(const Bytes bytes, io::read_file(options.key, protocol::kIntroductionBytesMax));
  Result<protocol::Introduction> read = protocol::decode_introduction(as_text(bytes));
  if (!read) return fail(read.error(), printable(options.key));
  const bool fits = read->claim && read->claim->strongroom == session.config().strongroom &&
                    read->person == member.person;
  if (!fits) {
    return fail(ErrorCode::kRefused,
                fmt::format("{} does not claim its key for this person here: have it made, by "
                            "whoever holds the key, with strongroom key new --name {} --strongroom "
                            "{} --person {}",
                            printable(options.key), printable(options.name),
                            session.config().strongroom.hex(), member.person.hex()));
  }
  return protocol::AddKey{member.person, read->keys, read->claim->signature};
}

Result<protocol::RetireKey> old_key_of(Session& session, const PersonOptions& options) {
  ASSIGN_OR_RETURN(const protocol::Member member, find_member(session.follower(), options.name));
  std::optional<KeyId> found;
  std::string held;
  for (const crypto::PublicKeys& key : member.keys) {
    held += (held.empty() ? "" : ", ") + key.id.hex();
    if (options.key.size() < kKeyDigitsMin || !key.id.hex().starts_with(options.key)) continue;
    if (found) return fail(ErrorCode::kConflict, "several keys begin so: give more digits");
    found = key.id;
  }
  if (!found) {
    return fail(ErrorCode::kNotFound,
                fmt::format("{} holds no key that begins with {} (8 digits at least); theirs: {}",
                            printable(options.name), printable(options.key), held));
  }
  return protocol::RetireKey{member.person, *found};
}

Result<protocol::Subject> subject_of(Session& session, const PersonOptions& options) {
  if (options.what == "add-key") {
    ASSIGN_OR_RETURN(protocol::AddKey subject, new_key_of(session, options));
    return protocol::Subject(std::move(subject));
  }
  if (options.what == "retire-key") {
    ASSIGN_OR_RETURN(const protocol::RetireKey subject, old_key_of(session, options));
    return protocol::Subject(subject);
  }
  ASSIGN_OR_RETURN(const protocol::Member member, find_member(session.follower(), options.name));
  if (options.what == "retire") return protocol::Subject(protocol::RetireMember{member.person});
  return protocol::Subject(protocol::RestoreFreeze{member.person});
}

Result<int> person(const Common& common, const PersonOptions& options) {
  const bool lists = options.what == "list";
  const bool wants_key = options.what == "add-key" || options.what == "retire-key";
  if (lists != options.name.empty() || wants_key == options.key.empty()) {
    return fail(ErrorCode::kUsage,
                "it is: strongroom person list; person add-key NAME FILE; person retire-key NAME "
                "KEY; person retire NAME; person restore-freeze NAME");
  }
  if (lists) return list(common);
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  ASSIGN_OR_RETURN(const protocol::Subject subject, subject_of(*session, options));
  return propose_change(common, *session,
                        {.subject = subject, .reason = options.reason, .texts = {}});
}

}  // namespace

Verb person_verb() {
  const auto typed = std::make_shared<PersonOptions>();
  return {
      .name = "person",
      .group = Group::kFounding,
      .summary = "Tell who is enrolled, or ask the custodians to change it",
      .more =
          "Each change takes a quorum, without whoever asks. add-key takes the file of "
          "strongroom key new --strongroom ID --person PERSON; what is sealed already stays "
          "sealed to the old keys. retire-key and retire are refused where too few would be "
          "left to agree, or nobody to spare; votes signed with a retired key stop counting. "
          "restore-freeze gives back the right to freeze alone, after a quorum has lifted a "
          "freeze of theirs. Somebody new: strongroom enrol.",
      .options = {{.spelled = "what",
                   .about = "What to do",
                   .into = &typed->what,
                   .required = true,
                   .completes = Completes::kChoice,
                   .choices = {"list", "add-key", "retire-key", "retire", "restore-freeze"}},
                  {.spelled = "name", .about = "Of the person, or their id", .into = &typed->name},
                  {.spelled = "key",
                   .about = "add-key: the introduction's file; retire-key: its first digits",
                   .into = &typed->key,
                   .completes = Completes::kFile},
                  {.spelled = "--reason",
                   .value = "TEXT",
                   .about = "Why; custodians read it; kept beside the log, erasable",
                   .into = &typed->reason}},
      .examples = {{"strongroom person list", "names, roles, clearance and keys"},
                   {"strongroom person add-key alice alice.introduction --reason \"new token\"",
                    "shows what is asked; custodians approve or refuse it"},
                   {"strongroom person retire mallory --reason \"has left\"",
                    "nothing that mallory signs counts once it is made"}},
      .run = [typed](const Common& common) { return person(common, *typed); }};
}

}  // namespace strongroom::terminal

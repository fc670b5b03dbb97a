#include <fmt/format.h>

#include "account.h"
#include "tally.h"

namespace strongroom::verifier {

namespace {

constexpr std::size_t kGrantsShownMax = 20;
constexpr std::size_t kChangesShownMax = 20;
constexpr std::size_t kIdDigitsShown = 12;
constexpr std::size_t kLineWidth = 96;

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}
std::string counted(std::uint64_t count, std::string_view what) {
  return counted(count, what, std::string(what) + "s");
}

std::string duration(std::int64_t seconds) {
  if (seconds % 3600 == 0) return fmt::format("{} h", seconds / 3600);
  if (seconds % 60 == 0) return fmt::format("{} min", seconds / 60);
  return fmt::format("{} s", seconds);
}

/// Long ids by their beginning; --json has them whole.
std::string shortened(const std::string& hex, bool demonstration) {
  return shown_id(hex.substr(0, kIdDigitsShown), demonstration) + "…";
}

/// `text` broken at spaces, each further line set in by `indent`.
std::string wrapped(std::string_view text, std::size_t indent) {
  std::string lines;
  std::size_t used = indent;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (used > indent && used + 1 + word.size() > kLineWidth) {
      lines += "\n" + std::string(indent, ' ');
      used = indent;
    } else if (used > indent) {
      lines += ' ';
      ++used;
    }
    lines += word;
    used += word.size();
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string_view mode_in_words(protocol::Mode mode) {
  switch (mode) {
    case protocol::Mode::kDemonstration:
      return "demonstration: all its keys may lie on one machine. This shows that the software "
             "works, not that anything is protected";
    case protocol::Mode::kSolo:
      return "solo: one person alone opens. This is encryption, not two-party control";
    case protocol::Mode::kSmall:
      return "small";
    case protocol::Mode::kLab:
      return "lab";
  }
  return "unknown";
}

class Page {
 public:
  Page(const Verified& verified, const Tally& tally)
      : verified_(verified),
        tally_(tally),
        genesis_(verified.world.genesis()),
        demonstration_(genesis_.demonstration()) {}

  [[nodiscard]] std::string text() && {
    text_ = "VERIFIED: everything that this log records was allowed by its own rules.\n";
    write_strongroom();
    write_counts();
    write_grants();
    write_changes();
    write_checks();
    heading("NOT proved by this");
    for (const std::string_view each : kNotProved) item(each);
    return std::move(text_);
  }

 private:
  void heading(std::string_view title) { text_ += fmt::format("\n{}\n", title); }
  void line(std::string_view label, std::string_view value) {
    text_ += fmt::format("  {:<10}{}\n", label, wrapped(value, 12));
  }
  void item(std::string_view value) { text_ += fmt::format("  - {}\n", wrapped(value, 4)); }
  void below(std::string_view value) { text_ += fmt::format("    {}\n", wrapped(value, 4)); }

  void write_strongroom() {
    heading("The strongroom");
    line("id", shown_id(genesis_.id().hex(), demonstration_));
    line("mode", mode_in_words(genesis_.mode));
    line("opens for", in_words(genesis_.policy.root()));
    if (genesis_.recovery) {
      line("recovery",
           fmt::format("any {} of {} recovery holders stand in for its site key, "
                       "never for a quorum",
                       genesis_.recovery->threshold, genesis_.recovery->holders.size()));
    }
    line("members", fmt::format("{} and {}, as the log stands now",
                                counted(tally_.people, "person, service or agent",
                                        "people, services and agents"),
                                counted(tally_.hosts, "host")));
    line("log", fmt::format("{}, from {} to {}",
                            verified_.audit.checkpoint.size == 1
                                ? "1 entry"
                                : fmt::format("{} entries", verified_.audit.checkpoint.size),
                            shown_time(verified_.founded), shown_time(verified_.world.time())));
    line("root", verified_.audit.checkpoint.root.hex());
  }

  void write_counts() {
    heading("What happened");
    item(fmt::format("{} registered, {} sealed and deposited",
                     counted(tally_.assets, "model or artefact"),
                     counted(tally_.objects, "version")));
    item(fmt::format("{} asked for; {} in favour, {} against; {} granted",
                     counted(tally_.proposals.size(), "release"), counted(tally_.approvals, "vote"),
                     tally_.refusals, tally_.grants));
    const std::uint64_t open = tally_.redemptions - tally_.lease_ends;
    item(fmt::format("{} by a host; {} said to have ended, {} not (yet)",
                     counted(tally_.redemptions, "opening"), tally_.lease_ends, open));
    item(fmt::format("{} by custodians that their shares open, {} of an opening; {} certain",
                     counted(tally_.confirmations, "confirmation"),
                     counted(tally_.rehearsals, "rehearsal"),
                     counted(tally_.objects_certain, "deposit is", "deposits are")));
    item(fmt::format("{}; {} opened by new keys",
                     counted(tally_.rekeys, "re-key was written", "re-keys were written"),
                     counted(tally_.rekeys_in_force, "deposit is", "deposits are")));
    item(fmt::format("{} ({} lifted by a quorum), {}", counted(tally_.freezes, "freeze"),
                     tally_.freezes_lifted, counted(tally_.recalls, "recall")));
    item(fmt::format(
        "{} asked for; {} in favour, {} against; {} made",
        counted(tally_.changes.size(), "change of the strongroom", "changes of the strongroom"),
        counted(tally_.change_approvals, "vote"), tally_.change_refusals, tally_.changes_made));
  }

  void write_grants() {
    if (tally_.grants == 0) return;
    heading(tally_.grants <= kGrantsShownMax
                ? "Releases granted"
                : fmt::format("The newest {} of {} releases granted (--json has them all)",
                              kGrantsShownMax, tally_.grants));
    std::uint64_t left_out =
        tally_.grants - std::min<std::uint64_t>(tally_.grants, kGrantsShownMax);
    for (const vault::Proposal& proposal : tally_.proposals) {
      if (!proposal.granted) continue;
      if (left_out > 0) {
        --left_out;
      } else {
        write_grant(proposal);
      }
    }
  }

  void write_grant(const vault::Proposal& proposal) {
    const protocol::Request& request = proposal.request;
    const std::string_view what =
        request.act == protocol::ReleaseAct::kRekey      ? "its keys lent to be renewed to"
        : request.act == protocol::ReleaseAct::kRehearse ? "its new keys lent to be tried to"
                                                         : "lent to";
    item(
        fmt::format("entry {}, {}: {} {} host {}, asked for by person {}; at most {} and "
                    "{} bytes read",
                    proposal.granted_at->index, shown_time(proposal.granted_at->time),
                    shortened(request.object.hex(), demonstration_), what, request.host.hex(),
                    request.person.hex(), duration(request.lease_seconds), request.byte_budget));
    std::string votes;
    for (const std::int64_t index : proposal.granted->votes) {
      const vault::CastVote* cast = vote_at(proposal, index);
      CHECK(cast != nullptr);  // the rules have compared them
      votes += fmt::format("{}person {} (entry {})", votes.empty() ? "" : ", ",
                           cast->vote.person.hex(), index);
    }
    below("approved by " + votes);
    for (const vault::Redeemed& each : proposal.redemptions) write_redemption(proposal, each);
    if (proposal.redemptions.empty()) below("never opened");
    if (proposal.recalled) below(fmt::format("recalled: entry {}", proposal.recalled->index));
  }

  void write_redemption(const vault::Proposal& proposal, const vault::Redeemed& each) {
    std::string ending = "the log does not say that it ended";
    if (const vault::Ended* ended = end_of(proposal, each.redemption.n)) {
      ending = fmt::format("ended by entry {} ({}, {} bytes served{})", ended->stamp.index,
                           printable(ended->end.cause), ended->end.served_bytes,
                           ended->end.wiped ? "; the host says it wiped them"
                                            : "; the host does NOT say it wiped them");
    }
    below(fmt::format("opening {} of {}: entry {}; {}", each.redemption.n,
                      proposal.request.redemptions, each.stamp.index, ending));
  }

  void write_changes() {
    if (tally_.changes_made == 0) return;
    heading(tally_.changes_made <= kChangesShownMax
                ? "Changes of the strongroom that were made"
                : fmt::format("The newest {} of {} changes that were made (--json has them all)",
                              kChangesShownMax, tally_.changes_made));
    std::uint64_t left_out =
        tally_.changes_made - std::min<std::uint64_t>(tally_.changes_made, kChangesShownMax);
    for (const vault::ProposedChange& change : tally_.changes) {
      if (!change.made) continue;
      if (left_out > 0) {
        --left_out;
      } else {
        write_change(change);
      }
    }
  }

  void write_change(const vault::ProposedChange& change) {
    item(fmt::format("entry {}, {}: {}; asked for by person {}", change.made_at->index,
                     shown_time(change.made_at->time), in_words(change.change.subject),
                     change.change.person.hex()));
    std::string votes;
    for (const std::int64_t index : change.made->votes) {
      const vault::CastChangeVote* cast = vote_at(change, index);
      CHECK(cast != nullptr);  // the rules have compared them
      votes += fmt::format("{}person {} (entry {})", votes.empty() ? "" : ", ",
                           cast->vote.person.hex(), index);
    }
    below("approved by " + votes);
  }

  void write_checks() {
    heading("What was checked, here and now, from the files alone");
    item("The first entry is the one that the id stands for, signed by every founder.");
    item(
        fmt::format("Each of the {} entries was judged again: its place, its signatures, and for "
                    "every grant and change the distinct people whose votes it rests on.",
                    verified_.audit.checkpoint.size));
    item(fmt::format("{}, {} and {} kept from earlier are exactly what the entries give.",
                     counted(verified_.audit.tiles, "file") + " of hashes",
                     counted(verified_.audit.bundles, "file") + " of entries",
                     counted(verified_.audit.checkpoints, "signed checkpoint")));
    item(fmt::format("{} of the log that signers say they saw lie on this one log.",
                     counted(verified_.world.heads_seen(), "state")));
    if (verified_.since_size > 0) {
      item(fmt::format("The checkpoint given with --since, of {} entries, is a beginning of it.",
                       verified_.since_size));
    }
    if (!verified_.audit.history_listed) item("Older files could not be listed: not looked at.");
  }

  const Verified& verified_;
  const Tally& tally_;
  const protocol::Genesis& genesis_;
  const bool demonstration_;
  std::string text_;
};

}  // namespace

std::string in_words(const protocol::PolicyNode& node) {
  if (node.person) return "person " + node.person->hex();
  std::string members;
  for (const protocol::PolicyNode& child : node.of) {
    const std::string words = in_words(child);
    members += (members.empty() ? "" : ", ") + (child.person ? words : "(" + words + ")");
  }
  const bool all = node.threshold == static_cast<std::int64_t>(node.of.size());
  return (all ? "all of: " : fmt::format("any {} of: ", node.threshold)) + members;
}

Result<std::string> page(const Verified& verified) {
  ASSIGN_OR_RETURN(const Tally tally, tally_of(verified.world.rooms()));
  return Page(verified, tally).text();
}

std::string failure_page(const Error& error) {
  if (error.code == ErrorCode::kUsage) {
    return fmt::format("Nothing was verified: {}\nSee strongroom-verify --help.\n",
                       printable(error.context));
  }
  // A mistyped directory is no attack; a file that was taken away may be one.
  const std::string_view first =
      error.code == ErrorCode::kNotFound ? "Is that the right place? If it is: nothing" : "Nothing";
  const std::string advice = fmt::format(
      "{} in this log should be relied on until this is explained. Keep the files as they "
      "are: they are evidence. What the code means: docs/operating/verify.md ({}, {}).",
      first, name_of(error.code), static_cast<int>(error.code));
  return fmt::format("NOT VERIFIED: {}\n\n  {}\n", printable(error.context), wrapped(advice, 2));
}

}  // namespace strongroom::verifier

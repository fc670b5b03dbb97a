#include <fmt/format.h>

#include <memory>

#include "base/program.h"
#include "protocol/profile.h"
#include "seen.h"
#include "verbs.h"

namespace strongroom::terminal {

using format::Json;

namespace {

constexpr std::size_t kRowsElsewhere = 3;  // the passphrase's line, the freshness', the prompt's
constexpr std::size_t kItemLinesMax = 3;   // before an item is cut, unless all is asked for
constexpr std::string_view kIndent = "  ";
constexpr std::string_view kFurther = "    ";  // an item's second line

struct List {
  std::string title;
  const std::vector<Seen::Item>* items = nullptr;
  Ink ink = Ink::kPlain;
  std::string below = {};  // what to do with them
  std::size_t shown = 0;   // of the newest
};

// The bytes of the characters that fit into so many columns, blanks preferred.
std::size_t fitting(std::string_view text, std::size_t columns) {
  std::size_t bytes = 0;
  std::size_t used = 0;
  std::size_t blank = 0;
  while (bytes < text.size()) {
    const bool begins = (static_cast<unsigned char>(text[bytes]) >> 6) != 2;
    const bool wide = static_cast<unsigned char>(text[bytes]) >= 0x80;
    const std::size_t width = !begins ? 0 : wide ? 2 : 1;
    if (begins && used + width > columns && bytes > 0) return blank > 0 ? blank : bytes;
    used += width;
    if (text[bytes] == ' ') blank = bytes;
    ++bytes;
  }
  return bytes;
}

// As lines of a terminal of so many columns; 0: in one.
std::vector<std::string> broken(std::string_view text, std::size_t columns, bool whole) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::string_view indent = lines.empty() ? kIndent : kFurther;
    const std::size_t taken =
        columns == 0 ? text.size() : fitting(text, std::max<std::size_t>(columns, 40) - 4);
    const bool is_last = !whole && columns > 0 && lines.size() + 1 == kItemLinesMax;
    lines.push_back(fmt::format("{}{}{}", indent, text.substr(0, taken),
                                is_last && taken < text.size() ? " …" : ""));
    if (is_last) break;
    text.remove_prefix(taken);
    while (text.starts_with(' ')) text.remove_prefix(1);
  }
  return lines;
}

// How the answer is laid out: on the screen there is, or in full where there is none.
class Screen {
 public:
  Screen(const Common& common, bool all)
      : common_(common), all_(all), columns_(is_terminal() ? columns() : 0) {}

  void add(List group) {
    if (!group.items->empty()) groups_.push_back(std::move(group));
  }
  // `used`: rows that are taken by what stands above.
  void show(std::size_t used) {
    choose(used);
    for (const List& group : groups_) {
      const std::size_t count = group.items->size();
      const std::string rest =
          group.shown == count ? fmt::format(" ({})", count)
                               : fmt::format(" ({}, here the newest {}: strongroom status --all)",
                                             count, group.shown);
      say(common_, inked(common_, 1, group.ink, group.title + rest));
      for (std::size_t i = 0; i < group.shown; ++i) {
        for (const std::string& line : lines_of((*group.items)[count - 1 - i])) say(common_, line);
      }
      if (!group.below.empty()) say(common_, fmt::format("{}{}", kIndent, group.below));
    }
  }
  [[nodiscard]] std::vector<std::string> lines_of(const Seen::Item& item) const {
    return broken(item.line, columns_, all_);
  }

 private:
  // Each in turn shows one more, for as long as it fits.
  void choose(std::size_t used) {
    const bool fits_all = all_ || columns_ == 0;
    for (const List& group : groups_) used += group.below.empty() ? 1u : 2u;
    bool grows = true;
    while (grows) {
      grows = false;
      for (List& group : groups_) {
        if (group.shown == group.items->size()) continue;
        const std::size_t more =
            lines_of((*group.items)[group.items->size() - 1 - group.shown]).size();
        if (!fits_all && used + more + kRowsElsewhere > rows()) continue;
        used += more;
        ++group.shown;
        grows = true;
      }
    }
  }

  const Common& common_;
  const bool all_;
  const std::size_t columns_;
  std::vector<List> groups_;
};

void say_all(const Common& common, Session& session, const Seen& seen, bool all) {
  const judge::World& world = session.follower().world();
  const protocol::Genesis& genesis = world.genesis();
  const UnixSeconds now = session.clock().now();
  Screen screen(common, all);
  const std::vector<Seen::Item> head = {
      {std::string(protocol::in_words(genesis.mode)), {}},
      {fmt::format("any {} of {} custodians; {} log entries, the newest {}",
                   genesis.policy.approvals_min(), genesis.policy.persons().size(), world.size(),
                   shown_ago(world.time(), now)),
       {}}};
  say(common, "Strongroom " + session.shown(genesis.id().hex()));
  std::size_t used = 1;
  for (const Seen::Item& item : head) {
    for (const std::string& line : screen.lines_of(item)) {
      say(common, line);
      ++used;
    }
  }
  if (seen.objects.empty()) {
    say(common, "Nothing is sealed yet: strongroom seal DIR --name NAME");
    ++used;
  }
  screen.add({"Wrong", &seen.wrong, Ink::kBad});
  screen.add({"Open", &seen.open, Ink::kWarning});
  screen.add({"Waiting", &seen.waiting, Ink::kPlain, "answer with: strongroom approve ID"});
  screen.add(
      {"Changes asked for", &seen.changes, Ink::kPlain, "answer with: strongroom approve ID"});
  screen.add({"Sealed", &seen.objects, Ink::kPlain,
              seen.uncertain == 0
                  ? ""
                  : "not certain: keep the readable copy; custodians run strongroom confirm"});
  if (all) screen.add({"Over", &seen.over});
  const bool counts_over = !all && !seen.over.empty();
  screen.show(used + (counts_over ? 1 : 0));
  if (counts_over) say(common, fmt::format("Over ({}): strongroom status --all", seen.over.size()));
}

Json listed(const std::vector<Seen::Item>& items) {
  Json::Array array;
  for (const Seen::Item& item : items) array.emplace_back(item.json);
  return array;
}

Json::Object in_json(const Common& common, Session& session, const Seen& seen) {
  const judge::World& world = session.follower().world();
  const protocol::Genesis& genesis = world.genesis();
  const auto heard = session.away() ? last_heard(common.home) : std::nullopt;
  const auto count = [](const auto& items) { return static_cast<std::int64_t>(items.size()); };
  return {{"id", session.shown(genesis.id().hex())},
          {"mode", std::string(name_of(genesis.mode))},
          {"entries", static_cast<std::int64_t>(world.size())},
          {"newest_at", world.time().value},
          {"freshness_proved", false},
          {"server_away", session.away().has_value()},
          {"known_at", heard ? heard->value : session.clock().now().value},
          {"objects", count(seen.objects)},
          {"open", count(seen.open)},
          {"waiting", count(seen.waiting)},
          {"changes_waiting", count(seen.changes)},
          {"uncertain", seen.uncertain},
          {"freezes", seen.freezes},
          {"sealed", listed(seen.objects)},
          {"leases", listed(seen.open)},
          {"requests", listed(seen.waiting)},
          {"changes", listed(seen.changes)},
          {"over", listed(seen.over)},
          {"wrong", listed(seen.wrong)}};
}

// With the server away what was known is told, and then that it is away.
Result<int> finish(const Common& common, Session& session, const Seen& seen) {
  if (!session.away()) {
    tell(common, in_json(common, session, seen));
    return 0;
  }
  const Error& away = *session.away();
  if (!common.json) return tl::unexpected<Error>(away);
  tell_away(common, away, in_json(common, session, seen));
  write_err("strongroom: " + printable(away.context) + "\n");
  return static_cast<int>(away.code);
}

Result<int> status(const Common& common, bool all) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open_even_away(common));
  ASSIGN_OR_RETURN(const Seen seen, see(common, *session, all));
  if (!session->away()) remember(common.home, seen);
  say_all(common, *session, seen, all);
  return finish(common, *session, seen);
}

}  // namespace

Verb status_verb() {
  auto all = std::make_shared<bool>(false);
  return {.name = "status",
          .group = Group::kLooking,
          .summary = "What is sealed, open, waiting, and wrong",
          .more =
              "On a terminal as much as one screen holds, the newest of each; into a pipe all "
              "of it. With the server away it shows what was known last, says how old that is, "
              "and ends with 33.",
          .options = {{.spelled = "--all",
                       .about = "Also what is over, and everything in full, whatever the screen",
                       .into = all.get()}},
          .examples = {{"strongroom status", "answers on one screen"},
                       {"strongroom status --json", "the same for programs, complete"}},
          .run = [all](const Common& common) { return status(common, *all); }};
}

}  // namespace strongroom::terminal

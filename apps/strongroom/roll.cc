#include "roll.h"

#include <fmt/format.h>

#include "parse.h"

namespace strongroom::terminal {

namespace {

constexpr std::size_t kPrefixDigitsMin = 8;

struct Listed {
  std::string id;
  std::string name;  // empty: erased
};

// Where the one that is meant stands. A name goes before an id: names are what people see.
Result<std::size_t> place_of(const std::vector<Listed>& all, const std::string& meant,
                             std::string_view what) {
  std::vector<std::string> names;
  std::optional<std::size_t> found;
  for (const bool by_name : {true, false}) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (by_name && !all[i].name.empty()) names.push_back(all[i].name);
      const bool fits = by_name ? all[i].name == meant && !meant.empty()
                                : meant.size() >= kPrefixDigitsMin && all[i].id.starts_with(meant);
      if (!fits) continue;
      if (found)
        return fail(ErrorCode::kConflict, fmt::format("several {}s are called {}: name one by its "
                                                      "id, from strongroom {} list",
                                                      what, printable(meant), what));
      found = i;
    }
    if (found) return *found;
  }
  const std::string near = nearest(meant, names);
  return fail(
      ErrorCode::kNotFound,
      fmt::format("there is no {} {}{} strongroom {} list tells who there is", what,
                  printable(meant), near.empty() ? ";" : ": did you mean " + near + "?", what));
}

}  // namespace

Result<protocol::Member> find_member(const client::Follower& follower, const std::string& name) {
  ASSIGN_OR_RETURN(std::vector<protocol::Member> members,
                   follower.world().rooms().people.members());
  std::vector<Listed> all;
  for (const protocol::Member& each : members) {
    ASSIGN_OR_RETURN(const auto text, follower.text("name", each.name));
    all.push_back({each.person.hex(), text.value_or("")});
  }
  ASSIGN_OR_RETURN(const std::size_t place, place_of(all, name, "person"));
  return std::move(members[place]);
}

Result<protocol::Host> find_host(const client::Follower& follower, const std::string& name) {
  ASSIGN_OR_RETURN(std::vector<protocol::Host> hosts, follower.world().rooms().people.hosts());
  std::vector<Listed> all;
  for (const protocol::Host& each : hosts) {
    ASSIGN_OR_RETURN(const auto text, follower.text("name", each.name));
    all.push_back({each.host.hex(), text.value_or("")});
  }
  ASSIGN_OR_RETURN(const std::size_t place, place_of(all, name, "host"));
  return std::move(hosts[place]);
}

}  // namespace strongroom::terminal

#include "people/events.h"

namespace strongroom::people {

using protocol::Host;
using protocol::Member;

Result<void> Fold::apply(const protocol::Genesis& genesis) {
  for (const Member& member : genesis.members) {
    members_.emplace(member.person, member);
    for (const crypto::PublicKeys& key : member.keys) holders_.emplace(key.id, member.person);
  }
  for (const Host& host : genesis.hosts) hosts_.emplace(host.host, host);
  return {};
}

namespace {
template <class Map, class Key>
std::optional<typename Map::mapped_type> find(const Map& map, const Key& key) {
  const auto found = map.find(key);
  if (found == map.end()) return std::nullopt;
  return found->second;
}

template <class Map>
std::vector<typename Map::mapped_type> values(const Map& map) {
  std::vector<typename Map::mapped_type> all;
  for (const auto& each : map) all.push_back(each.second);
  return all;
}
}  // namespace

Result<std::optional<Member>> Fold::member(const PersonId& person) const {
  return find(members_, person);
}

Result<std::optional<KeyHolder>> Fold::holder_of(const KeyId& key) const {
  const auto found = holders_.find(key);
  if (found == holders_.end()) return std::nullopt;
  const Member& member = members_.at(found->second);
  return KeyHolder{member, *member.key(key)};
}

Result<std::optional<Host>> Fold::host(const HostId& host) const { return find(hosts_, host); }
Result<std::vector<Member>> Fold::members() const { return values(members_); }
Result<std::vector<Host>> Fold::hosts() const { return values(hosts_); }

}  // namespace strongroom::people

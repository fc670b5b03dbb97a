#include "people/events.h"

namespace strongroom::people {

using protocol::Host;
using protocol::Member;

void Fold::take_key(const PersonId& person, const crypto::PublicKeys& key, std::int64_t index) {
  holders_.emplace(key.id, person);
  held_.emplace(key.id, Held{key, index});
}

void Fold::enrol(const Member& member, std::int64_t index) {
  members_.emplace(member.person, member);
  for (const crypto::PublicKeys& key : member.keys) take_key(member.person, key, index);
}

void Fold::take_host(const Host& host) {
  hosts_.emplace(host.host, host);
  hosts_ever_.emplace(host.host, host);
}

Result<void> Fold::apply(const protocol::Genesis& genesis) {
  for (const Member& member : genesis.members) enrol(member, 0);
  for (const Host& host : genesis.hosts) take_host(host);
  return {};
}

// The rules have refused every change about somebody or something that is not there.
Result<void> Fold::apply(const protocol::Change& change, std::int64_t index) {
  const protocol::Subject& subject = change.subject;
  if (const auto* enrolled = std::get_if<protocol::Enrol>(&subject)) enrol(enrolled->member, index);
  if (const auto* added = std::get_if<protocol::AddKey>(&subject)) {
    members_.at(added->person).keys.push_back(added->key);
    take_key(added->person, added->key, index);
  }
  if (const auto* retired = std::get_if<protocol::RetireKey>(&subject)) {
    std::erase_if(members_.at(retired->person).keys,
                  [&](const crypto::PublicKeys& each) { return each.id == retired->key; });
    holders_.erase(retired->key);
  }
  if (const auto* retired = std::get_if<protocol::RetireMember>(&subject)) {
    const Member member = members_.at(retired->person);
    for (const crypto::PublicKeys& key : member.keys) holders_.erase(key.id);
    members_.erase(retired->person);
    former_.emplace(member.person, member);
  }
  if (const auto* added = std::get_if<protocol::AddHost>(&subject)) take_host(added->host);
  if (const auto* retired = std::get_if<protocol::RetireHost>(&subject))
    hosts_.erase(retired->host);
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

Result<std::optional<Member>> Fold::former_member(const PersonId& person) const {
  return find(former_, person);
}

Result<std::optional<std::int64_t>> Fold::held_since(const KeyId& key) const {
  const auto found = held_.find(key);
  if (found == held_.end()) return std::nullopt;
  return found->second.since;
}

Result<bool> Fold::is_known(const crypto::PublicKeys& key) const {
  return std::any_of(held_.begin(), held_.end(), [&](const auto& each) {
    const crypto::PublicKeys& held = each.second.key;
    return held.id == key.id || held.sign == key.sign || held.seal == key.seal;
  });
}

Result<bool> Fold::is_known(const Host& host) const {
  return std::any_of(hosts_ever_.begin(), hosts_ever_.end(), [&](const auto& each) {
    return each.second.host == host.host || each.second.key == host.key;
  });
}

}  // namespace strongroom::people

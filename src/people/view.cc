#include "people/view.h"

#include "base/limits.h"

namespace strongroom::people {

using protocol::Host;
using protocol::Member;

namespace {

template <class T, class From>
Result<std::optional<T>> one(Result<store::Rows> rows, From from) {
  if (!rows) return tl::unexpected<Error>(rows.error());
  ASSIGN_OR_RETURN(const bool found, rows->next());
  if (!found) return std::nullopt;
  ASSIGN_OR_RETURN(const std::string document, rows->text(0));
  ASSIGN_OR_RETURN(const format::Json json,
                   format::decode_canonical(document, limits::kEntryBytesMax));
  ASSIGN_OR_RETURN(T value, from(json));
  return std::optional<T>(std::move(value));
}

template <class T, class From>
Result<std::vector<T>> all(Result<store::Rows> rows, From from) {
  if (!rows) return tl::unexpected<Error>(rows.error());
  std::vector<T> values;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows->next());
    if (!more) return values;
    ASSIGN_OR_RETURN(const std::string document, rows->text(0));
    ASSIGN_OR_RETURN(const format::Json json,
                     format::decode_canonical(document, limits::kEntryBytesMax));
    ASSIGN_OR_RETURN(T value, from(json));
    values.push_back(std::move(value));
  }
}

}  // namespace

Result<void> View::create_tables(store::Transaction& transaction) {
  for (const char* sql :
       {"CREATE TABLE IF NOT EXISTS people_members (person BLOB PRIMARY KEY, document TEXT NOT "
        "NULL) STRICT",
        "CREATE TABLE IF NOT EXISTS people_keys (key BLOB PRIMARY KEY, person BLOB NOT NULL "
        "REFERENCES people_members) STRICT",
        "CREATE TABLE IF NOT EXISTS people_hosts (host BLOB PRIMARY KEY, document TEXT NOT NULL) "
        "STRICT",
        "CREATE TABLE IF NOT EXISTS people_former (person BLOB PRIMARY KEY, document TEXT NOT "
        "NULL) STRICT",
        "CREATE TABLE IF NOT EXISTS people_keys_ever (key BLOB PRIMARY KEY, sign BLOB NOT NULL, "
        "seal BLOB NOT NULL, since INTEGER NOT NULL) STRICT",
        "CREATE TABLE IF NOT EXISTS people_hosts_ever (host BLOB PRIMARY KEY, key BLOB NOT NULL) "
        "STRICT"}) {
    RETURN_IF_ERROR(transaction.execute(sql));
  }
  return {};
}

Result<void> View::drop_tables(store::Transaction& transaction) {
  for (const char* sql :
       {"DROP TABLE IF EXISTS people_keys", "DROP TABLE IF EXISTS people_members",
        "DROP TABLE IF EXISTS people_hosts", "DROP TABLE IF EXISTS people_former",
        "DROP TABLE IF EXISTS people_keys_ever", "DROP TABLE IF EXISTS people_hosts_ever"}) {
    RETURN_IF_ERROR(transaction.execute(sql));
  }
  return {};
}

Result<std::optional<Member>> View::member(const PersonId& person) const {
  return one<Member>(
      queries_.query("SELECT document FROM people_members WHERE person = ?", {person}),
      protocol::member_from);
}

Result<std::optional<KeyHolder>> View::holder_of(const KeyId& key) const {
  ASSIGN_OR_RETURN(
      std::optional<Member> member,
      one<Member>(queries_.query("SELECT document FROM people_members JOIN people_keys "
                                 "USING (person) WHERE key = ?",
                                 {key}),
                  protocol::member_from));
  if (!member) return std::nullopt;
  const crypto::PublicKeys* keys = member->key(key);
  if (keys == nullptr) {
    return fail(ErrorCode::kMalformed, "the database gives a key to a person who does not hold it");
  }
  crypto::PublicKeys held = *keys;
  return KeyHolder{std::move(*member), std::move(held)};
}

Result<std::optional<Host>> View::host(const HostId& host) const {
  return one<Host>(queries_.query("SELECT document FROM people_hosts WHERE host = ?", {host}),
                   protocol::host_from);
}

Result<std::vector<Member>> View::members() const {
  return all<Member>(queries_.query("SELECT document FROM people_members ORDER BY person"),
                     protocol::member_from);
}

Result<std::vector<Host>> View::hosts() const {
  return all<Host>(queries_.query("SELECT document FROM people_hosts ORDER BY host"),
                   protocol::host_from);
}

Result<std::optional<Member>> View::former_member(const PersonId& person) const {
  return one<Member>(
      queries_.query("SELECT document FROM people_former WHERE person = ?", {person}),
      protocol::member_from);
}

Result<std::optional<std::int64_t>> View::held_since(const KeyId& key) const {
  ASSIGN_OR_RETURN(store::Rows rows,
                   queries_.query("SELECT since FROM people_keys_ever WHERE key = ?", {key}));
  ASSIGN_OR_RETURN(const bool found, rows.next());
  if (!found) return std::nullopt;
  ASSIGN_OR_RETURN(const std::int64_t since, rows.integer(0));
  return std::optional<std::int64_t>(since);
}

Result<bool> View::is_known(const crypto::PublicKeys& key) const {
  ASSIGN_OR_RETURN(store::Rows rows, queries_.query("SELECT 1 FROM people_keys_ever WHERE key = ? "
                                                    "OR sign = ? OR seal = ?",
                                                    {key.id, key.sign, key.seal}));
  return rows.next();
}

Result<bool> View::is_known(const Host& host) const {
  ASSIGN_OR_RETURN(store::Rows rows,
                   queries_.query("SELECT 1 FROM people_hosts_ever WHERE host = ? OR key = ?",
                                  {host.host, host.key}));
  return rows.next();
}

Result<void> WritableView::take_key(const PersonId& person, const crypto::PublicKeys& key,
                                    std::int64_t index) {
  RETURN_IF_ERROR(transaction_.execute("INSERT INTO people_keys (key, person) VALUES (?, ?)",
                                       {key.id, person}));
  RETURN_IF_ERROR(transaction_.execute(
      "INSERT INTO people_keys_ever (key, sign, seal, since) VALUES (?, ?, ?, ?)",
      {key.id, key.sign, key.seal, index}));
  return {};
}

Result<void> WritableView::enrol(const Member& member, std::int64_t index) {
  RETURN_IF_ERROR(
      transaction_.execute("INSERT INTO people_members (person, document) VALUES (?, ?)",
                           {member.person, format::encode(to_json(member))}));
  for (const crypto::PublicKeys& key : member.keys)
    RETURN_IF_ERROR(take_key(member.person, key, index));
  return {};
}

Result<void> WritableView::rewrite(const Member& member) {
  ASSIGN_OR_RETURN(const std::int64_t changed,
                   transaction_.execute("UPDATE people_members SET document = ? WHERE person = ?",
                                        {format::encode(to_json(member)), member.person}));
  CHECK(changed == 1);  // the rules have refused it
  return {};
}

Result<void> WritableView::retire(const PersonId& person) {
  RETURN_IF_ERROR(transaction_.execute(
      "INSERT INTO people_former (person, document) SELECT person, document FROM people_members "
      "WHERE person = ?",
      {person}));
  RETURN_IF_ERROR(transaction_.execute("DELETE FROM people_keys WHERE person = ?", {person}));
  RETURN_IF_ERROR(transaction_.execute("DELETE FROM people_members WHERE person = ?", {person}));
  return {};
}

Result<void> WritableView::take_host(const Host& host) {
  RETURN_IF_ERROR(transaction_.execute("INSERT INTO people_hosts (host, document) VALUES (?, ?)",
                                       {host.host, format::encode(to_json(host))}));
  RETURN_IF_ERROR(transaction_.execute("INSERT INTO people_hosts_ever (host, key) VALUES (?, ?)",
                                       {host.host, host.key}));
  return {};
}

Result<void> WritableView::apply(const protocol::Genesis& genesis) {
  for (const Member& each : genesis.members) RETURN_IF_ERROR(enrol(each, 0));
  for (const Host& each : genesis.hosts) RETURN_IF_ERROR(take_host(each));
  return {};
}

// The rules have refused every change about somebody or something that is not there.
Result<void> WritableView::apply(const protocol::Change& change, std::int64_t index) {
  const protocol::Subject& subject = change.subject;
  if (const auto* enrolled = std::get_if<protocol::Enrol>(&subject))
    return enrol(enrolled->member, index);
  if (const auto* added = std::get_if<protocol::AddKey>(&subject)) {
    ASSIGN_OR_RETURN(std::optional<Member> holder, member(added->person));
    CHECK(holder.has_value());
    holder->keys.push_back(added->key);
    RETURN_IF_ERROR(rewrite(*holder));
    return take_key(added->person, added->key, index);
  }
  if (const auto* retired = std::get_if<protocol::RetireKey>(&subject)) {
    ASSIGN_OR_RETURN(std::optional<Member> holder, member(retired->person));
    CHECK(holder.has_value());
    std::erase_if(holder->keys,
                  [&](const crypto::PublicKeys& each) { return each.id == retired->key; });
    RETURN_IF_ERROR(rewrite(*holder));
    RETURN_IF_ERROR(transaction_.execute("DELETE FROM people_keys WHERE key = ?", {retired->key}));
  }
  if (const auto* retired = std::get_if<protocol::RetireMember>(&subject))
    return retire(retired->person);
  if (const auto* added = std::get_if<protocol::AddHost>(&subject)) return take_host(added->host);
  if (const auto* retired = std::get_if<protocol::RetireHost>(&subject)) {
    RETURN_IF_ERROR(
        transaction_.execute("DELETE FROM people_hosts WHERE host = ?", {retired->host}));
  }
  return {};
}

}  // namespace strongroom::people

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
        "STRICT"}) {
    RETURN_IF_ERROR(transaction.execute(sql));
  }
  return {};
}

Result<void> View::drop_tables(store::Transaction& transaction) {
  for (const char* sql : {"DROP TABLE IF EXISTS people_keys", "DROP TABLE IF EXISTS people_members",
                          "DROP TABLE IF EXISTS people_hosts"}) {
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

Result<void> WritableView::apply(const protocol::Genesis& genesis) {
  for (const Member& member : genesis.members) {
    RETURN_IF_ERROR(
        transaction_.execute("INSERT INTO people_members (person, document) VALUES (?, ?)",
                             {member.person, format::encode(to_json(member))}));
    for (const crypto::PublicKeys& key : member.keys) {
      RETURN_IF_ERROR(transaction_.execute("INSERT INTO people_keys (key, person) VALUES (?, ?)",
                                           {key.id, member.person}));
    }
  }
  for (const Host& host : genesis.hosts) {
    RETURN_IF_ERROR(transaction_.execute("INSERT INTO people_hosts (host, document) VALUES (?, ?)",
                                         {host.host, format::encode(to_json(host))}));
  }
  return {};
}

}  // namespace strongroom::people

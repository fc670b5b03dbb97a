#include "sequencer/views.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "io/temporary_directory.h"
#include "sequencer/tables.h"

namespace strongroom::sequencer {
namespace {

// That views agree with the folds on everything: sequencer_test.cc.

TEST(AView, TellsDamageFromAbsence) {
  const io::TemporaryDirectory directory;
  const auto database = std::move(*store::open_sqlite(directory / "db"));
  const auto transaction = std::move(*database->begin());
  ASSERT_TRUE(people::View::create_tables(*transaction).has_value());
  PersonId person;
  ASSERT_TRUE(
      transaction
          ->execute("INSERT INTO people_members (person, document) VALUES (?, ?)", {person, "{}"})
          .has_value());
  const auto damaged = people::View(*transaction).member(person);
  ASSERT_FALSE(damaged.has_value());
  EXPECT_EQ(damaged.error().code, ErrorCode::kMalformed);
}

TEST(AView, MakesItsTablesAgainWithoutLosingWhatTheyHold) {
  const io::TemporaryDirectory directory;
  const auto database = std::move(*store::open_sqlite(directory / "db"));
  const auto transaction = std::move(*database->begin());
  ASSERT_TRUE(people::View::create_tables(*transaction).has_value());
  ASSERT_TRUE(
      transaction->execute("INSERT INTO people_hosts (host, document) VALUES (?, '{}')", {HostId{}})
          .has_value());
  ASSERT_TRUE(people::View::create_tables(*transaction).has_value());
  auto rows = *transaction->query("SELECT count(*) FROM people_hosts");
  ASSERT_TRUE(*rows.next());
  EXPECT_EQ(*rows.integer(0), 1);
}

std::string bytes_of(const std::string& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

TEST(AnErasedText, LeavesNoTraceInTheDatabaseOnceThatIsClosed) {
  const io::TemporaryDirectory directory;
  const protocol::Text text{"name", *protocol::open_text("Alice Liddell of Oxford")};
  const auto in_transaction = [&](const auto& write) {
    const auto database = std::move(*store::open_sqlite(directory / "db"));
    const auto transaction = std::move(*database->begin());
    ASSERT_TRUE(create_tables(*transaction).has_value());
    ASSERT_TRUE(write(*transaction).has_value());
    ASSERT_TRUE(transaction->commit().has_value());
  };
  in_transaction([&](store::Transaction& t) { return write_text(t, text); });
  ASSERT_NE(bytes_of(directory / "db").find(text.opening.text), std::string::npos);
  in_transaction([&](store::Transaction& t) {
    return erase_text(t, protocol::commitment_to(text.field, text.opening));
  });
  EXPECT_EQ(bytes_of(directory / "db").find(text.opening.text), std::string::npos);
  EXPECT_EQ(bytes_of(directory / "db").find(as_text(text.opening.salt.view())), std::string::npos);
}

}  // namespace
}  // namespace strongroom::sequencer

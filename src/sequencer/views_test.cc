#include "sequencer/views.h"

#include <gtest/gtest.h>

#include "io/temporary_directory.h"

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

}  // namespace
}  // namespace strongroom::sequencer

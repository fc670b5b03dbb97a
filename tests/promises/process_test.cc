// What the programs keep to themselves while they work: through strongroom-server, strongroom-agent
// and strongroom as they were built.
#include <gtest/gtest.h>

#include "base/secret.h"
#include "built_site.h"
#include "format/base64.h"
#include "keys/stored_secret.h"
#include "ledger/tile.h"
#include "protocol/genesis.h"
#include "seal/layout.h"
#include "seal/shares.h"
#include "whole_lab.h"

namespace strongroom::promises {
namespace {

/// Something that must stand nowhere, in the forms in which it might.
struct Kept {
  std::string what;
  std::string bytes;
  std::string own_file;  ///< the one file that may hold it
};

std::string raw(const SecretBytes& secret) {
  return secret.with_bytes([](ByteView bytes) { return std::string(as_text(bytes)); });
}
template <std::size_t N, class Meaning>
std::string raw(const Secret<N, Meaning>& secret) {
  return secret.with_bytes([](ByteView bytes) { return std::string(as_text(bytes)); });
}

SecretBytes passphrase() {
  Bytes bytes = copy_bytes(as_bytes(BuiltSite::kPassphrase));
  return SecretBytes::take(bytes);
}

constexpr std::size_t kKeyBytes = 32;

/// Every private key of the site, as its owner's passphrase and the disk give it.
std::vector<Kept> private_keys() {
  const BuiltSite& site = BuiltSite::shared();
  const SecretBytes words = passphrase();
  std::vector<Kept> kept;
  for (const std::string name : {"alice", "bob", "carol", "dana"}) {
    const std::string path = site / ("people/" + name + "/key.json");
    const keys::StoredSecret stored = must(keys::read_stored(path, keys::Holds::kPerson, &words));
    const std::string both = raw(stored.secret);
    kept.push_back({name + "'s signing key", both.substr(0, kKeyBytes), ""});
    kept.push_back({name + "'s opening key", both.substr(kKeyBytes), ""});
  }
  for (const auto& [path, holds] : {std::pair{"server/keys/log.key", keys::Holds::kSigning},
                                    std::pair{"server/keys/deposit.key", keys::Holds::kOpening},
                                    std::pair{"agent/host.key", keys::Holds::kSigning}}) {
    const keys::StoredSecret stored = must(keys::read_stored(site / path, holds, nullptr));
    kept.push_back({path, raw(stored.secret), path});
  }
  return kept;
}

/// The keys of the object that was released, put together from everybody's.
std::vector<Kept> release_secrets() {
  const BuiltSite& site = BuiltSite::shared();
  const ObjectId object = *ObjectId::from_hex_text(site.object());
  const std::string folder = site.site() + "/objects/" + seal::object_folder(object);
  const seal::KeyRecord record = must(seal::decode_key_record(file_text(folder + "/key-record-0")));
  const seal::SealedShares shares =
      must(seal::decode_sealed_shares(file_text(folder + "/sealed-shares-0")));
  const SecretBytes words = passphrase();
  std::vector<Kept> kept;
  std::vector<crypto::Share> points;
  for (const std::string name : {"alice", "bob", "carol"}) {
    const auto key = must(keys::KeyFile::open(site / ("people/" + name + "/key.json"), words));
    seal::OpenLeaf leaf =
        must(seal::open_leaf(*shares.leaf(0, key.public_keys().id), record, key.opening_secret()));
    kept.push_back({name + "'s share", raw(leaf.secret), ""});
    if (points.size() < 2) points.push_back({seal::x_of(leaf.path), std::move(leaf.secret)});
  }
  const seal::QuorumSecret quorum = must(crypto::combine(points));
  const auto deposit =
      must(keys::OpeningKeyFile::open(site / "server/keys/deposit.key")).take_secret();
  const seal::SiteSecret secret = must(seal::open_site(shares.site.at(0), record, deposit));
  const seal::DataKey data =
      must(seal::unwrap(record.groups[0].wrapped, quorum, secret, record.context(0)));
  kept.push_back({"the quorum's secret", raw(quorum), ""});
  kept.push_back({"the site's secret", raw(secret), ""});
  kept.push_back({"the data key", raw(data), ""});
  return kept;
}

std::vector<std::string> forms_of(const std::string& bytes) {
  const std::string base64 = format::to_base64(as_bytes(bytes));
  // Without the end, which depends on what follows.
  const std::string standard = base64.substr(0, base64.size() - 4);
  std::string for_urls = standard;
  std::replace(for_urls.begin(), for_urls.end(), '+', '-');
  std::replace(for_urls.begin(), for_urls.end(), '/', '_');
  const std::string hex = to_hex(as_bytes(bytes));
  std::string upper = hex;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
  return {bytes, hex, upper, standard, for_urls};
}

void expect_absent(const Kept& kept, const std::string& where, const std::string& text) {
  for (const std::string& form : forms_of(kept.bytes)) {
    EXPECT_EQ(text.find(form), std::string::npos) << kept.what << " stands in " << where;
  }
}

class ProgramsAtWork : public testing::Test {
 protected:
  const BuiltSite& site_ = BuiltSite::shared();

  void expect_nowhere(const std::vector<Kept>& all) const {
    const auto files = site_.files();
    for (const Kept& kept : all) {
      ASSERT_GE(kept.bytes.size(), 16u) << kept.what;
      for (const auto& [path, bytes] : files) {
        if (path != kept.own_file) expect_absent(kept, path, bytes);
      }
      for (const auto& [verb, printed] : site_.printed()) expect_absent(kept, verb, printed);
      for (const auto& [program, seen] : site_.seen()) {
        expect_absent(kept, "the arguments of " + program, seen.arguments);
        expect_absent(kept, "the environment of " + program, seen.environment);
      }
    }
  }
};

TEST_F(ProgramsAtWork, AreSearchedWithASearchThatFinds) {
  // Public halves and words that do stand there.
  const auto files = site_.files();
  const auto key = must(keys::read_public(site_ / "people/alice/key.json"));
  const std::string bundle = "server/public/tile/entries/000.p/1";
  ASSERT_TRUE(files.contains(bundle));
  EXPECT_NE(files.at(bundle).find(key.sign.hex()), std::string::npos);
  EXPECT_TRUE(files.contains("server.log"));
  EXPECT_TRUE(files.contains("agent.log"));
  EXPECT_TRUE(files.contains("server/strongroom.db"));
  EXPECT_NE(site_.printed().at("approve by alice").find(BuiltSite::kPurpose), std::string::npos);
  // What closes, what fails, and what is told at length, is searched too.
  EXPECT_NE(site_.printed().at("close by dana").find("Closed; nothing was opened"),
            std::string::npos);
  for (const char* verb :
       {"status going wrong by alice", "approve going wrong by alice", "seal going wrong by dana",
        "open going wrong by dana", "status going wrong by carol"}) {
    EXPECT_NE(site_.printed().at(verb).find("  because "), std::string::npos) << verb;
  }
  EXPECT_NE(site_.seen().at("strongroom approve").arguments.find("--passphrase-fd"),
            std::string::npos);
}

TEST_F(ProgramsAtWork, LeaveNoPassphraseAnywhere) {
  expect_nowhere({{"the passphrase", std::string(BuiltSite::kPassphrase), ""}});
}

TEST_F(ProgramsAtWork, LeaveNoPassphraseThatWasMistypedAnywhere) {
  expect_nowhere({{"the mistyped passphrase", std::string(BuiltSite::kMistyped), ""}});
}

TEST_F(ProgramsAtWork, LeaveNoPrivateKeyOutsideItsOwnFile) { expect_nowhere(private_keys()); }

TEST_F(ProgramsAtWork, LeaveNoSecretOfAReleaseAnywhere) { expect_nowhere(release_secrets()); }

TEST_F(ProgramsAtWork, GiveTheConsumerItsMountAndNoMore) {
  if (!site_.mounted()) GTEST_SKIP() << "needs root and /dev/fuse";
  const std::string& printed = site_.printed().at("open -- COMMAND");
  EXPECT_NE(printed.find("STRONGROOM_MOUNT="), std::string::npos);
  EXPECT_NE(printed.find("THE SAME"), std::string::npos);
}

TEST_F(ProgramsAtWork, KeepTheirFilesFromOthers) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(site_ / "")) {
    const std::string path = entry.path().string();
    const bool key = path.ends_with(".key") || path.ends_with("key.json");
    if (!key && !path.ends_with("strongroom.db")) continue;
    const auto others = std::filesystem::perms::group_all | std::filesystem::perms::others_all;
    EXPECT_EQ(entry.status().permissions() & others, std::filesystem::perms::none) << path;
  }
}

TEST_F(ProgramsAtWork, DumpNoCore) {
  rlimit cores{};
  getrlimit(RLIMIT_CORE, &cores);
  if (cores.rlim_max == 0) GTEST_SKIP() << "this machine lets nobody dump core";
  ASSERT_EQ(site_.seen().size(), 3u);
  for (const auto& [program, seen] : site_.seen()) {
    std::istringstream words(seen.core_limit.substr(std::string_view("Max core file size").size()));
    std::string soft;
    std::string hard;
    words >> soft >> hard;
    EXPECT_EQ(soft, "0") << program;
    EXPECT_EQ(hard, "0") << program << ": it could be raised again";
  }
}

}  // namespace
}  // namespace strongroom::promises

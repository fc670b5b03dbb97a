#include "founders.h"

/// The ceremony by which several people found one strongroom, each on a machine of their own, and
/// what a dishonest one among them, or on the way between them, could try.
namespace strongroom::end_to_end {
namespace {

class AFounding : public testing::Test {
 protected:
  [[nodiscard]] std::string place() const { return directory_ / "lab"; }
  [[nodiscard]] std::string proposal() const { return place() + "/genesis.json"; }
  [[nodiscard]] std::string signature(const std::string& name) const {
    return directory_ / (name + ".signature");
  }

  /// What an honest gatherer types, with what the test changes.
  struct Gathered {
    std::string founders;
    std::string threshold = "2";
    std::string recovery;
    std::string members;
  };
  [[nodiscard]] Gathered honest() const {
    return {.founders = people_.introductions({"alice", "bob", "carol"}),
            .recovery = people_.introductions({"rita", "remy", "ruth"}),
            .members = people_.introductions({"dana"})};
  }
  [[nodiscard]] Ran propose(const Gathered& gathered, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{"init",
                                       "--profile",
                                       "small",
                                       "--data",
                                       place(),
                                       "--founders",
                                       gathered.founders,
                                       "--threshold",
                                       gathered.threshold,
                                       "--recovery",
                                       gathered.recovery,
                                       "--recovery-threshold",
                                       "2",
                                       "--members",
                                       gathered.members,
                                       "--host",
                                       "gpu-1",
                                       "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return strongroom(arguments);
  }
  [[nodiscard]] Ran sign(const std::string& name, const std::string& heard) const {
    return strongroom({"sign", proposal(), "--home", people_.home(name), "--heard", heard, "--out",
                       signature(name)});
  }
  [[nodiscard]] Ran found(const std::vector<std::string>& names) const {
    std::string files;
    for (const std::string& name : names) files += (files.empty() ? "" : ",") + signature(name);
    return strongroom({"found", "--data", place(), "--signatures", files, "--json"});
  }
  /// The honest proposal, which everybody has compared and nobody signed yet.
  [[nodiscard]] std::string compared() const {
    const Ran ran = propose(honest());
    EXPECT_EQ(ran.code, 0) << ran.output;
    return ran.text("spoken");
  }
  // After everybody has compared `spoken`, the gatherer puts another proposal in its place.
  void expect_not_signed_after_swapping(const Gathered& gathered, const std::string& spoken) const {
    ASSERT_EQ(propose(gathered, {"--again"}).code, 0);
    for (const char* name : {"alice", "bob"}) {
      const Ran ran = sign(name, spoken);
      EXPECT_EQ(ran.code, code(ErrorCode::kNotAuthentic)) << ran.output;
      EXPECT_FALSE(std::filesystem::exists(signature(name)));
    }
  }
  [[nodiscard]] bool is_founded() const {
    return std::filesystem::exists(place() + "/server/public/checkpoint");
  }

  const Founders& people_ = Founders::shared();
  io::TemporaryDirectory directory_;
};

// An introduction on its way.

class AnIntroductionOnItsWay : public AFounding {
 protected:
  [[nodiscard]] Ran propose_with(const std::string& bytes) const {
    const std::string file = directory_ / "changed.introduction";
    std::ofstream(file, std::ios::binary) << bytes;
    Gathered gathered = honest();
    gathered.founders = people_.introductions({"alice", "bob"}) + "," + file;
    return propose(gathered);
  }
  const std::string carols_ = file_text(people_.introduction("carol"));
};

TEST_F(AnIntroductionOnItsWay, WithAnotherNameIsNoticedAndNothingIsBegun) {
  std::string changed = carols_;
  changed.replace(changed.find("carol"), 5, "caril");

  const Ran ran = propose_with(changed);

  EXPECT_EQ(ran.code, code(ErrorCode::kNotAuthentic)) << ran.output;
  EXPECT_NE(ran.output.find("changed.introduction"), std::string::npos) << ran.output;
  EXPECT_FALSE(std::filesystem::exists(place()));
}

TEST_F(AnIntroductionOnItsWay, WithTheKeyOfSomebodyElseIsNoticed) {
  const std::string mallorys = file_text(people_.introduction("mallory"));
  const auto key_of = [](const std::string& text) {
    const std::size_t at = text.find("\"key\":{");
    return text.substr(at, text.find('}', at) - at);
  };
  std::string changed = carols_;
  changed.replace(changed.find(key_of(carols_)), key_of(carols_).size(), key_of(mallorys));

  EXPECT_EQ(propose_with(changed).code, code(ErrorCode::kNotAuthentic));
}

TEST_F(AnIntroductionOnItsWay, CutShortIsNoticed) {
  EXPECT_EQ(propose_with(carols_.substr(0, carols_.size() / 2)).code, code(ErrorCode::kMalformed));
}

// What cannot be founded.

TEST_F(AFounding, OfASmallOneWithAsManyApprovalsAsCustodiansIsRefusedAndNothingIsBegun) {
  Gathered gathered = honest();
  gathered.threshold = "3";

  const Ran ran = propose(gathered);

  EXPECT_EQ(ran.code, code(ErrorCode::kRefused)) << ran.output;
  EXPECT_FALSE(std::filesystem::exists(place()));
}

TEST_F(AFounding, WithARecoveryHolderWhoIsACustodianIsRefused) {
  Gathered gathered = honest();
  gathered.recovery = people_.introductions({"rita", "alice"});

  EXPECT_EQ(propose(gathered).code, code(ErrorCode::kRefused));
  EXPECT_FALSE(std::filesystem::exists(place()));
}

TEST_F(AFounding, WithoutRecoveryHoldersIsRefused) {
  const Ran ran = strongroom(
      {"init", "--profile", "small", "--data", place(), "--founders", honest().founders});

  EXPECT_EQ(ran.code, code(ErrorCode::kRefused)) << ran.output;
}

TEST_F(AFounding, WithOnePersonsKeyUnderTwoNamesIsRefused) {
  const std::string second = directory_ / "second.introduction";
  ASSERT_EQ(strongroom(
                {"key", "new", "--home", people_.home("alice"), "--name", "alina", "--out", second})
                .code,
            0);
  Gathered gathered = honest();
  gathered.founders = people_.introductions({"alice", "bob"}) + "," + second;

  const Ran ran = propose(gathered);

  EXPECT_EQ(ran.code, code(ErrorCode::kMalformed)) << ran.output;
  EXPECT_FALSE(std::filesystem::exists(place()));
}

TEST_F(AFounding, WithTwoPeopleOfOneNameIsRefused) {
  const std::string second = directory_ / "second.introduction";
  ASSERT_EQ(strongroom({"key", "new", "--home", people_.home("mallory"), "--name", "alice", "--out",
                        second})
                .code,
            0);
  Gathered gathered = honest();
  gathered.members = second;

  EXPECT_EQ(propose(gathered).code, code(ErrorCode::kRefused));
}

// A gatherer who changes it after the others have compared the id.

TEST_F(AFounding, WhoseGathererSwapsAFoundersKeyAfterwardsIsNotSigned) {
  const std::string spoken = compared();
  const std::string second = directory_ / "second.introduction";
  ASSERT_EQ(strongroom({"key", "new", "--home", people_.home("mallory"), "--name", "carol", "--out",
                        second})
                .code,
            0);
  Gathered gathered = honest();
  gathered.founders = people_.introductions({"alice", "bob"}) + "," + second;

  expect_not_signed_after_swapping(gathered, spoken);
  const Ran ran = sign("carol", spoken);
  EXPECT_EQ(ran.code, code(ErrorCode::kRefused)) << ran.output;
  EXPECT_NE(ran.output.find("your key was swapped"), std::string::npos) << ran.output;
}

TEST_F(AFounding, WhoseGathererAddsAFounderAfterwardsIsNotSigned) {
  const std::string spoken = compared();
  Gathered gathered = honest();
  gathered.founders = people_.introductions({"alice", "bob", "carol", "mallory"});

  expect_not_signed_after_swapping(gathered, spoken);
}

TEST_F(AFounding, WhoseGathererLowersTheThresholdAfterwardsIsNotSigned) {
  Gathered gathered = honest();
  gathered.founders = people_.introductions({"alice", "bob", "carol", "mallory"});
  gathered.threshold = "3";
  const std::string spoken = propose(gathered).text("spoken");
  gathered.threshold = "2";

  expect_not_signed_after_swapping(gathered, spoken);
}

TEST_F(AFounding, WhoseGathererBecomesARecoveryHolderAfterwardsIsNotSigned) {
  const std::string spoken = compared();
  Gathered gathered = honest();
  gathered.recovery = people_.introductions({"rita", "remy", "mallory"});

  expect_not_signed_after_swapping(gathered, spoken);
}

TEST_F(AFounding, IsShownWholeToWhoSigns) {
  Gathered gathered = honest();
  gathered.recovery = people_.introductions({"rita", "remy", "mallory"});
  ASSERT_EQ(propose(gathered).code, 0);

  const Ran ran =
      strongroom({"sign", proposal(), "--home", people_.home("alice"), "--out", signature("alice")},
                 "not what was read out\n");

  EXPECT_EQ(ran.code, code(ErrorCode::kInterrupted)) << ran.output;
  EXPECT_FALSE(std::filesystem::exists(signature("alice")));
  for (const char* shown :
       {"small: no one person opens", "releases: any 2 of alice, bob, carol",
        "recovers a lost site: any 2 of rita, remy, mallory", "dana  human: depositor, requester",
        "gpu-1  key", "evidence: none (development)", "witnesses: none", "SL5", "(this home's)",
        "aloud:"}) {
    EXPECT_NE(ran.output.find(shown), std::string::npos) << shown << "\n" << ran.output;
  }
}

TEST_F(AFounding, IsSignedByWhoTypesTheLastGroupAsItWasReadOut) {
  const std::string spoken = compared();

  const Ran ran =
      strongroom({"sign", proposal(), "--home", people_.home("alice"), "--out", signature("alice")},
                 spoken.substr(spoken.rfind(' ') + 1) + "\n");

  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_TRUE(std::filesystem::exists(signature("alice")));
}

TEST_F(AFounding, IsNotSignedBlindly) {
  ASSERT_EQ(propose(honest()).code, 0);

  const Ran ran = strongroom({"sign", proposal(), "--home", people_.home("alice"), "--json"});

  EXPECT_EQ(ran.code, code(ErrorCode::kUsage)) << ran.output;
}

TEST_F(AFounding, WithAnythingChangedInItsFileIsNotSigned) {
  const std::string spoken = compared();
  std::string file = file_text(proposal());
  const std::size_t at = file.find("\"threshold\":2");
  ASSERT_NE(at, std::string::npos);
  file.replace(at, 13, "\"threshold\":3");
  std::ofstream(proposal(), std::ios::binary) << file;

  EXPECT_NE(sign("alice", spoken).code, 0);
  EXPECT_FALSE(std::filesystem::exists(signature("alice")));
}

// Signatures.

class ASignedFounding : public AFounding {
 protected:
  void SetUp() override {
    spoken_ = compared();
    for (const char* name : {"alice", "bob", "carol"}) {
      const Ran ran = sign(name, spoken_);
      ASSERT_EQ(ran.code, 0) << ran.output;
    }
  }
  std::string spoken_;
};

TEST_F(ASignedFounding, WithASignatureMissingFoundsNothingAndNamesWho) {
  const Ran ran = found({"alice", "bob"});

  EXPECT_EQ(ran.code, code(ErrorCode::kNotYet)) << ran.output;
  EXPECT_NE(ran.output.find("carol"), std::string::npos) << ran.output;
  EXPECT_FALSE(is_founded());
}

TEST_F(ASignedFounding, WithOneSignatureTwiceFoundsNothing) {
  EXPECT_EQ(found({"alice", "bob", "bob"}).code, code(ErrorCode::kNotYet));
  EXPECT_FALSE(is_founded());
}

TEST_F(ASignedFounding, WithASignatureForAnotherProposalFoundsNothing) {
  const std::string kept = signature("alice") + ".kept";
  std::filesystem::copy_file(signature("alice"), kept);
  ASSERT_EQ(propose(honest(), {"--again"}).code, 0);
  const std::string spoken = propose(honest(), {"--again"}).text("spoken");
  for (const char* name : {"alice", "bob", "carol"}) ASSERT_EQ(sign(name, spoken).code, 0);
  std::filesystem::rename(kept, signature("alice"));

  const Ran ran = found({"alice", "bob", "carol"});

  EXPECT_EQ(ran.code, code(ErrorCode::kNotAuthentic)) << ran.output;
  EXPECT_NE(ran.output.find("alice.signature"), std::string::npos) << ran.output;
  EXPECT_FALSE(is_founded());
}

TEST_F(ASignedFounding, WithASignatureThatWasChangedFoundsNothing) {
  std::string file = file_text(signature("bob"));
  char& digit = file[file.find("\"sig\":\"") + 7];
  digit = digit == '0' ? '1' : '0';
  std::ofstream(signature("bob"), std::ios::binary) << file;

  EXPECT_EQ(found({"alice", "bob", "carol"}).code, code(ErrorCode::kNotAuthentic));
  EXPECT_FALSE(is_founded());
}

// A server that is told to found without asking the gatherer's program.
TEST_F(ASignedFounding, IsRefusedByTheServerItselfWithoutAllSignaturesAndLeavesNothingInTheWay) {
  const std::string file = directory_ / "command.json";
  const std::string unsigned_file = file_text(proposal());
  std::filesystem::copy_file(proposal(), file);

  const Ran refused =
      run("strongroom-server", {"--data", place() + "/server", "found", "--genesis", file}, "", "");
  EXPECT_EQ(refused.code, code(ErrorCode::kNotAuthentic)) << refused.output;
  EXPECT_FALSE(is_founded());

  const Ran ran = found({"alice", "bob", "carol"});
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_TRUE(is_founded());
}

TEST_F(ASignedFounding, MayBeFoundedAgainByTheSameSignatures) {
  ASSERT_EQ(found({"alice", "bob", "carol"}).code, 0);
  const Ran ran = found({"alice", "bob", "carol"});
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_EQ(ran.text("spoken"), spoken_);
}

TEST_F(ASignedFounding, IsNotProposedAnewByMistake) {
  EXPECT_EQ(propose(honest()).code, code(ErrorCode::kAlreadyExists));
  ASSERT_EQ(found({"alice", "bob", "carol"}).code, 0);
  EXPECT_EQ(propose(honest(), {"--again"}).code, code(ErrorCode::kAlreadyExists));
}

// Joining it.

class AFoundedStrongroom : public ASignedFounding {
 protected:
  void SetUp() override {
    ASignedFounding::SetUp();
    const Ran ran = found({"alice", "bob", "carol"});
    ASSERT_EQ(ran.code, 0) << ran.output;
    id_ = ran.text("id");
    server_ = std::make_unique<ProgramRun>(
        "strongroom-server",
        std::vector<std::string>{"--data", place() + "/server", "--listen", "127.0.0.1:0"});
    ASSERT_TRUE(server_->prints("entries")) << server_->output();
    const Result<format::Json> json =
        format::decode_canonical(file_text(place() + "/server/server.json"), 4096);
    ASSERT_TRUE(json);
    url_ = *json->object()->at("url").text();
  }
  /// A home that holds that person's key and nothing else.
  [[nodiscard]] std::string home(const std::string& name) const {
    const std::string copy = directory_ / ("home-of-" + name);
    if (!std::filesystem::exists(copy)) std::filesystem::copy(people_.home(name), copy);
    return copy;
  }
  [[nodiscard]] Ran join(const std::string& name, const std::string& id,
                         std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{"join", "--home", home(name), "--id", id, "--server", url_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return strongroom(arguments);
  }
  std::string id_;
  std::string url_;
  std::unique_ptr<ProgramRun> server_;
};

TEST_F(AFoundedStrongroom, IsJoinedByItsIdWhichIsPinned) {
  const Ran ran = join("rita", id_);
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_NE(ran.output.find("as rita"), std::string::npos) << ran.output;
  const Ran status = strongroom({"status", "--home", home("rita")});
  EXPECT_EQ(status.code, 0) << status.output;
  EXPECT_NE(status.output.find(id_), std::string::npos) << status.output;
}

TEST_F(AFoundedStrongroom, RetiresNobodyWhomItsQuorumCannotSpare) {
  ASSERT_EQ(join("alice", id_).code, 0);
  const Ran person = strongroom({"person", "retire", "carol", "--home", home("alice")});
  EXPECT_EQ(person.code, code(ErrorCode::kRefused)) << person.output;
  EXPECT_NE(person.output.find("first put a policy in force"), std::string::npos) << person.output;
}

TEST_F(AFoundedStrongroom, TakesNoPolicyThatLeavesNobodyToSpareOrOneAloneEnough) {
  ASSERT_EQ(join("alice", id_).code, 0);
  for (const char* wanted :
       {"3 of alice, bob, carol", "2 of alice, bob", "1 of alice, bob, carol"}) {
    const Ran policy = strongroom({"policy", "set", wanted, "--home", home("alice")});
    EXPECT_EQ(policy.code, code(ErrorCode::kRefused)) << wanted << "\n" << policy.output;
  }
}

TEST_F(AFoundedStrongroom, RemovesNoReadableCopyWithoutAWitnessAndSealsNothing) {
  ASSERT_EQ(join("dana", id_).code, 0);
  const std::string model = directory_ / "model";
  std::filesystem::create_directory(model);
  std::ofstream(model + "/weights.bin", std::ios::binary) << "weights";
  const Ran ran =
      strongroom({"seal", model, "--name", "x", "--remove-source", "--home", home("dana")});
  EXPECT_EQ(ran.code, code(ErrorCode::kRefused)) << ran.output;
  for (const char* said : {"nothing was sealed", "a witness is missing", "strongroom confirm"})
    EXPECT_NE(ran.output.find(said), std::string::npos) << said << "\n" << ran.output;
  EXPECT_EQ(file_text(model + "/weights.bin"), "weights");
}

TEST_F(AFoundedStrongroom, IsNotJoinedUnderAnotherIdAndNothingIsPinned) {
  std::string other = id_;
  other[0] = other[0] == '0' ? '1' : '0';

  const Ran ran = join("alice", other);

  EXPECT_EQ(ran.code, code(ErrorCode::kNotAuthentic)) << ran.output;
  EXPECT_FALSE(std::filesystem::exists(home("alice") + "/config.json"));
}

TEST_F(AFoundedStrongroom, IsNotJoinedByAnIdInPart) {
  EXPECT_EQ(join("alice", id_.substr(0, 16)).code, code(ErrorCode::kUsage));
}

TEST_F(AFoundedStrongroom, IsNotJoinedByWhoIsNotEnrolled) {
  const Ran ran = join("mallory", id_);

  EXPECT_EQ(ran.code, code(ErrorCode::kNotAuthentic)) << ran.output;
  EXPECT_NE(ran.output.find("not enrolled"), std::string::npos) << ran.output;
  EXPECT_FALSE(std::filesystem::exists(home("mallory") + "/config.json"));
}

TEST_F(AFoundedStrongroom, IsTheOnlyOneItsHomesAreEverPinnedTo) {
  ASSERT_EQ(join("bob", id_).code, 0);
  std::string other = id_;
  other[0] = other[0] == '0' ? '1' : '0';

  EXPECT_EQ(join("bob", other).code, code(ErrorCode::kAlreadyExists));
  EXPECT_EQ(join("bob", id_).code, 0) << "the same again may bring another address";
}

TEST_F(AFoundedStrongroom, TakesNoModelBeforeTheRehearsalAndSaysWhatToDo) {
  ASSERT_EQ(join("dana", id_, {"--store", place() + "/server/objects"}).code, 0);
  std::filesystem::create_directory(directory_ / "model");
  std::ofstream(directory_ / "model/weights.bin") << "weights";

  const Ran ran = strongroom({"seal", directory_ / "model", "--name", "m", "--home", home("dana")});

  EXPECT_EQ(ran.code, code(ErrorCode::kNotYet)) << ran.output;
  EXPECT_NE(ran.output.find("strongroom rehearse"), std::string::npos) << ran.output;
}

TEST_F(AFoundedStrongroom, IsNotRecoveredWithoutWitnessesWhichAreNamedAsMissing) {
  ASSERT_EQ(join("rita", id_).code, 0);

  const Ran ran = strongroom({"recover", "--home", home("rita")});

  EXPECT_EQ(ran.code, code(ErrorCode::kNotYet)) << ran.output;
  EXPECT_NE(ran.output.find("names no witness"), std::string::npos) << ran.output;
  EXPECT_NE(ran.output.find("72 hours"), std::string::npos) << ran.output;
}

TEST_F(AFoundedStrongroom, IsNothingForACustodianToRecover) {
  ASSERT_EQ(join("alice", id_).code, 0);

  EXPECT_EQ(strongroom({"recover", "--test", "--home", home("alice")}).code,
            code(ErrorCode::kRefused));
}

// One machine that plays every role.

TEST(AFoundingOnOneMachine, ThatIsKilledHalfWayIsBegunAgainWithoutAnythingToRemove) {
  const io::TemporaryDirectory directory;
  const std::vector<std::string> arguments{
      "init",         "--demonstration", "--data",    directory / "lab",
      "--custodians", "ann,ben,cat",     "--members", "dan"};
  {
    ProgramRun killed("strongroom", arguments, kPassphrase);
    ASSERT_TRUE(killed.prints("custodian ben"));
    killed.signal(SIGKILL);
    EXPECT_EQ(killed.ends(), -SIGKILL);
  }
  ASSERT_TRUE(std::filesystem::exists(directory / "lab/people/ann"));

  const Ran again = strongroom(arguments);

  EXPECT_EQ(again.code, 0) << again.output;
  EXPECT_TRUE(std::filesystem::exists(directory / "lab/people/dan/config.json"));
  EXPECT_EQ(strongroom(arguments).code, code(ErrorCode::kAlreadyExists));
}

TEST(ASoloStrongroom, SaysWhatItIsNotWhenItIsFoundedAndInItsStatus) {
  const io::TemporaryDirectory directory;
  const Ran founded = strongroom(
      {"init", "--profile", "solo", "--data", directory / "room", "--custodians", "ann"});
  ASSERT_EQ(founded.code, 0) << founded.output;
  EXPECT_NE(founded.output.find("this is encryption, not two-party control"), std::string::npos);
  EXPECT_NE(founded.output.find("no security level is met"), std::string::npos);
  ProgramRun server("strongroom-server",
                    {"--data", directory / "room/server", "--listen", "127.0.0.1:0"});
  ASSERT_TRUE(server.prints("entries"));

  const Ran status = strongroom({"status", "--home", directory / "room/people/ann"});

  EXPECT_EQ(status.code, 0) << status.output;
  EXPECT_NE(status.output.find("this is encryption, not two-party control"), std::string::npos)
      << status.output;
}

TEST(ASoloStrongroom, IsForOnePerson) {
  const io::TemporaryDirectory directory;
  EXPECT_EQ(strongroom({"init", "--profile", "solo", "--data", directory / "room", "--custodians",
                        "ann,ben"})
                .code,
            code(ErrorCode::kUsage));
  EXPECT_FALSE(std::filesystem::exists(directory / "room"));
}

}  // namespace
}  // namespace strongroom::end_to_end

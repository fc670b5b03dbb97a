#include "verbs.h"

/// The verbs of founding and joining, as they are typed.
namespace strongroom::terminal {

namespace {

Option files(std::string spelled, std::string about, std::vector<std::string>& into) {
  return {.spelled = std::move(spelled),
          .value = "FILE,...",
          .about = std::move(about),
          .into = &into,
          .completes = Completes::kFile};
}

std::vector<Option> init_options(InitOptions& typed) {
  return {
      {.spelled = "--data",
       .value = "DIR",
       .about = "Where the site's files lie",
       .into = &typed.directory,
       .required = true,
       .completes = Completes::kDirectory},
      {.spelled = "--profile",
       .value = "PROFILE",
       .about = "solo (one person), or small or lab (several, each on a machine of their own)",
       .into = &typed.profile,
       .completes = Completes::kChoice,
       .choices = {"solo", "small", "lab"}},
      {.spelled = "--custodians",
       .value = "NAME,...",
       .about = "Who may release, by name (solo and demonstrations)",
       .into = &typed.custodians},
      files("--founders", "Introductions of those who found and may release (small and lab)",
            typed.founders),
      {.spelled = "--threshold",
       .value = "N",
       .about = "How many of them a release takes (2)",
       .into = &typed.threshold},
      files("--recovery", "Introductions of who can recover a lost site, none of them a founder",
            typed.recovery),
      {.spelled = "--recovery-threshold",
       .value = "N",
       .about = "How many of them it takes (1)",
       .into = &typed.recovery_threshold},
      files("--members", "Others, who may seal and ask: introductions (demonstrations: names)",
            typed.members),
      {.spelled = "--host",
       .value = "NAME[=FILE],...",
       .about = "This machine's agent by name, or another's with what its strongroom-agent key "
                "printed",
       .into = &typed.hosts,
       .completes = Completes::kFile},
      {.spelled = "--cleared-days",
       .value = "N",
       .about = "How long everybody is cleared for (365)",
       .into = &typed.cleared_days},
      {.spelled = "--again",
       .about = "Replace a proposal that waits for signatures, which voids them",
       .into = &typed.again}};
}

}  // namespace

Verb init_verb() {
  auto typed = std::make_shared<InitOptions>();
  return {
      .name = "init",
      .group = Group::kFounding,
      .summary = "Found a strongroom, or propose one to its founders",
      .more =
          "With --profile small or lab it founds nothing yet: it writes DIR/genesis.json, which "
          "every founder compares and signs (strongroom sign), and strongroom found ends it. With "
          "--profile solo and with --demonstration one machine makes every key, and a home for "
          "each person under DIR/people. Solo is encryption, not two-party control; a "
          "demonstration proves the software, not the separation.",
      .options = init_options(*typed),
      .examples = {{"strongroom init --demonstration --data ./lab --custodians alice,bob,carol "
                    "--members dana",
                    "founds a demonstration in which any two of three custodians release"},
                   {"strongroom init --profile small --data ./lab --founders a.introduction,"
                    "b.introduction,c.introduction --recovery r.introduction,s.introduction",
                    "proposes a strongroom of three founders to them"}},
      .run = [typed](const Common& common) { return init(common, *typed); }};
}

Verb key_verb() {
  auto typed = std::make_shared<KeyOptions>();
  return {
      .name = "key",
      .group = Group::kFounding,
      .summary = "Make your own key, and a file that introduces it",
      .more =
          "The key lies in --home under a passphrase. The introduction is no secret: send it to "
          "who founds, or to a custodian who enrols you. A key that is there already is kept.",
      .options = {{.spelled = "what",
                   .about = "new",
                   .into = &typed->what,
                   .required = true,
                   .completes = Completes::kChoice,
                   .choices = {"new"}},
                  {.spelled = "--name",
                   .value = "NAME",
                   .about = "What people call you: a-z, 0-9 and '-'",
                   .into = &typed->name,
                   .required = true},
                  {.spelled = "--strongroom",
                   .value = "ID",
                   .about = "To be enrolled in one that stands: its id, from a person",
                   .into = &typed->strongroom},
                  {.spelled = "--person",
                   .value = "PERSON",
                   .about = "A further key of somebody enrolled there: their id, from strongroom "
                            "person list",
                   .into = &typed->person},
                  {.spelled = "--out",
                   .value = "FILE",
                   .about = "The file to send (NAME.introduction)",
                   .into = &typed->out,
                   .completes = Completes::kFile}},
      .examples = {{"strongroom key new --home ~/strongroom --name alice",
                    "makes alice's key and alice.introduction"}},
      .run = [typed](const Common& common) { return new_key(common, *typed); }};
}

Verb sign_verb() {
  auto typed = std::make_shared<SignOptions>();
  return {.name = "sign",
          .group = Group::kFounding,
          .summary = "Look at a proposed strongroom, compare its id aloud, and sign it",
          .more =
              "Shows every member, key, host and rule of the genesis, decoded here. Sign only "
              "when the id that the other founders read to you is the one that you see.",
          .options = {{.spelled = "genesis",
                       .about = "The file that strongroom init wrote",
                       .into = &typed->genesis,
                       .required = true,
                       .completes = Completes::kFile},
                      {.spelled = "--heard",
                       .value = "ID",
                       .about = "The id as another founder gave it to you, instead of being asked",
                       .into = &typed->heard},
                      {.spelled = "--out",
                       .value = "FILE",
                       .about = "The file to send back (NAME.signature)",
                       .into = &typed->out,
                       .completes = Completes::kFile}},
          .examples = {{"strongroom sign genesis.json --home ~/strongroom",
                        "shows the proposal, asks for what was compared, and signs"}},
          .run = [typed](const Common& common) { return sign_genesis(common, *typed); }};
}

Verb found_verb() {
  auto typed = std::make_shared<FoundOptions>();
  return {.name = "found",
          .group = Group::kFounding,
          .summary = "Found the proposed strongroom that every founder has signed",
          .more = "May be run again when it was interrupted.",
          .options = {{.spelled = "--data",
                       .value = "DIR",
                       .about = "As it was given to strongroom init",
                       .into = &typed->directory,
                       .required = true,
                       .completes = Completes::kDirectory},
                      {.spelled = "--signatures",
                       .value = "FILE,...",
                       .about = "One of each founder",
                       .into = &typed->signatures,
                       .required = true,
                       .completes = Completes::kFile}},
          .examples = {{"strongroom found --data ./lab --signatures "
                        "alice.signature,bob.signature,carol.signature",
                        "puts the signed genesis at the head of a new log"}},
          .run = [typed](const Common& common) { return found(common, *typed); }};
}

Verb join_verb() {
  auto typed = std::make_shared<JoinOptions>();
  return {.name = "join",
          .group = Group::kFounding,
          .summary = "Pin a strongroom's id in your home, and follow its log from there",
          .more =
              "The id comes from a person, never from the server. A home is of one strongroom "
              "for ever. Who is not among the founders' members is enrolled first, by a quorum.",
          .options = {{.spelled = "--id",
                       .value = "ID",
                       .about = "The strongroom's id in full, 64 digits",
                       .into = &typed->id,
                       .required = true},
                      {.spelled = "--server",
                       .value = "URL",
                       .about = "The server as this machine reaches it (http://127.0.0.1:7443)",
                       .into = &typed->server},
                      {.spelled = "--store",
                       .value = "DIR",
                       .about = "Directory of the sealed objects, to seal or open on this machine",
                       .into = &typed->store,
                       .completes = Completes::kDirectory},
                      {.spelled = "--agent",
                       .value = "DIR",
                       .about = "Join this agent's directory instead of a person's home",
                       .into = &typed->agent,
                       .completes = Completes::kDirectory}},
          .examples = {{"strongroom join --home ~/strongroom --id ID --server "
                        "http://127.0.0.1:7443",
                        "makes this home one of that strongroom"}},
          .run = [typed](const Common& common) { return join(common, *typed); }};
}

}  // namespace strongroom::terminal

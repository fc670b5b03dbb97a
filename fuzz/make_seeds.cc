// rooms: judge seal client ledger model model_lineage
// Writes what our own encoders write, for every target, into DIRECTORY/<target>/: made anew before
// each run, so that no format's seeds fall behind it.  Usage: fuzz_make_seeds DIRECTORY
#include <filesystem>
#include <fstream>

#include "client/config.h"
#include "fixed_stream.h"
#include "http/signature.h"
#include "io/temporary_directory.h"
#include "judge/test_inventory.h"
#include "keys/stored_secret.h"
#include "ledger/log_proof.h"
#include "ledger/tile.h"
#include "model/lineage/zoo_files_for_test.h"
#include "property.h"
#include "protocol/bulk.h"
#include "protocol/host_introduction.h"
#include "protocol/introduction.h"
#include "protocol/lease.h"
#include "protocol/sweep.h"
#include "seal/names.h"
#include "seal/resealed_leaves.h"
#include "seal/sealed_for_test.h"
#include "weights_seeds.h"

namespace strongroom::fuzz {
namespace {

class Seeds {
 public:
  explicit Seeds(std::filesystem::path root) : root_(std::move(root)) {}
  void add(const std::string& target, std::string_view bytes) {
    const std::filesystem::path folder = root_ / target;
    std::filesystem::create_directories(folder);
    std::ofstream file(folder / ("made-" + std::to_string(++count_)), std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    must(file.good(), "a seed can be written");
  }
  void add(const std::string& target, ByteView bytes) { add(target, as_text(bytes)); }
  void add_json(const format::Json& json) {
    add("json", format::encode(json));
    add("statements", format::encode(json));
  }

 private:
  std::filesystem::path root_;
  int count_ = 0;
};

std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// One release from founding to its end, and everything that was said in it.
void add_log(Seeds& seeds) {
  const judge::TestLab lab;
  judge::TestLog log;
  const protocol::Request request = lab.request(lab.rex);
  judge::add_up_to_proposal(log, lab, request, lab.rex);
  std::vector<protocol::Command> commands{lab.founding(),
                                          judge::TestLab::propose(request, lab.rex)};
  for (const judge::TestPerson* who : {&lab.alice, &lab.bob})
    commands.push_back(judge::TestLab::cast(lab.approval(*who, request), *who));
  commands.push_back(judge::TestLab::redeem(lab.redemption(request), lab.host));
  commands.push_back(judge::TestLab::end_lease(lab.lease_end(request), lab.host));
  commands.push_back(lab.freeze(lab.alice, lab.object));
  commands.push_back(lab.recall(lab.carol, request));
  for (std::size_t i = 2; i < commands.size(); ++i)
    must(log.add(commands[i]).has_value(), "the release goes its way");
  for (protocol::Command& command : commands) {
    if (command.statement) seeds.add_json(*command.statement);
    command.attachments.push_back({"evidence", Bytes{1, 2, 3}});
    seeds.add("wire", encode(command));
  }
  std::string whole;
  for (const std::string& line : log.lines()) {
    seeds.add("entry", line);
    whole += line + '\n';
  }
  seeds.add("world", whole);
  seeds.add_json(lab.genesis.policy.to_json());
  for (const protocol::Member& member : lab.genesis.members) seeds.add_json(to_json(member));
  seeds.add_json(to_json(lab.host.host));
  seeds.add_json(to_json(lab.genesis.deposit_key));
  seeds.add_json(to_json(lab.genesis.levels.front()));
  seeds.add_json(to_json(lab.registration()));
  seeds.add_json(to_json(lab.deposit()));
  seeds.add_json(to_json(log.seen()));
  seeds.add_json(to_json(commands.front().signatures.front()));
  seeds.add_json(to_json(vault::Granted{judge::TestLab::proposal_of(request), {5, 6}}));

  const protocol::Evidence evidence{std::string(protocol::kEvidenceNone), request.host,
                                    protocol::evidence_binding(request)};
  seeds.add("agent_socket",
            encode(protocol::DraftAsk{request.object, {0, 1}, request.person, {}, 1, 2, 3}));
  seeds.add("agent_socket", encode(protocol::Draft{request, evidence}));
  const protocol::LeaseAsk ask{judge::TestLab::proposal_of(request),
                               commands.back().signatures.front(),
                               {.salt = {}, .text = "an eval run"},
                               "/mnt/model",
                               true};
  seeds.add("agent_socket", encode(ask));
  protocol::LeaseStatus status;
  status.mount = "/mnt/model";
  status.detail = "one approval is missing";
  seeds.add("agent_socket", encode(status));
}

/// Something sealed, re-keyed, and rehearsed: what was said, and the whole log.
void add_rekey(Seeds& seeds) {
  const judge::TestLab lab;
  judge::TestLog log;
  const auto say = [&](const protocol::Command& command) {
    must(log.add(command).has_value(), "the re-key goes its way");
    seeds.add_json(*command.statement);
    seeds.add("wire", encode(command));
  };
  const auto release = [&](const protocol::Request& request) {
    say(judge::TestLab::propose(request, lab.rex));
    for (const judge::TestPerson* who : {&lab.alice, &lab.bob})
      say(judge::TestLab::cast(lab.approval(*who, request, log.seen()), *who));
    say(judge::TestLab::redeem(lab.redemption(request), lab.host));
  };
  protocol::Request request = lab.request(lab.rex);
  request.act = protocol::ReleaseAct::kRekey;
  request.byte_budget = 0;
  request.new_keys = protocol::NewKeys{1, request.policy, request.wrap_suite};
  say(lab.founding());
  say(judge::TestLab::register_asset(lab.registration(), lab.alice));
  say(judge::TestLab::make_deposit(lab.deposit(), lab.alice));
  release(request);
  protocol::Rekey rekey{.strongroom = lab.id,
                        .proposal = judge::TestLab::proposal_of(request),
                        .n = 1,
                        .host = request.host,
                        .object = lab.object,
                        .epoch = 1,
                        .key_record = {},
                        .sealed_shares = {},
                        .policy = request.policy,
                        .deposit_key = lab.genesis.deposit_key.id,
                        .wrap_suite = request.wrap_suite,
                        .checkpoint = log.seen()};
  say(judge::TestLab::signed_by(protocol::EntryType::kRekeyed, to_json(rekey), lab.host));
  protocol::Confirmation confirmation;
  confirmation.strongroom = lab.id;
  confirmation.object = lab.object;
  confirmation.epoch = 1;
  confirmation.groups = lab.deposit().groups;
  confirmation.person = lab.bob.id();
  confirmation.key = lab.bob.key;
  say(judge::TestLab::signed_by(protocol::EntryType::kConfirmed, to_json(confirmation), lab.bob));
  protocol::Request rehearsal = lab.request(lab.rex);
  rehearsal.epoch = 1;
  rehearsal.key_record = {};
  rehearsal.act = protocol::ReleaseAct::kRehearse;
  rehearsal.byte_budget = 0;
  release(rehearsal);
  const protocol::Rehearsal rehearsed{.strongroom = lab.id,
                                      .proposal = judge::TestLab::proposal_of(rehearsal),
                                      .n = 1,
                                      .host = rehearsal.host,
                                      .nodes = {"", "1", "2", "3"}};
  say(judge::TestLab::signed_by(protocol::EntryType::kRehearsed, to_json(rehearsed), lab.host));
  std::string whole;
  for (const std::string& line : log.lines()) whole += line + '\n';
  seeds.add("world", whole);
  seeds.add("agent_socket",
            encode(protocol::DraftAsk{
                request.object, {}, request.person, {}, 0, 2, 3, protocol::ReleaseAct::kRekey}));
}

/// What hosts see on their disks, what people and programs say of assets, and what they ask for.
void add_inventory(Seeds& seeds) {
  const judge::TestLab lab;
  protocol::Sweep sweep{.strongroom = lab.id, .host = lab.host.host.host};
  sweep.files = 3;
  seeds.add_json(to_json(sweep));
  sweep.seen = {{.digest = {}, .kind = "shadow", .format = "safetensors", .bytes = 5, .place = {}}};
  sweep.gone = {Digest{}};
  sweep.period_seconds = 3600;
  sweep.is_afresh = true;
  seeds.add_json(to_json(sweep));
  protocol::Explained explained{.strongroom = lab.id, .person = lab.alice.id()};
  seeds.add_json(to_json(explained));
  explained.meaning = protocol::Meaning::kAsset;
  explained.asset = lab.asset;
  seeds.add_json(to_json(explained));
  protocol::FactsStated stated =
      judge::stated(lab, lab.alice, lab.asset, judge::harmless_facts(lab.asset));
  seeds.add_json(to_json(stated));
  stated.facts = format::Json::Object{};
  stated.listing = protocol::Listing{{}, 2, 1, {Digest{}}};
  seeds.add_json(to_json(stated));
  protocol::Finding finding{.strongroom = lab.id, .asset = lab.asset, .by = "lineage"};
  finding.parent = lab.asset;
  finding.at_least = protocol::Level::kSl4;
  finding.person = lab.alice.id();
  seeds.add_json(to_json(finding));
  seeds.add_json(to_json(lab.genesis.levels));
  for (const protocol::Subject& subject :
       {protocol::Subject(protocol::SetLevels{lab.genesis.levels}),
        protocol::Subject(protocol::SetLevel{lab.asset, protocol::Level::kSl2, {1}}),
        protocol::Subject(judge::test_reference()), protocol::Subject(protocol::Dismiss{{7}}),
        protocol::Subject(protocol::Except{.object = lab.object,
        .hosts = {lab.host.host.host},
        .demand = "attested_host",
        .level = protocol::Level::kSl2,
        .until = {2}})}) {
    const protocol::Change change = lab.change(lab.carol, subject, {});
    seeds.add_json(to_json(change));
    seeds.add_json(to_json(lab.change_approval(lab.bob, change, {})));
  }
  std::vector<protocol::Command> commands(2, lab.founding());
  seeds.add("wire", protocol::encode(commands));
  seeds.add("wire", protocol::encode(std::vector<Digest>{Digest{}}));
  seeds.add("wire", protocol::encode(std::vector<std::optional<protocol::Opening>>{
                        protocol::Opening{.salt = {}, .text = "dana"}, std::nullopt}));
  std::vector<Result<protocol::Receipt>> answers;
  answers.emplace_back(protocol::Receipt{});
  answers.emplace_back(fail(ErrorCode::kRefused, "a rule says no"));
  seeds.add("wire", protocol::encode(answers));
}

void add_sealed(Seeds& seeds) {
  const seal::Lab lab(seal::two_teams());
  const seal::Sealed sealed(lab, {{"a/b.bin", seal::pattern(70)}, {"config.json", {}}},
                            seal::PayloadSuite::kFloe1mBlake3, {{0}, {1}});
  seeds.add("seal_records", sealed.object.manifest);
  seeds.add("seal_records", sealed.object.key_record);
  seeds.add("seal_records", sealed.object.sealed_shares);
  const crypto::KemKeyPair host = crypto::generate_kem(lab.kem());
  const seal::Recipient recipient{crypto::random_id<ProposalId>(), host.public_key};
  const std::vector<seal::ResealedLeaf> leaves = sealed.resealed({seal::person(1)}, recipient);
  seeds.add("wire", seal::encode(leaves));
  seeds.add("wire", protocol::encode(std::vector<protocol::RedeemedSite>{{0, leaves[0].sealed}}));
  for (const std::vector<std::string>& names :
       {std::vector<std::string>{"model.gguf"}, {"a/b.bin", "config.json"}, {"a", "b", "c/d/e"}})
    seeds.add("names", value_of(seal::encode_names(names), "names"));

  const seal::DataKey key = fixed_key();
  const auto stream = seal::FloeStream::start(kFixedParameters, key, as_bytes(kFixedAssociated));
  Bytes whole(stream.header().begin(), stream.header().end());
  seal::FloeCipher cipher(stream);
  for (std::uint64_t position = 0; position < kFixedSegments; ++position) {
    const std::string text = fixed_segment(position);
    Bytes segment(text.size() + seal::kFloeSegmentOverheadBytes);
    std::copy(text.begin(), text.end(),
              segment.begin() + static_cast<std::ptrdiff_t>(seal::kFloeSegmentPrefixBytes));
    cipher.seal({position, position + 1 == kFixedSegments}, segment);
    whole.insert(whole.end(), segment.begin(), segment.end());
  }
  seeds.add("floe", whole);
  Bytes leaf_file;
  for (std::uint8_t leaf = 0; leaf < 5; ++leaf) leaf_file.insert(leaf_file.end(), 32, leaf);
  seeds.add("leaf_file", leaf_file);
}

void add_ledger(Seeds& seeds) {
  const crypto::Ed25519Seed log_seed = crypto::generate_ed25519();
  const ledger::NoteKey key{"strongroom.invalid/0123456789abcdef",
                            crypto::ed25519_public(log_seed)};
  const auto signer = [&](ByteView bytes) { return crypto::ed25519_sign(log_seed, bytes); };
  const ledger::Checkpoint checkpoint{key.name, 1'067, {}, {}};
  const std::string note =
      value_of(ledger::sign_checkpoint(checkpoint, key, signer), "a checkpoint is signed");
  seeds.add("notes", note);
  seeds.add("notes", encode_checkpoint(checkpoint));
  seeds.add("notes", encode_note_key(key));
  seeds.add("notes", ledger::encode_log_proof({std::nullopt, 67, {Digest{}, Digest{}}, note}));
  for (const char* path : {"tile/0/x001/067", "tile/1/067.p/12", "tile/entries/067.p/12",
                           "checkpoints/x001/067", "1067"})
    seeds.add("tiles", path);
  seeds.add("tiles", ledger::encode_tile(std::vector<Digest>(7)));
  seeds.add("tiles", ledger::encode_bundle(std::vector<Bytes>{{1, 2, 3}, {}}));
}

// RFC 6962 §2.1.1, for trees this small.
void put_path(Bytes& out, std::size_t index, std::span<const Digest> leaves) {
  if (leaves.size() <= 1) return;
  std::size_t left = 1;
  while (left * 2 < leaves.size()) left *= 2;
  const bool in_left = index < left;
  put_path(out, in_left ? index : index - left,
           in_left ? leaves.first(left) : leaves.subspan(left));
  const Digest other = crypto::root_of(crypto::TreeHash::kSha256,
                                       in_left ? leaves.subspan(left) : leaves.first(left));
  out.insert(out.end(), other.bytes.begin(), other.bytes.end());
}

void add_proofs(Seeds& seeds) {
  std::vector<Digest> leaves(40);
  for (std::size_t i = 0; i < leaves.size(); ++i)
    leaves[i].bytes.fill(static_cast<std::uint8_t>(i + 1));
  for (const auto& [index, size] : {std::pair{0, 1}, {3, 7}, {12, 13}, {39, 40}, {16, 33}}) {
    Bytes proof{static_cast<std::uint8_t>(size), static_cast<std::uint8_t>(index),
                static_cast<std::uint8_t>(index)};
    put_path(proof, static_cast<std::size_t>(index),
             std::span(leaves).first(static_cast<std::size_t>(size)));
    seeds.add("proofs", proof);
  }
}

void add_http(Seeds& seeds) {
  for (const char* text : {"/v1/proposals/ab%20c?x=1&y=%2F", "/log/tile/0/x001/067", "a=1&b=x%20y",
                           "http://127.0.0.1:8443", "unix:/run/strongroom/agent.sock"})
    seeds.add("http_message", std::string_view(text));
  const crypto::Ed25519Seed seed = crypto::generate_ed25519();
  http::Request request{.method = http::Method::kPost, .path = "/v1/commands"};
  request.body = {1, 2, 3};
  const auto signer = [&](ByteView bytes) -> Result<crypto::Ed25519Signature> {
    return crypto::ed25519_sign(seed, bytes);
  };
  must(http::sign_request(request, {"key", http::fresh_nonce(), UnixSeconds{1'800'000'000}}, signer)
           .has_value(),
       "a request is signed");
  const std::string input(*request.headers.find("signature-input"));
  seeds.add("http_signature", input);
  seeds.add("http_signature", input + "\n" + std::string(*request.headers.find("signature")) +
                                  "\n" + std::string(*request.headers.find("content-digest")) +
                                  "\n\x01\x02\x03");
}

void add_introductions(Seeds& seeds) {
  const judge::TestLab lab;
  const protocol::Signer alice = lab.alice.signer();
  const protocol::Introduction person{
      .person = lab.alice.id(),
      .name = {.salt = {}, .text = "alice"},
      .keys = lab.alice.member.keys.front(),
  };
  seeds.add("introductions", value_of(protocol::encode_introduction(person, alice), "a person"));
  seeds.add("introductions",
            value_of(protocol::encode_introduction(person, alice, StrongroomId{}), "with a claim"));
  seeds.add("introductions", encode(value_of(protocol::introduce_host(StrongroomId{}, lab.host.host,
                                                                      "gpu-2", lab.host.signer()),
                                             "a host")));
  seeds.add("introductions", protocol::encode(protocol::FoundingSignature{}));
}

void add_files(Seeds& seeds) {
  const io::TemporaryDirectory place;
  const crypto::Ed25519Seed seed = crypto::generate_ed25519();
  keys::Header header;
  header.holds = keys::Holds::kSigning;
  header.sign = crypto::ed25519_public(seed);
  header.id = crypto::key_id_of(*header.sign);
  Bytes plain = seed.with_bytes([](ByteView bytes) { return copy_bytes(bytes); });
  const SecretBytes secret = SecretBytes::take(plain);
  const std::string path = place.path() + "/key.json";
  must(keys::write_stored(path, header, secret, {}, io::system_files()).has_value(), "a key file");
  seeds.add("key_file", file_text(path));
  const client::Config config{.strongroom = {},
                              .demonstration = true,
                              .server = "http://127.0.0.1:8443",
                              .store = "/srv/objects",
                              .person = PersonId{},
                              .host = std::nullopt};
  must(client::write_config(place.path(), config).has_value(), "a home");
  seeds.add("client_config", file_text(client::config_path(place.path())));
  seeds.add("mount_table",
            std::string_view("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw\n"
                             "30 24 0:26 / /mo\\040del rw - fuse.strongroom strongroom rw\n"));
}

std::string number(std::uint64_t value, unsigned width) {
  std::string text;
  for (unsigned i = 0; i < width; ++i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}

void add_models(Seeds& seeds) {
  const std::string architecture = "general.architecture";
  seeds.add("model_head", "GGUF" + number(3, 4) + number(1, 8) + number(1, 8) +
                              number(architecture.size(), 8) + architecture + number(8, 4) +
                              number(5, 8) + "llama");
  const std::string tensors =
      R"({"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  seeds.add("model_head", number(tensors.size(), 8) + tensors + "\1\2\3\4");
  seeds.add("model_head", std::string_view("\x80\x02}q\x01X\x01\x00\x00\x00wq\x02K\x01s.", 17));
  const std::string name = "archive/data.pkl";
  seeds.add("model_head", "PK\3\4" + number(20, 2) + std::string(20, '\0') +
                              number(name.size(), 2) + number(0, 2) + name + "\x80\x02}.");
  seeds.add("model_head", std::string_view("\x08\x07\x12\x07pytorch\x3a\x04\x0a\x02\x0a\x00", 17));
  seeds.add("model_head", std::string_view(R"({"model_type":"llama","hidden_size":4096})"));
  seeds.add("safetensors", safetensors_seed());
  for (const std::uint64_t alignment : {1u, 32u, 128u})
    seeds.add("gguf_structure", gguf_seed(alignment));
  seeds.add("numpy", npy_seed("'<f4'", 24));
  seeds.add("numpy", npy_seed("[('a', '<f4'), ('b', '|u1', (2,))]", 36));
  seeds.add("numpy", npy_seed("'|O'", 10));
  seeds.add("onnx_structure", onnx_seed());
  seeds.add("model_json", kConfigSeed);
  seeds.add("model_json", kIndexSeed);
}

/// PyTorch's two forms around one tensor, and the instructions that these do not need.
void add_pickles(Seeds& seeds) {
  const std::string tensor =
      "ctorch._utils\n_rebuild_tensor_v2\n((U\7storagectorch\nFloatStorage\nU\0010U\3cpuK\1tQK" +
      number(0, 1) + "K\1\x85K\1\x85\x89" + "ccollections\nOrderedDict\n)RtR";
  const std::string state = "\x80\2}U\1w" + tensor + "s.";
  const std::string magic("\x80\2\x8a\nl\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);
  seeds.add("pickle", state);
  seeds.add("pickle", magic + "\x80\2M\xe9\3.\x80\2}U\15little_endian\x88s." + state +
                          "\x80\2]U\0010a." + number(1, 8) + "ffff");
  const std::string name = "m/data.pkl";
  seeds.add("pickle", "PK\3\4" + number(20, 2) + std::string(12, '\0') + number(state.size(), 4) +
                          number(state.size(), 4) + number(name.size(), 2) + number(0, 2) + name +
                          state);
  seeds.add("pickle", "\x80\4\x95" + number(8, 8) + "\x8f(K\1K\2\x90.");
  seeds.add("pickle",
            std::string_view("(lp0\nI1\naI01\naL12L\naF1.5\naS'x\\x41'\naV\\u0041\nag0\na."));
  seeds.add("pickle", std::string_view("cargparse\nNamespace\n)\x81}U\1aNsb."));
}

void add_fingerprints(Seeds& seeds) {
  namespace zoo = model::lineage::zoo;
  const zoo::Size size{.width = 32, .layers = 1, .heads = 2, .hidden = 64, .tokens = 64};
  zoo::Zoo model = zoo::make_model(size, 1);
  seeds.add("fingerprint", model::lineage::encode(zoo::printed(model, size)));
  model.resize(2);
  seeds.add("fingerprint", model::lineage::encode(zoo::printed(model, size)));
  seeds.add("fingerprint", model::lineage::encode({}));
}

int make(const std::string& root) {
  Seeds seeds(root);
  add_log(seeds);
  add_rekey(seeds);
  add_inventory(seeds);
  add_sealed(seeds);
  add_ledger(seeds);
  add_proofs(seeds);
  add_http(seeds);
  add_introductions(seeds);
  add_files(seeds);
  add_models(seeds);
  add_pickles(seeds);
  add_fingerprints(seeds);
  for (const char* text : {"", "aGk=", "AAEC", "00ff"}) seeds.add("base64", std::string_view(text));
  seeds.add("canary", std::string_view(R"({"n":"ok"})"));
  return 0;
}

}  // namespace
}  // namespace strongroom::fuzz

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
    return 2;
  }
  return strongroom::fuzz::make(argv[1]);
}

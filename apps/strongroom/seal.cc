#include <fmt/format.h>
#include <unistd.h>

#include <chrono>

#include "base/limits.h"
#include "base/program.h"
#include "base/shown.h"
#include "crypto/random.h"
#include "io/listing.h"
#include "judge/standing.h"
#include "model/recognise.h"
#include "model/summary.h"
#include "protocol/deposit.h"
#include "screen.h"
#include "seal/manifest.h"
#include "seal/seal_object.h"
#include "sealing.h"
#include "session.h"
#include "store/blob_store.h"
#include "verbs.h"

namespace strongroom::terminal {

namespace {

using format::Json;

Result<io::Listing> list_model(const std::string& directory) {
  return io::list_files(
      directory, {.files_max = limits::kObjectFilesMax, .partial = io::PartialNames::kListed});
}

Result<model::Summary> recognise_listing(const io::Listing& listing) {
  std::vector<model::RecognisedFile> files;
  for (const io::ListedFile& file : listing.files) {
    ASSIGN_OR_RETURN(const io::FileReader reader, io::open_listed(listing, file));
    Bytes head(std::min<std::uint64_t>(file.size_bytes, model::kHeadBytesMax));
    ASSIGN_OR_RETURN(const std::size_t count, reader.read_at(0, head));
    head.resize(count);
    files.push_back(
        {file.name, file.size_bytes, model::recognise(file.name, head, file.size_bytes)});
  }
  return model::recognise_directory(std::move(files));
}

struct AssetOfName {
  AssetId asset;
  bool is_new = true;
  std::optional<Digest> previous;  // manifest of its newest version
};

Result<AssetOfName> asset_of_name(Session& session, const std::string& name) {
  const judge::Rooms rooms = session.follower().world().rooms();
  ASSIGN_OR_RETURN(const std::vector<registry::Asset> assets, rooms.registry.assets());
  for (const registry::Asset& asset : assets) {
    ASSIGN_OR_RETURN(const auto text, session.follower().text("name", asset.name));
    if (!text || *text != name) continue;
    AssetOfName found{asset.asset, false, std::nullopt};
    ASSIGN_OR_RETURN(const std::vector<vault::Object> objects, rooms.vault.objects());
    for (const vault::Object& object : objects) {
      if (object.deposit.asset == asset.asset) found.previous = object.deposit.manifest;
    }
    return found;
  }
  return AssetOfName{crypto::random_id<AssetId>(), true, std::nullopt};
}

}  // namespace

Result<void> send(Session& session, protocol::Command command) {
  ASSIGN_OR_RETURN(
      const protocol::Signature signature,
      protocol::sign_statement(*command.statement, custodian::signer_of(session.key())));
  command.signatures = {signature};
  RETURN_IF_ERROR(session.follower().submit(command));
  return {};
}

namespace {

Result<void> register_asset(Session& session, const AssetId& asset, const std::string& name,
                            const model::Summary& summary) {
  ASSIGN_OR_RETURN(const protocol::Opening opening, protocol::open_text(name));
  protocol::Registration registration{.strongroom = session.config().strongroom,
                                      .asset = asset,
                                      .name = protocol::commitment_to("name", opening),
                                      .kind = "model",
                                      .formats = {},
                                      .person = session.person()};
  for (const auto& [kind, count] : summary.kinds) {
    registration.formats.emplace(name_of(kind), static_cast<std::int64_t>(count.files));
  }
  protocol::Command command;
  command.type = protocol::EntryType::kRegistered;
  command.statement = to_json(registration);
  command.texts = {{"name", opening}};
  return send(session, std::move(command));
}

}  // namespace

Result<seal::SealRequest> seal_request(Session& session, const io::Listing& listing,
                                       const std::optional<Digest>& previous) {
  const judge::Rooms rooms = session.follower().world().rooms();
  ASSIGN_OR_RETURN(const auto founding, rooms.vault.founding());
  if (!founding) return fail(ErrorCode::kNotYet, "nothing is founded there yet");
  seal::SealRequest request{.source = &listing,
                            .groups = {},
                            .strongroom = session.config().strongroom,
                            .policy = founding->policy,
                            .custodians = {},
                            .deposit_key = founding->deposit_key,
                            .previous = previous};
  for (const PersonId& person : founding->policy.persons()) {
    ASSIGN_OR_RETURN(const auto member, rooms.people.member(person));
    if (!member)
      return fail(ErrorCode::kNotAuthentic, "the policy names a person whom the log lacks");
    for (const crypto::PublicKeys& key : member->keys) request.custodians.push_back({person, key});
  }
  request.recovery = session.follower().world().genesis().recovery;
  if (!request.recovery) return request;
  for (const PersonId& person : request.recovery->holders) {
    ASSIGN_OR_RETURN(const auto member, rooms.people.member(person));
    if (!member) return fail(ErrorCode::kNotAuthentic, "a recovery holder is not in the log");
    for (const crypto::PublicKeys& key : member->keys)
      request.recovery_keys.push_back({person, key});
  }
  return request;
}

Result<void> deposit(Session& session, const AssetId& asset, const seal::SealRequest& request,
                     const seal::SealedObject& sealed) {
  const protocol::Deposit deposit{
      .strongroom = session.config().strongroom,
      .object = sealed.object,
      .asset = asset,
      .manifest = sealed.manifest_digest,
      .key_record = sealed.key_record_digest,
      .sealed_shares = sealed.sealed_shares_digest,
      .epoch = 0,
      .policy = request.policy.digest(),
      .deposit_key = request.deposit_key.id,
      .payload_suite = std::string(name_of(request.payload_suite)),
      .wrap_suite = std::string(name_of(request.wrap_suite)),
      .groups = 1,
      .files = sealed.files,
      .plaintext_bytes = static_cast<std::int64_t>(sealed.plaintext_bytes),
      .sealed_bytes = static_cast<std::int64_t>(sealed.sealed_bytes),
      .person = session.person(),
      .checkpoint = session.follower().world().seen()};
  protocol::Command command;
  command.type = protocol::EntryType::kDeposited;
  command.statement = to_json(deposit);
  return send(session, std::move(command));
}

namespace {

// The last moment to stop; and the registration, where the name is new.
Result<void> prepare_deposit(Session& session, const AssetOfName& asset, const std::string& name,
                             const model::Summary& summary) {
  if (StopSignals::came() != 0) {
    return fail(ErrorCode::kInterrupted, "told to stop: nothing was deposited");
  }
  return asset.is_new ? register_asset(session, asset.asset, name, summary) : Result<void>();
}

// Whatever else went wrong, the deposit may stand: an answer was lost, or came and could not be
// written down here, or the entry waits to be published. Then its blobs must stand too. If it does
// not, a later sealing sweeps them.
void remove_if_refused(Session& session, store::BlobStore& store, const ObjectId& object,
                       const Error& error) {
  if (error.code != ErrorCode::kRefused && error.code != ErrorCode::kFrozen) return;
  if (!session.follower().follow()) return;
  const auto deposited = session.follower().world().rooms().vault.object(object);
  if (!deposited || *deposited) return;
  const Result<void> removed = seal::remove_object(store, object);
  static_cast<void>(removed);
}

// What interrupted sealings left: nobody's, and in nobody's way but the disk's. Failing at it is no
// reason not to seal.
void sweep(const Common& common, Session& session, store::BlobStore& store) {
  const judge::Rooms rooms = session.follower().world().rooms();
  const Result<std::size_t> swept = seal::remove_abandoned_objects(
      store, session.clock().now(), [&rooms](const ObjectId& object) -> Result<bool> {
        ASSIGN_OR_RETURN(const auto found, rooms.vault.object(object));
        return found.has_value();
      });
  if (swept && *swept > 0)
    say(common, fmt::format("Removed what {} interrupted sealings left in the store", *swept));
}

// Who has not confirmed the deposit, in words; empty when it is certain.
Result<std::string> uncertain(Session& session, const judge::DepositStanding& standing) {
  std::string words;
  for (const PersonId& person : standing.missing) {
    ASSIGN_OR_RETURN(const std::string name, custodian::person_name(session.follower(), person));
    words += (words.empty() ? "" : ", ") + name;
  }
  if (standing.certain) return std::string();
  return fmt::format(
      "not certain yet: {} of {} custodians confirmed it (missing: {}), {}",
      standing.confirmed.size(), standing.wanted, words.empty() ? "nobody" : words,
      standing.rehearsed ? "an opening was rehearsed" : "no opening has been rehearsed");
}

// The one readable copy goes only once it is certain that the sealed one opens, and that this is
// not a server's word: both stand at a checkpoint that witnesses have cosigned (vault.md, Deposit).
// Said before anything is sealed.
Result<void> may_remove_source(Session& session, const std::string& directory) {
  ASSIGN_OR_RETURN(const auto founding, session.follower().world().rooms().vault.founding());
  if (!founding) return fail(ErrorCode::kNotYet, "nothing is founded there yet");
  if (founding->mode == protocol::Mode::kDemonstration) {
    return fail(ErrorCode::kRefused,
                "nothing was sealed: a demonstration protects nothing, so it never removes a "
                "readable copy; leave --remove-source out, and keep " +
                    printable(directory));
  }
  return fail(
      ErrorCode::kRefused,
      fmt::format(
          "nothing was sealed: {} would be removed only at a checkpoint that a witness has "
          "cosigned, and a witness is missing (the genesis names {}, and this version asks "
          "none); seal without --remove-source, have the custodians run strongroom confirm "
          "and open it once until strongroom status calls it certain, let strongroom backup "
          "audit it, then remove {} yourself",
          printable(directory), founding->witnesses, printable(directory)));
}

// Told to stop, it stops between two segments; what was written is taken back.
Result<seal::SealedObject> seal_into(const Common& common, const seal::SealRequest& request,
                                     store::BlobStore& store) {
  Progress progress(common, "sealing");
  return seal::seal_object(request, store, [&](const seal::Progress& at) {
    progress.bytes(at.bytes_done, at.bytes_total);
    return StopSignals::came() == 0;
  });
}

}  // namespace

Result<int> seal(const Common& common, const SealOptions& options) {
  ASSIGN_OR_RETURN(const protocol::Opening checked, protocol::open_text(options.name));
  if (checked.text.find_first_not_of(' ') == std::string::npos) {
    return fail(ErrorCode::kUsage, "an empty name names nothing: --name NAME");
  }
  ASSIGN_OR_RETURN(const io::Listing listing, list_model(options.directory));
  if (listing.files.empty())
    return fail(ErrorCode::kUsage, printable(options.directory) +
                                       " holds no files to seal; links and devices do not count");
  ASSIGN_OR_RETURN(const model::Summary summary, recognise_listing(listing));
  say(common, describe(summary));
  RETURN_IF_ERROR(screen_before_sealing(common, options.directory, options.even_hostile));
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  // Before hours of sealing, not after.
  if (options.remove_source) RETURN_IF_ERROR(may_remove_source(*session, options.directory));
  ASSIGN_OR_RETURN(const bool wanted, judge::rehearsal_wanted(session->follower().world().rooms()));
  if (wanted) {
    return fail(ErrorCode::kNotYet,
                "no release has been rehearsed here yet: strongroom rehearse does it with a "
                "throwaway object; then seal");
  }
  ASSIGN_OR_RETURN(const AssetOfName asset, asset_of_name(*session, options.name));
  ASSIGN_OR_RETURN(const std::string place, client::store_of(session->config()));
  ASSIGN_OR_RETURN(const auto store, store::open_existing_directory_store(place));
  sweep(common, *session, *store);
  ASSIGN_OR_RETURN(const seal::SealRequest request,
                   seal_request(*session, listing, asset.previous));
  const auto start = std::chrono::steady_clock::now();
  // From here to the deposit: what was written is taken back before the program ends.
  const StopSignals signals;
  ASSIGN_OR_RETURN(const seal::SealedObject sealed, seal_into(common, request, *store));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const auto take_back = [&](const Error& error) -> tl::unexpected<Error> {
    const Result<void> removed = seal::remove_object(*store, sealed.object);
    static_cast<void>(removed);
    return tl::unexpected<Error>(error);
  };
  const Result<void> named = prepare_deposit(*session, asset, options.name, summary);
  if (!named) return take_back(named.error());
  const Result<void> deposited = deposit(*session, asset.asset, request, sealed);
  if (!deposited && deposited.error().code == ErrorCode::kNetwork) {
    // The deposit may stand though its answer was lost: then its blobs must too.
    return fail(deposited.error(), "whether " + session->shown(sealed.object.hex()) +
                                       " was deposited is not known: look with strongroom status");
  }
  if (!deposited) {
    remove_if_refused(*session, *store, sealed.object, deposited.error());
    return tl::unexpected<Error>(deposited.error());
  }
  const judge::Rooms rooms = session->follower().world().rooms();
  ASSIGN_OR_RETURN(const judge::LevelStanding standing,
                   judge::level_standing(sealed.object, rooms, session->clock().now()));
  ASSIGN_OR_RETURN(const judge::DepositStanding certainty,
                   judge::deposit_standing(sealed.object, rooms));
  ASSIGN_OR_RETURN(const std::string doubt, uncertain(*session, certainty));
  const std::string level(name_of(standing.level));
  say(common,
      fmt::format(
          "Sealed {} as {}: {} files, {} in {:.1f} s ({}/s)", printable(options.name),
          session->shown(sealed.object.hex()).substr(0, 21), sealed.files,
          shown_bytes(sealed.plaintext_bytes), took.count(),
          shown_bytes(static_cast<std::uint64_t>(static_cast<double>(sealed.plaintext_bytes) /
                                                 std::max(took.count(), 1e-3)))));
  say(common, fmt::format("  level {} ({})", level, printable(standing.because)));
  for (const std::string& demand : standing.unmet)
    say(common, "  this level still demands: " + demand);
  if (standing.binds && !standing.unmet.empty())
    say(common, "  until then no release of it is granted");
  if (!doubt.empty()) say(common, "  " + doubt + ": strongroom confirm");
  say(common, "  the readable copy is still on disk: " + printable(options.directory));
  Json::Array unmet_demands(standing.unmet.begin(), standing.unmet.end());
  tell(common, {{"object", session->shown(sealed.object.hex())},
                {"asset", asset.asset},
                {"files", sealed.files},
                {"bytes", static_cast<std::int64_t>(sealed.plaintext_bytes)},
                {"sealed_bytes", static_cast<std::int64_t>(sealed.sealed_bytes)},
                {"milliseconds", static_cast<std::int64_t>(took.count() * 1000)},
                {"level", level},
                {"level_demands", std::move(unmet_demands)},
                {"level_binds", standing.binds},
                {"certain", certainty.certain}});
  return 0;
}

Verb seal_verb() {
  auto typed = std::make_shared<SealOptions>();
  return {.name = "seal",
          .group = Group::kModels,
          .summary = "Recognise, register and seal a model directory",
          .more =
              "Takes keys and policy from the log, needs no custodian present, and leaves the "
              "readable copy where it is: its last line names it. The same name again makes a "
              "new version.",
          .options = {{.spelled = "directory",
                       .about = "What to seal",
                       .into = &typed->directory,
                       .required = true,
                       .completes = Completes::kDirectory},
                      {.spelled = "--name",
                       .value = "NAME",
                       .about = "What people call it",
                       .into = &typed->name,
                       .required = true,
                       .completes = Completes::kName},
                      {.spelled = "--even-hostile",
                       .about = "Seal it although the scan calls it hostile: as evidence",
                       .into = &typed->even_hostile},
                      {.spelled = "--remove-source",
                       .about = "Remove the readable copy once a witness has seen that the sealed "
                                "one opens; refused where there is no witness",
                       .into = &typed->remove_source}},
          .examples = {{"strongroom seal ./my-model --name my-model", "seals every file below it"}},
          .run = [typed](const Common& common) { return seal(common, *typed); }};
}

}  // namespace strongroom::terminal

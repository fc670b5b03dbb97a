#include <fmt/format.h>

#include "crypto/random.h"
#include "io/directory.h"
#include "io/temporary_directory.h"
#include "release.h"
#include "sealing.h"
#include "store/blob_store.h"
#include "verbs.h"

/// The founding's rehearsal: one whole release of a throwaway object, before anything real comes.
namespace strongroom::terminal {

namespace {

constexpr const char* kThrowawayName = "rehearsal";
constexpr const char* kThrowawayFile = "throwaway.txt";
constexpr std::uint32_t kFileMode = 0600;
constexpr std::size_t kThrowawayBytesMax = 4096;

// The same for everybody in this strongroom, and no secret: what was released can be compared.
std::string content_for(const StrongroomId& id) {
  return "A throwaway object of strongroom " + id.hex() +
         ".\nIts release was rehearsed before anything real was deposited.\n";
}

struct Throwaway {
  std::optional<AssetId> asset;    // registered
  std::optional<ObjectId> object;  // deposited
};
Result<Throwaway> find_throwaway(Session& session) {
  const judge::Rooms rooms = session.follower().world().rooms();
  Throwaway found;
  ASSIGN_OR_RETURN(const std::vector<registry::Asset> assets, rooms.registry.assets());
  for (const registry::Asset& asset : assets) {
    if (asset.kind == protocol::kRehearsalKind) found.asset = asset.asset;
  }
  ASSIGN_OR_RETURN(const std::vector<vault::Object> objects, rooms.vault.objects());
  if (objects.empty()) return found;
  ASSIGN_OR_RETURN(const auto asset, rooms.registry.asset(objects.front().deposit.asset));
  if (asset && asset->kind == protocol::kRehearsalKind)
    found.object = objects.front().deposit.object;
  return found;
}

Result<AssetId> register_throwaway(Session& session) {
  ASSIGN_OR_RETURN(const protocol::Opening name, protocol::open_text(kThrowawayName));
  const auto asset = crypto::random_id<AssetId>();
  protocol::Command command;
  command.type = protocol::EntryType::kRegistered;
  command.statement = to_json(protocol::Registration{.strongroom = session.config().strongroom,
                                                     .asset = asset,
                                                     .name = commitment_to("name", name),
                                                     .kind = std::string(protocol::kRehearsalKind),
                                                     .formats = {},
                                                     .person = session.person()});
  command.texts = {{"name", name}};
  RETURN_IF_ERROR(send(session, std::move(command)));
  return asset;
}

Result<ObjectId> seal_throwaway(Session& session, const std::optional<AssetId>& registered) {
  const io::TemporaryDirectory source;
  RETURN_IF_ERROR(io::write_file_atomically(
      source / kThrowawayFile, as_bytes(content_for(session.config().strongroom)), kFileMode));
  ASSIGN_OR_RETURN(const io::Listing listing,
                   io::list_files(source.path(), {.files_max = std::size_t{1}}));
  ASSIGN_OR_RETURN(const std::string place, client::store_of(session.config()));
  ASSIGN_OR_RETURN(const auto store, store::open_existing_directory_store(place));
  ASSIGN_OR_RETURN(const seal::SealRequest request, seal_request(session, listing, std::nullopt));
  ASSIGN_OR_RETURN(const seal::SealedObject sealed, seal::seal_object(request, *store));
  AssetId asset;
  if (registered) {
    asset = *registered;
  } else {
    ASSIGN_OR_RETURN(asset, register_throwaway(session));
  }
  RETURN_IF_ERROR(deposit(session, asset, request, sealed));
  return sealed.object;
}

// The caller's own request for the object that still stands, to go on with.
Result<std::string> standing_request(Session& session, const ObjectId& object) {
  ASSIGN_OR_RETURN(const std::vector<vault::Proposal> proposals,
                   session.follower().world().rooms().vault.proposals());
  std::string newest;
  for (const vault::Proposal& each : proposals) {
    const bool stands = each.request.object == object && each.request.person == session.person() &&
                        !each.recalled && each.ends.empty() &&
                        each.request.expires > session.clock().now();
    if (stands) newest = each.id.hex();
  }
  return newest;
}

Result<void> check_content(Session& session, const std::string& mount) {
  ASSIGN_OR_RETURN(const Bytes read,
                   io::read_file(mount + "/" + kThrowawayFile, kThrowawayBytesMax));
  if (as_text(read) != content_for(session.config().strongroom)) {
    return fail(ErrorCode::kNotAuthentic,
                "what was released is not what was sealed: nothing may be deposited here. Begin "
                "again with another strongroom, and keep this one for whoever finds out why");
  }
  return {};
}

// The host's word that the lease is over reaches the log by itself.
Result<void> follow_to_the_end(Session& session) {
  constexpr int kTries = 6;
  constexpr int kSeconds = 5;
  RETURN_IF_ERROR(session.follower().follow());
  for (int i = 0; i < kTries; ++i) {
    ASSIGN_OR_RETURN(const bool wanted,
                     judge::rehearsal_wanted(session.follower().world().rooms()));
    if (!wanted) return {};
    RETURN_IF_ERROR(session.follower().follow_growth(kSeconds));
  }
  return fail(
      ErrorCode::kNotYet,
      "the host has not logged the end of its lease: look at the agent, then run this again");
}

Result<int> told(const Common& common, bool asked_only) {
  say(common, asked_only ? "Asked. Run strongroom rehearse again once the custodians have approved"
                         : "Rehearsed: sealed, approved, opened, read and given back. Deposits may "
                           "come: strongroom seal DIR --name NAME");
  tell(common, {{"rehearsed", !asked_only}});
  return 0;
}

}  // namespace

// Each step looks at the log first, so that it may be interrupted anywhere and run again.
Result<int> rehearse(const Common& common, const RehearseOptions& options) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  ASSIGN_OR_RETURN(const bool wanted, judge::rehearsal_wanted(session->follower().world().rooms()));
  if (!wanted) {
    say(common, "Nothing to rehearse: it has been done, or this mode does not ask for it");
    tell(common, {{"rehearsed", true}});
    return 0;
  }
  ASSIGN_OR_RETURN(const Throwaway known, find_throwaway(*session));
  std::optional<ObjectId> object = known.object;
  if (!object) {
    ASSIGN_OR_RETURN(object, seal_throwaway(*session, known.asset));
    say(common,
        "Sealed a throwaway object. Recovery holders can test their shares of it now: "
        "strongroom recover --test");
  }
  OpenOptions open;
  open.name = object->hex();
  open.purpose = "rehearsal of a release, before the first deposit";
  open.byte_budget = protocol::kRehearsalBudgetBytesMax;
  open.agent = options.agent;
  open.mount = options.mount.empty() ? common.home + "/rehearsal" : options.mount;
  open.no_wait = options.no_wait;
  ASSIGN_OR_RETURN(open.proposal, standing_request(*session, *object));
  Result<protocol::LeaseStatus> mounted = mounted_release(common, open, *session);
  // The agent forgets what it was asked when it is started anew.
  if (!mounted && mounted.error().code == ErrorCode::kNotFound && !open.proposal.empty()) {
    open.proposal.clear();
    mounted = mounted_release(common, open, *session);
  }
  if (!mounted && mounted.error().code == ErrorCode::kNotYet && options.no_wait)
    return told(common, true);
  if (!mounted) return tl::unexpected<Error>(mounted.error());
  const Result<void> same = check_content(*session, mounted->mount);
  ASSIGN_OR_RETURN(const protocol::LeaseStatus ended,
                   ended_release(options.agent, mounted->proposal));
  if (!same) return tl::unexpected<Error>(same.error());
  if (!ended.wiped)
    return fail(ErrorCode::kRefused,
                "the host could not wipe everything: " + ended.detail + "; look at that host");
  RETURN_IF_ERROR(follow_to_the_end(*session));
  return told(common, false);
}

Verb rehearse_verb() {
  auto typed = std::make_shared<RehearseOptions>();
  return {.name = "rehearse",
          .group = Group::kFounding,
          .summary = "Seal a throwaway object, release it, read it and give it back",
          .more =
              "In profiles small and lab nothing real is deposited before one whole release has "
              "worked. The object is public, a few hundred bytes long, and the first deposit. "
              "Custodians approve it as they would anything else. May be run again at any point.",
          .options = {{.spelled = "--agent",
                       .value = "SOCKET",
                       .about = "Socket of the agent on this host",
                       .into = &typed->agent,
                       .required = true,
                       .completes = Completes::kFile,
                       .environment = "STRONGROOM_AGENT"},
                      {.spelled = "--mount",
                       .value = "DIR",
                       .about = "An empty directory (rehearsal, in your home)",
                       .into = &typed->mount,
                       .completes = Completes::kDirectory},
                      {.spelled = "--no-wait",
                       .about = "Ask, and do not wait for approvals",
                       .into = &typed->no_wait}},
          .examples = {{"strongroom rehearse --home ~/strongroom --agent "
                        "/run/strongroom-agent/agent.sock",
                        "asks the custodians, waits, and ends with the first release behind you"}},
          .run = [typed](const Common& common) { return rehearse(common, *typed); }};
}

}  // namespace strongroom::terminal

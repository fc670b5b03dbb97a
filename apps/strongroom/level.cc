#include <algorithm>

#include "changes.h"
#include "crypto/random.h"
#include "protocol/deposit.h"
#include "session.h"
#include "verbs.h"

namespace strongroom::terminal {

namespace {

struct LevelOptions {
  std::string name;
  std::string level;
  std::int64_t days = 90;
  std::string reason;
};

Result<std::optional<AssetId>> asset_named(Session& session, const std::string& name) {
  ASSIGN_OR_RETURN(const std::vector<registry::Asset> assets,
                   session.follower().world().rooms().registry.assets());
  for (const registry::Asset& asset : assets) {
    ASSIGN_OR_RETURN(const auto text, session.follower().text("name", asset.name));
    if (text && *text == name) return std::optional<AssetId>(asset.asset);
  }
  // Where the name is gone, or hard to type: its whole id.
  const auto id = AssetId::from_hex_text(plain_id(name));
  const bool is_there = id && std::any_of(assets.begin(), assets.end(),
                                          [&](const auto& each) { return each.asset == *id; });
  return is_there ? id : std::nullopt;
}

// Known before anything of it is sealed, so that its level can be set while nothing trusts one yet.
Result<AssetId> register_asset(const Common& common, Session& session, const std::string& name) {
  ASSIGN_OR_RETURN(const protocol::Opening opening, protocol::open_text(name));
  const protocol::Registration registration{.strongroom = session.config().strongroom,
                                            .asset = crypto::random_id<AssetId>(),
                                            .name = protocol::commitment_to("name", opening),
                                            .kind = "model",
                                            .formats = {},
                                            .person = session.person()};
  protocol::Command command;
  command.type = protocol::EntryType::kRegistered;
  command.statement = to_json(registration);
  command.texts = {{"name", opening}};
  ASSIGN_OR_RETURN(
      const protocol::Signature signature,
      protocol::sign_statement(*command.statement, custodian::signer_of(session.key())));
  command.signatures = {signature};
  RETURN_IF_ERROR(session.follower().submit(command));
  say(common, "Registered " + printable(name) + ": nothing of it is sealed yet");
  return registration.asset;
}

Result<int> level(const Common& common, const LevelOptions& options) {
  ASSIGN_OR_RETURN(const protocol::Level wanted, protocol::level_from(options.level));
  if (options.days < 1 || options.days > 365)
    return fail(ErrorCode::kUsage, "--days: from 1 to 365");
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  ASSIGN_OR_RETURN(std::optional<AssetId> asset, asset_named(*session, options.name));
  if (!asset) {
    ASSIGN_OR_RETURN(asset, register_asset(common, *session, options.name));
  }
  const protocol::SetLevel subject{*asset, wanted,
                                   session->clock().now() + options.days * 24 * 3600};
  return propose_change(common, *session,
                        {.subject = subject, .reason = options.reason, .texts = {}});
}

}  // namespace

Verb level_verb() {
  const auto options = std::make_shared<LevelOptions>();
  return {.name = "level",
          .group = Group::kDeciding,
          .summary = "Ask the custodians to set the security level that a model needs",
          .more =
              "Until its time the model needs this level in place of what triage says (the "
              "strictest, while nothing has been assessed). A lower level than now takes a quorum, "
              "and of something sealed at SL4 or above, or untriaged, 24 hours that witnesses have "
              "seen: where there are none, set the level before sealing. A name that is not known "
              "yet is registered.",
          .options = {{.spelled = "name",
                       .about = "Of the model, or its whole id",
                       .into = &options->name,
                       .required = true,
                       .completes = Completes::kName},
                      {.spelled = "level",
                       .about = "What it needs",
                       .into = &options->level,
                       .required = true,
                       .completes = Completes::kChoice,
                       .choices = {"SL1", "SL2", "SL3", "SL4", "SL5"}},
                      {.spelled = "--days",
                       .value = "N",
                       .about = "For how long, a year at most (90)",
                       .into = &options->days},
                      {.spelled = "--reason",
                       .value = "TEXT",
                       .about = "Why; custodians read it; kept beside the log, erasable",
                       .into = &options->reason}},
          .examples = {{"strongroom level my-model SL2 --reason \"small open model\"",
                        "shows what is asked; custodians approve or refuse it"}},
          .run = [options](const Common& common) { return level(common, *options); }};
}

}  // namespace strongroom::terminal

#include "client/config.h"

#include "client/sweep_plan.h"
#include "format/json.h"
#include "io/directory.h"

namespace strongroom::client {

using format::Fields;
using format::Json;

namespace {
constexpr std::size_t kConfigBytesMax = 64 * 1024;
constexpr std::uint32_t kHomeMode = 0700;
constexpr std::uint32_t kFileMode = 0600;
}  // namespace

std::string config_path(const std::string& home) { return home + "/config.json"; }
std::string key_path(const std::string& home) { return home + "/key.json"; }

Result<Config> read_config(const std::string& home) {
  Result<Bytes> bytes = io::read_file(config_path(home), kConfigBytesMax);
  if (!bytes && bytes.error().code == ErrorCode::kNotFound) {
    const std::string where =
        home.empty() ? "no home is named" : "no strongroom home at " + printable(home);
    return fail(ErrorCode::kNotFound,
                where + ": give --home or STRONGROOM_HOME, or found one with strongroom init");
  }
  if (!bytes) return fail(bytes.error(), "reading " + config_path(home));
  ASSIGN_OR_RETURN(const Json json, format::decode_canonical(as_text(*bytes), kConfigBytesMax));
  Fields fields(json, "config.json");
  Config config;
  ASSIGN_OR_RETURN(config.strongroom, fields.id<StrongroomId>("strongroom"));
  ASSIGN_OR_RETURN(config.demonstration, fields.boolean("demonstration"));
  ASSIGN_OR_RETURN(config.server, fields.text("server"));
  ASSIGN_OR_RETURN(config.store, fields.text("store"));
  if (fields.has("person")) {
    ASSIGN_OR_RETURN(config.person, fields.id<PersonId>("person"));
  }
  if (fields.has("host")) {
    ASSIGN_OR_RETURN(config.host, fields.id<HostId>("host"));
  }
  if (fields.has("sweep")) {
    if (!config.host) return fail(ErrorCode::kMalformed, "config.json: sweeps are a host's");
    ASSIGN_OR_RETURN(const Json* sweep, fields.any("sweep"));
    RETURN_IF_ERROR(sweep_plan_from(*sweep));  // read by whoever sweeps
  }
  RETURN_IF_ERROR(fields.done());
  return config;
}

Result<http::Address> server_of(const Config& config) {
  constexpr std::string_view kFile = "file:";
  std::string text = config.server;
  if (text.starts_with(kFile)) {
    const std::string path = text.substr(kFile.size());
    const Result<Bytes> bytes = io::read_file(path, kConfigBytesMax);
    if (!bytes) {
      return fail(ErrorCode::kNetwork, "the server is not running (no " + printable(path) +
                                           "): start strongroom-server with its --data");
    }
    ASSIGN_OR_RETURN(const Json json, format::decode_canonical(as_text(*bytes), kConfigBytesMax));
    Fields fields(json, "server.json");
    ASSIGN_OR_RETURN(text, fields.text("url"));
  }
  ASSIGN_OR_RETURN(http::Address address, http::Address::parse(text));
  const bool loopback = address.is_unix() || address.host == "127.0.0.1" || address.host == "::1";
  if (config.demonstration && !loopback) {
    return fail(ErrorCode::kUsage,
                "a demonstration stays on this machine: its server must be on 127.0.0.1");
  }
  return address;
}

Result<std::string> store_of(const Config& config) {
  if (config.store.empty()) {
    return fail(ErrorCode::kUsage,
                "this home was joined without a store: strongroom join again, with --store DIR");
  }
  return config.store;
}

namespace {

// What a host that joins again has planned already.
Result<std::optional<SweepPlan>> planned_in(const std::string& home, const Config& config) {
  if (!config.host) return std::nullopt;
  Result<std::optional<SweepPlan>> plan = read_sweep_plan(home);
  if (!plan && plan.error().code == ErrorCode::kNotFound) return std::nullopt;
  return plan;
}

}  // namespace

Result<void> write_config(const std::string& home, const Config& config) {
  ASSIGN_OR_RETURN(const std::optional<SweepPlan> planned, planned_in(home, config));
  ASSIGN_OR_RETURN(const io::Directory directory, io::Directory::open_or_make(home, kHomeMode));
  Json::Object object{{"strongroom", config.strongroom},
                      {"demonstration", config.demonstration},
                      {"server", config.server},
                      {"store", config.store}};
  if (config.person) object.emplace("person", *config.person);
  if (config.host) object.emplace("host", *config.host);
  if (planned) object.emplace("sweep", to_json(*planned));
  return directory.write_file_atomically(
      "config.json", as_bytes(format::encode(Json(std::move(object)))), kFileMode);
}

}  // namespace strongroom::client

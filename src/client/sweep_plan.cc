#include "client/sweep_plan.h"

#include "client/config.h"
#include "io/directory.h"

namespace strongroom::client {

using format::Fields;
using format::Json;

namespace {

constexpr std::size_t kConfigBytesMax = 64 * 1024;
constexpr std::uint32_t kFileMode = 0600;
constexpr const char* kMember = "sweep";

// What read_config has found to be in order.
Result<Json> config_in(const std::string& home) {
  RETURN_IF_ERROR(read_config(home));
  ASSIGN_OR_RETURN(const Bytes bytes, io::read_file(config_path(home), kConfigBytesMax));
  return format::decode_canonical(as_text(bytes), kConfigBytesMax);
}

}  // namespace

Json to_json(const SweepPlan& plan) {
  Json::Array directories;
  for (const std::string& each : plan.directories) directories.push_back(each);
  return Json::Object{{"directories", std::move(directories)}, {"every", plan.every_seconds}};
}

Result<SweepPlan> sweep_plan_from(const Json& json) {
  Fields fields(json, "config.json: sweep");
  SweepPlan plan;
  ASSIGN_OR_RETURN(const Json::Array* directories,
                   fields.array("directories", SweepPlan::kDirectoriesMax));
  for (const Json& each : *directories) {
    if (each.text() == nullptr || !each.text()->starts_with('/'))
      return fail(ErrorCode::kMalformed, "config.json: sweep: a directory is no absolute path");
    plan.directories.push_back(*each.text());
  }
  if (plan.directories.empty())
    return fail(ErrorCode::kMalformed, "config.json: sweep: of no directory");
  ASSIGN_OR_RETURN(plan.every_seconds, fields.integer("every", 0, SweepPlan::kEveryMax));
  RETURN_IF_ERROR(fields.done());
  return plan;
}

Result<std::optional<SweepPlan>> read_sweep_plan(const std::string& home) {
  ASSIGN_OR_RETURN(const Json json, config_in(home));
  const auto found = json.object()->find(kMember);
  if (found == json.object()->end()) return std::nullopt;
  ASSIGN_OR_RETURN(SweepPlan plan, sweep_plan_from(found->second));
  return std::optional(std::move(plan));
}

Result<void> write_sweep_plan(const std::string& home, const SweepPlan& plan) {
  ASSIGN_OR_RETURN(const Json json, config_in(home));
  Json::Object object = *json.object();
  object.insert_or_assign(kMember, to_json(plan));
  const std::string bytes = format::encode(Json(std::move(object)));
  if (bytes.size() > kConfigBytesMax)
    return fail(ErrorCode::kUsage, "too many long paths to sweep: name directories above them");
  ASSIGN_OR_RETURN(const io::Directory directory, io::Directory::open(home));
  return directory.write_file_atomically("config.json", as_bytes(bytes), kFileMode);
}

}  // namespace strongroom::client

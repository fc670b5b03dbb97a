#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/program.h"
#include "io/confine.h"
#include "model/lineage/delta.h"
#include "model/scan/report.h"
#include "model/scan/scan_tree.h"
#include "scan_shown.h"
#include "scanning.h"
#include "screen.h"
#include "session.h"
#include "verbs.h"

namespace strongroom::terminal {

namespace {

using model::lineage::Fingerprint;
using model::scan::TreeOptions;
using model::scan::TreeScan;

/// One release: its fingerprint, and when it is a weights file of its own, that file.
struct Release {
  Fingerprint fingerprint;
  std::optional<io::FileReader> file;
  std::optional<model::Structure> structure;
};

Result<io::FileReader> open_file(const std::string& path) {
  const auto [parent, name] = io::parent_and_name(path);
  ASSIGN_OR_RETURN(const io::ReadOnlyDirectory directory, io::ReadOnlyDirectory::open(parent));
  return directory.open_file(name);
}

Result<Release> release_of(TreeScan tree, const std::string& path) {
  std::vector<model::scan::Model*> models;
  for (model::scan::Model& model : tree.models) {
    if (model.fingerprint && !model.is_adapter) models.push_back(&model);
  }
  if (models.size() != 1) {
    return fail(
        ErrorCode::kUsage,
        models.empty()
            ? fmt::format("{} holds no weights that can be read; strongroom scan tells more",
                          printable(path))
            : fmt::format("{} holds {} models: name the file of one", printable(path),
                          models.size()));
  }
  Release release{std::move(*models[0]->fingerprint), std::nullopt, std::nullopt};
  if (models[0]->parts.size() != 1) return release;
  const model::scan::TreeFile& file = tree.files[models[0]->parts[0].file];
  const auto& weights = file.scanned.weights[models[0]->parts[0].weights];
  if (!weights.member.empty() || weights.begins_at.value_or(0) != 0) return release;
  ASSIGN_OR_RETURN(release.file, open_file(file.path));
  release.structure = weights.structure;
  return release;
}

Result<Release> read_release(const std::string& path, const TreeOptions& how) {
  if (path.ends_with(kFingerprintSuffix)) {
    ASSIGN_OR_RETURN(const Bytes bytes, io::read_file(path, kFingerprintBytesMax));
    ASSIGN_OR_RETURN(Fingerprint print, model::lineage::decode_fingerprint(bytes));
    return Release{std::move(print), std::nullopt, std::nullopt};
  }
  const std::vector<std::string> paths = {path};
  ASSIGN_OR_RETURN(TreeScan tree, model::scan::scan_tree(paths, how));
  return release_of(std::move(tree), path);
}

// From the files where both can be read once more, else from the fingerprints.
Result<model::lineage::Delta> delta_between(const Release& before, const Release& after) {
  if (!before.structure || !after.structure)
    return model::lineage::delta_of(before.fingerprint, after.fingerprint);
  return model::lineage::delta_of_files({*before.file, *before.structure, before.fingerprint},
                                        {*after.file, *after.structure, after.fingerprint},
                                        [] { return StopSignals::came() == 0; });
}

Result<int> delta(const Common& common, const std::string& before, const std::string& after) {
  RETURN_IF_ERROR(confine(common, ""));
  const StopSignals signals;
  Progress progress(common, "reading");
  TreeOptions how{.limits = {}, .headers_only = false, .threads = cores()};
  how.progress = [&progress](std::uint64_t done, std::uint64_t total) {
    progress.bytes(done, total);
    return StopSignals::came() == 0;
  };
  ASSIGN_OR_RETURN(const Release first, read_release(before, how));
  ASSIGN_OR_RETURN(const Release second, read_release(after, how));
  ASSIGN_OR_RETURN(const model::lineage::Delta found, delta_between(first, second));
  progress.clear();
  const model::lineage::Kinship kinship =
      model::lineage::compare(first.fingerprint, second.fingerprint);
  say(common, fmt::format("{}: {} {} (cosine {:.4f})", printable(after),
                          model::scan::words_of(kinship.relation), printable(before),
                          kinship.evidence.cosine));
  show_delta(common, found, kPerSection);
  if (common.json) {
    format::Json::Object object = *model::scan::to_json(found).object();
    object.emplace("relation", std::string(name_of(kinship.relation)));
    write_out(format::encode(object) + "\n");
  }
  return found.has_alarms() ? kExitSuspicious : 0;
}

}  // namespace

int cores() { return static_cast<int>(std::clamp<long>(sysconf(_SC_NPROCESSORS_ONLN), 1, 16)); }

Result<void> confine(const Common& common, const std::string& keep) {
  ASSIGN_OR_RETURN(const io::Confinement taken,
                   io::confine(keep.empty() ? std::vector<std::string>{} : std::vector{keep}));
  if (common.verbose && !(taken.files && taken.programs)) {
    say(common, fmt::format("This kernel confines the scan {}: scan strangers' files as a user "
                            "with few rights",
                            taken.files || taken.programs ? "in part only" : "not at all"));
  }
  return {};
}

Verb delta_verb() {
  struct Typed {
    std::string before;
    std::string after;
  };
  auto typed = std::make_shared<Typed>();
  return {
      .name = "delta",
      .group = Group::kModels,
      .summary = "Say what changed from one release of a model to the next",
      .more =
          "Tensor by tensor: how much, in how many dimensions, and what looks like tampering. Ends "
          "with 40 when something does. A release is a file, a directory with one model, or a kept "
          "fingerprint.",
      .options = {{.spelled = "before",
                   .about = "The earlier release",
                   .into = &typed->before,
                   .required = true,
                   .completes = Completes::kFile},
                  {.spelled = "after",
                   .about = "The later release",
                   .into = &typed->after,
                   .required = true,
                   .completes = Completes::kFile}},
      .examples = {{"strongroom delta v1.safetensors v2.safetensors",
                    "which tensors changed, and how"}},
      .run = [typed](const Common& common) { return delta(common, typed->before, typed->after); }};
}

}  // namespace strongroom::terminal

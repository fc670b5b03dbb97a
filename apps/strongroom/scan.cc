#include <fmt/format.h>
#include <sys/stat.h>

#include <chrono>

#include "base/program.h"
#include "child.h"
#include "io/confine.h"
#include "io/directory.h"
#include "model/scan/report.h"
#include "model/scan/scan_tree.h"
#include "scan_shown.h"
#include "scanning.h"
#include "screen.h"
#include "sealing.h"
#include "session.h"
#include "verbs.h"

namespace strongroom::terminal {

namespace {

using model::Verdict;
using model::lineage::Fingerprint;

/// What a scan ends with when it was not clean: docs/operating/exit-codes.md.
constexpr int kExitUnreadable = 41;
constexpr int kExitHostile = 42;
constexpr std::size_t kBriefBytesMax = 64u << 10;
constexpr std::size_t kFingerprintsMax = 10'000;

struct ScanOptions {
  std::vector<std::string> paths;
  bool sarif = false;
  bool cyclonedx = false;
  bool facts = false;
  bool found = false;
  bool sightings = false;
  bool headers_only = false;
  bool brief = false;
  std::string known;  ///< a directory of fingerprints
  std::string keep;   ///< a directory to write fingerprints into
};

int exit_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kClean:
      return 0;
    case Verdict::kSuspicious:
      return kExitSuspicious;
    case Verdict::kUnreadable:
      return kExitUnreadable;
    case Verdict::kHostile:
      break;
  }
  return kExitHostile;
}

Result<std::vector<model::scan::KnownModel>> read_known(const std::string& directory) {
  std::vector<model::scan::KnownModel> known;
  ASSIGN_OR_RETURN(const io::ReadOnlyDirectory opened, io::ReadOnlyDirectory::open(directory));
  ASSIGN_OR_RETURN(const std::vector<io::Entry> entries, opened.entries(kFingerprintsMax));
  for (const io::Entry& entry : entries) {
    if (entry.kind != io::EntryKind::kFile || !entry.name.ends_with(kFingerprintSuffix)) continue;
    ASSIGN_OR_RETURN(const Bytes bytes, opened.read_file(entry.name, kFingerprintBytesMax));
    Result<Fingerprint> print = model::lineage::decode_fingerprint(bytes);
    if (!print) return fail(std::move(print).error(), directory + "/" + entry.name);
    const std::string name = entry.name.substr(0, entry.name.size() - kFingerprintSuffix.size());
    known.push_back({"known: " + name, std::move(*print)});
  }
  if (known.empty())
    return fail(ErrorCode::kNotFound,
                printable(directory) + " holds no fingerprints (*.fingerprint)");
  return known;
}

// "a/b.safetensors" is written as "a_b.safetensors.fingerprint": a name, not a path.
std::string file_name_of(const model::scan::Model& model) {
  std::string name;
  for (const char c : printable(model.name)) name += c == '/' || c == '!' || c == '\\' ? '_' : c;
  while (name.starts_with('.') || name.starts_with('_')) name.erase(0, 1);
  constexpr std::size_t kNameBytesMax = 200;
  if (name.size() > kNameBytesMax) name = name.substr(name.size() - kNameBytesMax);
  return name + std::string(kFingerprintSuffix);
}

Result<std::size_t> keep_fingerprints(const model::scan::TreeScan& tree, const std::string& where) {
  ASSIGN_OR_RETURN(const io::Directory directory, io::Directory::open_or_make(where, 0700));
  std::size_t kept = 0;
  for (const model::scan::Model& model : tree.models) {
    if (!model.fingerprint || model.parts.empty()) continue;
    RETURN_IF_ERROR(directory.write_file_atomically(
        file_name_of(model), model::lineage::encode(*model.fingerprint), 0600));
    ++kept;
  }
  return kept;
}

format::Json brief_json(const model::scan::TreeScan& tree, const std::string& told) {
  format::Json::Object object = *to_json(tree).object();
  object.erase("scanned");
  object.erase("models");
  object.erase("doubts");
  object.emplace("told", told);
  std::string worst;
  for (const model::scan::TreeFile& file : tree.files) {
    if (worst.empty() && file.verdict() == tree.verdict() && file.verdict() != Verdict::kClean)
      worst = printable(file.path);
  }
  object.emplace("worst", worst);
  return object;
}

Result<int> scan(const Common& common, const ScanOptions& options) {
  if (options.sarif + options.cyclonedx + options.facts + options.found + options.sightings +
          common.json >
      1) {
    return fail(ErrorCode::kUsage,
                "--json, --sarif, --cyclonedx, --facts, --found and --sightings each want stdout: "
                "give one of them");
  }
  if (options.headers_only && !(options.known.empty() && options.keep.empty()))
    return fail(ErrorCode::kUsage, "fingerprints need the tensors: leave --headers-only out");
  Common quiet = common;
  quiet.json = common.json || options.sarif || options.cyclonedx || options.facts ||
               options.found || options.sightings;
  model::scan::TreeOptions how{
      .limits = {}, .headers_only = options.headers_only, .threads = cores()};
  if (!options.known.empty()) {
    ASSIGN_OR_RETURN(how.known, read_known(options.known));
  }
  if (!options.keep.empty()) {
    ASSIGN_OR_RETURN(const io::Directory made, io::Directory::open_or_make(options.keep, 0700));
  }
  if (options.sightings) {
    if (options.headers_only)
      return fail(ErrorCode::kUsage, "--sightings are digests: leave --headers-only out");
    how.devices_left_out = devices_of_leases();
    how.threads = std::min(how.threads, 2);  // beside leases, not before them
  }
  RETURN_IF_ERROR(confine(common, options.keep));
  const StopSignals signals;
  Progress progress(quiet, "scanning");
  how.progress = [&progress](std::uint64_t done, std::uint64_t total) {
    progress.bytes(done, total);
    return StopSignals::came() == 0;
  };
  const auto start = std::chrono::steady_clock::now();
  Result<model::scan::TreeScan> tree = model::scan::scan_tree(options.paths, how);
  progress.clear();
  if (!tree) return tl::unexpected<Error>(std::move(tree).error());
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const std::string told = shown_totals(*tree, took.count());
  if (options.brief) {
    say(quiet, told);
  } else {
    show_scan(quiet, *tree, told, kPerSection);
  }
  if (!options.keep.empty()) {
    ASSIGN_OR_RETURN(const std::size_t kept, keep_fingerprints(*tree, options.keep));
    say(quiet, fmt::format("\nWrote {} fingerprints into {}: they tell about the weights, so keep "
                           "them as you keep weights",
                           kept, printable(options.keep)));
  }
  if (options.sarif) {
    write_out(format::encode(to_sarif(*tree, kVersion)) + "\n");
  } else if (options.facts) {
    write_out(format::encode(facts_of(*tree)) + "\n");
  } else if (options.found) {
    write_out(format::encode(found_in(*tree)) + "\n");
  } else if (options.sightings) {
    write_out(format::encode(sightings_of(*tree)) + "\n");
  } else if (options.cyclonedx) {
    write_out(format::encode(to_cyclonedx(*tree, kVersion)) + "\n");
  } else if (common.json) {
    write_out(format::encode(options.brief ? brief_json(*tree, told) : to_json(*tree)) + "\n");
  }
  return exit_of(tree->verdict());
}

}  // namespace

Result<void> screen_before_sealing(const Common& common, const std::string& directory,
                                   bool even_hostile) {
  // In a process of its own, which confines itself: this one holds keys soon.
  ASSIGN_OR_RETURN(
      const Answer answer,
      ask_sibling("strongroom", {"scan", "--headers-only", "--brief", "--json",
                                 directory.starts_with('-') ? "./" + directory : directory}));
  if (answer.status == 0) return {};
  const std::size_t last = answer.output.rfind('\n');
  const Result<format::Json> json = format::decode_canonical(
      std::string_view(answer.output).substr(last == std::string::npos ? 0 : last + 1),
      kBriefBytesMax);
  if (!json)
    return fail(ErrorCode::kInternal, fmt::format("the scan ended with {}", answer.status));
  format::Fields fields(*json, "the scan's answer");
  if (answer.status < kExitSuspicious) {
    ASSIGN_OR_RETURN(const std::string message, fields.text("message"));
    return fail(ErrorCode::kRefused, "nothing was sealed: it could not be scanned: " + message);
  }
  ASSIGN_OR_RETURN(const std::string told, fields.text("told"));
  ASSIGN_OR_RETURN(const std::string worst, fields.text("worst"));
  say(common, fmt::format("  {}; strongroom scan {} tells why", told, printable(directory)));
  if (answer.status != kExitHostile || even_hostile) return {};
  return fail(
      ErrorCode::kRefused,
      fmt::format("nothing was sealed: {} is hostile, so whoever opened it would run what its "
                  "author chose; strongroom scan {} tells more, --even-hostile seals it all the "
                  "same (as evidence)",
                  worst, printable(directory)));
}

Verb scan_verb() {
  auto typed = std::make_shared<ScanOptions>();
  return {
      .name = "scan",
      .group = Group::kModels,
      .summary = "Say what files are, whether they are safe to load, and what they were made from",
      .more =
          "Reads every file by its content, runs nothing, needs no home and no server, and changes "
          "nothing. Weights are fingerprinted and held against one another; --headers-only leaves "
          "that out and takes seconds for any size. Ends with 0 when all is clean, 40 when "
          "something is suspicious, 41 unreadable, 42 hostile. docs/scan.md explains every "
          "finding.",
      .options = {{.spelled = "path",
                   .about = "What to look at: files, directories, a mounted object",
                   .into = &typed->paths,
                   .required = true,
                   .completes = Completes::kFile},
                  {.spelled = "--headers-only",
                   .about = "Leave the tensors unread: no digests, no lineage",
                   .into = &typed->headers_only},
                  {.spelled = "--brief",
                   .about = "Only the totals, no files",
                   .into = &typed->brief},
                  {.spelled = "--sarif",
                   .about = "Print SARIF 2.1.0 for other tools",
                   .into = &typed->sarif},
                  {.spelled = "--cyclonedx",
                   .about = "Print a CycloneDX 1.6 bill of materials",
                   .into = &typed->cyclonedx},
                  {.spelled = "--facts",
                   .about = "Print a file of facts for strongroom triage, to be filled in",
                   .into = &typed->facts},
                  {.spelled = "--found",
                   .about = "Print every model with the places of its copies, as import reads it",
                   .into = &typed->found},
                  {.spelled = "--sightings",
                   .about = "Print only where weights lie, as sweeps do; leave leases out",
                   .into = &typed->sightings},
                  {.spelled = "--known",
                   .value = "DIRECTORY",
                   .about = "Compare with the fingerprints kept there",
                   .into = &typed->known,
                   .completes = Completes::kDirectory},
                  {.spelled = "--keep-fingerprints",
                   .value = "DIRECTORY",
                   .about = "Keep what was found for later; as secret as weights",
                   .into = &typed->keep,
                   .completes = Completes::kDirectory}},
      .examples = {{"strongroom scan ./my-model", "is it safe to load, and what is it"},
                   {"strongroom scan /data --json", "an inventory for another program"},
                   {"strongroom scan /data --facts >facts.json",
                    "every model, for strongroom triage facts.json"}},
      .run = [typed](const Common& common) { return scan(common, *typed); }};
}

}  // namespace strongroom::terminal

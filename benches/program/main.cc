#include <fmt/format.h>

#include "base/program.h"
#include "base/secret.h"
#include "verbs.h"

namespace {

using Verb = strongroom::Result<void> (*)(const strongroom::bench::Words&);

const std::map<std::string_view, Verb>& verbs() {
  namespace bench = strongroom::bench;
  static const std::map<std::string_view, Verb> all{
      {"make-random", bench::make_random},
      {"seal", bench::seal},
      {"open", bench::open},
      {"first-piece", bench::first_piece},
      {"bare-seal", bench::bare_seal},
      {"bare-prepare", bench::bare_prepare},
      {"bare-open", bench::bare_open},
      {"bare-sha256", bench::bare_sha256},
      {"bare-verify", bench::bare_verify},
      {"make-weights", bench::make_weights},
      {"fingerprint", bench::fingerprint_weights},
      {"bare-sha256-file", bench::bare_sha256_file},
      {"read-in-order", bench::read_in_order},
      {"read-at-random", bench::read_at_random},
      {"mount", bench::mount},
      {"pass-through", bench::pass_through},
      {"fill-log", bench::fill_log},
      {"append-to-log", bench::append_to_log},
      {"open-log", bench::open_log},
      {"audit-log", bench::audit_log},
      {"fill-site", bench::fill_site},
      {"receipt-times", bench::receipt_times},
      {"api-write", bench::api_write},
      {"release-times", bench::release_times},
      {"read-structure", bench::read_structure},
      {"inventory", bench::inventory},
      {"judge-pickles", bench::judge_pickles},
  };
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  strongroom::harden_process();
  const auto verb = argc > 1 ? verbs().find(argv[1]) : verbs().end();
  if (verb == verbs().end()) {
    fmt::print(stderr, "strongroom-bench VERB [--name value]…: see benches/README.md\n");
    return static_cast<int>(strongroom::ErrorCode::kUsage);
  }
  const auto words = strongroom::bench::Words::parse(argc, argv);
  const auto result =
      words ? verb->second(*words) : strongroom::Result<void>(tl::unexpected(words.error()));
  return result ? 0 : strongroom::report("strongroom-bench", result.error(), {});
}

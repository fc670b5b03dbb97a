// strongroom-verify: reads a log's published files, judges everything in them again, and says so.
// It links nothing that can open a sealed object, sign, or write a file.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "account.h"
#include "base/program.h"
#include "base/secret.h"

namespace {

using strongroom::Error;
using strongroom::ErrorCode;
using strongroom::Result;

struct Options {
  strongroom::verifier::Task task;
  bool json = false;
};

/// Nothing is worth a verdict that nobody could read: a failed write is a failure.
int say(const std::string& text, int code) {
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  return written ? code : static_cast<int>(ErrorCode::kDisk);
}

int tell(const Options& options, const Error& error) {
  const int code = static_cast<int>(error.code);
  return options.json ? say(encode(strongroom::verifier::failure_document(error)) + "\n", code)
                      : say(strongroom::verifier::failure_page(error), code);
}

int verify(const Options& options) {
  const Result<strongroom::verifier::Verified> verified =
      strongroom::verifier::verify_log(options.task);
  if (!verified) return tell(options, verified.error());
  if (options.json) {
    const auto document = strongroom::verifier::document(*verified);
    return document ? say(encode(*document) + "\n", 0) : tell(options, document.error());
  }
  const auto page = strongroom::verifier::page(*verified);
  return page ? say(*page, 0) : tell(options, page.error());
}

void describe(CLI::App& app, Options& options) {
  app.add_option("DIR", options.task.directory,
                 "The log's published files (a URL cannot be read yet: fetch the files first)")
      ->required();
  app.add_option("--id", options.task.id,
                 "The strongroom's id, from somewhere you trust other than these files")
      ->required();
  app.add_flag("--demonstration", options.task.demonstration,
               "Yes, this is a demonstration, and I know that it protects nothing");
  app.add_option("--since", options.task.since,
                 "A checkpoint kept from earlier: the log must continue it");
  app.add_flag("--json", options.json, "One JSON object instead of a page");
  app.footer(
      "Exit code 0 only if everything holds; the others: docs/operating/exit-codes.md.\n"
      "Checks every file, signature, grant and redemption. Cannot show that the log is the "
      "newest.");
}

}  // namespace

int main(int argc, char** argv) {
  strongroom::begin_program();
  strongroom::harden_process();
  Options options;
  CLI::App app("Verifies a strongroom's log from its published files, trusting only its id.");
  describe(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return error.get_exit_code() == 0 ? app.exit(error)
                                      : strongroom::report_usage("strongroom-verify", error.what());
  }
  return verify(options);
}

#ifndef STRONGROOM_TESTS_PROMISES_VERIFIER_H_
#define STRONGROOM_TESTS_PROMISES_VERIFIER_H_

#include <array>
#include <cstdio>

#include "format/json.h"
#include "published_log.h"

/// strongroom-verify, run as a stranger runs it.
namespace strongroom::promises {

struct Ran {
  int code = -1;
  std::string output;
};

inline Ran run(const std::string& command) {
  Ran ran;
  std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return ran;
  std::array<char, 4096> buffer{};
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    ran.output.append(buffer.data(), got);
  }
  const int status = pclose(pipe);
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ran;
}

inline const std::string kVerifier = std::string(STRONGROOM_BINARY_DIR) + "/strongroom-verify";

/// `rest`: options, after the directory.
inline Ran verify(const PublishedLog& log, const std::string& rest) {
  return run(kVerifier + " " + log.path() + " " + rest);
}

inline format::Json parsed(const Ran& ran) {
  EXPECT_TRUE(ran.output.ends_with("\n")) << ran.output;
  Result<format::Json> json = format::decode_canonical(
      std::string_view(ran.output).substr(0, ran.output.size() - 1), 1 << 20);
  EXPECT_TRUE(json.has_value()) << ran.output;
  return json ? *json : format::Json(false);
}
inline std::int64_t number(const format::Json& json, const std::string& name) {
  return *json.object()->at(name).integer();
}
inline std::string text(const format::Json& json, const std::string& name) {
  return *json.object()->at(name).text();
}

}  // namespace strongroom::promises

#endif  // STRONGROOM_TESTS_PROMISES_VERIFIER_H_

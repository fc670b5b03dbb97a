#ifndef STRONGROOM_TESTS_END_TO_END_FOUNDERS_H_
#define STRONGROOM_TESTS_END_TO_END_FOUNDERS_H_

#include "../promises/built_site.h"

/// People who found a strongroom with the programs as they were built, each in a home of their own.
namespace strongroom::end_to_end {

using promises::file_text;
using promises::ProgramRun;

struct Ran {
  int code = -1;
  std::string output;
  /// A member of the one line of JSON.
  [[nodiscard]] std::string text(const std::string& member) const {
    std::istringstream lines(output);
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with('{')) continue;
      const Result<format::Json> json = format::decode_canonical(line, 1 << 20);
      if (!json || json->object() == nullptr) continue;
      const auto found = json->object()->find(member);
      if (found != json->object()->end() && found->second.text() != nullptr)
        return *found->second.text();
    }
    ADD_FAILURE() << "no member " << member << " in " << output;
    return {};
  }
};

inline constexpr const char* kPassphrase = "of whoever it is";

/// `typed` is what is answered to its questions.
inline Ran run(const std::string& program, std::vector<std::string> arguments,
               const std::string& typed = "", const std::string& passphrase = kPassphrase) {
  ProgramRun process(program, std::move(arguments), passphrase);
  if (!typed.empty()) process.type(typed);
  Ran ran;
  ran.code = process.ends();
  ran.output = process.output();
  return ran;
}
inline Ran strongroom(std::vector<std::string> arguments, const std::string& typed = "") {
  return run("strongroom", std::move(arguments), typed);
}
inline int code(ErrorCode error) { return static_cast<int>(error); }

/// alice, bob and carol found; rita, remy and ruth can recover; dana seals and asks. Everybody's
/// key is made once, by strongroom key new.
class Founders {
 public:
  static const Founders& shared() {
    static const Founders founders;
    return founders;
  }
  [[nodiscard]] std::string home(const std::string& name) const { return directory_ / name; }
  [[nodiscard]] std::string introduction(const std::string& name) const {
    return directory_ / (name + ".introduction");
  }
  /// Comma separated.
  [[nodiscard]] std::string introductions(const std::vector<std::string>& names) const {
    std::string files;
    for (const std::string& name : names) files += (files.empty() ? "" : ",") + introduction(name);
    return files;
  }

 private:
  Founders() {
    for (const char* name : {"alice", "bob", "carol", "rita", "remy", "ruth", "dana", "mallory"}) {
      const Ran ran = strongroom(
          {"key", "new", "--home", home(name), "--name", name, "--out", introduction(name)});
      CHECK(ran.code == 0);
    }
  }
  io::TemporaryDirectory directory_;
};

}  // namespace strongroom::end_to_end

#endif  // STRONGROOM_TESTS_END_TO_END_FOUNDERS_H_

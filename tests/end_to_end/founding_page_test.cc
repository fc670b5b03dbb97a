#include <sys/socket.h>

#include <netinet/in.h>

#include "founders.h"

/// docs/operating/founding.md, followed to the letter.
namespace strongroom::end_to_end {
namespace {

struct Block {
  std::vector<std::string> whose;  ///< machines or people
  std::string commands;
};

/// Every block that begins with "```sh WHO…".
std::vector<Block> blocks_of(const std::string& page) {
  std::vector<Block> blocks;
  std::istringstream lines(page);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```sh ")) {
      std::istringstream names(line.substr(6));
      Block block;
      for (std::string name; names >> name;) block.whose.push_back(name);
      blocks.push_back(block);
      inside = true;
    } else if (line == "```") {
      inside = false;
    } else if (inside) {
      blocks.back().commands += line + "\n";
    }
  }
  return blocks;
}

std::string free_port() {
  const int probe = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  CHECK(bind(probe, reinterpret_cast<sockaddr*>(&address), length) == 0);
  CHECK(getsockname(probe, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  close(probe);
  return std::to_string(ntohs(address.sin_port));
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

// What people do between the lines: they type passphrases, read ids aloud, send files, and wait for
// the server to be up.
constexpr const char* kPrelude = R"(
set -eu
said() { cat "$ROOT"/said; }
id() { said | grep -oE '^  [0-9a-f]{64}$' | tail -1 | tr -d ' '; }
last_group() { said | grep -E '^ +([a-z]{8} *){4}$' | tail -1 | awk '{print $4}'; }
proposal() { said | grep -oE 'proposal [0-9a-f]{8}' | tail -1 | cut -d' ' -f2; }
send() { file=$1; shift; for to in "$@"; do mkdir -p "$ROOT/$to"; cp "$file" "$ROOT/$to/"; done; }
strongroom() {
  typed=; case $1 in sign) typed=$(last_group);; approve) typed=approve;; esac
  "$BIN/strongroom" "$@" --passphrase-fd 3 3<<<"the passphrase of $NAME" <<<"$typed" | tee -a "$ROOT/said"
}
strongroom-server() { echo $BASHPID >> "$ROOT/pids"; exec "$BIN/strongroom-server" "$@"; }
strongroom-agent() { echo $BASHPID >> "$ROOT/pids"; exec "$BIN/strongroom-agent" "$@"; }
up() { for i in $(seq 600); do [ -e "$1" ] && return 0; sleep 0.1; done; echo "not up: $1"; return 1; }
trap 'for pid in $(cat "$ROOT/pids"); do kill $pid || true; done' EXIT
set -o pipefail
: > "$ROOT/said"; : > "$ROOT/pids"
mkdir -p "$ROOT/site/my-model"; echo "weights" > "$ROOT/site/my-model/model.bin"
)";

std::string script_of(const std::vector<Block>& blocks) {
  std::string script = kPrelude;
  for (const Block& block : blocks) {
    for (const std::string& who : block.whose) {
      script += "echo '== " + who + "'; mkdir -p \"$ROOT/" + who + "\"\n(\ncd \"$ROOT/" + who +
                "\"\nHOME=\"$ROOT/" + who + "\" NAME=" + who +
                " ID=$(id || true) PROPOSAL=$(proposal || true)\n" + block.commands + ")\n";
      if (block.commands.find("strongroom-server ") != std::string::npos)
        script += "up \"$ROOT/site/lab/server/server.json\"\n";
      if (block.commands.find("strongroom-agent ") != std::string::npos)
        script += "up \"$ROOT/site/lab/agent/agent.sock\"\n";
    }
  }
  return script;
}

TEST(ThePageOnFounding, LeadsFromNothingToTheFirstDeposit) {
  if (geteuid() != 0 || access("/dev/fuse", R_OK | W_OK) != 0)
    GTEST_SKIP() << "the rehearsal mounts, which needs root and /dev/fuse";
  const std::string page =
      file_text(std::string(STRONGROOM_SOURCE_DIR) + "/docs/operating/founding.md");
  const std::vector<Block> blocks = blocks_of(page);
  ASSERT_GE(blocks.size(), 12u);
  const io::TemporaryDirectory root;
  const std::string file = root / "follow-the-page";
  std::ofstream(file) << replaced(script_of(blocks), "7443", free_port());
  const std::string command = "ROOT=" + root.path() + " BIN=" + STRONGROOM_BINARY_DIR + " bash " +
                              file + " > " + (root / "output") + " 2>&1";

  const int status = std::system(command.c_str());

  const std::string output = file_text(root / "output");
  EXPECT_EQ(status, 0) << output;
  EXPECT_NE(output.find("Rehearsed: sealed, approved, opened"), std::string::npos) << output;
  EXPECT_NE(output.find("1 of 1 tested objects can be recovered"), std::string::npos) << output;
  EXPECT_NE(output.find("Sealed my-model"), std::string::npos) << output;
}

}  // namespace
}  // namespace strongroom::end_to_end

#!/usr/bin/env bash
# Installs with apt what this machine lacks, and nothing else: a tool or header that is already here,
# of whatever origin, is used. Usage: tools/install_dependencies.sh [--build] [--run] [--test]
set -eu

packages=()
lacks=()
need() { # need PACKAGE WHAT: WHAT is missing, PACKAGE brings it
  packages+=("$1")
  lacks+=("$2")
}
need_command() { command -v "$1" >/dev/null 2>&1 || need "$2" "$1"; }
# need_header HEADER PACKAGE [CONDITION of the preprocessor that must hold with it included]
need_header() {
  local source="#if !__has_include(<$1>)
#error absent
#endif"
  [ -z "${3:-}" ] || source="#include <$1>
#if !($3)
#error too old
#endif"
  printf '%s\n' "$source" | g++ -std=c++20 -x c++ -E - -o /dev/null 2>/dev/null || need "$2" "<$1>"
}
node_major() { node --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p'; }

build_needs() {
  need_command g++ g++
  need_command cmake cmake
  need_command ninja ninja-build
  need_command ccache ccache
  need_command pkg-config pkg-config
  need_command python3 python3
  need_header openssl/evp.h libssl-dev
  need_header sodium.h libsodium-dev
  need_header sqlite3.h libsqlite3-dev
  need_header fuse3/fuse_lowlevel.h libfuse3-dev
  need_header fmt/format.h libfmt-dev
  need_header simdjson.h libsimdjson-dev
  need_header zlib.h zlib1g-dev
  need_header archive.h libarchive-dev
  need_header seccomp.h libseccomp-dev
  need_header tl/expected.hpp libexpected-dev
  need_header boost/version.hpp libboost1.81-dev 'BOOST_VERSION >= 108100'
  need_header CLI/CLI.hpp libcli11-dev
  # Optional to the build; only there does it help.
  [ "$(uname -m)" != x86_64 ] || need_header intel-ipsec-mb.h libipsec-mb-dev
  compgen -G '/usr/share/cargo/registry/blake3-1*/c/blake3.c' >/dev/null ||
    need librust-blake3-dev "the BLAKE3 sources"
}
run_needs() {
  need_command python3 python3
  need_command fusermount3 fuse3
  # The engine comes from npm, which asks for a node of its own kind; an old node is not in the way.
  [ -d "$(dirname "$0")/engine/node_modules/node-llama-cpp" ] || need_command npm npm
}
# Debian's own Python, whatever else is called python3 here: the modules are packaged for it.
need_module() { /usr/bin/python3 -c "import $1" 2>/dev/null || need "python3-$1" "Python's $1"; }
test_needs() {
  need_header gtest/gtest.h libgtest-dev
  need_header nlohmann/json.hpp nlohmann-json3-dev
  need_header z3++.h libz3-dev
  need_command zstd zstd
  need_command clang++ clang
  compgen -G "$(clang -print-resource-dir 2>/dev/null)/lib/linux/libclang_rt.fuzzer-*.a" >/dev/null ||
    need libclang-rt-dev "libFuzzer and clang's sanitizers"
  need_command clang-format clang-format
  [ "$(node_major)" ] || need_command node nodejs
  need_command npm npm
  # Second opinions on what is written in files of weights.
  need_module numpy
  need_module torch
  need_module onnx
  need_module jsonschema
  # Completion and the man page are tried in what reads them.
  need_command fish fish
  need_command zsh zsh
  need_command man man-db
  need_command groff groff-base
}

[ $# -gt 0 ] || set -- --build --run
for part in "$@"; do
  case "$part" in
    --build) build_needs ;;
    --run) run_needs ;;
    --test) test_needs ;;
    *)
      echo "usage: tools/install_dependencies.sh [--build] [--run] [--test]" >&2
      exit 2
      ;;
  esac
done
[ ${#packages[@]} -gt 0 ] || exit 0

mapfile -t packages < <(printf '%s\n' "${packages[@]}" | sort -u)
if ! command -v apt-get >/dev/null 2>&1; then
  echo "Missing: ${lacks[*]}. There is no apt-get here; install what brings them (Debian calls it: ${packages[*]})." >&2
  exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null 2>&1 || {
    echo "Missing: ${lacks[*]}. Run this as root, or install: ${packages[*]}" >&2
    exit 1
  }
  as_root=(sudo)
fi
echo "Installing with apt: ${packages[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1 || {
    cat "$log" >&2
    echo "apt-get $1 failed (above). Mend that, then run again." >&2
    exit 1
  }
}
apt update
apt install --no-install-recommends "${packages[@]}"

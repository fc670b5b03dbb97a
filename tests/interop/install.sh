#!/usr/bin/env bash
# Installs what the interoperability tests run beside us. Idempotent; quick when it is already there.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

install() {
  local folder=$1
  local stamp=$folder/node_modules/.installed
  local wanted
  wanted=$(cat "$folder/package.json" "$folder/package-lock.json" | sha256sum)
  [ "$(cat "$stamp" 2>/dev/null || true)" = "$wanted" ] && return 0
  command -v npm >/dev/null || { echo "npm is not installed: apt-get install npm" >&2; return 1; }
  (cd "$folder" && npm ci --omit=optional --ignore-scripts --no-audit --no-fund --silent)
  printf '%s\n' "$wanted" >"$stamp"
}

for package in "$here"/*/package.json; do
  install "$(dirname "$package")"
done

#!/usr/bin/env bash
# Installs with apt the programs that ./bench stands beside, where they are missing. What cannot be had is
# said, and ./bench goes on without it.
set -u
packages=()
need_command() { command -v "$1" >/dev/null 2>&1 || packages+=("$2"); }
need_command age age
need_command restic restic
need_command gocryptfs gocryptfs
need_command cryfs cryfs
need_command openssl openssl
need_command taskset util-linux
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || packages+=(postgresql)
[ ${#packages[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null 2>&1 && as_root=(sudo)
fi
if ! command -v apt-get >/dev/null 2>&1; then
  echo "There is no apt-get here; without ${packages[*]} ./bench has fewer peers."
  exit 0
fi
echo "Installing with apt: ${packages[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1
}
apt update
apt install --no-install-recommends "${packages[@]}" || {
  tail -n 3 "$log"
  echo "Not all of it could be installed; ./bench goes on with the peers that are here."
}
exit 0

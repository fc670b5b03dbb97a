#!/usr/bin/env bash
# tools/build.sh PRESET [TARGET…]: configures if needed and builds, quietly; a failure shows its log.
set -eu
cd "$(dirname "$0")/.."
preset=$1
shift
build=build/$preset
log=$build/build.log
mkdir -p "$build"
show_and_fail() {
  grep -E -A12 'error:|FAILED|CMake Error' "$log" >&2 || tail -n 40 "$log" >&2
  echo "The $preset build failed; all of it is in $log" >&2
  exit 1
}
configure() {
  echo "Configuring the $preset build."
  cmake --preset "$preset" >"$log" 2>&1 || show_and_fail
}
[ -e "$build/build.ninja" ] || configure
for target in "$@"; do # what a build offers depends on what was installed when it was configured
  ninja -C "$build" -t query "$target" >/dev/null 2>&1 || {
    configure
    break
  }
done
steps=$(ninja -C "$build" -n "$@" 2>/dev/null | sed -n 's/^\[[0-9]*\/\([0-9]*\)\].*/\1/p' | tail -n 1)
[ "${steps:-0}" -lt 20 ] || echo "Building ($preset, $steps steps; the first time takes some minutes)."
if [ -t 1 ]; then
  # ninja keeps to one line on a terminal, and shows what fails.
  ninja -C "$build" "$@" || exit 1
  exit 0
fi
ninja -C "$build" "$@" >"$log" 2>&1 || show_and_fail

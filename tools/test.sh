#!/usr/bin/env bash
# Installs, builds and runs every test that needs no GPU: in Release, under AddressSanitizer and
# UndefinedBehaviorSanitizer, and the threaded code under ThreadSanitizer; fuzzes the readers shortly.
# The stages are presets of CMakePresets.json.
# usage: tools/test.sh [lint] [release] [asan] [tsan] [fuzz]   (default: these five)
#        tools/test.sh fast   in minutes: tests of units and of parity with the reference, in Release
set -euo pipefail
if [[ ${1:-} == -h || ${1:-} == --help ]]; then
  sed -n '2,/^set /s/^# \{0,1\}//p' "$0"
  exit
fi
cd "$(dirname "$0")/.."

stages=("$@")
[[ $# -eq 0 ]] && stages=(lint release asan tsan fuzz)
for stage in "${stages[@]}"; do
  if [[ ! "$stage" =~ ^(fast|lint|release|asan|tsan|fuzz)$ ]]; then
    echo "test.sh: unknown stage '$stage' (fast, lint, release, asan, tsan, fuzz)" >&2
    exit 2
  fi
done

tools/install_packages.sh build data test plot
# Tests write many small files and sync them: keep those in memory where that is possible.
[[ -z "${TMPDIR:-}" && -w /dev/shm ]] && export TMPDIR=/dev/shm

build_and_test() {
  cmake --preset "$1" >/dev/null
  NINJA_STATUS='[%f/%t] ' cmake --build --preset "$1" -- --quiet
  echo "built after $SECONDS s"
  ctest --preset "$1" -j "$(nproc)" --progress
}

times=()
for stage in "${stages[@]}"; do
  echo "== $stage"
  SECONDS=0
  case "$stage" in
    lint) tools/lint.sh ;;
    fuzz) tools/fuzz.sh ;;
    *)    build_and_test "$stage" ;;
  esac
  times+=("$stage $SECONDS s")
done
summary=$(printf ', %s' "${times[@]}")
echo "== all passed: ${summary:2}"

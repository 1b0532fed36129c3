#!/usr/bin/env bash
# Installs, builds and runs every test that needs no GPU: in Release, under AddressSanitizer and
# UndefinedBehaviorSanitizer, and the threaded code under ThreadSanitizer.
# usage: tools/test.sh [release] [asan] [tsan] [lint]   (default: all four)
set -euo pipefail
cd "$(dirname "$0")/.."

tools/install_packages.sh build data test bench
# Tests write many small files and sync them: keep those in memory where that is possible.
[[ -z "${TMPDIR:-}" && -w /dev/shm ]] && export TMPDIR=/dev/shm

stages=("${@:-release}")
[[ $# -eq 0 ]] && stages=(lint release asan tsan)

# build_and_test NAME LABELS CMAKE_ARGUMENTS…
build_and_test() {
  local name=$1 labels=$2
  shift 2
  echo "== $name"
  cmake -G Ninja -S . -B "build-$name" "$@" >/dev/null
  NINJA_STATUS='[%f/%t] ' ninja --quiet -C "build-$name"
  ctest --test-dir "build-$name" --output-on-failure --no-tests=error -j "$(nproc)" \
    --label-exclude gpu --label-regex "$labels" --progress
}

for stage in "${stages[@]}"; do
  case "$stage" in
    lint)    tools/lint.sh ;;
    release) build_and_test release '.*' -DCMAKE_BUILD_TYPE=Release ;;
    asan)    ASAN_OPTIONS=detect_leaks=1 build_and_test asan '.*' -DCMAKE_BUILD_TYPE=Release \
               -DREGROW_SANITIZE=address,undefined -DREGROW_BENCH=OFF ;;
    tsan)    build_and_test tsan 'threads' -DCMAKE_BUILD_TYPE=Release \
               -DREGROW_SANITIZE=thread -DREGROW_BENCH=OFF ;;
    *) echo "test.sh: unknown stage '$stage' (lint, release, asan, tsan)" >&2; exit 2 ;;
  esac
done

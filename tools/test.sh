#!/usr/bin/env bash
# Installs, builds and runs every test that needs no GPU: in Release, under AddressSanitizer and
# UndefinedBehaviorSanitizer, and the threaded code under ThreadSanitizer; fuzzes the readers shortly.
# usage: tools/test.sh [release] [asan] [tsan] [lint] [fuzz]   (default: all five)
set -euo pipefail
cd "$(dirname "$0")/.."

tools/install_packages.sh build data test bench plot
# Tests write many small files and sync them: keep those in memory where that is possible.
[[ -z "${TMPDIR:-}" && -w /dev/shm ]] && export TMPDIR=/dev/shm

stages=("${@:-release}")
[[ $# -eq 0 ]] && stages=(lint release asan tsan fuzz)

# build_and_test NAME LABELS TARGETS CMAKE_ARGUMENTS…
build_and_test() {
  local name=$1 labels=$2 targets=$3
  shift 3
  echo "== $name"
  cmake --preset "$name" "$@" >/dev/null
  # shellcheck disable=SC2086  # several targets
  NINJA_STATUS='[%f/%t] ' ninja --quiet -C "build-$name" $targets
  ctest --test-dir "build-$name" --output-on-failure --no-tests=error -j "$(nproc)" \
    --label-exclude gpu --label-regex "$labels" --progress
}

# The sanitizers see more, and build faster, at -O1. nvcc's objects are the release stage's alone.
sanitized=(-DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS_DEBUG=-O1 -g1" -DREGROW_BENCH=OFF
           -DREGROW_CUDA=OFF)

for stage in "${stages[@]}"; do
  case "$stage" in
    lint)    tools/lint.sh ;;
    # One architecture proves that nvcc takes the sources; a GPU's own is for tools/gpu_check.py.
    release) build_and_test release '.*' all -DCMAKE_BUILD_TYPE=Release \
               -DCMAKE_CUDA_ARCHITECTURES=90 ;;
    asan)    build_and_test asan '.*' all "${sanitized[@]}" -DREGROW_SANITIZE=address,undefined ;;
    tsan)    build_and_test tsan threads \
               'cpu_determinism_test cpu_evolution_test train_test sweep_threads_test cuda_threads_tests' \
               "${sanitized[@]}" -DREGROW_SANITIZE=thread ;;
    fuzz)    tools/fuzz.sh ;;
    *) echo "test.sh: unknown stage '$stage' (lint, release, asan, tsan, fuzz)" >&2; exit 2 ;;
  esac
done

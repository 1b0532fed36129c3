#!/usr/bin/env bash
# tools/gpu_check.sh without a GPU, and with a made-up machine: what passed, failed or was skipped is
# said as such.
# usage: gpu_check_test.sh SOURCE_FOLDER
set -euo pipefail
source=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/bin" "$work/carry" "$work/binaries"
export OUT=$work/out CARRY=$work/carry BUILD=$work/build LIMIT_S=120

fail() {
  echo "gpu_check_test.sh: $1" >&2
  exit 1
}
# check EXPECTED_CODE STAGES…: runs the script with $work/bin first on the PATH.
check() {
  local expected=$1 code=0
  shift
  rm -rf "$BUILD"
  [[ -n "${stale:-}" ]] || "$source/tools/gpu_check.sh" --hash >"$CARRY/sources.txt"
  PATH=$work/bin:$PATH "$source/tools/gpu_check.sh" "$@" >"$work/log" 2>&1 || code=$?
  [[ $code == "$expected" ]] || fail "ended with $code, not $expected: $(cat "$work/log")"
}
says() { grep -qE -- "$1" "$OUT/summary.txt" || fail "no '$1' in: $(cat "$OUT/summary.txt")"; }
# fake NAME BODY: a program on the PATH.
fake() {
  printf '#!/bin/sh\n%s\n' "$2" >"$work/bin/$1"
  chmod +x "$work/bin/$1"
}
# brought NAME BODY: a program among the binaries that are brought.
brought() {
  printf '#!/bin/sh\n%s\n' "$2" >"$work/binaries/$1"
  chmod +x "$work/binaries/$1"
  tar -C "$work/binaries" -czf "$CARRY/binaries.tar.gz" .
}

# Nothing is ever really built.
fake cmake 'exit 1'

# No GPU, whatever this machine has.
fake nvidia-smi 'exit 9'
check 0 test sanitize bench baseline train profile
for stage in test sanitize bench baseline train profile; do says "^$stage: skipped: no GPU$"; done
tar -tzf "$OUT/gpu_check.tar.gz" | grep -q machine.txt || fail "no machine.txt in the archive"
check 2 tset
grep -q "unknown stage 'tset'" "$work/log" || fail "an unknown stage is not named"

# A made-up GPU, and binaries of these sources.
fake nvidia-smi 'case "$*" in *query*) echo "Made-up GPU, 1.0, 1 MiB" ;; esac'
"$source/tools/gpu_check.sh" --hash >"$CARRY/sources.txt"
# shellcheck disable=SC2016  # the fake program expands it
brought regrow 'case "$1" in --version) echo regrow ;; bench) echo "a table"; exit "${BENCH_CODE:-0}" ;; esac'
brought one_gpu 'echo "[       OK ] A.B (1 ms)"; echo "[       OK ] A.C (1 ms)"'
brought two_gpu 'echo "[  SKIPPED ] A.B (1 ms)"'
check 0 test bench
says '^build: passed: brought'
says '^test: passed: 2 tests; skipped themselves: two_gpu '
says '^bench: passed'
grep -q "a table" "$work/log" || fail "the bench's table is not in the summary"
BENCH_CODE=3 check 1 bench
says '^bench: FAILED: .*ended with 3'

# Only tests that skip themselves: never passed.
brought one_gpu 'echo "[  SKIPPED ] A.B (1 ms)"'
check 0 test
says '^test: skipped: every test skipped itself'
brought one_gpu 'echo "[       OK ] A.B (1 ms)"; exit 1'
check 1 test
says '^test: FAILED: .*failed: one_gpu'

# The sanitizer: clean, with a finding, and one that never ends anything.
fake compute-sanitizer 'exit 0'
check 0 sanitize
says '^sanitize: passed: 6 of 6'
fake compute-sanitizer 'case "$*" in *racecheck*one_gpu*) exit 99 ;; esac'
check 1 sanitize
says '^sanitize: FAILED: .*racecheck found errors in one_gpu'
fake compute-sanitizer 'exit 124'
check 0 sanitize
says '^sanitize: skipped: no run'

# Binaries of other sources are not used, and without time nothing is said to have passed.
echo "other" >"$CARRY/sources.txt"
stale=yes
check 1 build test
says '^build: FAILED: cmake'
says '^test: skipped: no build'
LIMIT_S=5 check 0 test
says '^test: skipped: no time left'
echo "gpu_check.sh: as expected"

#!/usr/bin/env bash
# Fuzzes every reader of outside bytes (libFuzzer, with AddressSanitizer and
# UndefinedBehaviorSanitizer), from the inputs in tests/fuzz/corpus on.
# usage: tools/fuzz.sh [SECONDS] [TARGET…]   (default: 90 seconds of one core; all targets)
# Every target gets an equal share; as many fuzz at once as there are cores.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=90
if [[ "${1:-}" =~ ^[1-9][0-9]{0,8}$ ]]; then  # 0 would be without end
  seconds=$1
  shift
fi
targets=("$@")
[[ $# -eq 0 ]] && targets=(checkpoint cifar10 csv event idx image libsvm metrics npz sweep toml)
for target in "${targets[@]}"; do
  if [[ ! -f "tests/fuzz/${target}_fuzzer.cpp" ]]; then
    echo "fuzz.sh: there is no target '$target'; see tests/fuzz" >&2
    exit 2
  fi
done

tools/install_packages.sh build data test fuzz
[[ -z "${TMPDIR:-}" && -w /dev/shm ]] && export TMPDIR=/dev/shm
# libFuzzer ends without destructors: what the fuzzers leave goes with this folder.
TMPDIR=$(mktemp -d)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
cmake --preset fuzz >/dev/null
NINJA_STATUS='[%f/%t] ' ninja --quiet -C build-fuzz "${targets[@]/%/_fuzzer}"

each=$(((seconds + ${#targets[@]} - 1) / ${#targets[@]}))
mkdir -p build-fuzz/findings

fuzz() {
  local target=$1 each=$2
  # What a run learns stays in the build folder; findings belong into the corpus, once mended.
  mkdir -p "build-fuzz/corpus/$target"
  local options=("-max_total_time=$each" -timeout=20 -rss_limit_mb=2048 -max_len=16384 -print_final_stats=1
                 "-artifact_prefix=build-fuzz/findings/$target-")
  local dictionary=tests/fuzz/dictionary/$target.dict
  [[ $target == sweep ]] && dictionary=tests/fuzz/dictionary/toml.dict
  [[ -f "$dictionary" ]] && options+=("-dict=$dictionary")
  local log="build-fuzz/$target.log" fuzzer
  fuzzer=$(find build-fuzz -type f -name "${target}_fuzzer")
  if ! "$fuzzer" "${options[@]}" "build-fuzz/corpus/$target" "tests/fuzz/corpus/$target" \
    >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    echo "fuzz.sh: $target: a finding; the input is in build-fuzz/findings, all output in $log" >&2
    exit 1
  fi
  echo "== fuzz $target, $each s: $(grep -E 'number_of_executed_units' "$log")"
}
export -f fuzz
# shellcheck disable=SC2016  # $0 and $1 are the inner shell's
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I {} bash -euo pipefail -c 'fuzz "$0" "$1"' {} "$each"

#!/usr/bin/env bash
# Everything that only a GPU can show, in one call of less than nine minutes on a machine that can
# fetch nothing. What it needs beyond CUDA, CMake, ninja and python3 lies in a folder that
# tools/gpu_carry.sh filled beforehand.
# usage: tools/gpu_check.sh [build] [test] [sanitize] [bench] [baseline] [train] [profile]
#        (default: all, in this order; where there is a GPU `build` is done first whatever is asked)
#        tools/gpu_check.sh --hash    a digest of the sources that binaries are made of
# Variables: OUT (gpu_check_out): gets gpu_check.tar.gz with all logs and JSON files, and
#   summary.txt; CARRY (gpu_carry), BUILD (build-gpu-check); LIMIT_S (530): of the whole;
#   BENCH_DEVICES, BENCH_SIZES; SANITIZE_FILTER (a gtest filter).
# A stage passed, failed, or was skipped and says why. Exit code: 1 where one failed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

hash_of_sources() {
  find CMakeLists.txt cmake cuda host include tests tools/CMakeLists.txt tools/regrow.cpp -type f \
    -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1
}
if [[ "${1:-}" == --hash ]]; then
  hash_of_sources
  exit
fi

all=(build test sanitize bench baseline train profile)
stages=("$@")
(( $# > 0 )) || stages=("${all[@]}")
for stage in "${stages[@]}"; do
  if [[ " ${all[*]} " != *" $stage "* ]]; then
    echo "gpu_check.sh: unknown stage '$stage' (${all[*]})" >&2
    exit 2
  fi
done

out=${OUT:-gpu_check_out} carry=${CARRY:-gpu_carry} build=${BUILD:-build-gpu-check}
limit=${LIMIT_S:-530}
mkdir -p "$out" "$build"
rm -rf "$build/logs"
logs=$build/logs
mkdir -p "$logs"
out=$(cd "$out" && pwd) logs=$(cd "$logs" && pwd) build=$(cd "$build" && pwd)
summary=$logs/summary.txt
started=$SECONDS
failures=0
python3=${PYTHON:-python3}

say() { echo "$*" | tee -a "$summary"; }
left() { echo $(( limit - (SECONDS - started) )); }
# skip REASON: ends a stage's function.
skip() {
  echo "skipped: $*" >"$logs/result"
  return 77
}
result() { echo "$*" >"$logs/result"; }
# why CODE LOG: of a command that failed.
why() {
  if (( $1 == 124 || $1 == 137 )); then
    echo "not finished in its time"
  else
    grep -m1 -E '([Ee]rror|FAILED|CMake Error).*:' "$2" | cut -c1-160 || echo "ended with $1"
  fi
}
has() { command -v "$1" >/dev/null; }

gpu=$( { nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader |
         head -n 1; } 2>/dev/null) || gpu=""

# run_stage NAME SECONDS: calls stage_NAME, with so much time at most.
run_stage() {
  local name=$1 seconds=$2 begin=$SECONDS code=0
  if (( $(left) < 10 )); then
    say "$name: skipped: no time left; run it in a call of its own: tools/gpu_check.sh $name"
    return
  fi
  (( seconds <= $(left) )) || seconds=$(left)
  deadline=$(( SECONDS + seconds ))
  : >"$logs/result"
  "stage_$name"
  code=$?
  local took="[$(( SECONDS - begin )) s]" text
  text=$(cat "$logs/result")
  if (( code == 77 )); then
    say "$name: $text"
  elif (( code == 0 )); then
    say "$name: passed: $text $took"
  else
    say "$name: FAILED: $text $took"
    failures=$(( failures + 1 ))
  fi
}

# limited SECONDS COMMAND…: with so much time, but no more than the stage has left.
limited() {
  local seconds=$1
  shift
  local stage_left=$(( deadline - SECONDS ))
  (( seconds <= stage_left )) || seconds=$stage_left
  (( seconds > 0 )) || return 124
  timeout --kill-after=10 "$seconds" "$@"
}

use_libraries() {
  local folder
  LD_LIBRARY_PATH=$build/lib:$build/packages/usr/lib/x86_64-linux-gnu:${LD_LIBRARY_PATH:-}
  # cuBLAS and cuSPARSE may be there only as a part of PyTorch.
  for folder in /usr/local/cuda/lib64 \
      $("$python3" -c 'import nvidia, glob
for path in nvidia.__path__: print(*glob.glob(path + "/*/lib"))' 2>/dev/null); do
    LD_LIBRARY_PATH+=:$folder
  done
  export LD_LIBRARY_PATH
}

stage_build() {
  local log=$logs/build.log
  use_libraries
  if [[ -f "$carry/binaries.tar.gz" ]]; then
    if [[ "$(cat "$carry/sources.txt" 2>/dev/null)" != "$(hash_of_sources)" ]]; then
      echo "carried binaries are of other sources" >>"$log"
    elif tar -C "$build" -xzf "$carry/binaries.tar.gz" 2>>"$log" &&
         "$build/regrow" --version >>"$log" 2>&1; then
      result "brought binaries of these sources"
      return 0
    else
      echo "carried binaries do not run here" >>"$log"
    fi
    rm -f "$build/regrow" "$build"/*_gpu "$build"/*.so
  fi
  local tool
  for tool in nvcc cmake ninja; do
    has "$tool" || { skip "no binaries of these sources in $carry, and no $tool here"; return; }
  done
  if [[ -f "$carry/packages.tar.gz" ]]; then
    mkdir -p "$build/packages"
    tar -C "$build/packages" -xzf "$carry/packages.tar.gz" || return 1
  fi
  local code=0
  limited 60 cmake -G Ninja -S . -B "$build/tree" -DCMAKE_BUILD_TYPE=Release \
    -DREGROW_CUDA=ON -DREGROW_BENCH=OFF -DCMAKE_CUDA_ARCHITECTURES="${ARCHITECTURE:-90}" \
    -DCMAKE_PREFIX_PATH="$build/packages/usr" >>"$log" 2>&1 || code=$?
  if (( code != 0 )); then
    result "cmake: $(why "$code" "$log")"
    return 1
  fi
  local tests
  mapfile -t tests < <(ninja -C "$build/tree" -t targets all |
                       sed -n "/^cmake_/d; s/^\\([A-Za-z0-9_]*_gpu\\): .*/\\1/p")
  limited 400 ninja -C "$build/tree" regrow regrow_cuda regrow_cuda_library "${tests[@]}" \
    >>"$log" 2>&1 || code=$?
  if (( code != 0 )); then
    result "ninja: $(why "$code" "$log")"
    return 1
  fi
  cp "$build/tree/regrow" "$build/tree"/libregrow_cuda*.so "$build"
  find "$build/tree" -name '*_gpu' -type f -perm -u+x -exec cp {} "$build" \;
  result "built here from source"
}

# Ends the stage's function unless there is what it needs. needs_gpu || return
needs_gpu() {
  [[ -n "$gpu" ]] || { skip "no GPU"; return; }
  [[ -x "$build/regrow" ]] || { skip "no build"; return; }
}

stage_test() {
  needs_gpu || return
  local test name passed=0 failed=() none=()
  for test in "$build"/*_gpu; do
    [[ -x "$test" ]] || { skip "no GPU tests in the build"; return; }
    name=$(basename "$test")
    if ! limited 120 "$test" --gtest_brief=0 >"$logs/test-$name.log" 2>&1; then
      failed+=("$name")
    elif ! grep -q '\[       OK \]' "$logs/test-$name.log"; then
      none+=("$name")
    fi
    passed=$(( passed + $(grep -c '\[       OK \]' "$logs/test-$name.log") ))
  done
  result "$passed tests${none[*]:+; skipped themselves: ${none[*]}}${failed[*]:+; failed: ${failed[*]}}"
  (( ${#failed[@]} == 0 )) || return 1
  (( passed > 0 )) || skip "every test skipped itself"
}

# sanitized TOOL TEST: one program under one tool; prints a line only where it fails.
sanitized() {
  local tool=$1 test=$2 log code
  log=$logs/$tool-$(basename "$test").log
  limited 100 compute-sanitizer --tool "$tool" --error-exitcode 99 "$test" \
    "--gtest_filter=${SANITIZE_FILTER:-*}" >"$log" 2>&1
  code=$?
  case $code in
    0) echo ok ;;
    99) echo "$tool found errors in $(basename "$test")" ;;
    124 | 137) echo "unfinished: $tool $(basename "$test")" ;;
    *) echo "$tool $(basename "$test") ended with $code" ;;
  esac
}

stage_sanitize() {
  needs_gpu || return
  has compute-sanitizer || { skip "no compute-sanitizer"; return; }
  local tool test jobs=0 answers=$logs/sanitize.txt
  : >"$answers"
  for tool in memcheck racecheck initcheck; do
    for test in "$build"/*_gpu; do
      [[ -x "$test" ]] || continue
      sanitized "$tool" "$test" >>"$answers" &
      jobs=$(( jobs + 1 ))
      (( jobs % 6 != 0 )) || wait
    done
  done
  wait
  local ok bad unfinished
  ok=$(grep -cx ok "$answers")
  unfinished=$(grep -c '^unfinished' "$answers")
  bad=$(grep -vx ok "$answers" | grep -v '^unfinished' | paste -sd';' | cut -c1-300)
  result "$ok of $jobs program runs clean${bad:+; $bad}; $unfinished unfinished (time)"
  [[ -z "$bad" ]] || return 1
  (( ok > 0 )) || skip "no run of compute-sanitizer came to an end"
}

stage_bench() {
  needs_gpu || return
  local code=0
  limited 300 "$build/regrow" bench \
    --device "${BENCH_DEVICES:-cuda,cuda:bf16,cuda:nograph,cuda-cusparse,cuda-dense}" \
    --size "${BENCH_SIZES:-paper,wide16k,wide64k}" --json "$logs/bench.json" \
    >"$logs/bench.txt" 2>"$logs/bench.err" || code=$?
  result "see bench.txt$( (( code == 0 )) || echo "; ended with $code: $(head -c 200 "$logs/bench.err")")"
  return "$code"
}

stage_baseline() {
  needs_gpu || return
  "$python3" -c 'import torch' 2>/dev/null || { skip "no PyTorch"; return; }
  local code=0
  limited 240 "$python3" experiments/pytorch_baseline/compare.py --regrow "$build/regrow" \
    --json "$logs/pytorch.json" >"$logs/pytorch.txt" 2>"$logs/pytorch.err" || code=$?
  result "see pytorch.txt$( (( code == 0 )) || echo "; ended with $code: $(tail -n 1 "$logs/pytorch.err" | head -c 200)")"
  return "$code"
}

# train OUT MORE…: a run of the paper's network on made-up images.
train() {
  local folder=$1
  shift
  limited 120 "$build/regrow" train --preset paper --dataset synthetic --synthetic-features 3072 \
    --synthetic-classes 10 --synthetic-train 5000 --synthetic-test 1000 \
    --hidden 4000,1000,4000 --method dynset --quiet --force --out "$build/runs/$folder" "$@" \
    >>"$logs/train.log" 2>&1
}

stage_train() {
  needs_gpu || return
  local folder
  for folder in one two; do
    train "$folder" --device cuda --epochs 4 ||
      { result "$(tail -n 1 "$logs/train.log")"; return 1; }
  done
  cmp "$build/runs/one/metrics.jsonl" "$build/runs/two/metrics.jsonl" >>"$logs/train.log" 2>&1 ||
    { result "two runs with one seed differ"; return 1; }
  train plain --device cuda --epochs 4 --graph false ||
    { result "$(tail -n 1 "$logs/train.log")"; return 1; }
  cmp "$build/runs/one/metrics.jsonl" "$build/runs/plain/metrics.jsonl" >>"$logs/train.log" 2>&1 ||
    { result "runs with and without a graph differ"; return 1; }
  local device
  for device in check:cuda,cpu check:cuda-cusparse,cpu check:cuda-dense,cpu; do
    train check --device "$device" --epochs 2 ||
      { result "$device: $(tail -n 1 "$logs/train.log")"; return 1; }
  done
  train bf16 --device cuda --activations bf16 --epochs 4 ||
    { result "$(tail -n 1 "$logs/train.log")"; return 1; }
  cp "$build/runs/one/metrics.jsonl" "$logs/train-metrics.jsonl"
  cp "$build/runs/one/timings.jsonl" "$logs/train-timings.jsonl"
  result "runs repeat bit for bit, with and without a graph; cuda, cuda-cusparse and cuda-dense agree with the CPU"
}

stage_profile() {
  needs_gpu || return
  local done=() lacking=()
  if has nsys; then
    REGROW=$build/regrow limited 120 tools/profile.sh "$logs/profile" >"$logs/profile.log" 2>&1 ||
      { result "$(tail -n 1 "$logs/profile.log")"; return 1; }
    done+=("profile.nsys-rep")
  else
    lacking+=(nsys)
  fi
  if has ncu; then
    REGROW=$build/regrow limited 120 tools/profile.sh --kernels "$logs/kernels" \
      >"$logs/kernels.log" 2>&1 || { result "$(tail -n 1 "$logs/kernels.log")"; return 1; }
    done+=("kernels.csv")
  else
    lacking+=(ncu)
  fi
  (( ${#done[@]} > 0 )) || { skip "no ${lacking[*]}"; return; }
  result "${done[*]}${lacking[*]:+; skipped: no ${lacking[*]}}"
}

{
  echo "date: $(date -u '+%Y-%m-%d %H:%M:%S') UTC"
  echo "commit: $(cat "$carry/commit.txt" 2>/dev/null || git describe --always --dirty 2>/dev/null)"
  echo "sources: $(hash_of_sources)"
  echo "GPU: ${gpu:-none}"
  echo "toolkit: $(nvcc --version 2>/dev/null | tail -n 1)"
  echo "host: $(nproc) cores, $(uname -sr)"
} >"$logs/machine.txt"
has nvidia-smi && nvidia-smi -q >"$logs/nvidia-smi.txt" 2>&1

: >"$summary"
declare -A seconds_of=([test]=120 [sanitize]=200 [bench]=150 [baseline]=200 [train]=100 [profile]=90)
if [[ -n "$gpu" || " ${stages[*]} " == *" build "* ]]; then run_stage build 400; fi
for stage in "${all[@]}"; do
  [[ "$stage" != build && " ${stages[*]} " == *" $stage "* ]] || continue
  run_stage "$stage" "${seconds_of[$stage]}"
done
rm -f "$logs/result"
tar -C "$logs" -czf "$out/gpu_check.tar.gz" . && cp "$summary" "$out/summary.txt"

echo
echo "== summary ($(( SECONDS - started )) s; everything is in $out/gpu_check.tar.gz)"
cat "$logs/machine.txt" "$summary"
if [[ -s "$logs/bench.txt" ]]; then cat "$logs/bench.txt"; fi
if [[ -s "$logs/pytorch.txt" ]]; then cat "$logs/pytorch.txt"; fi
(( failures == 0 ))

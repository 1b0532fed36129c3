#!/usr/bin/env bash
# Benchmarks of the CPU back end: every primitive, whole steps and whole epochs of the paper's
# problem, and, where a command for another program is given, its steps and ours interleaved.
# usage: experiments/cpu_bench/run.sh ["OTHER_PROGRAM ARGUMENTS" LABEL]
# The other program prints its seconds per 500 steps of batch 100 after LABEL.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=experiments/cpu_bench
python3=${PYTHON:-python3}

tools/install_packages.sh build bench
cmake -G Ninja -S . -B build-bench -DREGROW_BENCH=ON >/dev/null
ninja --quiet -C build-bench
bench=build-bench/tools/bench
{
  lscpu | grep -E 'Model name|^CPU\(s\)|L2 cache|L3 cache'
  "$bench/bench_epoch" epoch
  "$bench/bench_epoch" full
} | tee "$here/epoch.txt"
"$bench/bench_primitives" --benchmark_counters_tabular=true 2>/dev/null | tee "$here/primitives.txt"
{
  echo "whole epoch (augmentation, dropout, evaluation, evolution, files) : 500 bare steps"
  "$python3" tools/bench/compare.py "$bench/bench_epoch epoch" "$bench/bench_epoch step"
  if [[ $# -gt 0 ]]; then
    echo "bare step : the other program's"
    "$python3" tools/bench/compare.py --label "$2" "$bench/bench_epoch step" "$1"
  fi
} | tee "$here/compare.txt"

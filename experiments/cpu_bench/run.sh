#!/usr/bin/env bash
# Benchmarks of the CPU back end: every primitive, whole steps and whole epochs of the paper's
# problem, and, where a command for another program is given, its steps and ours interleaved.
# usage: experiments/cpu_bench/run.sh ["OTHER_PROGRAM ARGUMENTS" LABEL]
# The other program prints its seconds per 500 steps of batch 100 after LABEL. REGROW names the program
# (build/regrow), PYTHON the interpreter (python3).
set -euo pipefail
cd "$(dirname "$0")/../.."
here=experiments/cpu_bench
regrow=${REGROW:-build/regrow}
{
  lscpu | grep -E 'Model name|^CPU\(s\)|L2 cache|L3 cache'
  "$regrow" bench --device cpu --measure step,epoch
  echo "without dropout and augmentation:"
  "$regrow" bench --device cpu --measure step --bare
} | tee "$here/epoch.txt"
"$regrow" bench --device cpu --measure primitives | tee "$here/primitives.txt"
if [[ $# -gt 0 ]]; then
  echo "bare step : the other program's" | tee "$here/compare.txt"
  "${PYTHON:-python3}" tools/bench_beside.py --regrow "$regrow" --label "$2" "$1" -- --bare | tee -a "$here/compare.txt"
fi

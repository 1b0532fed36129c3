#!/usr/bin/env bash
# Benchmarks of the CPU back end: steps beside those of a step written by hand, in fp32 and in bf16, on one
# and two threads; whole epochs over their steps; every primitive. Writes the files beside this.
# usage: experiments/cpu_bench/run.sh [OPTIONS OF tools/bench_beside.py, such as --rounds 15]
# REGROW names the program (build/regrow), PYTHON the interpreter (python3), CXX the compiler (g++). Needs a
# processor with AVX-512.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=experiments/cpu_bench
regrow=${REGROW:-build/regrow}
python=${PYTHON:-python3}
if ! grep -qw avx512dq /proc/cpuinfo; then
  echo "run.sh: this processor has no AVX-512, for which the step beside ours is written" >&2
  exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${CXX:-g++}" -std=c++20 -O3 -march=native -pthread "$here/hand_written_step.cpp" -o "$work/hand_written_step"
"$work/hand_written_step" --check
"$python" tools/bench_beside.py --regrow "$regrow" --goals "$here/goals.csv" --csv "$here/beside.csv" \
  --markdown "$here/beside.md" "$@" "'$work/hand_written_step' {threads} 3 40"
"$python" "$here/epoch.py" "$regrow" "$here/epoch.csv" >"$work/epoch.md"
mv "$work/epoch.md" "$here/epoch.md"
cat "$here/epoch.md"
"$regrow" bench --device cpu --threads 1 --measure primitives | tee "$here/primitives.txt"

#!/usr/bin/env bash
# Profiles a few epochs of training on the GPU; docs/profiling.md says how to read the result.
# usage: tools/profile.sh [--kernels] OUT [REGROW TRAIN ARGUMENTS…]
#   OUT.nsys-rep  by Nsight Systems: what ran when, on host and GPU
#   OUT.csv       with --kernels, by Nsight Compute: hardware counters of one step's kernels
# Without arguments: the paper's network on made-up images; epochs 2 and 3 are recorded. Add
# --graph false to see the NVTX ranges of single steps around their kernels.
# Variable: REGROW (build/regrow).
set -euo pipefail

fail() {
  echo "profile.sh: $1" >&2
  exit 1
}

tool=nsys
if [[ "${1:-}" == --kernels ]]; then
  tool=ncu
  shift
fi
[[ $# -gt 0 && "$1" != -* ]] || fail "where to? usage: tools/profile.sh [--kernels] OUT [ARGUMENTS…]"
out=$1
shift
regrow=${REGROW:-$(dirname "$0")/../build/regrow}
[[ -x "$regrow" ]] || fail "$regrow: no such program; build it, or set REGROW"
command -v "$tool" >/dev/null || fail "$tool is not on the PATH; it comes with the CUDA Toolkit"

runs=$(mktemp -d)
trap 'rm -rf "$runs"' EXIT
arguments=("$@")
if [[ $# -eq 0 ]]; then
  arguments=(--preset paper --dataset synthetic --synthetic-features 3072 --synthetic-classes 10
             --synthetic-train 5000 --synthetic-test 1000 --hidden "4000,1000,4000" --method set)
fi
common=(--device cuda --epochs 4 --profile-epochs 2:3 --quiet --out "$runs/run")

if [[ "$tool" == nsys ]]; then
  nsys profile --output "$out" --force-overwrite true --trace cuda,nvtx,osrt \
    --cuda-graph-trace node --capture-range cudaProfilerApi --capture-range-end stop \
    "$regrow" train "${arguments[@]}" "${common[@]}"
  nsys stats --force-export true --report nvtx_sum,cuda_gpu_kern_sum "$out.nsys-rep"
else
  # The clocks stay as they are; a whole step is 10 to 12 kernels.
  ncu --clock-control none --profile-from-start off --launch-count 24 --set detailed --csv \
    --page details "$regrow" train "${arguments[@]}" "${common[@]}" --graph false >"$out.csv"
fi

#!/usr/bin/env bash
# Profiles a few epochs of training on the GPU; docs/profiling.md says how to read the result.
# usage: tools/profile.sh [--kernels] OUT [REGROW TRAIN ARGUMENTS…]
#   OUT.nsys-rep             by Nsight Systems: what ran when, on host and GPU
#   OUT.csv and OUT.ncu-rep  with --kernels, by Nsight Compute: hardware counters of one step's
#                            kernels, as a table and for ncu-ui
# Without arguments: the paper's network on made-up images. Epochs 2 and 3 of 0 to 3 are recorded,
# unless the arguments have --epochs and --profile-epochs. Add --cuda-graph false to see the NVTX ranges
# of single steps around their kernels. A file is there whole or not at all.
# Variable: REGROW (build/regrow).
set -euo pipefail

fail() {
  echo "profile.sh: $1" >&2
  exit 1
}

if [[ "${1:-}" == -h || "${1:-}" == --help ]]; then
  sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"
  exit 0
fi
tool=nsys
if [[ "${1:-}" == --kernels ]]; then
  tool=ncu
  shift
fi
out=${1:-}
[[ -n "$out" && "$out" != -* && "$out" != */ ]] ||
  fail "where to? usage: tools/profile.sh [--kernels] OUT [ARGUMENTS…], OUT a file without its suffix"
shift
regrow=${REGROW:-$(dirname "$0")/../build/regrow}
[[ -f "$regrow" && -x "$regrow" ]] || fail "$regrow: no such program; build it, or set REGROW"
command -v "$tool" >/dev/null || fail "$tool is not on the PATH; it comes with the CUDA Toolkit"

# The reports are made beside OUT, where a move cannot stop halfway; the run where files are quick.
folder=$(dirname "$out")
mkdir -p "$folder" 2>/dev/null || fail "$folder: cannot be made a folder"
part=$(mktemp -d "$folder/.profile.XXXXXX" 2>/dev/null) || fail "$folder: cannot be written to"
trap 'rm -rf "$part"' EXIT
runs=$(mktemp -d)
trap 'rm -rf "$part" "$runs"' EXIT

arguments=("$@")
if [[ $# -eq 0 ]]; then
  arguments=(--preset paper --dataset synthetic --synthetic-features 3072 --synthetic-classes 10
             --synthetic-train 5000 --synthetic-test 1000 --hidden "4000,1000,4000" --method set)
fi
# Of an option given twice the last one counts.
train=("$regrow" train --device cuda --epochs 4 --profile-epochs 2:3 "${arguments[@]}" --quiet
       --out "$runs/run")
recorded_nothing="$tool recorded nothing: the epochs of --profile-epochs were not trained on a GPU"

if [[ "$tool" == nsys ]]; then
  nsys profile --output "$part/report" --force-overwrite true --trace cuda,nvtx,osrt \
    --cuda-graph-trace node --capture-range cudaProfilerApi --capture-range-end stop \
    "${train[@]}" || fail "nsys profile ended with $?; nothing is written"
  [[ -s "$part/report.nsys-rep" ]] || fail "$recorded_nothing"
  mv -f "$part/report.nsys-rep" "$out.nsys-rep"
  nsys stats --force-export true --sqlite "$part/report.sqlite" \
    --report nvtx_sum,cuda_gpu_kern_sum "$out.nsys-rep" ||
    fail "nsys stats ended with $?; $out.nsys-rep is whole: open it in nsys-ui"
else
  # The clocks stay as they are; a whole step is 10 to 12 kernels. The table is made from the report
  # afterwards: on standard output it would be among the lines of the program and of ncu itself.
  ncu --clock-control none --profile-from-start off --launch-count 24 --set detailed \
    --export "$part/report" --force-overwrite "${train[@]}" --cuda-graph false ||
    fail "ncu ended with $?; nothing is written"
  [[ -s "$part/report.ncu-rep" ]] || fail "$recorded_nothing"
  mv -f "$part/report.ncu-rep" "$out.ncu-rep"
  ncu --import "$out.ncu-rep" --csv --page details >"$part/report.csv" ||
    fail "ncu --import ended with $?; $out.ncu-rep is whole: open it in ncu-ui"
  grep -q '^"[0-9]' "$part/report.csv" || fail "$recorded_nothing"
  mv -f "$part/report.csv" "$out.csv"
fi

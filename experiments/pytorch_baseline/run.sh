#!/usr/bin/env bash
# PyTorch's masked-dense training beside regrow's, interleaved, on one GPU.
# usage: experiments/pytorch_baseline/run.sh [REGROW] [ARGUMENTS OF compare.py…]
# REGROW: the program (build/regrow). Variable: PYTHON, a python3 that has PyTorch.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=experiments/pytorch_baseline
regrow=${1:-build/regrow}
(( $# == 0 )) || shift
if [[ ! -x "$regrow" ]]; then
  echo "run.sh: $regrow: no such program; build it, or give its path" >&2
  exit 1
fi
exec "${PYTHON:-python3}" "$here/compare.py" --regrow "$regrow" --json "$here/results.json" \
  --text "$here/results.txt" "$@"

#!/usr/bin/env bash
# Trains on the data sets that scikit-learn ships, from files of every format, beside scikit-learn's
# perceptron of the same size; then on large files. Writes this folder's tables. About 20 minutes.
# usage: experiments/own_data/run.sh [SEEDS]   (default: 5)
# REGROW names the program (build/regrow). Files and runs go to runs/own_data.
set -euo pipefail
cd "$(dirname "$0")/../.."
regrow=$(realpath "${REGROW:-build/regrow}")
venv=.deps/own_data
if ! cmp -s experiments/own_data/requirements.txt "$venv/requirements.txt"; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/python3" -m pip install --quiet --requirement experiments/own_data/requirements.txt
  cp experiments/own_data/requirements.txt "$venv/"
fi
export OMP_NUM_THREADS=1  # more gain nothing on networks of this size
"$venv/bin/python3" experiments/own_data/compare.py "$regrow" runs/own_data "${1:-5}"
"$venv/bin/python3" experiments/own_data/large.py "$regrow" runs/own_data
cat experiments/own_data/table.md experiments/own_data/large.md

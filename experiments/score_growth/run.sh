#!/usr/bin/env bash
# What becomes of newborn connections, and whether gradients choose better ones: trains the sweep, or goes
# on with it; then this folder's tables: accuracies, survival and cost, and what is left after the weakest
# connections are deleted.
# usage: experiments/score_growth/run.sh CIFAR10_DIR [OPTIONS OF regrow sweep, such as --jobs 2]
set -euo pipefail
here=$(realpath "$(dirname "$0")")
data=$(realpath "${1:?usage: experiments/score_growth/run.sh CIFAR10_DIR [OPTIONS OF regrow sweep]}")
options="--baseline plain-set --sort -accuracy"
code=0
"$here/../study.sh" "$here" "" "$options" "$@" || code=$?
[[ $code -le 3 ]] || exit "$code"
"${PYTHON:-python3}" "$here/survival.py" "$here/../../runs/score_growth" | tee "$here/survival.md"
"${PYTHON:-python3}" "$here/pruned.py" --data "$data" "$here/../../runs/score_growth" | tee "$here/pruned.md"
exit "$code"

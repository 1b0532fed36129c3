#!/usr/bin/env bash
# SET with SReLU beside the published curve of SET's authors: trains the sweep, or goes on with it, and
# writes this folder's tables and curves.
# usage: experiments/srelu/run.sh CIFAR10_DIR [OPTIONS OF regrow sweep, such as --max-time 3h]
set -euo pipefail
here=$(dirname "$0")
code=0
"$here/../study.sh" "$here" "" "" "$@" || code=$?
[[ $code -eq 0 || $code -eq 3 ]] || exit "$code"
"${PYTHON:-python3}" "$here/compare.py" "$here/../../runs/srelu"/*/metrics.jsonl | tee "$here/published.md"
exit "$code"

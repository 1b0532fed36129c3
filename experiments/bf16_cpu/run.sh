#!/usr/bin/env bash
# Activations in bf16 beside fp32: trains the sweep, or goes on with it, and writes this folder's tables and
# curves.
# usage: experiments/bf16_cpu/run.sh CIFAR10_DIR [OPTIONS OF regrow sweep, such as --jobs 2]
set -euo pipefail
here=$(realpath "$(dirname "$0")")
code=0
"$here/../study.sh" "$here" "" "--columns activation_dtype,n,accuracy,loss,best_accuracy,connections,seconds" "$@" || code=$?
[[ $code -eq 0 || $code -eq 3 ]] || exit "$code"
"${PYTHON:-python3}" "$here/paired.py" "$here/../../runs/bf16_cpu" | tee "$here/paired.md"
exit "$code"

#!/usr/bin/env bash
# What a newcomer sees: the whole output of tools/quickstart.sh, and a figure of what it trained. The
# seconds in both are of this machine, so leave it alone meanwhile.
# usage: experiments/quickstart/run.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
here=experiments/quickstart

# Ninja redraws its line on a terminal alone: here each of its steps would be one.
tools/quickstart.sh | grep -v '^\[[0-9]*/[0-9]*\] ' | tee "$here/output.txt"
"${PYTHON:-python3}" "$here/figure.py" "$here/dense_beside_sparse" runs/quickstart/{dense,set,dynset}

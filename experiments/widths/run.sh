#!/usr/bin/env bash
# Widths from 4,096 to 1,048,576 neurons: a step, an evolution, the start and memory of one program or
# of several in turn.
# usage: experiments/widths/run.sh [LABEL=PROGRAM...]
# Without arguments: now=build/regrow. WIDTHS, ROUNDS and SCRATCH change what is measured, and where the
# runs lie; of the widest about 20 GB of memory and 8 GB of SCRATCH are needed. PYTHON: the interpreter.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=experiments/widths
if [[ $# -eq 0 ]]; then set -- now=build/regrow; fi
{
  lscpu | grep -E 'Model name|^CPU\(s\)|L2 cache|L3 cache'
  "${PYTHON:-python3}" "$here/widths.py" --widths "${WIDTHS:-4096,16384,65536,262144,1048576}" \
    --rounds "${ROUNDS:-3}" ${SCRATCH:+--scratch "$SCRATCH"} --csv "$here/widths.csv" "$@"
} | tee "$here/widths.txt"

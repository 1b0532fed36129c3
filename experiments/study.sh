#!/usr/bin/env bash
# What the run.sh of each study calls: trains its sweep, or goes on with it, checks every decision of
# every run, and writes the study's tables and figures beside its sweep.toml.
# usage: study.sh FOLDER "FIGURES" "TABLE OPTIONS" DATA_DIR [OPTIONS OF regrow sweep]
#   FIGURES: those of tools/report.py to keep, by name; the whole page goes to runs/NAME.report.
# REGROW names the program (build/regrow), PYTHON the interpreter (python3).
set -euo pipefail
folder=$(realpath "$1") figures=$2 table_options=$3
data=$(realpath "${4:?names no folder of the data set: run.sh CIFAR10_DIR [OPTIONS OF regrow sweep]}")
shift 4
cd "$(dirname "$0")/.."
name=$(basename "$folder")
here=experiments/$name
runs=runs/$name
regrow=${REGROW:-build/regrow}
python=${PYTHON:-python3}

"$regrow" sweep "$here/sweep.toml" --data "$data" --out "$runs" "$@" || code=$?
# Stopped by a signal or in time: a table of what there is.
[[ ${code:-0} -eq 0 || ${code:-0} -eq 3 || ${code:-0} -ge 128 ]] || exit "$code"

mapfile -t trained < <(find "$runs" -mindepth 2 -maxdepth 2 -name metrics.jsonl -printf '%h\n' 2>/dev/null | sort)
[[ ${#trained[@]} -gt 0 ]] || exit "${code:-0}"
"$python" tools/check_run.py "${trained[@]}"
for format in markdown csv; do
  table=$here/table.${format/markdown/md}
  # shellcheck disable=SC2086  # several options
  if ! "$regrow" table "$runs" --seeds mean $table_options --format "$format" >"$runs/table.part"; then
    # No run is whole yet: the tables and figures that are there stay.
    [[ ${code:-0} -ne 0 ]] && exit "$code"
    exit 1
  fi
  mv "$runs/table.part" "$table"
done
"$python" tools/report.py --out "$runs.report" --title "$name" "$runs"
for figure in $figures; do cp "$runs.report/$figure.png" "$here/"; done
cat "$here/table.md"
echo "the whole report: $runs.report/index.html"
exit "${code:-0}"

#!/usr/bin/env bash
# What the run.sh of each study calls: trains its sweep, or goes on with it, checks every decision of
# every run, and writes the study's tables, figures and the curves of finished runs beside its
# sweep.toml.
# usage: study.sh FOLDER "FIGURES" "TABLE OPTIONS" DATA_DIR [OPTIONS OF regrow sweep]
#   FIGURES: those of tools/report.py to keep, by name; the whole page goes to runs/NAME.report, where
#   NAME is FOLDER within experiments/.
# EPOCHS=N trains nothing and compares the runs after N epochs, unfinished ones too, in
# table_after_N. REGROW names the program (build/regrow), PYTHON the interpreter (python3).
set -euo pipefail
folder=$(realpath "$1") figures=$2 table_options=$3
data=$(realpath "${4:?names no folder of the data set: run.sh CIFAR10_DIR [OPTIONS OF regrow sweep]}")
shift 4
cd "$(dirname "$0")/.."
name=${folder#"$PWD/experiments/"}
here=experiments/$name
runs=runs/$name
regrow=${REGROW:-build/regrow}
python=${PYTHON:-python3}

code=0
if [[ -z "${EPOCHS:-}" ]]; then
  "$regrow" sweep "$here/sweep.toml" --data "$data" --out "$runs" "$@" || code=$?
  # A run has failed, or the sweep was stopped by a signal or in time: a table of what there is.
  [[ $code -eq 0 || $code -eq 1 || $code -eq 3 || $code -ge 128 ]] || exit "$code"
fi

mapfile -t trained < <(find "$runs" -mindepth 2 -maxdepth 2 -name metrics.jsonl -size +0 -printf '%h\n' | sort)
[[ ${#trained[@]} -gt 0 ]] || exit "$code"
"$python" tools/check_run.py "${trained[@]}"
table=$here/table${EPOCHS:+_after_$EPOCHS}
for format in markdown csv; do
  # shellcheck disable=SC2086  # several options
  if ! "$regrow" table "$runs" --seeds mean $table_options ${EPOCHS:+--epochs $EPOCHS} \
    --format "$format" >"$runs/table.part"; then
    # No run has as many epochs yet: the tables and figures that are there stay.
    [[ $code -ne 0 ]] || code=1
    exit "$code"
  fi
  mv "$runs/table.part" "$table.${format/markdown/md}"
done
mapfile -t finished < <(grep -ls '"status": "finished"' "${trained[@]/%//summary.json}" | xargs -r -d '\n' -n 1 dirname)
[[ ${#finished[@]} -eq 0 ]] || "$python" tools/curves.py --out "$here/curves" "${finished[@]}"
"$python" tools/report.py --out "$runs.report" --title "$name" "$runs"
for figure in $figures; do cp "$runs.report/$figure.png" "$here/"; done
cat "$table.md"
echo "the whole report: $runs.report/index.html"
exit "$code"

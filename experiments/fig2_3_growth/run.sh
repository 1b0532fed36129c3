#!/usr/bin/env bash
# Figures 2 and 3: 18 runs of 100 epochs, then this folder's tables and figures. Goes on where it was.
# usage: experiments/fig2_3_growth/run.sh CIFAR10_DIR [OPTIONS OF regrow sweep, such as --jobs 2]
set -euo pipefail
here=$(realpath "$(dirname "$0")")
code=0
"$here/../study.sh" "$here" \
  "figure2_growth_accuracy figure3_growth_loss mask_overlap input_pixels masks_SET_most_neighbours_growth degrees_SET_most_neighbours_growth" \
  "--baseline random" "$@" || code=$?

[[ $code -eq 0 || $code -eq 3 || $code -ge 128 ]] || exit "$code"
# AccSET against SET, each growth rule by itself; where study.sh had no run for a table, nor is this.
cd "$here/../.."
runs=runs/fig2_3_growth
table=$here/set_against_accset${EPOCHS:+_after_$EPOCHS}.md
if "${REGROW:-build/regrow}" table "$runs" --seeds mean --baseline set \
  ${EPOCHS:+--epochs "$EPOCHS"} --format markdown >"$runs/table.part"; then
  mv "$runs/table.part" "$table"
fi
exit "$code"

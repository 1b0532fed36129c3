#!/usr/bin/env bash
# The paper's network and preset, 100 epochs of each main method with one seed, on CIFAR-10; then the
# table and the figure of this folder. A stopped call goes on where it was when it is made again.
# usage: experiments/first_runs/run.sh CIFAR10_DIR [EPOCHS]   (default: 100)
set -euo pipefail
data=$(realpath "${1:?usage: experiments/first_runs/run.sh CIFAR10_DIR [EPOCHS]}")
epochs=${2:-100}
cd "$(dirname "$0")/../.."
here=experiments/first_runs
regrow=${REGROW:-build/regrow}
runs=runs/first_runs

folders=()
for method in set accset lset dynset; do
  folder=$runs/$method
  folders+=("$folder")
  if [[ -f $folder/last.safetensors ]]; then
    "$regrow" train --resume "$folder" --epochs "$epochs" --data "$data"
  else
    "$regrow" train --dataset cifar10 --data "$data" --preset paper --method "$method" --seed 0 \
      --epochs "$epochs" --out "$folder"
  fi
done

"${PYTHON:-python3}" tools/check_run.py "${folders[@]}"  # every decision, recomputed from the numbers
"$regrow" table "${folders[@]}" --format markdown >"$here/table.md"
"$regrow" table "${folders[@]}" --format csv >"$here/table.csv"
"${PYTHON:-python3}" tools/report.py --overview "$here/curves" "${folders[@]}"
cat "$here/table.md"

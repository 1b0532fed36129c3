#!/usr/bin/env bash
# Figures 4 to 6, of the runs of ../table2 as far as they are; and how their masks evolve.
# usage: experiments/fig4_5_6/run.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
here=experiments/fig4_5_6
"${PYTHON:-python3}" tools/report.py --out runs/table2.report --title "Table 2 and Figures 4 to 6" \
  runs/table2
for figure in figure4_methods_accuracy figure5_methods_loss figure6_methods_connections theta \
  layer_connections mask_overlap; do
  cp "runs/table2.report/$figure.png" "$here/"
done

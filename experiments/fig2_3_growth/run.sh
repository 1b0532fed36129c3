#!/usr/bin/env bash
# Figures 2 and 3: 18 runs of 100 epochs, then this folder's tables and figures. Goes on where it was.
# usage: experiments/fig2_3_growth/run.sh CIFAR10_DIR [OPTIONS OF regrow sweep, such as --jobs 2]
exec "$(dirname "$0")/../study.sh" "$(dirname "$0")" \
  "figure2_growth_accuracy figure3_growth_loss mask_overlap input_pixels masks_SET_most_neighbours_growth degrees_SET_most_neighbours_growth" \
  "--baseline random" "$@"

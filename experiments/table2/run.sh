#!/usr/bin/env bash
# Table 2: six runs of 1,000 epochs a seed, then this folder's tables. Goes on where it was.
# usage: experiments/table2/run.sh CIFAR10_DIR [OPTIONS OF regrow sweep, such as --max-time 3h]
# EPOCHS=N trains nothing and compares the runs after N epochs, unfinished ones too, in table_after_N.
exec "$(dirname "$0")/../study.sh" "$(dirname "$0")" "" "--paper" "$@"

#!/usr/bin/env bash
# The thesis' open questions: 30 runs of 40 epochs, then this folder's tables and figures. Goes on
# where it was.
# usage: experiments/open_questions/run.sh CIFAR10_DIR [OPTIONS OF regrow sweep, such as --jobs 2]
exec "$(dirname "$0")/../study.sh" "$(dirname "$0")" "overview input_pixels" "--baseline plain-set" "$@"

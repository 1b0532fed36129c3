#!/usr/bin/env bash
# Preset `default`: its values, each changed by itself, with three seeds; then this folder's tables and
# figures. Goes on where it was.
# usage: experiments/defaults/run.sh CIFAR10_DIR [OPTIONS OF regrow sweep, such as --jobs 2]
set -euo pipefail
cifar10=$(realpath "${1:?usage: experiments/defaults/run.sh CIFAR10_DIR [OPTIONS OF regrow sweep]}")
shift
here=$(realpath "$(dirname "$0")")
columns="--columns variant,n,val_accuracy,val_loss,accuracy,loss,best_accuracy,connections --sort -val_accuracy"
"$here/../study.sh" "$here/fashion_mnist" "" "$columns" /usr/share/datasets/fashion-mnist "$@"
"$here/../study.sh" "$here/fashion_mnist_long" "" "${columns/variant/dropout}" /usr/share/datasets/fashion-mnist "$@"
"$here/../study.sh" "$here/cifar10" "" "$columns" "$cifar10" "$@"

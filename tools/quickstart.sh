#!/usr/bin/env bash
# Installs what is needed, builds, and trains two truly sparse networks on real images: DynSET beside
# SET on Fashion-MNIST. Ends with a table. Run again, it neither installs nor builds again.
# usage: tools/quickstart.sh [EPOCHS]   (default: 10)
set -euo pipefail
cd "$(dirname "$0")/.."
epochs=${1:-10}

tools/install_packages.sh build data
# The CUDA back end takes minutes to compile: only for the GPU of this machine, where it has one.
# A build folder without a GPU beside it stays as it was configured.
cuda=()
if nvidia-smi -L >/dev/null 2>&1; then
  cuda=(-DREGROW_CUDA=AUTO -DCMAKE_CUDA_ARCHITECTURES=native)
elif [[ ! -f build/CMakeCache.txt ]]; then
  cuda=(-DREGROW_CUDA=OFF)
fi
# Of all that CMake says: whether there is a CUDA back end, and how to change it.
cmake -G Ninja -S . -B build -DCMAKE_BUILD_TYPE=Release -DREGROW_TESTS=OFF -DREGROW_BENCH=OFF \
  -DREGROW_EMULATION=OFF "${cuda[@]}" | grep 'CUDA back end:'
NINJA_STATUS='[%f/%t] ' ninja -C build

for method in dynset set; do
  echo
  build/regrow train --dataset fashion_mnist --method "$method" --epochs "$epochs" \
    --out "runs/quickstart/$method" --force
done
echo
build/regrow table runs/quickstart/dynset runs/quickstart/set
echo
echo "Run folders: runs/quickstart/dynset and runs/quickstart/set"

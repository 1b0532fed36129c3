#!/usr/bin/env bash
# Installs what is needed, builds, and trains on real images, Fashion-MNIST: a dense network, and beside
# it two truly sparse ones of the same layers. Ends with a table of what each reached and cost. Run again,
# it neither installs nor builds again.
# usage: tools/quickstart.sh [EPOCHS]   (default: 10)
set -euo pipefail
if [[ ${1:-} == -h || ${1:-} == --help ]]; then
  sed -n '2,/^set /s/^# \{0,1\}//p' "$0"
  exit
fi
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
cmake -G Ninja -S . -B build -DCMAKE_BUILD_TYPE=Release -DREGROW_TESTS=OFF \
  -DREGROW_EMULATION=OFF "${cuda[@]}" | grep 'CUDA back end:'
NINJA_STATUS='[%f/%t] ' ninja -C build

runs=()
for method in set dynset dense; do
  runs+=("runs/quickstart/$method")
  echo
  build/regrow train --dataset fashion_mnist --method "$method" --epochs "$epochs" \
    --out "${runs[-1]}" --force
done
echo
build/regrow table "${runs[@]}" --columns method,accuracy,connections,density,time
cat <<'END'
density: of the connections that the dense network has in its hidden layers, the share that is left at the
end. time: of all of the training.

The runs are in runs/quickstart. What to try next:
  build/regrow eval runs/quickstart/set                          # accuracy of each class
  build/regrow table runs/quickstart --per-epoch
  build/regrow train --resume runs/quickstart/set --epochs 20    # ten more
  build/regrow train --help
END

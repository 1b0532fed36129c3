#!/usr/bin/env bash
# Fills gpu_carry/ with what tools/gpu_check.sh needs on a machine that can fetch nothing: the
# libraries that regrow is built with (headers and binaries of this machine's packages), and, unless
# told otherwise, the program, its plugins and the GPU tests, built here for one architecture.
# usage: tools/gpu_carry.sh [--no-build]
# Variables: CARRY (gpu_carry), BUILD (build-gpu), ARCHITECTURE (90), LIMIT_MIB (64, for the folder
# and the tracked files together).
set -euo pipefail
cd "$(dirname "$0")/.."
carry=${CARRY:-gpu_carry} build=${BUILD:-build-gpu} limit=${LIMIT_MIB:-64}

fail() {
  echo "gpu_carry.sh: $1" >&2
  exit 1
}

with_build=yes
case "${1:-}" in
  "") ;;
  --no-build) with_build=no ;;
  *) fail "unknown argument '$1'; there is --no-build" ;;
esac
command -v dpkg >/dev/null || fail "needs Debian's or Ubuntu's dpkg to find the libraries' files"

mkdir -p "$carry"
rm -f "$carry"/*.tar.gz "$carry"/*.txt
{ git describe --always --dirty --abbrev=40 2>/dev/null || echo "unknown"; } >"$carry/commit.txt"

packages=(libcli11-dev libtomlplusplus-dev libtomlplusplus3 nlohmann-json3-dev libfmt-dev libfmt9
          libhwy-dev libhwy1 libprotozero-dev zlib1g-dev libgtest-dev librapidcheck-dev)
files=()
for package in "${packages[@]}"; do
  listed=$(dpkg -L "$package" 2>/dev/null) ||
    fail "the package $package is not installed; run tools/install_packages.sh build test"
  while read -r file; do
    # Of a package's files only those that a compiler or linker reads.
    case "$file" in
      /usr/share/doc/* | /usr/share/man/*) ;;
      /usr/*) if [[ -f "$file" ]]; then files+=("${file#/}"); fi ;;
    esac
  done <<<"$listed"
done
tar -C / --dereference -czf "$carry/packages.tar.gz" "${files[@]}"

if [[ "$with_build" == yes ]]; then
  command -v nvcc >/dev/null || fail "no nvcc here; --no-build carries the libraries alone"
  tools/gpu_check.sh --hash >"$carry/sources.txt"
  cmake -G Ninja -S . -B "$build" -DCMAKE_BUILD_TYPE=Release -DREGROW_CUDA=ON -DREGROW_BENCH=OFF \
    "-DCMAKE_CUDA_ARCHITECTURES=${ARCHITECTURE:-90}" >/dev/null
  mapfile -t tests < <(ninja -C "$build" -t targets all | sed -n "/^cmake_/d; s/^\\([A-Za-z0-9_]*_gpu\\): .*/\\1/p")
  ninja --quiet -C "$build" regrow regrow_cuda regrow_cuda_library "${tests[@]}"
  stage=$(mktemp -d)
  trap 'rm -rf "$stage"' EXIT
  mkdir "$stage/lib"
  cp "$build/regrow" "$build"/libregrow_cuda*.so "$stage"
  find "$build" -name '*_gpu' -type f -perm -u+x -exec cp {} "$stage" \;
  strip "$stage"/regrow "$stage"/*.so "$stage"/*_gpu
  # Of the shared libraries those that not every machine has; CUDA's are on the GPU's machine.
  for file in "$stage"/regrow "$stage"/*_gpu; do ldd "$file"; done |
    sed -n 's/.* => \(\/[^ ]*lib\(fmt\|hwy\|tomlplusplus\|z\|gtest\|gtest_main\)\.so[^ ]*\) .*/\1/p' |
    sort -u | xargs -r cp -Lt "$stage/lib"
  tar -C "$stage" -czf "$carry/binaries.tar.gz" .
  [[ "$(tools/gpu_check.sh --hash)" == "$(cat "$carry/sources.txt")" ]] ||
    fail "sources changed while they were being built; run it again"
fi

carried=$(du -sk "$carry" | cut -f1)
tracked=$({ git ls-files -z -co --exclude-standard | xargs -0 -r du -ck 2>/dev/null || true; } |
          awk '$2 == "total" { sum += $1 } END { print sum + 0 }')
mib=$(( (carried + tracked + 1023) / 1024 ))
(( mib <= limit )) || fail "$carry and the sources are $mib MiB, more than $limit; use --no-build"
echo "$carry: $(( (carried + 1023) / 1024 )) MiB; with the sources $mib of $limit MiB"

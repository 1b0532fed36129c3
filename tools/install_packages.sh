#!/usr/bin/env bash
# Installs the Debian or Ubuntu packages that regrow needs, where they are missing.
# usage: tools/install_packages.sh [build] [data] [test] [plot] [bench]   (default: build)
set -euo pipefail

packages=()
for group in "${@:-build}"; do
  case "$group" in
    build) packages+=(g++ cmake ninja-build libcli11-dev libtomlplusplus-dev nlohmann-json3-dev
                      libfmt-dev libhwy-dev zlib1g-dev libopenblas0-pthread)
           # Thrust, where no CUDA Toolkit brings it.
           command -v nvcc >/dev/null || [[ -d /usr/local/cuda/include/cccl ]] ||
             packages+=(libthrust-dev libcub-dev) ;;
    data)  packages+=(dataset-fashion-mnist) ;;
    test)  packages+=(libgtest-dev librapidcheck-dev clang-format-14 clang-tidy-14 shellcheck) ;;
    plot)  packages+=(python3-matplotlib) ;;
    bench) packages+=(libbenchmark-dev) ;;
    *) echo "install_packages.sh: unknown group '$group' (build, data, test, plot, bench)" >&2; exit 2 ;;
  esac
done

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
  [[ "$status" == "install ok installed" ]] || missing+=("$package")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

if ! command -v apt-get >/dev/null; then
  echo "install_packages.sh: needs apt-get (Debian, Ubuntu); install by hand: ${missing[*]}" >&2
  exit 1
fi
sudo=()
if [[ $EUID -ne 0 ]]; then
  if ! command -v sudo >/dev/null; then
    echo "install_packages.sh: neither root nor sudo; as root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  sudo=(sudo)
fi
echo "Installing: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { "${sudo[@]}" apt-get update &&
       "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
         "${missing[@]}"; } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  echo "install_packages.sh: apt-get failed (see above); needed: ${missing[*]}" >&2
  exit 1
fi

#!/usr/bin/env bash
# Installs the Debian or Ubuntu packages that regrow needs, where they are missing, and for its tests
# the readers of TensorBoard and of exported networks, and NVIDIA's disassembler, from PyPI into
# .deps/python.
# usage: tools/install_packages.sh [build] [data] [test] [plot] [fuzz]   (default: build)
set -euo pipefail
if [[ ${1:-} == -h || ${1:-} == --help ]]; then
  sed -n '2,/^set /s/^# \{0,1\}//p' "$0"
  exit
fi
cd "$(dirname "$0")/.."

packages=()
with_python_packages=no
for group in "${@:-build}"; do
  case "$group" in
    build) packages+=(g++ cmake ninja-build libcli11-dev libtomlplusplus-dev nlohmann-json3-dev
                      libfmt-dev libhwy-dev libpng-dev libprotozero-dev libturbojpeg0-dev libutf8proc-dev
                      libxxhash-dev libzip-dev zlib1g-dev libopenblas0-pthread) ;;
    data)  packages+=(dataset-fashion-mnist) ;;
    test)  packages+=(libgtest-dev librapidcheck-dev clang-format-14 clang-tidy-14 shellcheck
                      python3-scipy python3-venv)
           # For the emulated GPU: Thrust, where no CUDA Toolkit brings it.
           command -v nvcc >/dev/null || [[ -d /usr/local/cuda/include/cccl ]] ||
             packages+=(libthrust-dev libcub-dev)
           with_python_packages=yes ;;
    plot)  packages+=(python3-matplotlib) ;;
    fuzz)  packages+=(clang-14 libclang-rt-14-dev) ;;
    *) echo "install_packages.sh: unknown group '$group' (build, data, test, plot, fuzz)" >&2; exit 2 ;;
  esac
done

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
  [[ "$status" == "install ok installed" ]] || missing+=("$package")
done

install_missing() {
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
  if ! { "${sudo[@]}" apt-get update &&
         "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
           "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "install_packages.sh: apt-get failed (see above); needed: ${missing[*]}" >&2
    exit 1
  fi
}

# Under Debian's own Python, which its python3-venv belongs to. The copy of the requirements is made
# last: a former installation that was cut short, or is of other versions, is replaced.
install_python_packages() {
  local requirements=tests/tools/requirements.txt venv=.deps/python python=/usr/bin/python3
  cmp -s "$requirements" "$venv/requirements.txt" && return
  echo "Installing: the tests' Python packages, into $venv"
  [[ -x "$python" ]] || python=python3
  rm -rf "$venv"
  if ! { "$python" -m venv "$venv" &&
         "$venv/bin/python3" -m pip install --quiet --no-deps --require-hashes --requirement "$requirements"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "install_packages.sh: the tests' Python packages could not be installed from PyPI (see above)" >&2
    exit 1
  fi
  cp "$requirements" "$venv/requirements.txt"
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
[[ ${#missing[@]} -eq 0 ]] || install_missing
[[ "$with_python_packages" == no ]] || install_python_packages

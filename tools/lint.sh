#!/usr/bin/env bash
# Formatting (clang-format), static analysis (clang-tidy) and shell scripts (shellcheck).
# usage: tools/lint.sh [--fix]   --fix: format in place, then check
set -euo pipefail
cd "$(dirname "$0")/.."

tools/install_packages.sh build test bench
mapfile -t sources < <(git ls-files '*.h' '*.cpp' '*.cu' '*.cuh')
[[ "${1:-}" == --fix ]] && clang-format-14 -i "${sources[@]}"
echo "== clang-format"
clang-format-14 --dry-run -Werror "${sources[@]}"

echo "== shellcheck"
mapfile -t scripts < <(git ls-files '*.sh' .ci/run)
shellcheck "${scripts[@]}"

echo "== clang-tidy"
# clang does not know all of g++'s warnings, and its -Wconversion means more than g++'s.
# The CUDA sources are read as the emulation compiles them: clang 14 cannot parse CUDA 13.
cmake -G Ninja -S . -B build-lint -DCMAKE_BUILD_TYPE=Release -DREGROW_CUDA=OFF \
  -DREGROW_TESTS=ON -DREGROW_BENCH=ON -DREGROW_EMULATION=ON >/dev/null
# tidy FOLDER CHECKS: one process a core; the headers are checked through the files. Without nvcc
# some sources of cuda/ are compiled by nobody, and are left out.
tidy() {
  python3 -c 'import json; [print(entry["file"]) for entry in json.load(open("build-lint/compile_commands.json"))]' |
    sort -u | grep "^$PWD/$1/" | xargs -P "$(nproc)" -n 4 clang-tidy-14 -p build-lint --quiet \
    --checks="$2" --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-sign-conversion \
    --warnings-as-errors='*' 2>/dev/null
}
tidy host ''
tidy tools ''
tidy cuda ''
# Tests without the path-sensitive analyzer, which doubles the time and the sanitizers outdo; products
# of small literals, split byte strings, and strings and vectors made outside any hot path are fine
# there.
tidy tests "-clang-analyzer-*,-bugprone-implicit-widening-of-multiplication-result,\
-bugprone-suspicious-missing-comma,-performance-inefficient-string-concatenation,-performance-inefficient-vector-operation"
echo "lint: clean"

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
mapfile -t scripts < <(git ls-files 'tools/*.sh' 'experiments/**/*.sh' .ci/run)
shellcheck "${scripts[@]}"

echo "== clang-tidy"
# clang does not know all of g++'s warnings, and its -Wconversion means more than g++'s.
# The CUDA sources are read as the emulation compiles them: clang 14 cannot parse CUDA 13.
cmake -G Ninja -S . -B build-lint -DCMAKE_BUILD_TYPE=Release -DREGROW_CUDA=OFF >/dev/null
# tidy FILES_OF CHECKS: one process a core; the headers are checked through the files.
tidy() {
  git ls-files "$1" | xargs -P "$(nproc)" -n 4 clang-tidy-14 -p build-lint --quiet --checks="$2" \
    --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-sign-conversion \
    --warnings-as-errors='*' 2>/dev/null
}
tidy 'host/*.cpp' ''
tidy 'tools/*.cpp' ''
# Tests without the path-sensitive analyzer, which doubles the time and the sanitizers outdo; products
# of small literals, strings joined outside any hot path and split byte strings are fine there.
tidy 'tests/*.cpp' "-clang-analyzer-*,-bugprone-implicit-widening-of-multiplication-result,\
-bugprone-suspicious-missing-comma,-performance-inefficient-string-concatenation"
echo "lint: clean"

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
# clang does not know all of g++'s warnings.
cmake -G Ninja -S . -B build-lint -DCMAKE_BUILD_TYPE=Release >/dev/null
# One process a core; every .cpp of ours that the build compiles, and the headers through them.
git ls-files '*.cpp' |
  xargs -P "$(nproc)" -n 4 clang-tidy-14 -p build-lint --quiet \
    --extra-arg=-Wno-unknown-warning-option --warnings-as-errors='*' 2>/dev/null
echo "lint: clean"

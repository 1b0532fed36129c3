#!/usr/bin/env bash
# Formatting (clang-format), one way to TOML, static analysis (clang-tidy) and shell scripts (shellcheck).
# usage: tools/lint.sh [--fix]   --fix: format in place, then check
set -euo pipefail
cd "$(dirname "$0")/.."

tools/install_packages.sh build test
mapfile -t sources < <(git ls-files '*.h' '*.cpp' '*.cu' '*.cuh')
[[ "${1:-}" == --fix ]] && clang-format-14 -i "${sources[@]}"
echo "== clang-format"
clang-format-14 --dry-run -Werror "${sources[@]}"

echo "== TOML"  # by parse_toml() alone, which guards the stack
if git grep -n 'toml::parse' -- '*.cpp' '*.h' ':!host/config/parse_toml.cpp' ':!tests'; then exit 1; fi

echo "== shellcheck"
mapfile -t scripts < <(git ls-files '*.sh' .ci/run)
shellcheck "${scripts[@]}"

echo "== clang-tidy"
# A library or test program at a time, as the unit that is also compiled: most of the time goes into
# what the sources include. clang does not know all of g++'s warnings, and its -Wconversion means more
# than g++'s. The CUDA sources are read as the emulation compiles them: clang 14 cannot parse CUDA 13;
# without nvcc some sources of cuda/ are compiled by nobody, and are left out.
cmake --preset lint >/dev/null
# Tests without the path-sensitive analyzer, which doubles the time and the sanitizers outdo; products
# of small literals, split byte strings, and strings and vectors made outside any hot path are fine
# there.
export CHECKS="-bugprone-suspicious-include"  # a unit includes sources
export TEST_CHECKS="$CHECKS,-clang-analyzer-*,-bugprone-implicit-widening-of-multiplication-result,\
-bugprone-suspicious-missing-comma,-performance-inefficient-string-concatenation,-performance-inefficient-vector-operation"
# shellcheck disable=SC2016  # $1 and the checks are the inner shell's
python3 -c 'import json; [print(entry["file"]) for entry in json.load(open("build-lint/compile_commands.json"))]' |
  sort -u | xargs ls -S |  # those of most sources first, so that no core waits long for another
  xargs -P "$(nproc)" -n 1 bash -c '
    checks=$CHECKS
    [[ "$1" == */tests/* ]] && checks=$TEST_CHECKS
    clang-tidy-14 -p build-lint --quiet --checks="$checks" --warnings-as-errors="*" \
      --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-sign-conversion "$1" 2>/dev/null' tidy
echo "lint: clean"

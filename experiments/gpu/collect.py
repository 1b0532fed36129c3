#!/usr/bin/env python3
"""Writes this folder's results from what came back from a GPU machine, and from that alone.

usage: collect.py CHECK_DIR...      folders that tools/gpu_check.py --out made
Writes machine.md, results.md, curves/RUN.csv of Table 2's runs and, where there is matplotlib, the
figures. All checks are of one commit and one kind of GPU. Files of an earlier call that are not
written anew are removed: no figure stays that is not of these checks.
"""
import argparse
import os
import pathlib
import sys

from gpu_results import bars, figures, pages
from gpu_results.checks import CollectError, find, read_checks
from gpu_results.reports import read_bench, read_comparison, read_kernels
from gpu_results.runs import as_csv, find_runs

HERE = pathlib.Path(__file__).resolve().parent
# README.md says so until there are results.
NOTHING_YET = "**Nothing has been measured on a GPU yet.**"
MEASURED = "Measured: [results.md](results.md), on this [machine](machine.md)."


def collect(folders: list[pathlib.Path]) -> tuple[dict[str, bytes], list[str], bool]:
    """The files by name, in words what was left out, and whether anything was measured at all."""
    checks = read_checks(folders)
    paper = find(checks, "bench-paper", "bench.json", read_bench, lambda bench: bench.rounds)
    wide = find(checks, "bench-wide", "bench.json", read_bench, lambda bench: bench.rounds)
    baseline = find(checks, "baseline", "pytorch.json", read_comparison,
                    lambda comparison: comparison.rounds)
    kernels = find(checks, "profile", "kernels.csv", read_kernels, len)
    runs = find_runs(checks)
    drawn, left_out = figures.draw(paper, baseline, runs)

    command = " ".join(["experiments/gpu/collect.py", *(check.name for check in checks)])
    verdicts = bars.verdicts(paper, wide, baseline)
    parts = [
        pages.bars_part(verdicts, kernels, [paper, wide, baseline]),
        *(f"![{name.removesuffix('.png').replace('_', ' ')}]({name})\n" for name in drawn),
        pages.bench_part("A step and an epoch", paper), pages.pytorch_part(baseline),
        pages.bench_part("Wide layers", wide), pages.primitives_part(paper),
        pages.table2_part(runs, {name: len(run) for name, run in (runs.data or {}).items()}),
        pages.stages_part(checks)]
    files = {"machine.md": pages.machine_page(checks, command).encode(),
             "results.md": pages.results_page(checks, command, parts).encode(), **drawn}
    for name, records in (runs.data or {}).items():
        files[f"curves/{name}.csv"] = as_csv(records).encode()
    return files, left_out, any((paper, wide, baseline, kernels, runs))


def write(out: pathlib.Path, files: dict[str, bytes], measured: bool) -> None:
    """Each file whole or not at all; removes what an earlier call wrote and this one did not."""
    for name, content in files.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        part.write_bytes(content)
        os.replace(part, path)
    for old in [*(out / "curves").glob("*.csv"), *(out / name for name in figures.NAMES)]:
        if str(old.relative_to(out)) not in files:
            old.unlink(missing_ok=True)
    readme = out / "README.md"
    before, after = (NOTHING_YET, MEASURED) if measured else (MEASURED, NOTHING_YET)
    if readme.is_file() and before in (text := readme.read_text(encoding="utf-8")):
        readme.write_text(text.replace(before, after), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, default=HERE,
                        help="folder to write to (default: this script's)")
    parser.add_argument("folders", metavar="CHECK_DIR", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    try:
        files, left_out, measured = collect(arguments.folders)
        write(arguments.out, files, measured)
    except CollectError as error:
        sys.exit(f"collect.py: {error}")
    except OSError as error:
        sys.exit(f"collect.py: {error.filename}: {error.strerror}")
    for each in left_out:
        print(f"collect.py: left out {each}", file=sys.stderr)
    print(f"{len(files)} files: {arguments.out / 'results.md'}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Runs in bf16 minus those in fp32 of the same seed, as tables in Markdown: after the epochs that all have, and
of seeds one by one at the end.

usage: paired.py SWEEP
SWEEP is the folder of the runs.
"""
import json
import math
import pathlib
import statistics
import sys
import tomllib

MEASURES = {"val_accuracy": "validation accuracy", "val_loss": "validation loss", "loss": "training loss"}
MILESTONES = (1, 2, 5, 10, 20, 40, 100)


def runs_of(folder: pathlib.Path) -> dict[tuple[str, int], list[dict]]:
    """Records of epochs by storage and seed."""
    runs = {}
    for path in sorted(folder.glob("*/metrics.jsonl")):
        config = tomllib.loads((path.parent / "config.toml").read_text(encoding="utf-8"))
        key = config["run"]["activation_dtype"], config["training"]["seed"]
        runs[key] = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return runs


def spread(values: list[float]) -> str:
    """Mean ± its standard error, and the values' own range."""
    if len(values) < 2:
        return f"{values[0]:+.4f}"
    error = statistics.stdev(values) / math.sqrt(len(values))
    return f"{statistics.mean(values):+.4f} ± {error:.4f} ({min(values):+.4f} to {max(values):+.4f})"


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    runs = runs_of(pathlib.Path(arguments[0]))
    seeds = sorted(seed for dtype, seed in runs if dtype == "bf16" and ("fp32", seed) in runs)
    longest = min((len(runs[dtype, seed]) for dtype in ("fp32", "bf16") for seed in seeds), default=0)
    if longest == 0:
        print("paired.py: no seed has an epoch in both", file=sys.stderr)
        return 1
    print(f"bf16 minus fp32 of the same seed, {len(seeds)} seeds: mean ± its standard error (least to most)\n")
    print("| after epoch | " + " | ".join(MEASURES.values()) + " |\n|---|" + "---|" * len(MEASURES))
    for epoch in sorted({longest, *(milestone for milestone in MILESTONES if milestone < longest)}):
        cells = [spread([runs["bf16", seed][epoch - 1][measure] - runs["fp32", seed][epoch - 1][measure]
                         for seed in seeds]) for measure in MEASURES]
        print(f"| {epoch} | " + " | ".join(cells) + " |")
    print(f"\nAfter epoch {longest}\n")
    names = [f"{name}, {dtype}" for name in MEASURES.values() for dtype in ("fp32", "bf16")]
    print("| seed | " + " | ".join(names) + " |")
    print("|---|" + "---|" * (2 * len(MEASURES)))
    for seed in seeds:
        print(f"| {seed} | " + " | ".join(f"{runs[dtype, seed][longest - 1][measure]:.4f}" for measure in MEASURES
                                         for dtype in ("fp32", "bf16")) + " |")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

#!/usr/bin/env python3
"""Of the connections that grew, the share that the first drop which might take them left: by variant,
by layer and by time, means and standard deviations over the seeds that finished, as a table in
Markdown.

usage: survival.py SWEEP
SWEEP is the folder of a sweep over variants and seeds.
"""
import json
import pathlib
import statistics
import sys

THIRDS = 3  # of the epochs that have evolutions with newborns


def variant_of(run: pathlib.Path) -> str:
    return run.name.split(",seed=")[0]


def is_finished(run: pathlib.Path) -> bool:
    return json.loads((run / "summary.json").read_text(encoding="utf-8"))["status"] == "finished"


def evolutions(run: pathlib.Path) -> list[dict]:
    lines = (run / "evolutions.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    return [record for record in records if any(layer["newborns"] for layer in record["layers"])]


def share(records: list[dict], layer: int | None = None) -> float | None:
    layers = [one for record in records
              for one in (record["layers"] if layer is None else [record["layers"][layer]])]
    newborns = sum(one["newborns"] for one in layers)
    return sum(one["survived"] for one in layers) / newborns if newborns else None


def shares(records: list[dict]) -> list[float | None]:
    """Over all; of each layer; of each third of the epochs."""
    first = records[0]["epoch"]
    epochs = records[-1]["epoch"] + 1 - first
    thirds: list[list[dict]] = [[] for _ in range(THIRDS)]
    for record in records:
        thirds[(record["epoch"] - first) * THIRDS // epochs].append(record)
    layers = range(len(records[0]["layers"]))
    return [share(records), *(share(records, layer) for layer in layers), *map(share, thirds)]


def cell(values: list[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "–"
    spread = f" ± {100 * statistics.stdev(known):.1f}" if len(known) > 1 else ""
    return f"{100 * statistics.mean(known):.1f}{spread}"


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    runs = sorted(path.parent for path in pathlib.Path(arguments[0]).glob("*/evolutions.jsonl")
                  if is_finished(path.parent))
    by_variant: dict[str, list[list[float | None]]] = {}
    for run in runs:
        if records := evolutions(run):
            by_variant.setdefault(variant_of(run), []).append(shares(records))
    if not by_variant:
        print(f"error: {arguments[0]}: no run of it has newborns yet", file=sys.stderr)
        return 1
    layers = len(next(iter(by_variant.values()))[0]) - 1 - THIRDS
    header = ["surviving, %", "n", "all", *(f"layer {layer + 1}" for layer in range(layers)),
              "first third", "second", "last"]
    rows = [[variant, str(len(seeds)), *(cell(list(column)) for column in zip(*seeds))]
            for variant, seeds in by_variant.items()]
    for cells in [header, ["---"] * len(header), *rows]:
        print("| " + " | ".join(cells) + " |")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

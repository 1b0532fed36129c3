#!/usr/bin/env python3
"""What is left of the finished runs of a sweep after the weakest connections are deleted, without any
training: by variant, means and standard deviations over the seeds, as a table in Markdown.

usage: pruned.py --data CIFAR10_DIR SWEEP
REGROW names the program (build/regrow).
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

SHARES = ("0.1", "0.3", "0.5", "0.7", "0.9")


def evaluate(run: pathlib.Path, data: pathlib.Path) -> list[dict]:
    command = [os.environ.get("REGROW", "build/regrow"), "eval", str(run / "last.safetensors"),
               "--data", str(data), "--prune", ",".join(SHARES), "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"error: {' '.join(command)}: {done.stderr.strip()}")
    return json.loads(done.stdout)["pruned"]


def is_finished(run: pathlib.Path) -> bool:
    return json.loads((run / "summary.json").read_text(encoding="utf-8"))["status"] == "finished"


def cell(values: list[float]) -> str:
    spread = f" ± {statistics.stdev(values):.4f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.4f}{spread}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("sweep", type=pathlib.Path)
    arguments = parser.parse_args()
    runs = sorted(path.parent for path in arguments.sweep.glob("*/summary.json")
                  if is_finished(path.parent))
    by_variant: dict[str, list[list[dict]]] = {}
    for run in runs:
        variant = run.name.split(",seed=")[0]
        by_variant.setdefault(variant, []).append(evaluate(run, arguments.data))
    if not by_variant:
        print(f"error: {arguments.sweep}: no run of it has finished yet", file=sys.stderr)
        return 1
    for measure in ("accuracy", "loss"):
        header = [f"{measure} without", "n", "0 %",
                  *(f"{float(share):.0%}".replace("%", " %") for share in SHARES)]
        print("| " + " | ".join(header) + " |")
        print("| " + " | ".join(["---"] * len(header)) + " |")
        for variant, seeds in by_variant.items():
            columns = [cell([one[measure] for one in column]) for column in zip(*seeds)]
            print("| " + " | ".join([variant, str(len(seeds)), *columns]) + " |")
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Draws the curves of one or more run folders: accuracy, loss, connections and regrowth ratio.

usage: plot_runs.py [--out STEM] RUN...
Writes STEM.png and STEM.svg (default: curves). All numbers come from the runs' metrics.jsonl.
Needs matplotlib (Debian: python3-matplotlib).
"""
import argparse
import json
import pathlib

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (the backend must be chosen first)

# Okabe and Ito's colours: told apart by colour-blind readers too.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
NAMES = {"set": "SET", "accset": "AccSET", "lset": "LSET", "dynset": "DynSET", "static": "static",
         "dense": "dense"}


def read_run(folder: pathlib.Path) -> tuple[str, list[dict]]:
    summary = json.loads((folder / "summary.json").read_text())
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    label = NAMES.get(summary["method"], summary["method"])
    if summary["measure"] not in ("auto", "none"):
        label += f" ({summary['measure']})"
    return label, [json.loads(line) for line in lines]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default="curves", help="stem of the files written")
    parser.add_argument("runs", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()

    figure, axes = plt.subplots(2, 2, figsize=(11, 8), sharex=True, layout="constrained")
    panels = [("test_accuracy", "test accuracy", axes[0][0]), ("test_loss", "test loss (nats)",
              axes[0][1]), ("connections", "connections of the sparse layers", axes[1][0]),
              ("theta", "regrowth ratio θ", axes[1][1])]
    for number, folder in enumerate(arguments.runs):
        label, epochs = read_run(folder)
        colour = COLOURS[number % len(COLOURS)]
        for field, _, axis in panels:
            points = [(e["epoch"] + 1, e[field]) for e in epochs if e[field] is not None]
            axis.plot(*zip(*points), label=label, color=colour, linewidth=1.4)
        paused = [e for e in epochs if e["paused"]]
        if paused:
            axes[1][1].plot([e["epoch"] + 1 for e in paused], [e["theta"] for e in paused], "v",
                            color=colour, markersize=6, label=f"{label}: paused")
    for field, title, axis in panels:
        axis.set_ylabel(title)
        axis.grid(alpha=0.3)
        if field in ("connections", "theta"):
            axis.set_ylim(bottom=0)
            axis.set_xlabel("epoch")
    axes[1][0].yaxis.set_major_formatter(lambda value, _: f"{value / 1000:.0f}k")
    axes[0][0].legend(loc="lower right")
    if axes[1][1].get_legend_handles_labels()[0]:
        axes[1][1].legend(loc="lower left")
    for suffix in ("png", "svg"):
        figure.savefig(f"{arguments.out}.{suffix}", dpi=150, metadata={"Date": None}
                       if suffix == "svg" else None)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Draws what tools/quickstart.sh trained: accuracy over training time, and connections.

usage: figure.py STEM RUN...   writes STEM.png; each RUN a run folder, the first the dense one
Needs Python 3.11 and matplotlib (tools/install_packages.sh plot).
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
try:
    import matplotlib.pyplot as plt
    import numpy as np
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator, PercentFormatter
    from report.runs import Run, find_runs
    from report.style import COLOURS
except ImportError as error:
    sys.exit(f"figure.py: {error}; install it with tools/install_packages.sh plot, and use "
             "Debian's /usr/bin/python3")

NAMES = {"set": "SET", "dynset": "DynSET", "dense": "dense"}


def named(run: Run) -> str:
    method = run.setting("evolution", "method")
    return NAMES.get(method, method)


LABEL_POINTS = 12  # from line to line


def draw_accuracy(axes: plt.Axes, runs: list[Run]) -> None:
    """Each curve is named where it ends: no legend has to be looked up."""
    ends = []
    for run, colour in zip(runs, COLOURS):
        seconds, accuracy = np.cumsum(run.seconds), run.curve("test_accuracy")
        axes.plot(seconds, accuracy, color=colour, marker="o", markersize=3.5)
        ends.append((accuracy[-1], seconds[-1], named(run), colour))
    axes.set_xscale("log")
    axes.set_xlim(right=3 * max(sum(run.seconds) for run in runs))
    axes.figure.draw_without_rendering()  # where points lie is known from here on
    lowest = np.inf
    for accuracy, seconds, name, colour in sorted(ends, reverse=True):
        height = axes.transData.transform((seconds, accuracy))[1] * 72 / axes.figure.dpi
        # Where two curves end beside each other, the lower one's name gives way.
        lowest = min(height, lowest - LABEL_POINTS)
        axes.annotate(f"{name}  {accuracy:.3f}", (seconds, accuracy), xytext=(7, lowest - height),
                      textcoords="offset points", color=colour, va="center")
    axes.xaxis.set_major_locator(FixedLocator([1, 2, 5, 10, 20, 50, 100, 200, 500]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set_xlabel("seconds of training, a point an epoch")
    axes.set_title("Test accuracy, Fashion-MNIST", loc="left")


def draw_connections(axes: plt.Axes, runs: list[Run]) -> None:
    counts = [run.evaluated_connections(-1) for run in runs]
    places = np.arange(len(runs))[::-1]
    axes.barh(places, counts, color=COLOURS[:len(runs)], height=0.55)
    for place, count, run in zip(places, counts, runs):
        share = "" if count == counts[0] else f"  ({count / counts[0]:.1%})"
        inside = count > counts[0] / 2
        axes.annotate(f"{named(run)}: {count:,.0f}{share}", (count, place),
                      xytext=(-6 if inside else 5, 0), textcoords="offset points", va="center",
                      ha="right" if inside else "left", color="white" if inside else "black")
    axes.set_yticks([])
    axes.set_xticks([])
    axes.grid(False)
    axes.spines[["bottom"]].set_visible(False)
    axes.set_title("Connections at the end, hidden layers", loc="left")


def main() -> None:
    if len(sys.argv) < 3 or sys.argv[1].startswith("-"):
        sys.exit(__doc__.split("\n\n")[1])
    runs, _ = find_runs([pathlib.Path(folder) for folder in sys.argv[2:]])
    order = {str(pathlib.Path(folder)): place for place, folder in enumerate(sys.argv[2:])}
    runs.sort(key=lambda run: order.get(str(run.folder), len(order)))
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 2.9), layout="constrained",
                                         width_ratios=(3, 2))
    draw_accuracy(left, runs)
    draw_connections(right, runs)
    figure.savefig(f"{sys.argv[1]}.png", dpi=144)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Runs beside the published figures of SET's authors, at the same epochs, as a table in Markdown.

usage: compare.py METRICS...
METRICS are the files metrics.jsonl of runs.
"""
import json
import pathlib
import sys

# Validation accuracies of the curve that SET's authors keep with their program: CIFAR-10, SReLU, the
# same network (Mocanu et al., Scalable training of artificial neural networks with adaptive sparse
# connectivity inspired by network science, Nature Communications 9, 2018).
PUBLISHED = {1: 0.171, 2: 0.211, 3: 0.268}
PUBLISHED_BEST, PUBLISHED_BEST_EPOCH = 0.7385, 982
PUBLISHED_LAST, PUBLISHED_EPOCHS = 0.7330, 1000
MILESTONES = (10, 30, 100, 200, 300, 500, 1000)


def accuracies(path: pathlib.Path) -> list[float]:
    return [json.loads(line)["val_accuracy"] for line in path.read_text(encoding="utf-8").splitlines()]


def text_of(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def rows(curves: list[list[float]]) -> list[list[str]]:
    longest = max(len(curve) for curve in curves)
    epochs = [*PUBLISHED, *(epoch for epoch in MILESTONES if epoch < longest), longest]
    table = []
    for epoch in epochs:
        published = PUBLISHED_LAST if epoch == PUBLISHED_EPOCHS else PUBLISHED.get(epoch)
        table.append([f"epoch {epoch}", text_of(published),
                      *(text_of(curve[epoch - 1] if epoch <= len(curve) else None) for curve in curves)])
    best = [max((accuracy, -epoch) for epoch, accuracy in enumerate(curve, 1)) for curve in curves]
    table.append(["best", f"{PUBLISHED_BEST:.4f} (of {PUBLISHED_EPOCHS}, epoch {PUBLISHED_BEST_EPOCH})",
                  *(f"{accuracy:.4f} (of {len(curve)}, epoch {-epoch})"
                    for (accuracy, epoch), curve in zip(best, curves))])
    return table


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0].startswith("-"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    paths = [pathlib.Path(argument) for argument in arguments]
    curves = [accuracies(path) for path in paths]
    if not all(curves):
        print("error: a run has no epoch yet", file=sys.stderr)
        return 1
    header = ["validation accuracy", "published", *(path.parent.name for path in paths)]
    for cells in [header, ["---"] * len(header), *rows(curves)]:
        print("| " + " | ".join(cells) + " |")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

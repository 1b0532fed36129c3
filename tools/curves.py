#!/usr/bin/env python3
"""Curves of runs as compact CSV, one file a run, an epoch a line: small enough to be kept.

usage: curves.py --out FOLDER RUN...
A RUN is the folder of a run. FOLDER/NAME.csv is written for each that has an epoch.
"""
import argparse
import csv
import io
import json
import os
import pathlib
import sys

COLUMNS = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "connections", "theta",
           "paused")


def read_metrics(path: pathlib.Path) -> list[dict]:
    """The columns of each epoch. Whole lines only: the last one may have been cut off with the
    program. Raises ValueError naming the line, or OSError."""
    records = []
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    for number, line in enumerate(lines[:-1], 1):
        try:
            record = json.loads(line)
            records.append({column: record[column] for column in COLUMNS})
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path}:{number}: not an epoch's record ({error!r})") from None
    return records


def _compact(value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    return str(value) if isinstance(value, int) else f"{value:.6g}"


def as_csv(records: list[dict]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_compact(record[column]) for column in COLUMNS] for record in records)
    return text.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("runs", nargs="+", type=pathlib.Path, metavar="RUN")
    options = parser.parse_args()
    try:
        curves = {run.resolve().name: read_metrics(run / "metrics.jsonl") for run in options.runs}
        options.out.mkdir(parents=True, exist_ok=True)
        for name, records in curves.items():
            if records:
                part = options.out / f".{name}.csv.part"
                part.write_text(as_csv(records), encoding="utf-8")
                os.replace(part, options.out / f"{name}.csv")
    except ValueError as error:
        sys.exit(f"error: {error}")
    except OSError as error:
        sys.exit(f"error: {error.filename}: {error.strerror}")


if __name__ == "__main__":
    main()

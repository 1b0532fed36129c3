#!/usr/bin/env python3
"""Curves of runs as compact CSV, one file a run, an epoch a line: small enough to be kept.

usage: curves.py --out FOLDER RUN...
A RUN is the folder of a run. FOLDER/NAME.csv is written for each that has an epoch.
"""
import argparse
import csv
import io
import json
import math
import os
import pathlib
import sys

COLUMNS = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "connections", "theta",
           "paused")


def _is_number(value) -> bool:
    # Python's reader makes numbers of NaN, Infinity and 1e999, which JSON cannot hold.
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _record(line: str, epoch: int) -> dict:
    """Raises ValueError that says what is wrong."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("is not valid JSON") from None
    if not isinstance(record, dict):
        raise ValueError("is not a JSON object")
    for column in COLUMNS:
        if column not in record:
            raise ValueError(f"field `{column}` is missing")
        value = record[column]
        if column == "epoch":
            good, wanted = value == epoch and type(value) is int, f"{epoch}, one line an epoch"
        elif column == "paused":
            good, wanted = isinstance(value, bool), "true or false"
        elif column == "connections":
            good, wanted = _is_number(value) and isinstance(value, int) and value >= 0, "a count"
        else:
            good = _is_number(value) or (column == "theta" and value is None)
            wanted = "a finite number"
        if not good:
            raise ValueError(f"field `{column}` must be {wanted}")
    return {column: record[column] for column in COLUMNS}


def read_metrics(path: pathlib.Path) -> list[dict]:
    """The columns of each epoch. Whole lines only: the last one may have been cut off with the
    program. Raises ValueError naming the line, or OSError."""
    if path.exists() and not path.is_file():
        raise ValueError(f"{path}: is not a file; give the folder of a run")  # a pipe would block
    records = []
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    for epoch, line in enumerate(lines[:-1]):
        try:
            records.append(_record(line, epoch))
        except ValueError as error:
            raise ValueError(f"{path}:{epoch + 1}: {error}; put the file back, train the run again, "
                             "or leave it out") from None
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
        curves = {}
        for run in options.runs:
            name = run.resolve().name
            if name in curves:
                raise ValueError(f"{run}: another run is called {name}, too; give each an --out of "
                                 "its own")
            curves[name] = read_metrics(run / "metrics.jsonl")
        if options.out.exists() and not options.out.is_dir():
            raise ValueError(f"{options.out}: is not a folder; give another --out")
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

"""Table 2's runs: their curves as CSV, one file a run, an epoch a line."""
import csv
import io
import json
import pathlib

from .checks import Check, CollectError, Found, one_line, why_none

COLUMNS = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "connections", "theta",
           "paused")


def read_metrics(path: pathlib.Path) -> list[dict]:
    """Whole lines; the last one may have been cut off with the program."""
    records = []
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError as error:
        raise CollectError(f"{path}: {error.strerror}") from None
    for number, line in enumerate(lines[:-1], 1):
        try:
            record = json.loads(line)
            records.append({column: record[column] for column in COLUMNS})
        except (ValueError, KeyError, TypeError) as error:
            raise CollectError(f"{path}:{number}: not an epoch's record ({error!r})") from None
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


def _runs(stage_folder: pathlib.Path) -> dict[str, list[dict]]:
    """By the run's name; those with an epoch."""
    runs = {}
    for path in sorted(stage_folder.glob("*/metrics.jsonl")):
        if path.parent.name != one_line(path.parent.name):
            raise CollectError(f"{stage_folder}: {path.parent.name!r} is no run's name")
        runs[path.parent.name] = read_metrics(path)
    return {name: records for name, records in runs.items() if records}


def find_runs(checks: list[Check]) -> Found:
    """All of one check: the one that trained most epochs, so that table and curves belong
    together."""
    best = None
    for check in checks:
        runs = _runs(check.path("table2")) if "table2" in check.stages else {}
        epochs = sum(map(len, runs.values()))
        if epochs and (best is None or epochs >= best[0]):
            best = (epochs, check, runs)
    if best is None:
        return Found("table2", why=why_none(checks, "table2"))
    return Found("table2", best[1], best[2])

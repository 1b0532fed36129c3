"""Table 2's runs: which check they are taken from."""
import pathlib
import sys

from .checks import Check, CollectError, Found, one_line, why_none

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "tools"))
from curves import as_csv, read_metrics  # noqa: E402, F401


def _read(path: pathlib.Path) -> list[dict]:
    try:
        return read_metrics(path)
    except ValueError as error:
        raise CollectError(str(error)) from None
    except OSError as error:
        raise CollectError(f"{path}: {error.strerror}") from None


def _runs(stage_folder: pathlib.Path) -> dict[str, list[dict]]:
    """By the run's name; those with an epoch."""
    runs = {}
    for path in sorted(stage_folder.glob("*/metrics.jsonl")):
        if path.parent.name != one_line(path.parent.name):
            raise CollectError(f"{stage_folder}: {path.parent.name!r} is no run's name")
        runs[path.parent.name] = _read(path)
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

"""Check folders, as tools/gpu_check.py leaves them: their machine, their stages, and which of them
has what was measured."""
import json
import pathlib
import re
from dataclasses import dataclass, field

STAGES = ("build", "train", "test", "bench-paper", "table2", "profile", "bench-wide", "baseline",
          "sanitize")
MACHINE = ("date", "commit", "sources", "gpu", "driver", "memory", "toolkit", "cores", "system",
           "python", "torch")
ALIKE = ("commit", "sources", "gpu")  # what all checks have in common that are collected together


class CollectError(Exception):
    """One line that names the thing, the place and, where there is one, the remedy."""


@dataclass
class Stage:
    name: str
    status: str  # passed, failed, skipped, unfinished
    text: str
    seconds: float


@dataclass
class Check:
    folder: pathlib.Path
    name: str
    machine: dict
    stages: dict[str, Stage] = field(default_factory=dict)

    def path(self, stage: str, *parts: str) -> pathlib.Path:
        return self.folder.joinpath(stage, *parts)


@dataclass
class Found:
    """A stage's file of one of the checks; or why none has it."""
    stage: str
    check: Check | None = None
    data: object = None
    why: str = ""

    def __bool__(self) -> bool:
        return self.check is not None

    def source(self) -> str:
        """Whence the figures of a table are."""
        state = self.check.stages[self.stage].status
        return (f"`tools/gpu_check.py {self.stage}`, check {self.check.name}"
                + ("" if state == "passed" else f" (**{state}**: what it left)"))


def one_line(text) -> str:
    """Of what another machine said; a page's lines and tables are not to break on it."""
    return re.sub(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+", " ", str(text)).strip()


def without_folders(text) -> str:
    """On one line. Paths on the measured machine mean nothing elsewhere: their last part is
    enough."""
    return re.sub(r"(?<![\w.])(?:/[\w.+@%-]+)+/(?=[\w.+@%-])", "", one_line(text))


def read_json(path: pathlib.Path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CollectError(f"{path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise CollectError(f"{path}: not JSON ({error})") from None


def _read_check(folder: pathlib.Path, name: str) -> Check:
    if not (folder / "machine.json").is_file():
        raise CollectError(f"{folder}: no machine.json in it; give a folder that "
                           "tools/gpu_check.py --out made")
    machine = read_json(folder / "machine.json")
    missing = [key for key in MACHINE if not isinstance(machine, dict) or key not in machine]
    if missing:
        raise CollectError(f"{folder}/machine.json: no field {missing[0]!r}")
    if not machine["gpu"]:
        raise CollectError(f"{folder}: of a machine without a GPU; there is nothing to collect")
    machine = {key: None if machine[key] is None else one_line(machine[key]) for key in MACHINE}
    check = Check(folder, one_line(name), machine)
    for stage in STAGES:
        path = folder / "stages" / f"{stage}.json"
        if not path.is_file():
            continue
        record = read_json(path)
        try:
            check.stages[stage] = Stage(stage, one_line(record["status"]),
                                        without_folders(record["text"]), float(record["seconds"]))
        except (KeyError, TypeError, ValueError) as error:
            raise CollectError(f"{path}: not a stage's record ({error})") from None
    return check


def read_checks(folders: list[pathlib.Path]) -> list[Check]:
    """In the order of their dates; all of one commit and one kind of GPU."""
    checks, seen = [], {}
    for folder in folders:
        place = folder.resolve()
        if place in seen:
            raise CollectError(f"{folder}: given twice")
        seen[place] = place.name
        same = list(seen.values()).count(place.name)
        checks.append(_read_check(folder, place.name + (f" ({same})" if same > 1 else "")))
    for other in checks[1:]:
        for key in ALIKE:
            ours, theirs = checks[0].machine[key], other.machine[key]
            if ours != theirs:
                raise CollectError(f"{other.folder}: {key} is {theirs}, of {checks[0].folder} "
                                   f"it is {ours}; collect checks of one commit and one GPU")
    return sorted(checks, key=lambda check: str(check.machine["date"]))


def why_none(checks: list[Check], stage: str) -> str:
    """What the newest check says of the stage."""
    records = [check.stages[stage] for check in checks if stage in check.stages]
    if not records:
        return f"no check ran stage {stage}"
    return f"stage {stage} {records[-1].status}: {records[-1].text}"


def find(checks: list[Check], stage: str, file: str, read, weight) -> Found:
    """The file of a passed stage before others', then the one of the greatest weight (rounds, say),
    then the newest: never by what was measured."""
    best = None
    for check in checks:
        if stage not in check.stages or not check.path(stage, file).is_file():
            continue
        passed = check.stages[stage].status == "passed"
        try:
            data = read(check.path(stage, file))
        except CollectError:
            if passed:
                raise
            continue  # What a stage left that did not come to its end may be anything.
        rank = (passed, weight(data), str(check.machine["date"]))
        if best is None or rank >= best[0]:
            best = (rank, check, data)
    if best is None:
        return Found(stage, why=why_none(checks, stage))
    return Found(stage, best[1], best[2])

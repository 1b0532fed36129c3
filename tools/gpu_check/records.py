"""The folder that a check leaves. Every file in it is whole at every moment."""
import fcntl
import json
import os
import pathlib
import tarfile
from dataclasses import asdict, dataclass


class CheckError(Exception):
    """One line for who called: what is wrong, where, and the remedy."""


@dataclass
class Outcome:
    """What a stage's function returns."""
    status: str  # passed, failed, skipped or unfinished
    text: str
    stops: bool = False  # what follows would be worthless


@dataclass
class Record:
    """What is known of a stage: stages/NAME.json."""
    stage: str
    status: str
    text: str
    seconds: float
    began: str

    def line(self):
        word = "FAILED" if self.status == "failed" else self.status
        return f"{self.stage}: {word}: {self.text} [{self.seconds:.0f} s]"


def grouped(reasons):
    """{name: reason} in words, where several may have the same reason."""
    names = {}
    for name, reason in reasons.items():
        names.setdefault(reason, []).append(name)
    return [f"{', '.join(group)}: {reason}" for reason, group in names.items()]


def write(path, content):
    """All or nothing, whenever the process is killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(content if isinstance(content, bytes) else content.encode())
    os.replace(part, path)


def write_json(path, value):
    write(path, json.dumps(value, indent=2) + "\n")


def read_json(path):
    """None where there is no such file, or it is damaged."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None


class OutFolder:
    """Holds the folder for this process alone until it ends."""

    def __init__(self, path, resume):
        self.path = pathlib.Path(path).absolute()
        if resume and not self._holds_a_check():
            raise CheckError(f"--resume {path}: holds no check; start one with --out {path}")
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self.path, os.O_RDONLY)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CheckError(f"{path}: another check is writing there; give another --out"
                             ) from None
        except OSError as error:
            raise CheckError(f"{path}: {error.strerror}; give another --out") from None
        if not resume and self._holds_a_check():
            raise CheckError(f"{path}: already holds a check; go on with it by --resume {path}, or "
                             "give another --out")
        self.settings = read_json(self.path / "check.json") or {}

    def _holds_a_check(self):
        return (self.path / "check.json").is_file()

    def save_settings(self):
        """check.json: what a later call needs to go on."""
        write_json(self.path / "check.json", self.settings)

    def record(self, stage):
        found = read_json(self.path / "stages" / f"{stage}.json")
        return Record(**found) if found is not None else None

    def save(self, record):
        write_json(self.path / "stages" / f"{record.stage}.json", asdict(record))

    def archive(self, file):
        """The whole folder as one file, whole at every moment, too."""
        part = file.with_name(file.name + ".part")
        with tarfile.open(part, "w:gz") as tar:
            for path in sorted(self.path.rglob("*")):
                inside = path.relative_to(self.path)
                if path.is_file() and path != part and path != file and path.suffix != ".part":
                    tar.add(path, arcname=inside)
        os.replace(part, file)

"""The folder that a check leaves. Every file in it is whole at every moment."""
import fcntl
import io
import json
import os
import pathlib
import tarfile
import zlib
from dataclasses import asdict, dataclass


_STATUSES = ("passed", "failed", "skipped", "unfinished")
# What check.json holds; whatever else is found there, in a folder that went through many hands,
# does not count.
_SETTINGS = {"memory": str, "done": dict, "stages": list, "plan": str, "stopped_by": str}
_WHOLE_LOG = 1 << 20  # a longer one is archived without its middle


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

    def is_sound(self):
        return (isinstance(self.seconds, (int, float)) and self.status in _STATUSES
                and all(isinstance(text, str) for text in (self.stage, self.text, self.began)))

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
    try:
        part.write_bytes(content if isinstance(content, bytes)
                         else content.encode(errors="backslashreplace"))
        os.replace(part, path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def write_json(path, value):
    write(path, json.dumps(value, indent=2) + "\n")


def read_json(path):
    """None where there is no such file, or it is damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def unpack(archive, folder):
    """An OSError says whatever is wrong, with the archive, too."""
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(folder)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise OSError(None, f"is damaged ({error})", str(archive)) from None


def lock(file):
    """False where another process holds it. Where files cannot be locked, nobody is kept out."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True


def _add(tar, path, name):
    """A log of any length costs little."""
    if path.suffix != ".log" or path.stat().st_size <= _WHOLE_LOG:
        tar.add(path, arcname=name)
        return
    with open(path, "rb") as file:
        content = file.read(_WHOLE_LOG // 2) + b"\n[left out]\n"
        file.seek(-_WHOLE_LOG // 2, os.SEEK_END)
        content += file.read(_WHOLE_LOG // 2)
    member = tar.gettarinfo(path, arcname=name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


class OutFolder:
    """Holds the folder for this process alone until it ends."""

    def __init__(self, path, resume):
        self.path = pathlib.Path(path).absolute()
        if resume and not self._holds_a_check():
            raise CheckError(f"--resume {path}: holds no check; start one with --out {path}")
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self.path, os.O_RDONLY)
        except OSError as error:
            raise CheckError(f"{path}: {error.strerror}; give another --out") from None
        if not lock(self._lock):
            raise CheckError(f"{path}: another check is writing there; give another --out")
        if not resume and self._holds_a_check():
            raise CheckError(f"{path}: already holds a check; go on with it by --resume {path}, or "
                             "give another --out")
        found = read_json(self.path / "check.json")
        self.settings = {key: value for key, value in found.items()
                         if isinstance(value, _SETTINGS.get(key, ()))
                         } if isinstance(found, dict) else {}
        self._records = {}

    def _holds_a_check(self):
        return (self.path / "check.json").is_file()

    def save_settings(self):
        """check.json: what a later call needs to go on."""
        write_json(self.path / "check.json", self.settings)

    def record(self, stage):
        if stage in self._records:
            return self._records[stage]
        try:
            found = Record(**read_json(self.path / "stages" / f"{stage}.json"))
        except TypeError:  # none, or not a record
            return None
        return found if found.is_sound() else None

    def save(self, record):
        self._records[record.stage] = record  # also where the disk has no room for it
        write_json(self.path / "stages" / f"{record.stage}.json", asdict(record))

    def archive(self, file):
        """The whole folder as one file, whole at every moment, too."""
        part = file.with_name(file.name + ".part")
        try:
            with tarfile.open(part, "w:gz", compresslevel=6) as tar:
                for path in sorted(self.path.rglob("*")):
                    inside = path.relative_to(self.path)
                    if path.is_file() and path != part and path != file and path.suffix != ".part":
                        _add(tar, path, inside)
            os.replace(part, file)
        except OSError:
            part.unlink(missing_ok=True)  # what fills a disk is of no use there
            raise

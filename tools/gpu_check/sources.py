"""Which sources the binaries are of."""
import functools
import hashlib
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What the compilers read: scripts and documents may change without a new build.
_PLACES = ("CMakeLists.txt", "cmake", "cuda", "host", "include", "tests", "tools/CMakeLists.txt",
           "tools/regrow.cpp")
_SUFFIXES = (".cpp", ".h", ".cu", ".cuh", ".txt", ".cmake")


@functools.cache
def _is_repository(root):
    """Whether the folder is one of its own, rather than some folder in another."""
    top = _output("git", "-C", root, "rev-parse", "--show-toplevel")
    return top is not None and pathlib.Path(top.strip()).resolve() == pathlib.Path(root).resolve()


def _output(*command):
    try:
        done = subprocess.run(command, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.decode(errors="surrogateescape")


def git(*arguments, root=ROOT):
    """What git prints, or None where there is no git or the folder is no repository."""
    return _output("git", "-C", root, *arguments) if _is_repository(root) else None


def tracked_files(root=ROOT):
    """All files but ignored ones, relative to the root; None where git cannot tell."""
    listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard", root=root)
    if listed is None:
        return None
    return sorted(name for name in set(listed.split("\0")) if name and (root / name).is_file())


def hash_of_sources(root=ROOT):
    """A digest of every file that binaries are made of. Ignored files do not count: without git
    they are told by their suffixes."""
    names = tracked_files(root)
    if names is None:
        names = [str(path.relative_to(root)) for place in _PLACES
                 for path in (root / place, *(root / place).rglob("*")) if path.is_file()]
    digest = hashlib.sha256()
    for name in sorted(names):
        if not name.endswith(_SUFFIXES):
            continue
        if not any(name == place or name.startswith(place + "/") for place in _PLACES):
            continue
        digest.update(f"{name}\0".encode(errors="surrogateescape"))
        digest.update(hashlib.sha256((root / name).read_bytes()).digest())
    return digest.hexdigest()


def commit(carry, root=ROOT):
    """The commit as gpu_carry.py or git says it."""
    described = git("describe", "--always", "--dirty", "--abbrev=40", root=root)
    if described is not None:
        return described.strip()
    try:
        return (carry / "commit.txt").read_text().strip()
    except OSError:
        return "unknown"

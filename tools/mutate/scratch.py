"""The scratch copy of the checkout, in which faults are planted."""
import contextlib
import os
import shutil
import subprocess

from .patches import MutateError, apply


def _tracked(root):
    done = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=False)
    if done.returncode != 0:
        raise MutateError(f"{root}: is no git checkout, whose tracked files are to be copied; "
                          "clone the repository")
    names = sorted({os.fsdecode(name) for name in done.stdout.split(b"\0") if name})
    return [name for name in names if (root / name).is_file()]


def _same(one, other):
    return (other.is_file() and one.stat().st_mode == other.stat().st_mode
            and one.read_bytes() == other.read_bytes())


def refresh(root, copy):
    """Makes the copy what the checkout is, uncommitted changes included, whatever a run that was
    killed left in it. Files that are the same are not touched: ninja goes by their times."""
    names = _tracked(root)
    for name in names:
        if not _same(root / name, copy / name):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, copy / name)
            shutil.copymode(root / name, copy / name)
    wanted = set(names)
    for folder, folders, files in os.walk(copy):
        below = os.path.relpath(folder, copy)
        if below == ".":
            folders[:] = [name for name in folders if not name.startswith("build-")]
        for file in files:
            if os.path.normpath(os.path.join(below, file)) not in wanted:
                os.unlink(os.path.join(folder, file))


@contextlib.contextmanager
def planted(patch, copy):
    """The copy with the fault, and afterwards without. Yields why the patch does not apply."""
    before = {copy / file: (copy / file).read_bytes() for file in patch.files
              if (copy / file).is_file()}
    try:
        yield apply(patch, copy)
    finally:
        for path, content in before.items():
            path.write_bytes(content)

"""Stage build: the binaries that were carried, or a build from source."""
import os
import re
import shutil
import tempfile
import time

from .jobs import Job
from .machine import last_words
from .records import Outcome, lock, unpack


def run(check):
    check.options.build.mkdir(parents=True, exist_ok=True)
    with open(check.options.build / "lock", "w") as file:
        # Another check of these sources may be building them.
        while not lock(file):
            if check.left() < 0:
                return Outcome("unfinished", "another check was building all the time")
            check.jobs.check_signal()
            time.sleep(0.1)
        return _build(check)


def _build(check):
    if check.program.is_file() and _runs(check, check.binaries, "there.log") is None:
        return Outcome("passed", "binaries of these sources were there")
    shutil.rmtree(check.binaries, ignore_errors=True)
    why_not = _carried(check)
    if why_not is None:
        return Outcome("passed", "carried binaries of these sources")
    return _from_source(check, why_not)


def _runs(check, folder, log):
    """None, or why the program does not run here."""
    path = check.folder() / log
    environment = {**check.environment_of_programs,
                   "LD_LIBRARY_PATH": check.machine.library_path(folder / "lib")}
    ended = check.run_one("version", [folder / "regrow", "--version"], path,
                          environment=environment)
    return None if ended.code == 0 else last_words(path)


def _install(check, part):
    """Makes it the binaries in one step, so that they are there whole or not at all."""
    os.replace(part, check.binaries)


def _carried(check):
    """Unpacks what gpu_carry.py built. None, or why it is of no use."""
    archive = check.carry / "binaries.tar.gz"
    if not archive.is_file():
        return f"no binaries in {check.carry.name}"
    try:
        of = (check.carry / "sources.txt").read_text().strip()
    except OSError:
        of = None
    if of != check.sources:
        return "the carried binaries are of other sources"
    carried, present = _carried_architecture(check), check.machine.architecture()
    if carried is not None and present is not None and int(present) < int(carried):
        return f"the carried binaries are for sm_{carried} and later, and this GPU is sm_{present}"
    part = tempfile.mkdtemp(prefix="carried-", dir=check.options.build)
    try:
        unpack(archive, part)
        why_not = _runs(check, check.options.build / part, "carried.log")
        if why_not is not None:
            return f"the carried binaries do not run here ({why_not})"
        _install(check, part)
    except OSError as error:
        return f"the carried binaries cannot be unpacked ({error.strerror})"
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return None


def _carried_architecture(check):
    """Such as "90", or None where it is not said."""
    try:
        said = (check.carry / "architecture.txt").read_text().strip()
    except OSError:
        return None
    return said if said.isdecimal() else None


def _from_source(check, why):
    tools = {name: check.machine.tool(name) for name in ("nvcc", "cmake", "ninja")}
    lacking = [name for name, path in tools.items() if path is None]
    if lacking:
        return Outcome("skipped", f"{why}, and no {', '.join(lacking)} here; carry binaries with "
                                  "tools/gpu_carry.py")
    tree = check.options.build / "tree"
    packages = check.options.build / "packages"
    if (check.carry / "packages.tar.gz").is_file():
        unpack(check.carry / "packages.tar.gz", packages)
    architecture = check.options.architecture or check.machine.architecture() or "90"
    configure = [tools["cmake"], "-G", "Ninja", "-S", check.root, "-B", tree,
                 "-DCMAKE_BUILD_TYPE=Release", "-DREGROW_CUDA=ON", "-DREGROW_TESTS=ON",
                 "-DREGROW_EMULATION=OFF",
                 f"-DCMAKE_CUDA_ARCHITECTURES={architecture}",
                 f"-DCMAKE_CUDA_COMPILER={tools['nvcc']}",
                 f"-DCMAKE_MAKE_PROGRAM={tools['ninja']}", f"-DCMAKE_PREFIX_PATH={packages}/usr"]
    ended, log = _tool(check, "cmake", configure)
    if ended.code != 0:
        return _bad(ended, "cmake", why, log)
    ended, log = _tool(check, "targets", [tools["ninja"], "-C", tree, "-t", "targets", "all"])
    tests = re.findall(r"^(?!cmake_)(\w+_gpu): ", log.read_text(), re.MULTILINE)
    ended, log = _tool(check, "ninja", [tools["ninja"], "-C", tree, "regrow", "regrow_cuda",
                                        "regrow_cuda_library", *tests])
    if ended.code != 0:
        return _bad(ended, "ninja", why, log)
    part = check.options.build / "built"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    for path in programs_in(tree):
        shutil.copy2(path, part)
    _install(check, part)
    return Outcome("passed", f"built here from source: {why}")


def programs_in(tree):
    """What a build has made of that which a check needs."""
    yield tree / "regrow"
    yield from sorted(tree.glob("libregrow_cuda*.so"))
    for path in sorted(tree.rglob("*_gpu")):
        if path.is_file() and os.access(path, os.X_OK):
            yield path


def _tool(check, name, arguments):
    """A tool of the machine, in the environment that it is used to."""
    log = check.folder() / f"{name}.log"
    return check.jobs.run_one(Job(name, arguments, log), check.deadline), log


def _bad(ended, what, why, log):
    if not ended.in_time:
        return Outcome("unfinished", f"{why}; {what} did not finish in its time; the next call "
                                     "goes on with it")
    return Outcome("failed", f"{why}; {what}: {last_words(log)}")

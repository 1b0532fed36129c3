"""What mutate.py is called with."""
import argparse
import fcntl
import fnmatch
import os
import pathlib
import re
import shutil
import signal
import sys
import time

from . import report
from .campaign import GOOD, Campaign
from .patches import MutateError, read_patches
from .results import Results
from .scratch import refresh

ROOT = pathlib.Path(__file__).resolve().parents[2]
_LOCK = "lock"  # also the sign of a build folder of ours
_USAGE = """mutate.py [PATTERN...] [--build DIR] [--jobs N] [--time-limit 60m] [--hang 20s]
                 [--again] [--report FILE] [--list]

Plants the faults of tests/mutations one by one in a copy of the tracked files, and says which the
tests catch; tests/mutations/README.md says more. PATTERN is an AREA, or AREA/NAME with * and ?.
Exit code: 0 where every fault is caught or said to be equivalent, else 1; 2 for bad arguments,
malformed patches and sources that do not build; 128 + the signal that stopped it."""


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"mutate.py: {message}; see --help\n")


def _jobs(text):
    if not text.isdecimal() or not 1 <= int(text) <= 1024:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of processes from 1 to 1024")
    return int(text)


def _seconds(text):
    found = re.fullmatch(r"(\d{1,6})([smh]?)", text)
    if not found or int(found[1]) == 0:
        raise argparse.ArgumentTypeError(f"'{text}' is no time, such as 90s, 60m or 2h")
    return int(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[found[2]]


def _path(text):
    return pathlib.Path(text).absolute()


def _parse(arguments):
    parser = _Parser(usage=_USAGE, add_help=True)
    parser.add_argument("patterns", metavar="PATTERN", nargs="*",
                        help="such as cpu, io/digest_* (default: all)")
    parser.add_argument("--build", type=_path, metavar="DIR", default=ROOT / "build-mutate",
                        help="of the copy, its builds and the results (default: build-mutate)")
    parser.add_argument("--jobs", type=_jobs, metavar="N", default=os.cpu_count(),
                        help="processes that build (default: one a core)")
    parser.add_argument("--time-limit", type=_seconds, metavar="TIME", default=3600,
                        help="after which no more faults are planted (default: 60m)")
    parser.add_argument("--hang", type=_seconds, metavar="TIME", default=20,
                        help="a test that takes so long, and ten times what it takes without the "
                             "fault, hangs (default: 20s)")
    parser.add_argument("--again", action="store_true", help="forget what was found out before")
    parser.add_argument("--report", type=_path, metavar="FILE",
                        help="write it all as Markdown, too")
    parser.add_argument("--list", action="store_true",
                        help="the faults and their tests, and no more")
    return parser.parse_args(arguments)


def _chosen(patches, patterns):
    for pattern in patterns:
        if not any(_matches(patch, pattern) for patch in patches):
            raise MutateError(f"no patch of tests/mutations is called '{pattern}'; see --list")
    return [patch for patch in patches
            if not patterns or any(_matches(patch, pattern) for pattern in patterns)]


def _matches(patch, pattern):
    return patch.area == pattern or fnmatch.fnmatchcase(patch.name, pattern)


def _listing(patches):
    for patch in patches:
        print(patch.name + ("" if patch.build == "release" else f" ({patch.build})"))
        for test in patch.tests:
            print(f"    {test.target} {test.filter}")
        if patch.equivalent:
            print(f"    equivalent: {patch.equivalent}")


def _lock(folder):
    """Of the build folder, while this process lives."""
    file = open(folder / _LOCK, "w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise MutateError(f"{folder}: another mutate.py is using it; wait, or choose another with "
                          "--build") from None
    return file


def _stop(number, _frame):
    raise SystemExit(128 + number)  # what is planted is taken out on the way


def _test(patches, options):
    for tool in ("cmake", "ninja", "ctest", "git"):
        if shutil.which(tool) is None:
            raise MutateError(f"{tool} was not found; tools/install_packages.sh build test "
                              "installs it")
    if options.report and not options.report.parent.is_dir():
        raise MutateError(f"{options.report}: its folder is not there, and would be missed only in "
                          "the end; make it")
    copy = options.build / "source"
    if copy.exists() and not (options.build / _LOCK).is_file():
        raise MutateError(f"{copy}: is not of mutate.py, which would remove what is in it; choose "
                          "another folder with --build")
    started = time.monotonic()
    outcomes = []

    def say(outcome):
        outcomes.append(outcome)
        print(report.line(outcome, len(outcomes), len(patches)), flush=True)

    options.build.mkdir(parents=True, exist_ok=True)
    with _lock(options.build):
        refresh(ROOT, copy)
        results = Results(options.build / "results.json", options.again)
        Campaign(copy, results, options, say).run(patches)
    spent = time.monotonic() - started
    print(f"\n{report.table(outcomes)}\n\n{spent:.0f} s", flush=True)
    if options.report:
        options.report.write_text(report.document(outcomes, spent))
    return 0 if all(outcome.kind in GOOD for outcome in outcomes) else 1


def main(arguments=None):
    options = _parse(arguments)
    # A program's words may be in letters that this terminal does not have.
    sys.stdout.reconfigure(errors="backslashreplace")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        patches, errors = read_patches(ROOT / "tests/mutations")
        if errors:
            print("\n".join(f"mutate.py: {error}" for error in errors), file=sys.stderr)
            return 2
        chosen = _chosen(patches, options.patterns)
        if options.list:
            _listing(chosen)
            return 0
        return _test(chosen, options)
    except MutateError as error:
        print(f"mutate.py: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"mutate.py: {error.filename}: {error.strerror}; check the disk and the folder",
              file=sys.stderr)
        return 2

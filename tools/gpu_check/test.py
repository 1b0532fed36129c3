"""Stage test: every GPU test program, side by side."""
import re

from .machine import last_words, missing_library
from .records import Outcome

_OK = re.compile(r"^\[       OK \]", re.MULTILINE)
_SKIPPED = re.compile(r"^\[  SKIPPED \] \S+ \(\d+ ms\)$", re.MULTILINE)


def programs(check):
    return sorted(path for path in check.binaries.glob("*_gpu") if path.is_file())


def tests_passed(log):
    """How many tests a GoogleTest program's log says were all right."""
    return len(_OK.findall(log.read_text(errors="replace")))


def tests_skipped(log):
    """How many of them skipped themselves."""
    return len(_SKIPPED.findall(log.read_text(errors="replace")))


def run(check):
    tests = programs(check)
    if not tests:
        return Outcome("skipped", "no GPU tests in the build")
    logs = {test.name: check.folder() / f"{test.name}.log" for test in tests}
    ended = check.run([check.job(test.name, [test], logs[test.name]) for test in tests],
                      at_once=max(2, min(len(tests), check.machine.cores // 2)))
    passed, failed, skipped, some, lacking, unfinished = 0, [], [], [], [], []
    by_name = {one.name: one for one in ended}
    for name, log in logs.items():
        one = by_name.get(name)
        if one is None or not one.in_time:
            unfinished.append(name)
            continue
        count = tests_passed(log)
        passed += count
        if one.code != 0:
            reason = missing_library(log)
            if reason is not None:
                lacking.append(f"{name} ({reason})")
            else:
                failed.append(f"{name} ({last_words(log)})")
        elif count == 0:
            skipped.append(name)
        elif (number := tests_skipped(log)) > 0:
            some.append(f"{number} of {name}")
    notes = [f"{passed} tests passed"]
    for what, names in (("failed", failed), ("not finished in its time", unfinished),
                        ("not run", lacking), ("skipped themselves", skipped + some)):
        if names:
            notes.append(f"{what}: {', '.join(names)}")
    text = "; ".join(notes)
    if failed:
        return Outcome("failed", text)
    if unfinished:
        return Outcome("unfinished", text)
    return Outcome("passed" if passed else "skipped", text)

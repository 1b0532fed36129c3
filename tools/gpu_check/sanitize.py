"""Stage sanitize: compute-sanitizer's tools on the GPU test programs."""
import re

from . import test
from .machine import missing_library, refusal
from .records import Outcome, read_json, write_json

_TOOLS = ("memcheck", "racecheck", "initcheck")
_FOUND = 99
_LONG = re.compile(r"backend|train")  # whole epochs, a hundred times slower: after all the others
_MOST_S = 100  # of one program under one tool


def _order(programs):
    """(tool, program): every tool on the kernels' tests before any on the long ones."""
    short = [program for program in programs if not _LONG.search(program.name)]
    long = [program for program in programs if _LONG.search(program.name)]
    return [(tool, program) for group in (short, long) for tool in _TOOLS for program in group]


def run(check):
    sanitizer = check.machine.tool("compute-sanitizer")
    if sanitizer is None:
        return Outcome("skipped", "no compute-sanitizer")
    # What an earlier call has brought to an end need not be done again.
    results_file = check.folder() / "results.json"
    found = read_json(results_file)
    results = found if isinstance(found, dict) else {}
    logs, jobs = {}, []
    for tool, program in _order(test.programs(check)):
        name = f"{tool}-{program.name}"
        logs[name] = check.folder() / f"{name}.log"
        if name not in results:
            command = [sanitizer, "--tool", tool, "--error-exitcode", _FOUND, program,
                       f"--gtest_filter={check.options.sanitize_filter}"]
            jobs.append(check.job(name, command, logs[name], seconds=_MOST_S))
    refused = []

    def on_end(ended):
        log = logs[ended.name]
        if not ended.in_time:
            return False
        reason = refusal(log)
        if ended.code not in (0, _FOUND) and reason is not None:
            refused.append(reason)
            return True  # so it would be with every other
        if ended.code == _FOUND:
            results[ended.name] = "errors found"
        elif ended.code != 0:
            lacking = missing_library(log)
            results[ended.name] = f"not run: {lacking}" if lacking else f"ended with {ended.code}"
        else:
            results[ended.name] = "clean" if test.tests_passed(log) else "not run: no test of it"
        write_json(results_file, results)
        return False

    check.run(jobs, at_once=max(1, min(6, check.machine.cores // 2)), on_end=on_end)
    if refused:
        return Outcome("skipped", f"compute-sanitizer: {refused[0]}")
    clean = [name for name, result in results.items() if result == "clean"]
    bad = [f"{name}: {result}" for name, result in results.items()
           if result != "clean" and not result.startswith("not run")]
    unfinished = [name for name in logs if name not in results]
    notes = [f"{len(clean)} of {len(logs)} program runs clean", *bad]
    notes += sorted({result for result in results.values() if result.startswith("not run")})
    if unfinished:
        notes.append(f"not finished: {', '.join(unfinished)}")
    text = "; ".join(notes)
    if bad:
        return Outcome("failed", text)
    if unfinished:
        return Outcome("unfinished", text)
    return Outcome("passed" if clean else "skipped", text)

"""One run of a test program with a filter, and how it ended."""
import dataclasses
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time

from . import child


@dataclasses.dataclass(frozen=True)
class Ended:
    ran: int  # tests that were run and not skipped; unknown, and 0, where the program crashed
    how: str  # empty: well
    seconds: float


def _temporary_folder():
    """Tests write many small files and sync them: in memory where that is possible."""
    memory = pathlib.Path("/dev/shm")
    return None if "TMPDIR" in os.environ or not os.access(memory, os.W_OK) else memory


def _tests_run(report):
    """Counted in gtest's own report, which a program that crashes does not write."""
    try:
        suites = json.loads(report.read_text())["testsuites"]
    except (OSError, ValueError, KeyError):
        return 0
    return sum(case.get("result") == "COMPLETED" for suite in suites for case in suite["testsuite"])


def _how(code, output):
    if code == 0:
        return ""
    failed = re.search(r"^\[  FAILED  \] ([^\s,]+)", output, re.MULTILINE)
    if code < 0:
        return f"crash: {signal.Signals(-code).name}"
    if "Sanitizer" in output:
        return "report of a sanitizer"
    return failed[1] if failed else f"exit code {code}"


def run(program, gtest_filter, limit):
    """Runs it for `limit` seconds at most; then it hangs."""
    path, environment, folder = program
    with tempfile.TemporaryDirectory(dir=_temporary_folder(), prefix="mutate") as temporary:
        temporary = pathlib.Path(temporary)
        report = temporary / "report.json"
        arguments = [path, f"--gtest_filter={gtest_filter}", f"--gtest_output=json:{report}",
                     "--gtest_brief=1", "--gtest_fail_fast"]
        started = time.monotonic()
        with open(temporary / "output", "w+", errors="replace") as output:
            process = child.start(arguments, signal.SIGKILL, stdout=output, cwd=folder,
                                  env={**os.environ, "TMPDIR": str(temporary), **environment})
            hang = ""
            try:
                process.wait(timeout=limit)
            except subprocess.TimeoutExpired:
                hang = f"hang: {limit:.0f} s"
            finally:
                child.end_session(process)
            seconds = time.monotonic() - started
            output.seek(0)
            how = hang or _how(process.returncode, output.read())
            return Ended(_tests_run(report), how, seconds)

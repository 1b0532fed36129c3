"""Runs programs, several at once, each within its time; ends whole trees of processes."""
import ctypes
import os
import pathlib
import signal
import subprocess
import time
from dataclasses import dataclass

_TICK_S = 0.02
_GRACE_S = 2  # between SIGTERM and SIGKILL
_LOST_S = 5  # what SIGKILL does not end in that time hangs in the driver, and is left to itself
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class Stopped(Exception):
    """A signal asked the check to end; what ran has been ended."""


@dataclass
class Job:
    name: str
    arguments: list
    output: pathlib.Path  # gets stdout
    errors: pathlib.Path | None = None  # gets stderr; None: as `output`
    environment: dict | None = None  # None: the check's own
    seconds: float | None = None  # from its own start; beside the deadline of all
    grace: float = _GRACE_S


@dataclass
class Ended:
    name: str
    code: int
    seconds: float
    in_time: bool  # False: it was ended


def _die_with_parent():
    """In the child: where the check is killed, nothing goes on without it."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _processes():
    """(pid, parent, start) of every process. The start tells a process from a later one's pid."""
    found = []
    for folder in pathlib.Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            found.append((int(folder.name), int(fields[1]), "".join(fields[19:20])))
    return found


def _descendants(pid):
    everything = _processes()
    tree, found = {pid}, set()
    grown = True
    while grown:
        more = {(child, start) for child, parent, start in everything
                if parent in tree and child not in tree}
        tree |= {child for child, _ in more}
        found |= more
        grown = bool(more)
    return found


def _kill(processes):
    alive = {(pid, start) for pid, _, start in _processes()}
    for pid, start in processes:
        if (pid, start) in alive:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass  # it ended meanwhile, or is not ours


class _Running:
    def __init__(self, job):
        self.job = job
        self.start = time.monotonic()
        self.kill_at = None
        self.tree = set()
        job.output.parent.mkdir(parents=True, exist_ok=True)
        with open(job.output, "wb") as output, open(job.errors or os.devnull, "wb") as errors:
            try:
                self.process = subprocess.Popen(
                    [str(argument) for argument in job.arguments], stdin=subprocess.DEVNULL,
                    stdout=output, stderr=errors if job.errors else subprocess.STDOUT,
                    env=job.environment, preexec_fn=_die_with_parent)
            except OSError as error:
                output.write(f"{job.arguments[0]}: {error.strerror}\n".encode())
                self.process = None

    def end(self):
        """Asks it to end. Its helpers are remembered, for they outlive a parent that just dies."""
        if self.process is None or self.kill_at is not None:
            return
        self.tree = _descendants(self.process.pid)
        self.kill_at = time.monotonic() + self.job.grace
        self.process.terminate()

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            _kill(_descendants(self.process.pid))
            self.process.kill()
            try:
                self.process.wait(_LOST_S)
            except subprocess.TimeoutExpired:
                pass

    def look(self, deadline):
        """Ended, or None while it runs."""
        if self.process is None:
            return Ended(self.job.name, 127, 0, True)
        now = time.monotonic()
        code = self.process.poll()
        if code is None:
            own = deadline if self.job.seconds is None else min(deadline,
                                                                self.start + self.job.seconds)
            if self.kill_at is None and now >= own:
                self.end()
            elif self.kill_at is not None and now >= self.kill_at:
                self.tree |= _descendants(self.process.pid)
                self.process.kill()
                if now >= self.kill_at + _LOST_S:
                    _kill(self.tree)
                    return Ended(self.job.name, 124, now - self.start, False)
            return None
        if self.kill_at is not None:
            _kill(self.tree)
        return Ended(self.job.name, code if code >= 0 else 128 - code, now - self.start,
                     self.kill_at is None)


class Jobs:
    """Of the whole check: a signal ends what runs, and whatever would come."""

    def __init__(self):
        self.signal = None
        self._background = []

    def catch_signals(self):
        def on_signal(number, _frame):
            self.signal = number
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if signal.getsignal(number) != signal.SIG_IGN:  # as under nohup
                signal.signal(number, on_signal)

    def check_signal(self):
        if self.signal is not None:
            raise Stopped

    def run(self, jobs, deadline, at_once=1, on_tick=None, on_end=None):
        """Runs the jobs in turn, `at_once` side by side, and returns how each ended. What does not
        fit before the deadline is ended, or not started, in which case it is not in the answer.
        `on_end` returns True where no further job is to be started."""
        waiting, running, ended = list(jobs), [], []
        stopping = False
        try:
            while True:
                stopping = stopping or self.signal is not None
                while (waiting and len(running) < at_once and not stopping
                       and time.monotonic() < deadline):
                    running.append(_Running(waiting.pop(0)))
                if not running:
                    break
                for one in list(running):
                    if self.signal is not None:
                        one.end()
                    answer = one.look(deadline)
                    if answer is None:
                        continue
                    running.remove(one)
                    ended.append(answer)
                    if on_end is not None and on_end(answer):
                        stopping = True
                if on_tick is not None:
                    on_tick()
                time.sleep(_TICK_S)
        finally:
            for one in running:  # where `on_tick` or `on_end` failed, for want of room, say
                one.kill()
        self.check_signal()
        return ended

    def run_one(self, job, deadline, on_tick=None):
        """How the job ended; one for which there was no time has not been in time."""
        ended = self.run([job], deadline, on_tick=on_tick)
        return ended[0] if ended else Ended(job.name, 124, 0, False)

    def start(self, job):
        """Starts a job beside everything else; `wait_for` or `end_background` is its end."""
        running = _Running(job)
        self._background.append(running)
        return running

    def wait_for(self, running, deadline):
        while True:
            answer = running.look(deadline)
            if answer is not None:
                self._background.remove(running)
                return answer
            self.check_signal()
            time.sleep(_TICK_S)

    def end_background(self):
        for running in self._background:
            running.kill()
        self._background.clear()

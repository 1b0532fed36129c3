"""Which variants are timed, in which order, round by round; and regrow's side. Needs no PyTorch."""
import json
import math
import pathlib
import signal
import subprocess
import tempfile

from report import Timings

# The default order. What is to be compared with regrow comes first: a call that is killed in its
# first round has measured the beginning of this list.
WAYS = ("graph", "fused", "eager")
PRECISIONS = ("fp32", "bf16", "tf32")


def in_order(ways, precisions):
    """Pairs of a way and a precision: compiled ones, eager ones, then all of tf32, which regrow
    does not have; within these, as given."""
    pairs = [(way, precision) for precision in precisions for way in ways]
    return sorted(pairs, key=lambda pair: (pair[1] == "tf32", pair[0] == "eager"))


class Terminated(BaseException):
    """SIGTERM came. No Exception, so that no variant takes it for a failure of its own."""


def raise_on_sigterm():
    def terminate(_number, _frame):
        raise Terminated

    signal.signal(signal.SIGTERM, terminate)


def first_line(error):
    """Of an exception, or of what a program wrote about its failure."""
    return next((line for line in str(error).splitlines() if line.strip()),
                type(error).__name__).strip()


def run_rounds(participants, rounds, written):
    """Every participant in turn, `rounds` times. `written` is called after each turn of the first
    round, in which everything starts and compiles, after each failure, and after each round."""
    for number in range(rounds):
        for participant in participants:
            failed = participant.problem is not None
            if not failed:
                participant.run_round()
            if number == 0 or (participant.problem is not None) != failed:
                written()
        written()


class Regrow:
    """All devices of `regrow bench`, one call a round."""

    def __init__(self, program, devices, size, steps):
        self.command = [program, "bench", "--device", devices, "--size", size, "--rounds", "1",
                        "--steps", str(steps), "--measure", "step,epoch"]
        self.all = [Timings(f"regrow {device}") for device in devices.split(",")]

    @property
    def problem(self):
        """None as long as a device is left to be measured."""
        problems = [timings.problem for timings in self.all]
        return None if None in problems else problems[0]

    def run_round(self):
        try:
            self.take(self.bench() or ())
        except (OSError, ValueError, LookupError, TypeError) as error:
            reason = getattr(error, "strerror", None) or f"its report: {first_line(error)}"
            self.stop(f"{self.command[0]}: {reason}")

    def take(self, devices):
        """A report's figures."""
        for timings, device in zip(self.all, devices):
            if timings.problem is not None:
                continue
            if "not_measured" in device:
                timings.problem = str(device["not_measured"])
                continue
            step, epoch = (float(device[f"{what}_seconds"]["rounds"][0])
                           for what in ("step", "epoch"))
            if not 0 < step <= epoch < math.inf:
                raise ValueError(f"a step of {step} s in an epoch of {epoch} s")
            timings.step.append(step)
            timings.epoch.append(epoch)

    def bench(self):
        """The devices of one call's report; None when it failed."""
        with tempfile.TemporaryDirectory() as folder:
            report = pathlib.Path(folder) / "bench.json"
            done = subprocess.run([*self.command, "--json", str(report)], capture_output=True,
                                  text=True, check=False)
            if done.returncode != 0:
                self.stop(first_line(done.stderr.strip().removeprefix("error: ")
                                     or f"ended with {done.returncode}"))
                return None
            return json.loads(report.read_text())["sizes"][0]["devices"]

    def stop(self, problem):
        for timings in self.all:
            timings.problem = timings.problem or problem

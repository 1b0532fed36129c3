#!/usr/bin/env python3
"""Kills training runs at random moments, goes on with them until they end, and compares each with
an undisturbed run of the same settings."""
import argparse
import collections
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import run_files

_DESCRIPTION = """Kills training runs by SIGKILL at random moments: in their start, while they train, while they
write, while they resume, several times in a row. It goes on with each by `regrow train --resume`
until it ends, some then also with more epochs, on one thread or two, and compares the end with an
undisturbed run of the same settings:

  metrics.jsonl, last.safetensors, best.safetensors, initial.safetensors   byte for byte
  the event file and timings.jsonl   each epoch once, in order; events but for times
  summary.json                       but for seconds and threads
  the folder                         no other files, none left aside

After each kill `regrow table` must read the folder or say one line; a run without a checkpoint must
say that it is to be started again; and one with a checkpoint goes on in that checkpoint's epoch,
which is behind the recorded ones by no more than the checkpoints' interval.

Runs, moments and threads are drawn from the seed; where a moment finds a run is a matter of time.
Exit code: 0 no difference; 1 the first difference, whose folder is kept; 2 wrong arguments."""

SMALL = ("--device cpu --dataset synthetic --synthetic-features 12 --synthetic-train 400 "
         "--synthetic-test 50 --validation holdout:50 --hidden 20,15 --epsilon 3 --batch 25 ")
# Its epochs take long enough for checkpoints by time.
LARGER = ("--device cpu --dataset synthetic --synthetic-features 64 --synthetic-train 4500 "
          "--synthetic-test 500 --validation holdout:500 --hidden 200,150 --epsilon 10 --batch 50 ")
# Few: where other programs keep the cores busy, two threads wait for each other.
TWO_THREADS = "--threads 2 --epochs 12 "
MOST_SECONDS = 900  # of a process: after that it hangs


@dataclasses.dataclass(frozen=True)
class Settings:
    arguments: str
    weight: int = 4  # how often they are drawn

    def number(self, flag, default):
        found = re.search(rf"{flag} (\d+)( |$)", self.arguments)
        return int(found[1]) if found else default

    @property
    def epochs(self):
        return self.number("--epochs", 40)

    @property
    def longer(self):
        """Epochs of the run extended."""
        return self.epochs + self.epochs // 2

    @property
    def interval(self):
        """Epochs between two checkpoints; None where they are a matter of time."""
        if "--checkpoint-every" not in self.arguments:
            return None
        return self.number("--checkpoint-every", None)


EVERY_PROGRAM_TAKES = [
    Settings(SMALL + "--method set --threads 1 --checkpoint-every 1"),
    Settings(SMALL + "--method set --threads 1 --checkpoint-every 3 --tensorboard false"),
    Settings(SMALL + "--method accset --threads 1 --checkpoint-every 1 --topology false"),
    Settings(SMALL + "--method accset --checkpoint-every 3 " + TWO_THREADS, 2),
    Settings(SMALL + "--method lset --threads 1 --checkpoint-every 3"),
    Settings(SMALL + "--method lset --threads 1 --checkpoint-every 1 --grow one_neighbour"),
    Settings(SMALL + "--method dynset --threads 1 --checkpoint-every 1"),
    Settings(SMALL + "--method dynset --threads 1 --checkpoint-every 3 --epochs 120"),
    Settings(SMALL + "--method dynset --measure val_loss --learning-rate 0.1 "
             "--checkpoint-every 1 " + TWO_THREADS, 2),
    Settings(SMALL + "--method dynset --threads 1 --checkpoint-every 3 --topology false "
             "--tensorboard false"),
    Settings(SMALL + "--method static --threads 1 --checkpoint-every 3"),
    Settings(SMALL + "--method static --checkpoint-every 1 " + TWO_THREADS, 1),
    Settings(SMALL + "--method dense --threads 1 --checkpoint-every 1 --tensorboard false"),
    Settings(SMALL + "--method dense --threads 1 --checkpoint-every 3"),
    Settings(LARGER + "--method dynset --threads 1 --checkpoint-every 3 --epochs 20", 2),
]
WITH_CHECKPOINTS_BY_TIME = [
    Settings(SMALL + "--method dynset --threads 1 --checkpoint-every auto --epochs 300"),
    Settings(SMALL + "--method lset --threads 1 --checkpoint-every auto --tensorboard false"),
    Settings(SMALL + "--method set --checkpoint-every auto " + TWO_THREADS, 2),
    Settings(LARGER + "--method dynset --threads 1 --checkpoint-every 1s --epochs 150", 1),
]


class Difference(Exception):
    """One line about a run that did not end as the undisturbed one, or did not go on."""


class Failure(Exception):
    """One line about what keeps this script from its work."""


@dataclasses.dataclass(frozen=True)
class Undisturbed:
    folder: pathlib.Path
    seconds: float
    resume_seconds: float  # what a run that has ended takes to be resumed, and to end again


@dataclasses.dataclass
class Moment:
    """When a process is killed: so long after its start, or once it writes after that."""
    seconds: float
    while_writing: bool = False


class Tally:
    """What all runs have come to; the runs' threads share it."""

    def __init__(self, kills):
        self._lock = threading.Lock()
        self._left = kills
        self.phases = collections.Counter()
        self.ended = self.extended = 0
        self.stopped = False

    def take_kill(self):
        """Whether one more process is to be killed."""
        with self._lock:
            if self._left <= 0 or self.stopped:
                return False
            self._left -= 1
            return True

    def give_back_kill(self):
        """The process ended before."""
        with self._lock:
            self._left += 1

    def wants_more(self):
        with self._lock:
            return self._left > 0 and not self.stopped

    def count(self, phase):
        with self._lock:
            self.phases[phase] += 1

    def count_end(self, extended):
        with self._lock:
            self.ended += 1
            self.extended += extended

    def __str__(self):
        phases = ", ".join(f"{self.phases[phase]} in {phase}"
                           for phase in ("start", "training", "writing", "resume"))
        return (f"{self.phases.total()} kills: {phases}; {self.ended} runs ended, "
                f"{self.extended} of them also with more epochs")


def one_line(text):
    return " ".join(text.split()) or "nothing"


class Program:
    def __init__(self, path):
        self.path = path

    def call(self, *arguments):
        return subprocess.run([self.path, *map(str, arguments)], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, errors="replace", check=False)

    def takes(self, *arguments):
        return self.call(*arguments).returncode == 0

    def train(self, arguments, log, moment, folder):
        """The exit code, negative where a signal ended it; all output goes to `log`."""
        with log.open("wb") as output:
            process = subprocess.Popen([self.path, "train", *arguments], stdin=subprocess.DEVNULL,
                                       stdout=output, stderr=subprocess.STDOUT)
        try:
            if moment is None:
                return process.wait(MOST_SECONDS)
            try:
                return process.wait(moment.seconds)
            except subprocess.TimeoutExpired:
                pass
            if moment.while_writing:
                wait_until_it_writes(process, folder, moment.seconds)
            return kill(process)
        except subprocess.TimeoutExpired as error:
            raise Difference(f"it still runs after {MOST_SECONDS} s") from error
        finally:
            kill(process)


def kill(process):
    """Its exit code: that of its own end where it came before."""
    process.send_signal(signal.SIGKILL)
    return process.wait()


def wait_until_it_writes(process, folder, most_seconds):
    end = time.monotonic() + most_seconds
    while process.poll() is None and time.monotonic() < end:
        try:
            if any(map(run_files.is_aside, os.listdir(folder))):
                return
        except FileNotFoundError:
            pass


class UndisturbedRuns:
    """Each made when it is first asked for, outside of the runs that are killed."""

    def __init__(self, program, folder):
        self._program = program
        self._folder = folder
        self._lock = threading.Lock()
        self._runs = {}

    def get(self, settings, epochs):
        with self._lock:
            key = (settings, epochs)
            if key not in self._runs:
                self._runs[key] = self._make(settings, epochs)
            return self._runs[key]

    def _make(self, settings, epochs):
        folder = self._folder / f"undisturbed-{len(self._runs)}"
        start = time.monotonic()
        self._call("train", *settings.arguments.split(), "--epochs", epochs, "--out", folder)
        trained = time.monotonic()
        self._call("train", "--resume", folder)
        resumed = time.monotonic()
        summary = json.loads((folder / run_files.SUMMARY).read_text())
        if summary["method"] == "dynset" and summary["paused_epochs"] == 0:
            raise Failure(f"no pause in {epochs} epochs of: {settings.arguments}")
        return Undisturbed(folder, trained - start, resumed - trained)

    def _call(self, *arguments):
        done = self._program.call(*arguments)
        if done.returncode != 0:
            raise Failure(f"{' '.join(map(str, arguments))}: ended with {done.returncode}: "
                          f"{one_line(done.stderr)}")


class KilledRun:
    """One run from its start to its end, or to that of its extension."""

    def __init__(self, program, undisturbed, tally, settings, folder, draw):
        self.program = program
        self.undisturbed = undisturbed
        self.tally = tally
        self.settings = settings
        self.folder = folder
        self.log = folder.with_suffix(".log")
        self.draw = draw  # random.Random
        self.at_once = 0  # kills in a row that are still to come

    def play(self):
        first = self.undisturbed.get(self.settings, self.settings.epochs)
        extended = self.draw.random() < 0.3
        self.play_to(self.settings.epochs, first)
        self.expect_same(run_files.first_difference(self.folder, first.folder))
        if extended:
            whole = self.undisturbed.get(self.settings, self.settings.longer)
            self.play_to(self.settings.longer, whole)
            self.expect_same(run_files.first_difference(self.folder, whole.folder, first.folder))
        self.tally.count_end(extended)
        shutil.rmtree(self.folder)
        self.log.unlink()

    def play_to(self, epochs, whole):
        kills = self.draw.randint(1, 6)
        while True:
            checkpoint = run_files.progress_of(self.folder / run_files.LAST)
            before = run_files.unfinished(self.folder)
            kill_it = kills > 0 and self.tally.take_kill()
            moment = self.draw_moment(checkpoint, epochs, whole) if kill_it else None
            code = self.program.train(self.arguments(checkpoint, epochs), self.log, moment,
                                      self.folder)
            went_on_in = self.expect_to_go_on_from(checkpoint)
            if code == 0:
                if kill_it:
                    self.tally.give_back_kill()
                return
            if not kill_it or code != -signal.SIGKILL:
                raise Difference(f"it ended with {code}: {one_line(self.log.read_text()[-300:])}")
            kills -= 1
            self.tally.count(self.phase(checkpoint, before, went_on_in))
            self.check_killed()

    def arguments(self, checkpoint, epochs):
        if checkpoint is None:
            return [*self.settings.arguments.split(), "--epochs", str(epochs), "--out",
                    str(self.folder)]
        result = ["--resume", str(self.folder)]
        if epochs != self.settings.epochs:
            result += ["--epochs", str(epochs)]
        if epochs <= 60 and self.draw.random() < 0.3:
            result += ["--threads", str(self.draw.choice((1, 2)))]
        return result

    def draw_moment(self, checkpoint, epochs, whole):
        if self.at_once == 0 and self.draw.random() < 0.12:
            self.at_once = 2
        if self.at_once > 0:
            self.at_once -= 1
            return Moment(self.draw.uniform(0, whole.resume_seconds))
        done = checkpoint.epoch / epochs if checkpoint else 0
        left = whole.resume_seconds + (1 - done) * max(whole.seconds - whole.resume_seconds, 0)
        return Moment(self.draw.uniform(0, left), while_writing=self.draw.random() < 0.4)

    def expect_to_go_on_from(self, checkpoint):
        """The epoch, from 0, that the process said it went on in; None where it did not come to that.

        It counts from 1 where it speaks of epochs, its files from 0.
        """
        text = self.log.read_text(errors="replace")
        said = re.search(r"^goes on in epoch (\d+) at step (\d+)$", text, re.MULTILINE)
        trained = re.search(r"^epoch (\d+)/\d+  ", text, re.MULTILINE)
        start = checkpoint or run_files.Progress(0, 0)
        if said and run_files.Progress(int(said[1]) - 1, int(said[2])) != start:
            raise Difference(f"it went on in epoch {said[1]} at step {said[2]}, but its checkpoint "
                             f"stands in epoch {start.epoch + 1} at step {start.step}")
        if trained and int(trained[1]) - 1 != start.epoch:
            raise Difference(f"its first epoch was {trained[1]}, but its checkpoint stands in "
                             f"epoch {start.epoch + 1}")
        return int(trained[1]) - 1 if trained else None

    def phase(self, checkpoint, before, went_on_in):
        if not (self.folder / run_files.LAST).exists():
            return "start"
        if run_files.unfinished(self.folder) - before:
            return "writing"
        return "resume" if checkpoint is not None and went_on_in is None else "training"

    def check_killed(self):
        self.expect_one_line(self.program.call("table", self.folder), (0, 1), "")
        progress = run_files.progress_of(self.folder / run_files.LAST)
        if progress is None:
            self.expect_one_line(self.program.call("train", "--resume", self.folder), (1,),
                                 "nothing was trained yet; start the run again|there is no such "
                                 "run|holds no run")
            return
        lines = len(run_files.whole_lines(self.folder / run_files.METRICS))
        self.expect_same(run_files.lost_epochs(progress, lines, self.settings.interval))

    @staticmethod
    def expect_one_line(done, codes, words):
        """Of a call that may fail, and then says why in one line."""
        said = done.stderr
        is_one_line = said.startswith("error: ") and said.count("\n") == 1 and said.endswith("\n")
        if done.returncode not in codes or (done.returncode != 0 and not is_one_line) or (
                not re.search(words, said)):
            raise Difference(f"after a kill `{' '.join(map(str, done.args[1:]))}` ended with "
                             f"{done.returncode} and said: {one_line(said)}")

    @staticmethod
    def expect_same(difference):
        if difference:
            raise Difference(difference)


def play_runs(options, out, tally):
    program = Program(options.regrow)
    settings = list(EVERY_PROGRAM_TAKES)
    if program.takes("config", "--checkpoint-every", "1s"):
        settings += WITH_CHECKPOINTS_BY_TIME
    weights = [one.weight for one in settings]
    undisturbed = UndisturbedRuns(program, out)

    def play(number):
        draw = random.Random(f"{options.seed} {number}")
        drawn = draw.choices(settings, weights)[0]
        folder = out / f"run-{number}"
        try:
            KilledRun(program, undisturbed, tally, drawn, folder, draw).play()
        except (Difference, ValueError) as difference:
            tally.stopped = True
            raise Difference(f"run {number} ({drawn.arguments}): {difference}; it is kept in "
                             f"{folder}") from difference
        except BaseException:
            tally.stopped = True
            raise

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        running, number = set(), 0
        try:
            while running or tally.wants_more():
                while len(running) < options.jobs and tally.wants_more():
                    running.add(pool.submit(play, number))
                    number += 1
                done, running = concurrent.futures.wait(
                    running, return_when=concurrent.futures.FIRST_COMPLETED)
                for one in done:
                    one.result()
        finally:
            tally.stopped = True


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"kill_runs.py: {message}; see --help\n")


def _positive(text):
    if not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"'{text}' is no number from 1 to 1000000")
    return int(text)


def parse(arguments):
    parser = _Parser(description=_DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--regrow", metavar="PROGRAM", type=pathlib.Path, default="build/regrow",
                        help="the program (default: build/regrow)")
    parser.add_argument("--kills", metavar="N", type=_positive, default=100,
                        help="how many, all runs together (default: 100)")
    parser.add_argument("--seed", metavar="S", type=int, default=0,
                        help="of all that is drawn (default: 0)")
    parser.add_argument("--out", metavar="FOLDER", type=pathlib.Path,
                        help="a new folder for the runs; the undisturbed ones stay there (default: a "
                             "temporary one, in TMPDIR or /dev/shm)")
    parser.add_argument("--jobs", metavar="N", type=_positive, default=os.cpu_count(),
                        help="runs at a time (default: one for each core)")
    options = parser.parse_args(arguments)
    options.regrow = options.regrow.absolute()
    if not os.access(options.regrow, os.X_OK) or options.regrow.is_dir():
        parser.error(f"--regrow {options.regrow}: no such program; build it, or give its path")
    if options.out and options.out.exists() and (not options.out.is_dir() or any(options.out.iterdir())):
        parser.error(f"--out {options.out}: is there already; give a new folder")
    return options


def out_folder(options):
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        return options.out.absolute()
    in_memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    return pathlib.Path(tempfile.mkdtemp(prefix="kill-runs-", dir=os.environ.get("TMPDIR", in_memory)))


def main():
    options = parse(sys.argv[1:])
    start = time.monotonic()
    tally = Tally(options.kills)
    is_kept = options.out is not None
    try:
        out = out_folder(options)
        try:
            play_runs(options, out, tally)
        except Difference:
            is_kept = True
            raise
        finally:
            if not is_kept:
                shutil.rmtree(out)
    except Difference as difference:
        print(tally)
        sys.exit(f"kill_runs.py: {difference}")
    except (Failure, OSError) as error:
        sys.exit(f"kill_runs.py: {error}")
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    print(f"{tally}; differences: 0; {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()

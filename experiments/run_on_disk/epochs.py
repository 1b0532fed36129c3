#!/usr/bin/env python3
"""What a run's files cost: wall times of epochs, and ratios of those that one call has measured.

paper   an epoch of the paper's problem (3072-4000-1000-4000-10, 500 steps of 100 images in CIFAR-10's
        files, all threads) with all files and measures, as by default, over one without: no topology, no
        events, no checkpoint before the end. Per epoch: the wall time of a run of 1 + N epochs less
        that of a run of 1, over N.
tiny    a net of 12-9-4 neurons, whose epochs are next to nothing but files, around some of its epochs:
        from the wall times of runs that end before and after, and from timings.jsonl.
resume  the same net, resumed after a great many epochs: the wall time to its first epoch's end, and
        that of the epochs after it, over that of epochs 1,000 to 2,000 of a new run; both by when
        the program's lines arrive.

What is compared is measured in turn, round by round; ratios are taken within a round. Writes
epochs.txt, and epochs.csv with every single measurement, both replaced by each call.
"""
import argparse
import csv
import datetime
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
PARTS = ("paper", "tiny", "resume")
TINY = ("--device cpu --threads 1 --dataset synthetic --synthetic-features 12 --synthetic-train 400 "
        "--synthetic-test 50 --validation holdout:50 --hidden 9 --epsilon 3 --batch 25 --method lset").split()
PAPER = "--device cpu --dataset cifar10 --preset paper --method set".split()
WITHOUT_FILES = "--topology false --tensorboard false --checkpoint-every 1000000".split()
CLASSES, PIXELS, IMAGES_IN_A_FILE = 10, 3072, 10000


class Failure(Exception):
    """One line."""


def make_images(folder):
    """Noise in CIFAR-10's format, darker class by class, so that accuracy rises as it does in use."""
    shades = [bytes(value * (CLASSES - label) // CLASSES for value in range(256)) for label in range(CLASSES)]
    draw = random.Random(0)
    folder.mkdir()
    for name in [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]:
        with (folder / f"{name}.bin").open("wb") as file:
            for _ in range(IMAGES_IN_A_FILE):
                label = draw.randrange(CLASSES)
                file.write(bytes([label]) + draw.randbytes(PIXELS).translate(shades[label]))
    return folder


def recorded_seconds(run):
    """Of each epoch, all phases together, by timings.jsonl."""
    return [sum(json.loads(line)["seconds"].values())
            for line in (run / "timings.jsonl").read_text().splitlines()]


class Measurement:
    """Calls of the program, and what has been measured."""

    def __init__(self, options, scratch):
        self.program = options.regrow
        self.scratch = scratch
        self.rows = []
        self.lines = []
        self._runs = 0

    def say(self, line=""):
        print(line, flush=True)
        self.lines.append(line)

    def say_ratios(self, what, ratios):
        self.say(f"  {what}: median {statistics.median(ratios):.3f}, {min(ratios):.3f} to "
                 f"{max(ratios):.3f} over {len(ratios)} rounds")

    def record(self, part, round_number, what, epochs, seconds):
        self.rows.append([part, round_number, what, epochs, f"{seconds:.6f}"])

    def new_run(self):
        self._runs += 1
        return self.scratch / f"run-{self._runs}"

    def train(self, arguments):
        """Wall seconds of a call that says nothing."""
        start = time.perf_counter()
        done = subprocess.run([self.program, "train", "--quiet", *map(str, arguments)],
                              capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - start
        self.expect_end(done.returncode, done.stderr)
        return seconds

    def watch(self, arguments):
        """Wall seconds from the call to the end of each epoch, by its number from 0."""
        ends = {}
        start = time.perf_counter()
        with subprocess.Popen([self.program, "train", *map(str, arguments)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True) as process:
            line = ""
            for line in process.stdout:
                if line.startswith("epoch "):
                    number = line.split()[1].split("/")[0]  # "epoch 1/10  loss …"
                    ends[int(number) - 1] = time.perf_counter() - start
        self.expect_end(process.returncode, line)
        return ends

    @staticmethod
    def expect_end(code, said):
        if code != 0:
            raise Failure(f"regrow train ended with {code}: {' '.join(said.split())}")


def measure_paper(measured, options):
    images = options.data or make_images(measured.scratch / "images")
    more = options.epochs
    measured.say("paper: an epoch with all files : one without")

    def per_epoch(round_number, what, arguments):
        seconds = {}
        for epochs in (1, 1 + more):
            run = measured.new_run()
            seconds[epochs] = measured.train(
                [*PAPER, "--data", images, "--epochs", epochs, "--out", run, *arguments])
            measured.record("paper", round_number, f"{what}: a run", epochs, seconds[epochs])
        recorded = sum(recorded_seconds(run)[1:]) / more
        measured.record("paper", round_number, f"{what}: an epoch by timings.jsonl", 1, recorded)
        remove(run)
        return (seconds[1 + more] - seconds[1]) / more, recorded

    rounds = []
    for number in range(options.rounds):
        (wall, recorded), (bare_wall, bare_recorded) = (
            per_epoch(number, "all files", []), per_epoch(number, "no files", WITHOUT_FILES))
        if min(wall, bare_wall) <= 0:
            raise Failure("paper: an epoch took no time, so the machine is too busy; ask for more --epochs")
        rounds.append((wall / bare_wall, recorded / bare_recorded))
        measured.say(f"  round {number}: all files {wall:.3f} s, none {bare_wall:.3f} s, ratio "
                     f"{rounds[-1][0]:.3f}; by timings.jsonl {recorded:.3f} s, {bare_recorded:.3f} s")
    measured.say_ratios("ratio", [wall for wall, _ in rounds])
    measured.say_ratios("ratio by timings.jsonl", [recorded for _, recorded in rounds])


def measure_tiny(measured, options):
    marks = options.marks
    measured.say(f"tiny: an epoch early in a run and later ones, in seconds")
    walls, recorded = {mark: [] for mark in marks}, {mark: [] for mark in marks}
    for number in range(options.rounds):
        for mark in marks:
            half = min(mark // 2, 2000)
            seconds = []
            for epochs in (mark - half, mark + half):
                run = measured.new_run()
                seconds.append(measured.train([*TINY, "--epochs", epochs, "--out", run]))
                measured.record("tiny", number, "a run", epochs, seconds[-1])
                totals = recorded_seconds(run)
                remove(run)
            walls[mark].append((seconds[1] - seconds[0]) / (2 * half))
            # The last epoch waits for the last checkpoint.
            recorded[mark].append(statistics.median(totals[mark - half:-1]))
            measured.record("tiny", number, f"an epoch around the {mark}th by timings.jsonl", 1,
                            recorded[mark][-1])
    for what, seconds in (("wall", walls), ("timings.jsonl", recorded)):
        for mark in marks:
            measured.say(f"  {what}, {mark}th: median {statistics.median(seconds[mark]):.6f}, "
                         f"{min(seconds[mark]):.6f} to {max(seconds[mark]):.6f}")
        for mark in marks[1:]:
            if min(seconds[marks[0]]) <= 0:
                raise Failure(f"tiny: epochs around the {marks[0]}th took no time, so the machine is too busy; "
                              "call again, or give other --marks")
            measured.say_ratios(f"{what}, {mark}th : {marks[0]}th",
                                [late / early for late, early in zip(seconds[mark], seconds[marks[0]])])


def measure_resume(measured, options):
    after, window = options.resume_at, options.window
    old = measured.new_run()
    seconds = measured.train([*TINY, "--epochs", after, "--out", old])
    measured.record("resume", 0, "the run before", after, seconds)
    measured.say(f"resume: after {after} epochs, which took {seconds:.1f} s; {window} epochs each")
    ratios, waits = [], []
    for number in range(options.rounds):
        begin = after + number * window
        ends = measured.watch(["--resume", old, "--epochs", begin + window])
        late = (ends[begin + window - 1] - ends[begin]) / (window - 1)
        new = measured.new_run()
        first = measured.watch([*TINY, "--epochs", 2 * window, "--out", new])
        early = (first[2 * window - 1] - first[window]) / (window - 1)
        remove(new)
        ratios.append(late / early)
        waits.append(ends[begin])
        for what, value in (("to the first epoch's end", ends[begin]), ("an epoch, resumed", late),
                            ("an epoch of a new run", early)):
            measured.record("resume", number, what, 1, value)
        measured.say(f"  round {number}: first epoch's end after {ends[begin]:.3f} s, then {late:.6f} s an "
                     f"epoch; of a new run {early:.6f} s from its {window}th to its {2 * window}th; ratio "
                     f"{ratios[-1]:.3f}")
    measured.say_ratios("an epoch, resumed : of a new run", ratios)
    measured.say(f"  to the first epoch's end: median {statistics.median(waits):.3f} s, {min(waits):.3f} to "
                 f"{max(waits):.3f}")


def remove(run):
    for path in run.iterdir():
        path.unlink()
    run.rmdir()


def output_of(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=HERE, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def cpu_model():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        return next((line.partition(":")[2].strip() for line in file if line.startswith("model name")), "unknown")


def describe(measured, options):
    changed = " with changes" if output_of("git", "status", "--porcelain", "-uno") else ""
    commit = output_of("git", "rev-parse", "--short", "HEAD") or "unknown"
    date = datetime.datetime.now(datetime.timezone.utc)
    measured.say(f"CPU: {cpu_model()}, {os.cpu_count()} cores; load at start {os.getloadavg()[0]:.1f}")
    measured.say(f"file system of the runs: {output_of('stat', '-f', '-c', '%T', str(measured.scratch)) or 'unknown'}")
    measured.say(f"commit: {commit}{changed}; {date:%Y-%m-%d}")
    taken = [f"rounds {options.rounds}"]
    if "paper" in options.parts:
        taken += [f"epochs {options.epochs}", "images given" if options.data else "images of noise"]
    measured.say(", ".join(taken))


def write(measured, folder):
    (folder / "epochs.txt").write_text("\n".join(measured.lines) + "\n")
    with (folder / "epochs.csv").open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["part", "round", "what", "epochs", "seconds"])
        table.writerows(measured.rows)


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"epochs.py: {message}; see --help\n")


def at_least(least):
    def number(text):
        if not text.isdecimal() or not least <= int(text) <= 1_000_000:
            raise argparse.ArgumentTypeError(f"'{text}' is no number from {least} to 1000000")
        return int(text)
    return number


def marks_of(text):
    return [at_least(2)(mark) for mark in text.split(",")]


def parts_of(text):
    parts = text.split(",")
    for part in parts:
        if part not in PARTS:
            raise argparse.ArgumentTypeError(f"'{part}' is none of {', '.join(PARTS)}")
    return parts


def parse():
    parser = _Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--regrow", type=pathlib.Path, metavar="PROGRAM", default="build/regrow",
                        help="the program (default: build/regrow)")
    parser.add_argument("--parts", type=parts_of, default=list(PARTS), help="of paper,tiny,resume (default: all)")
    parser.add_argument("--rounds", type=at_least(1), metavar="N", default=5, help="(default: 5)")
    parser.add_argument("--epochs", type=at_least(1), metavar="N", default=4,
                        help="paper: epochs of a run beyond its first (default: 4)")
    parser.add_argument("--data", type=pathlib.Path, metavar="FOLDER",
                        help="paper: CIFAR-10's files, instead of noise")
    parser.add_argument("--marks", type=marks_of, default=[200, 3000, 30000], metavar="N,N…",
                        help="tiny: the epochs (default: 200,3000,30000)")
    parser.add_argument("--resume-at", type=at_least(2), metavar="N", default=500000,
                        help="resume: epochs of the run before (default: 500000)")
    parser.add_argument("--window", type=at_least(2), metavar="N", default=1000,
                        help="resume: epochs that are timed (default: 1000)")
    parser.add_argument("--scratch", type=pathlib.Path, metavar="FOLDER",
                        help="where the runs are made, and removed again (default: the system's temporary one)")
    parser.add_argument("--out", type=pathlib.Path, metavar="FOLDER", default=HERE,
                        help="for epochs.txt and epochs.csv (default: beside this script)")
    options = parser.parse_args()
    options.regrow = options.regrow.absolute()
    if not os.access(options.regrow, os.X_OK) or options.regrow.is_dir():
        parser.error(f"--regrow {options.regrow}: no such program; build it, or give its path")
    for flag, folder in (("--out", options.out), ("--scratch", options.scratch), ("--data", options.data)):
        if folder is not None and not folder.is_dir():
            parser.error(f"{flag} {folder}: no such folder")
    return options


def main():
    options = parse()
    measures = {"paper": measure_paper, "tiny": measure_tiny, "resume": measure_resume}
    try:
        with tempfile.TemporaryDirectory(prefix="run-on-disk-", dir=options.scratch) as scratch:
            measured = Measurement(options, pathlib.Path(scratch))
            describe(measured, options)
            for part in options.parts:
                measures[part](measured, options)
                write(measured, options.out)
    except (Failure, OSError) as error:
        sys.exit(f"epochs.py: {error}")


if __name__ == "__main__":
    main()

"""Stage table2: the paper's Table 2 trained on the GPU, several runs side by side."""
import json
import re
import shutil
import statistics
import time

from .machine import last_words
from .records import Outcome, grouped, read_json, write, write_json

_SWEEP = "experiments/table2/sweep.toml"
_JOBS = 6  # the rows of the table
_WAYS = ("process", "thread")
_TRIAL_EPOCHS = 12
_TRIAL_S = 30  # of one way, at most; an estimate: a few seconds to start, one for the epochs
_COPY_EVERY_S = 20
_END_S = 6  # to stop a sweep in an orderly way
_FILES = ("config.toml", "metrics.jsonl", "timings.jsonl", "summary.json")
# Settings that make runs faster and no result another, as far as the program has them.
_FAST = (("--topology", "false"), ("--tensorboard", "false"), ("--checkpoint-every", "100"))


def with_seeds(text, count):
    """The sweep's text with the seeds 0 to count - 1. A sweep starts all rows of a seed before the
    next seed's."""
    seeds = ", ".join(map(str, range(count)))
    new, found = re.subn(r"^seed = \[[^\]]*\]$", f"seed = [{seeds}]", text, flags=re.MULTILINE)
    if found != 1:
        raise ValueError(f"{_SWEEP}: has {found} lines 'seed = […]', not one")
    return new


def max_time(seconds):
    """The --max-time of a sweep that is to stop after `seconds`: it keeps a tenth, but no more than
    30 s, for the end."""
    return max(1, int(min(seconds + 30, seconds / 0.9)))


class _Sweep:
    def __init__(self, check, images, help_text):
        self.check = check
        self.images = images
        self.fast = [word for setting in _FAST if setting[0] in help_text for word in setting]
        self.ways = _WAYS if "--isolation" in help_text else ()
        self.text = (check.root / _SWEEP).read_text(encoding="utf-8")
        self.rows = len(re.findall(r"^\[\[variant\]\]", self.text, re.MULTILINE))
        self.folder = check.memory / "table2"
        self.runs = self.folder / "runs"
        self.folder.mkdir(exist_ok=True)
        self._copied = time.monotonic()

    def command(self, seeds, out, way):
        file = self.folder / "sweep.toml"
        file.write_text(with_seeds(self.text, seeds), encoding="utf-8")
        isolation = ["--isolation", way] if way in self.ways else []
        return [self.check.program, "sweep", file, "--data", self.images, "--out", out,
                "--jobs", _JOBS, "--device", "cuda", "--quiet", *self.fast, *isolation]

    def environment(self, way):
        """A thread that loads a kernel may have to wait for the whole GPU, also for a thread that
        captures a step just then: kernels of threads are loaded at the start."""
        eager = {"CUDA_MODULE_LOADING": "EAGER"} if way == "thread" else {}
        return {**self.check.environment_of_programs, **eager}

    def trial(self):
        """Which of the ways to run side by side is faster here, as table2/trial.json says it."""
        file = self.check.folder() / "trial.json"
        known = read_json(file)
        if isinstance(known, dict) and known.get("chosen") in _WAYS:
            return known
        trial = {"epochs": _TRIAL_EPOCHS, "process": None, "thread": None, "chosen": "process"}
        if not self.ways:
            trial["reason"] = "this program runs sweeps in processes alone"
        for way in self.ways:
            trial[way] = self.try_way(way)
        speeds = {way: trial[way]["epoch_seconds"] for way in self.ways
                  if trial[way].get("epoch_seconds")}
        if speeds:
            trial["chosen"] = min(speeds, key=speeds.get)
        write_json(file, trial)
        return trial

    def try_way(self, way):
        """Seconds of a short sweep, and of an epoch of it, in which its start does not count."""
        out = self.folder / f"trial-{way}"
        log = self.check.folder() / f"trial-{way}.log"
        command = [*self.command(1, out, way), "--epochs", _TRIAL_EPOCHS]
        ended = self.check.run_one(way, command, log, seconds=_TRIAL_S,
                                   environment=self.environment(way))
        epochs = [sum(json.loads(line)["seconds"].values())
                  for file in out.glob("*/timings.jsonl")
                  for line in file.read_text().split("\n")[2:-1]]
        shutil.rmtree(out, ignore_errors=True)
        median = statistics.median(epochs) if epochs else None
        if not ended.in_time:  # how long the epochs took is known all the same
            return {"seconds": None, "epoch_seconds": median, "problem": "not finished in its time"}
        if ended.code != 0 or not epochs:
            return {"seconds": None, "epoch_seconds": None, "problem": last_words(log)}
        return {"seconds": round(ended.seconds, 3), "epoch_seconds": median}

    def train(self, seeds, way):
        """Goes on with the runs of these seeds until they, or the time, have ended."""
        log = self.check.folder() / f"sweep-{seeds}.log"
        stop_after = max(1, self.check.left() - _END_S)
        command = [*self.command(seeds, self.runs, way), "--max-time", f"{max_time(stop_after)}s"]
        job = self.check.job("sweep", command, log, seconds=stop_after + _END_S / 2,
                             grace=_END_S / 2, environment=self.environment(way))
        return self.check.jobs.run_one(job, self.check.deadline, on_tick=self.copy_in_time), log

    def copy_in_time(self):
        if time.monotonic() - self._copied >= _COPY_EVERY_S:
            self._copied = time.monotonic()
            self.check.keep("table2", self.copy)
            self.check.archive()

    def copy(self):
        """Brings back what there is, whole lines only; never less than an earlier call did, whose
        runs may have been lost with its machine."""
        for config in sorted(self.runs.glob("*/config.toml")):
            source, target = config.parent, self.check.folder() / config.parent.name
            contents = {}
            for name in _FILES:
                try:
                    contents[name] = (source / name).read_bytes()
                except FileNotFoundError:
                    continue
                if name.endswith(".jsonl"):
                    contents[name] = contents[name][:contents[name].rfind(b"\n") + 1]
            before = target / "metrics.jsonl"
            if before.is_file() and (len(contents.get("metrics.jsonl", b"").splitlines())
                                     < len(before.read_bytes().splitlines())):
                continue
            for name, content in contents.items():
                write(target / name, content)

    def common_epochs(self):
        """How many epochs all begun runs of seed 0 have, where not all rows are finished. One that
        failed early costs the table its row, not the others their epochs."""
        if self.finished()[0] == self.rows:
            return None
        failed = {record.get("run") for record in self.failure_records()}
        epochs = [len(file.read_bytes().splitlines())
                  for file in self.check.folder().glob("*seed=0/metrics.jsonl")
                  if file.parent.name not in failed]
        return min([count for count in epochs if count > 0], default=0)

    def table(self):
        """Writes the table of what there is, and says what it is."""
        epochs = self.common_epochs()
        if epochs == 0:
            return "no table before a first epoch"
        early = ["--epochs", epochs] if epochs is not None else []
        for form, name in (("markdown", "table.md"), ("csv", "table.csv")):
            part, errors = self.folder / name, self.folder / "table.err"
            command = [self.check.program, "table", self.runs, "--paper", "--seeds", "mean",
                       "--format", form, *early]
            job = self.check.job("table", command, part, errors=errors)
            # Even where the stage's own time is up.
            deadline = max(self.check.deadline, time.monotonic() + 2)
            ended = self.check.jobs.run_one(job, deadline)
            if ended.code != 0:
                return f"no table: {last_words(errors)}"
            write(self.check.folder() / name, part.read_bytes())
        return "see table.md" if epochs is None else f"table.md is after {epochs} epochs"

    def failure_records(self):
        """The sweep's own."""
        records = map(read_json, sorted((self.runs / "failures").glob("*.json")))
        return [record for record in records if isinstance(record, dict)]

    def failures(self):
        """Why runs failed, in words."""
        return grouped({record.get("run", "?"): record.get("message", "?")
                        for record in self.failure_records()})

    def finished(self):
        """How many runs are, of seed 0 and of all."""
        done = [file.parent.name for file in self.runs.glob("*/summary.json")
                if (read_json(file) or {}).get("status") == "finished"]
        return sum(name.endswith("seed=0") for name in done), len(done)


def run(check):
    images, why_none = check.images.wait()
    if images is None:
        return Outcome("skipped", why_none)
    help_log = check.folder() / "help.log"
    check.run_one("help", [check.program, "sweep", "--help"], help_log)
    try:
        sweep = _Sweep(check, images, help_log.read_text(errors="replace"))
        sweep.command(1, sweep.runs, "process")  # refuses a sweep that it does not understand
    except ValueError as error:
        return Outcome("failed", str(error))
    trial = sweep.trial()
    seeds = check.options.seeds
    try:
        # A second seed's runs would slow the first one's down, so they start when those are done.
        ended, log = sweep.train(1, trial["chosen"])
        if ended.code == 0 and seeds > 1 and check.left() > 2 * _END_S:
            ended, log = sweep.train(seeds, trial["chosen"])
    finally:
        check.keep("table2", sweep.copy)
    first, all_finished = sweep.finished()
    total = sweep.rows * seeds
    notes = [f"{all_finished} of {total} runs finished, of seed 0 {first} of {sweep.rows}",
             f"each a {trial['chosen']}", sweep.table(), *sweep.failures()]
    if ended.code not in (0, 3) and ended.in_time:
        return Outcome("failed", "; ".join([*notes, last_words(log)]))
    if all_finished < total:
        return Outcome("unfinished", "; ".join([*notes, "go on with --resume"]))
    return Outcome("passed", "; ".join(notes))

"""The check: stage after stage, each within its time, each leaving its results."""
import os
import pathlib
import shutil
import sys
import tempfile
import time
import traceback

from . import (baseline, bench, build, images, plans, profile, records, sanitize, sources, table2,
               test, train)
from .jobs import Job, Jobs, Stopped
from .machine import memory_folder
from .records import Outcome

_LEAST_S = 1  # with less left no stage is begun
_CLOSING_S = 3  # of the limit: to end what runs and to write the summary
_FUNCTIONS = {"build": build.run, "train": train.run, "test": test.run, "bench-paper": bench.run,
              "table2": table2.run, "profile": profile.run, "bench-wide": bench.run,
              "baseline": baseline.run, "sanitize": sanitize.run}


_MEMORY = "regrow-gpu-check-"  # begins the name of each check's folder in memory


def say(text):
    """Who listened may be gone; what is measured is not to be lost with them."""
    try:
        print(text, flush=True)
    except OSError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")


class Check:
    """What the stages' functions get. `options` are those of the command line."""

    def __init__(self, options, plan, out, machine, started):
        self.deadline = self.started = started
        self.options, self.plan, self.out = options, plan, out
        self.jobs = Jobs()
        self.carry, self.root = options.carry, sources.ROOT
        self.sources = sources.hash_of_sources()
        self.machine = machine
        self.binaries = options.build / self.sources[:12]
        self.program = self.binaries / "regrow"
        self.images = images.Images(self)
        self._end = self.started + max(options.time_limit - _CLOSING_S, options.time_limit / 2)
        self.stage = None

    # For the stages.

    def folder(self):
        """Of the stage's results."""
        return self.out.path / self.stage

    def option(self, name):
        return plans.options_of(self.plan, self.stage)[name]

    def left(self):
        return self.deadline - time.monotonic()

    def environment(self):
        """For regrow and its tests. RapidCheck draws the same cases in every run."""
        path = self.machine.library_path(self.binaries / "lib")
        return {**os.environ, "LD_LIBRARY_PATH": path, "TMPDIR": str(self.memory),
                "PATH": self.machine.search_path(), "RC_PARAMS": "seed=20"}

    def job(self, name, arguments, output, **more):
        more.setdefault("environment", self.environment_of_programs)
        return Job(name, arguments, output, **more)

    def run(self, jobs, **how):
        return self.jobs.run(jobs, self.deadline, **how)

    def run_one(self, *job, **more):
        return self.jobs.run_one(self.job(*job, **more), self.deadline)

    def keep(self, what, write):
        """A disk without room costs what cannot be written, and neither what runs nor what follows:
        it is all written again later."""
        try:
            write()
        except OSError as error:
            say(f"{what} cannot be written ({error.strerror}); the check goes on")

    # The whole.

    def prepare(self):
        archive = self.options.archive
        if archive is not None and archive.exists() and not archive.is_file():
            raise records.CheckError(f"--archive {archive}: is there, and no file")
        settings = self.out.settings
        facts = self.machine.facts(sources.commit(self.carry), self.sources)
        before = records.read_json(self.out.path / "machine.json")
        if not isinstance(before, dict) or facts.keys() - before.keys():
            records.write_json(self.out.path / "machine.json", facts)
            before = facts
        for key, remedy in (("sources", "of other sources"), ("gpu", "of another GPU")):
            if before[key] != facts[key]:
                raise records.CheckError(f"{self.out.path}: is a check {remedy} ({before[key]}); "
                                         "give another --out")
        self.facts = before
        memory = pathlib.Path(settings.get("memory", ""))
        # It is emptied in the end, so it has to be a check's own.
        if not memory.name.startswith(_MEMORY) or memory.is_symlink() or not memory.is_dir():
            memory = pathlib.Path(tempfile.mkdtemp(prefix=_MEMORY, dir=memory_folder()))
        self.memory = memory
        settings["memory"] = str(memory)
        settings.setdefault("done", {})
        settings["stages"] = list(self.plan.stages)
        settings["plan"] = self.options.plan or settings.get("plan")
        self.out.save_settings()
        if archive is not None:
            archive.parent.mkdir(parents=True, exist_ok=True)
        self.environment_of_programs = self.environment()

    def is_kept(self, name):
        """Whether an earlier call has finished the stage as this one would do it."""
        record = self.out.record(name)
        if record is None or record.status not in ("passed", "failed"):
            return False
        if record.status == "failed" and name in self.options.stages:
            return False
        if name == "build":
            return record.status == "passed" and self.program.is_file()
        return self.out.settings["done"].get(name) == plans.options_of(self.plan, name)

    def run_all(self):
        """Returns the exit code: 1 where a stage failed, 3 where one is unfinished."""
        self.jobs.catch_signals()
        self.prepare()
        names = [name for name in plans.NAMES if name in self.plan.stages]
        if any(name != "build" for name in names):
            names = ["build", *(name for name in names if name != "build")]
        todo = [name for name in names if not self.is_kept(name)]
        try:
            if "table2" in todo:
                self.images.start()
            for position, name in enumerate(names):
                if name not in todo:
                    say(f"{self.out.record(name).line()} (kept)")
                    continue
                self.run_stage(name, [other for other in names[position + 1:] if other in todo])
        except Stopped:
            say("stopped by a signal; what has finished is kept")
        finally:
            self.jobs.end_background()
            self.keep(str(self.memory), self.tidy)
        say(f"== {time.monotonic() - self.started:.0f} s; everything is in {self.out.path}")
        say(self.summary())
        if self.jobs.signal is not None:
            return 128 + self.jobs.signal
        ends = [self.out.record(name) for name in names]
        ends = [record.status if record is not None else "unfinished" for record in ends]
        return 1 if "failed" in ends else 3 if "unfinished" in ends else 0

    def why_not(self, name):
        """Why the stage cannot be begun, or None."""
        if self.out.settings.get("stopped_by") and name not in ("build", "train"):
            return f"{self.out.settings['stopped_by']} failed"
        if name != "build" and not self.program.is_file():
            return "no build"
        return None

    def run_stage(self, name, later):
        self.stage = name
        left = self._end - time.monotonic()
        seconds = plans.seconds_for(self.plan, name, later, left)
        began = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
        start = time.monotonic()
        self.deadline = start + seconds
        reason = self.why_not(name)
        if reason is not None:
            self.finish(records.Record(name, "skipped", reason, 0, began))
            return
        if seconds < _LEAST_S:
            self.finish(records.Record(name, "unfinished", "no time left; go on with --resume "
                                       f"{self.out.path}", 0, began))
            return
        unfinished = records.Record(name, "unfinished", "it was killed", 0, began)
        self.keep(name, lambda: self.out.save(unfinished))
        try:
            outcome = _FUNCTIONS[name](self)
        except Stopped:
            unfinished.text = "it was stopped by a signal"
            unfinished.seconds = round(time.monotonic() - start, 1)
            self.finish(unfinished)
            raise
        except OSError as error:  # a full disk, say: the stages that follow may not need it
            outcome = Outcome("failed", f"{error.filename or name}: {error.strerror}")
        # Whatever surprises one stage, the machine's time is for the others.
        except Exception as error:  # pylint: disable=broad-except
            outcome = Outcome("failed", f"{type(error).__name__}: {error}; see stages/{name}.err")
            words = traceback.format_exc()
            self.keep(name, lambda: records.write(self.out.path / f"stages/{name}.err", words))
        settings = self.out.settings
        settings["done"][name] = plans.options_of(self.plan, name)
        if outcome.stops:
            settings["stopped_by"] = name
        elif settings.get("stopped_by") == name:
            del settings["stopped_by"]
        self.keep("check.json", self.out.save_settings)
        self.finish(records.Record(name, outcome.status, outcome.text,
                                   round(time.monotonic() - start, 1), began))

    def finish(self, record):
        self.keep(record.stage, lambda: self.out.save(record))
        say(record.line())
        self.keep("summary.txt", lambda: records.write(self.out.path / "summary.txt",
                                                       self.summary() + "\n"))
        self.archive()

    def archive(self):
        """As often as there is something new that is worth to be kept."""
        if self.options.archive is not None:
            self.keep(str(self.options.archive),
                      lambda: self.out.archive(self.options.archive))

    def summary(self):
        lines = [f"{key}: {'none' if value is None else value}" for key, value in self.facts.items()]
        found = [self.out.record(name) for name in plans.NAMES]
        lines += ["", *(record.line() for record in found if record is not None)]
        for table in ("bench-paper/bench.txt", "table2/table.md", "bench-wide/bench.txt",
                      "baseline/pytorch.txt"):
            path = self.out.path / table
            if path.is_file() and path.stat().st_size > 0:
                text = path.read_text(encoding="utf-8", errors="replace")
                lines += ["", f"== {table}", text.rstrip()]
        return "\n".join(lines)

    def tidy(self):
        """Leaves in memory what a sweep needs to go on, and no more."""
        record = self.out.record("table2")
        keep = {"table2", "images"} if record is not None and record.status != "passed" else set()
        for path in self.memory.iterdir():
            if path.name not in keep:
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()
        if not any(self.memory.iterdir()):
            self.memory.rmdir()

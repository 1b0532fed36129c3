#!/usr/bin/env python3
"""Times PyTorch's ways of training the paper's network beside regrow's, round by round.

A step is: batch with augmentation, forward with dropout, backward, update. An epoch is its steps,
an evaluation of the test images, dropping and growing. Ratios are to the first regrow device of the
same round, or, without regrow, to the first PyTorch variant.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

try:
    import torch
except ImportError:
    sys.exit("error: PyTorch is not installed here; install it, or run this with a python3 that has it")

from masked_mlp import SIZES
from training import PRECISIONS, WAYS, Training, why_not


class Timings:
    """Seconds of one way to train, by round."""

    def __init__(self, name):
        self.name = name
        self.not_measured = None
        self.step = []
        self.epoch = []


class Torch(Timings):
    def __init__(self, way, precision, size, steps, device):
        super().__init__(f"pytorch {way} {precision}")
        self.steps, self.device = steps, device
        self.training = None
        self.not_measured = why_not(way, device)
        if self.not_measured is None:
            self.attempt(lambda: self.start(size, way, precision))

    def attempt(self, work):
        """Does `work`; a device that is full, or a compiler that fails, costs only this variant."""
        try:
            work()
        except (RuntimeError, ImportError, OSError) as error:
            self.training = None
            reason = str(error).strip() or type(error).__name__
            self.not_measured = reason.splitlines()[0]

    def start(self, size, way, precision):
        self.training = Training(size, self.steps, way, precision, self.device)
        self.one_epoch()  # warm-up
        self.step.clear()
        self.epoch.clear()

    def now(self):
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter()

    def one_epoch(self):
        start = self.now()
        self.training.start_epoch()
        lead = max(1, self.steps // 10)
        self.training.train(lead)
        steady = self.now()
        self.training.train(self.steps - lead)
        trained = self.now()
        loss, _ = self.training.evaluate()
        self.training.evolve()
        self.epoch.append(self.now() - start)
        self.step.append((trained - steady) / (self.steps - lead))
        if loss != loss:
            raise RuntimeError("the loss is not a number")

    def run_round(self):
        if self.not_measured is None:
            self.attempt(self.one_epoch)


class Regrow:
    """All devices of `regrow bench`, one call a round."""

    def __init__(self, program, devices, size, steps):
        self.command = [program, "bench", "--device", devices, "--size", size, "--rounds", "1",
                        "--steps", str(steps), "--measure", "step,epoch"]
        self.all = [Timings(f"regrow {device}") for device in devices.split(",")]

    def run_round(self):
        with tempfile.TemporaryDirectory() as folder:
            report = pathlib.Path(folder) / "bench.json"
            done = subprocess.run([*self.command, "--json", str(report)], capture_output=True,
                                  text=True, check=False)
            if done.returncode != 0:
                reason = done.stderr.strip() or f"ended with {done.returncode}"
                for timings in self.all:
                    timings.not_measured = reason.removeprefix("error: ")
                return
            devices = json.loads(report.read_text())["sizes"][0]["devices"]
        for timings, device in zip(self.all, devices):
            if "not_measured" in device:
                timings.not_measured = device["not_measured"]
            else:
                timings.step += device["step_seconds"]["rounds"]
                timings.epoch += device["epoch_seconds"]["rounds"]


def spread(values):
    return {"median": statistics.median(values), "least": min(values), "most": max(values),
            "rounds": values}


def time_text(seconds):
    for scale, unit in ((1e6, "us"), (1e3, "ms"), (1, "s")):
        if seconds * scale < 999.5 or unit == "s":
            return f"{seconds * scale:.3g} {unit}"
    raise AssertionError


def report_of(timings, base):
    if timings.not_measured is not None:
        return {"name": timings.name, "not_measured": timings.not_measured}
    entry = {"name": timings.name}
    for what in ("step", "epoch"):
        values = getattr(timings, what)
        entry[f"{what}_seconds"] = spread(values)
        entry[f"{what}_ratio"] = spread([a / b for a, b in zip(values, getattr(base, what))])
    return entry


def print_table(entries, base):
    print(f"{'':24}{'a step':>28}{'ratio':>22}{'an epoch':>28}{'ratio':>22}")
    for entry in entries:
        if "not_measured" in entry:
            continue
        line = f"{entry['name']:24}"
        for what in ("step", "epoch"):
            s, r = entry[f"{what}_seconds"], entry[f"{what}_ratio"]
            times = f"{time_text(s['median'])} ({time_text(s['least'])} to {time_text(s['most'])})"
            ratio = f"{r['median']:.3g} ({r['least']:.3g} to {r['most']:.3g})"
            line += f"{times:>28}{ratio:>22}"
        print(line)
    for entry in entries:
        if "not_measured" in entry:
            print(f"{entry['name']}: not measured: {entry['not_measured']}")
    print(f"ratios to {base.name}, round by round: median (least to most)")


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu",
                        choices=("cuda", "cpu"), help="of PyTorch")
    parser.add_argument("--size", default="paper", choices=tuple(SIZES))
    parser.add_argument("--steps", type=int, default=0, help="of an epoch; 0: the size's own")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--ways", default=",".join(WAYS), help="of " + ", ".join(WAYS))
    parser.add_argument("--precisions", default=",".join(PRECISIONS))
    parser.add_argument("--regrow", default="", help="the program; none: PyTorch alone")
    parser.add_argument("--regrow-devices", default="cuda,cuda:bf16")
    parser.add_argument("--threads", type=int, default=0, help="of PyTorch on a CPU; 0: its own choice")
    parser.add_argument("--json", default="", help="write everything to this file, too")
    options = parser.parse_args(arguments)
    for name, known in (("ways", WAYS), ("precisions", PRECISIONS)):
        values = getattr(options, name).split(",")
        for value in values:
            if value not in known:
                parser.error(f"--{name}: '{value}' is none of {', '.join(known)}")
        setattr(options, name, values)
    if options.device == "cuda" and not torch.cuda.is_available():
        parser.error("--device cuda: PyTorch finds no GPU here")
    if options.rounds < 1 or options.steps < 0 or options.steps == 1:
        parser.error("--rounds is at least 1, --steps at least 2 (or 0)")
    return options


def main(arguments=None):
    options = parse(arguments)
    if options.threads > 0:
        torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    device = torch.device(options.device)
    size = SIZES[options.size]
    steps = options.steps or size.steps
    ours = (Regrow(options.regrow, options.regrow_devices, options.size, steps)
            if options.regrow else None)
    variants = [Torch(way, precision, size, steps, device)
                for way in options.ways for precision in options.precisions]
    for _ in range(options.rounds):
        if ours is not None:
            ours.run_round()
        for variant in variants:
            variant.run_round()

    everything = (ours.all if ours is not None else []) + variants
    measured = [timings for timings in everything if timings.not_measured is None]
    if not measured:
        sys.exit(f"error: nothing could be measured: {everything[0].not_measured}")
    base = measured[0]
    entries = [report_of(timings, base) for timings in everything]
    where = torch.cuda.get_device_name() if device.type == "cuda" else "CPU"
    print(f"PyTorch {torch.__version__} on {where}; {options.size}: batch {size.batch}, {steps} steps "
          f"an epoch, {options.rounds} rounds")
    print_table(entries, base)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(
            {"torch": torch.__version__, "device": where, "size": options.size, "steps": steps,
             "ratios_to": base.name, "variants": entries}, indent=2) + "\n")


if __name__ == "__main__":
    main()

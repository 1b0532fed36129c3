#!/usr/bin/env python3
"""Times PyTorch's ways of training the paper's network beside regrow's, round by round.

A step is: batch with augmentation, forward with dropout, backward, update. An epoch is its steps,
an evaluation of the test images, dropping and growing. Ratios are to the first regrow device of the
same round, or, without regrow, to the first PyTorch variant. The files are written again and again:
a call that is killed leaves what it measured until then.
"""
import argparse
import signal
import sys
import time

try:
    import torch
except ImportError:
    sys.exit(f"error: {sys.executable} has no PyTorch; install it, or run this with a python3 that "
             "has it (run.sh: PYTHON=…)")

from masked_mlp import SIZES
from report import Timings, as_json, as_text, base_of, write_files
from rounds import (PRECISIONS, WAYS, Regrow, Terminated, first_line, in_order, raise_on_sigterm,
                    run_rounds)
from training import Training, why_not


class Torch(Timings):
    def __init__(self, way, precision, size, steps, device):
        super().__init__(f"pytorch {way} {precision}")
        self.how = (size, steps, way, precision, device)
        self.steps, self.device = steps, device
        self.training = None
        self.problem = why_not(way, device)

    def run_round(self):
        """The first one starts it: what compiles for long keeps nobody before it waiting."""
        try:
            if self.training is None:
                self.training = Training(*self.how)
                self.one_epoch()  # warm-up
            step, epoch = self.one_epoch()
        # A device that is full, or a compiler that fails in whatever way, costs only this variant.
        except Exception as error:  # pylint: disable=broad-except
            self.training = None
            self.problem = first_line(error)
            return
        self.step.append(step)
        self.epoch.append(epoch)

    def now(self):
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter()

    def one_epoch(self):
        """Seconds of a step and of the epoch."""
        start = self.now()
        self.training.start_epoch()
        lead = max(1, self.steps // 10)
        self.training.train(lead)
        steady = self.now()
        self.training.train(self.steps - lead)
        trained = self.now()
        loss, _ = self.training.evaluate()
        self.training.evolve()
        end = self.now()
        if loss != loss:
            raise RuntimeError("the loss is not a number")
        return (trained - steady) / (self.steps - lead), end - start


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
    parser.add_argument("--threads", type=int, default=0,
                        help="of PyTorch on a CPU; 0: its own choice")
    parser.add_argument("--json", default="", help="write everything to this file, too")
    parser.add_argument("--text", default="", help="write the table to this file, too")
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
    ours = ([Regrow(options.regrow, options.regrow_devices, options.size, steps)]
            if options.regrow else [])
    variants = [Torch(way, precision, size, steps, device)
                for way, precision in in_order(options.ways, options.precisions)]
    everything = [timings for regrow in ours for timings in regrow.all] + variants
    facts = {"torch": torch.__version__,
             "device": torch.cuda.get_device_name() if device.type == "cuda" else "CPU",
             "size": options.size, "batch": size.batch, "steps": steps, "rounds": options.rounds,
             "finished": False}

    def write():
        try:
            write_files(as_json(facts, everything), options.json, options.text)
        except OSError as error:  # a full disk, say, ends no measurement: the next write is soon
            print(f"{error.filename}: {error.strerror}", file=sys.stderr)

    code = 0
    sys.stdout.reconfigure(errors="backslashreplace")
    raise_on_sigterm()
    try:
        run_rounds([*ours, *variants], options.rounds, write)
        facts["finished"] = True
    except Terminated:
        code = 128 + signal.SIGTERM
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the rest is quick
    write()
    print(as_text(as_json(facts, everything)), end="", flush=True)
    if base_of(everything) is None:
        sys.exit(f"error: nothing could be measured: {everything[0].problem or 'ended too early'}")
    if code != 0:
        sys.exit(code)


if __name__ == "__main__":
    main()

"""What gpu_check.py is called with."""
import argparse
import os
import pathlib
import sys
import time

from . import plans, sources
from .check import Check
from .machine import Machine
from .records import CheckError, OutFolder

_USAGE = """gpu_check.py [--time-limit SECONDS] [--out DIR | --resume DIR] [--plan PLAN | STAGE...]

Everything that only a GPU can show, stage after stage; docs/gpu_check.md says more, --list how long each
stage may take. What it needs beyond the machine's CUDA and python3 lies in a folder that
tools/gpu_carry.py filled. Exit code: 1 where a stage failed, else 3 where one is unfinished, else 0,
also where stages were skipped; 2 for bad arguments; 128 + the signal that stopped it."""


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"gpu_check.py: {message}; see --help\n")


def _seconds(text):
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of seconds, such as 120")
    return value


def _seeds(text):
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of seeds from 1 to 1000")
    return int(text)


def _path(text):
    return pathlib.Path(text).absolute()


def _home():
    """The tree, or where it is read-only the working directory."""
    return sources.ROOT if os.access(sources.ROOT, os.W_OK) else pathlib.Path.cwd()


def parse(arguments):
    parser = _Parser(usage=_USAGE, add_help=True)
    parser.add_argument("stages", metavar="STAGE", nargs="*", help=", ".join(plans.NAMES))
    parser.add_argument("--plan", choices=tuple(plans.PLANS), help="a ready list of stages")
    parser.add_argument("--time-limit", type=_seconds, metavar="SECONDS",
                        help="of the whole (default: the plan's; without a plan "
                             f"{plans.EVERYTHING.limit})")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--out", type=_path, metavar="DIR",
                       help="a new folder for all results (default: gpu_check_out)")
    where.add_argument("--resume", type=_path, metavar="DIR",
                       help="go on with the check in this folder; a failed stage is done again "
                            "where it is named")
    parser.add_argument("--carry", type=_path, metavar="DIR", default=sources.ROOT / "gpu_carry",
                        help="what gpu_carry.py filled (default: gpu_carry)")
    parser.add_argument("--build", type=_path, metavar="DIR",
                        default=_home() / "build-gpu-check",
                        help="for the binaries (default: build-gpu-check)")
    parser.add_argument("--archive", type=_path, metavar="FILE",
                        help="also keep the folder as one .tar.gz, written after every stage")
    parser.add_argument("--architecture",
                        help="of a build from source, such as 90 (default: this GPU's)")
    parser.add_argument("--python", default=sys.executable,
                        help="the interpreter that has PyTorch (default: this one)")
    parser.add_argument("--seeds", type=_seeds, default=5,
                        help="of table2, at most (default: 5)")
    parser.add_argument("--sanitize-filter", default="*", metavar="FILTER",
                        help="a gtest filter for sanitize (default: *)")
    parser.add_argument("--list", action="store_true", help="the stages and plans, and no more")
    parser.add_argument("--hash", action="store_true",
                        help="a digest of the sources that binaries are made of, and no more")
    options = parser.parse_args(arguments)
    for name in options.stages:
        if name not in plans.NAMES:
            parser.error(f"unknown stage '{name}'; there are {', '.join(plans.NAMES)}")
    if options.plan and options.stages:
        parser.error("give a plan or stages, not both")
    if options.out is None and options.resume is None:
        options.out = _home() / "gpu_check_out"
    return options


def plan_of(options, settings):
    """What is asked; of a check that goes on without being told, what it was asked before."""
    if options.plan:
        return plans.PLANS[options.plan]
    before = plans.PLANS.get(settings.get("plan"), plans.EVERYTHING)
    stages = tuple(options.stages or settings.get("stages", before.stages))
    return plans.Plan(before.limit, stages, before.budgets, before.options)


def require_gpu(machine, plan):
    if machine.gpu is None and plan.stages != ("build",):
        raise CheckError("no GPU: nvidia-smi is missing or names none; without one only the stage "
                         "build can be done")


def main(arguments=None):
    options = parse(arguments)
    if options.list:
        print(plans.listing())
        return 0
    if options.hash:
        print(sources.hash_of_sources())
        return 0
    # A tool's words may be in letters that this terminal does not have.
    sys.stdout.reconfigure(errors="backslashreplace")
    started = time.monotonic()  # asking the machine may take a while
    try:
        machine = Machine(options.python)
        if options.resume is None:
            require_gpu(machine, plan_of(options, {}))  # before a folder is made
        out = OutFolder(options.resume or options.out, options.resume is not None)
        plan = plan_of(options, out.settings)
        require_gpu(machine, plan)
        if options.time_limit is None:
            options.time_limit = plan.limit
        return Check(options, plan, out, machine, started).run_all()
    except CheckError as error:
        print(f"gpu_check.py: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"gpu_check.py: {error.filename}: {error.strerror}; check the disk and the folder",
              file=sys.stderr)
        return 2

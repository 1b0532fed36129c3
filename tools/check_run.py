#!/usr/bin/env python3
"""Recomputes every decision of finished or running runs from their recorded numbers alone.

usage: check_run.py RUN...
For each evolution: when it was due; θ and the pause from the losses and accuracies recorded before
it; ζ, density and targets from their schedules; what might drop and what dropped of each layer,
from its recorded signs; what grew, clamp(ceil(theta*(target - lambda))); how many cells were
scored; how many newborn connections faced their first drop; and the connections that result. For
each epoch: what its evolutions add up to. For the checkpoint: where it stands, what became of
newborns, and what training cost. Runs of older versions, whose evolutions only their epochs tell
of, too. Shares no code with the program.
Exits with 1 on the first number that differs. Needs Python 3.11 only.
"""
import os
import pathlib
import sys

from check_run.replay import Replay
from check_run.run_files import WrongRun, read_run


def check(folder: pathlib.Path) -> str:
    run = read_run(folder)
    replay = Replay(run)
    replay.play()
    return (f"{folder}: {len(run.history)} epochs, {len(replay.paused)} evolutions, "
            f"{replay.numbers.compared} numbers recomputed, all equal")


def say(line: str) -> None:
    """At once: what cannot be written must not be said of the run, nor at the program's end."""
    try:
        print(line, flush=True)
    except OSError as error:
        # Python would try once more to write what is left.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(f"check_run.py: the standard output cannot be written: {error.strerror}; write to "
                 "a file with room, or to a program that reads it all")


def main() -> None:
    if {"-h", "--help"} & set(sys.argv):
        print(__doc__.strip())
        return
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for run in sys.argv[1:]:
        try:
            say(check(pathlib.Path(run)))
        except WrongRun as wrong:
            sys.exit(str(wrong))
        except OSError as error:
            sys.exit(f"check_run.py: {error.filename}: {error.strerror}; give the folder of a run")
        except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
            sys.exit(f"check_run.py: {run}: its files are damaged or of another version ({error!r})")


if __name__ == "__main__":
    main()

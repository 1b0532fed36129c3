#!/usr/bin/env python3
"""Times training on the CPU and another program alternately, and prints the ratio of their seconds, with
median and spread. Machines are shared: only the ratio of two programs run side by side means anything."""
import argparse
import json
import re
import statistics
import subprocess
import sys

STEPS = 500  # what both are given by: an epoch of the paper's problem


def our_seconds(regrow: str, options: list[str]) -> float:
    command = [regrow, "bench", "--device", "cpu", "--size", "paper", "--measure", "step", "--rounds", "5", "--json",
               "-", *options]
    result = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL).stdout)
    return STEPS * min(result["sizes"][0]["devices"][0]["step_seconds"]["rounds"])


def their_seconds(command: str, label: str) -> float:
    output = subprocess.run(command, shell=True, check=True, capture_output=True, text=True).stdout
    match = re.search(re.escape(label) + r"((?:\s+[0-9.]+)+)", output)
    if match is None:
        raise SystemExit(f"no measurement in the output of: {command}\n{output}")
    return min(float(number) for number in match.group(1).split())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--regrow", default="build/regrow", help="the program (build/regrow)")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--label", default=f"s per {STEPS} steps:",
                        help=f"what THEIRS prints before its seconds (s per {STEPS} steps:); the best of each call "
                        "counts, since noise only ever adds")
    parser.add_argument("theirs", metavar="THEIRS", help="a shell command")
    parser.add_argument("options", nargs="*", metavar="OPTION",
                        help="behind --: of regrow bench, such as --bare --threads 2")
    arguments = parser.parse_args()
    ratios = []
    for _ in range(arguments.rounds):
        ours = our_seconds(arguments.regrow, arguments.options)
        theirs = their_seconds(arguments.theirs, arguments.label)
        ratios.append(ours / theirs)
        print(f"ours {ours:.3f} s   theirs {theirs:.3f} s   ratio {ratios[-1]:.3f}", flush=True)
    print(f"ratio: median {statistics.median(ratios):.3f}, {min(ratios):.3f} to {max(ratios):.3f} over "
          f"{arguments.rounds} rounds")
    return 0


if __name__ == "__main__":
    sys.exit(main())

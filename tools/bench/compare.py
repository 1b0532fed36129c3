#!/usr/bin/env python3
"""Times two programs alternately and prints the ratio of their seconds, with median and spread.

usage: compare.py [--rounds N] [--label TEXT] OURS THEIRS
OURS and THEIRS are shell commands that print their measurements as numbers after "s per 500 steps:"
(THEIRS: after TEXT, where it is given); the best of each call counts, since noise only ever adds. Machines are
shared: only the ratio of two programs run side by side means anything.
"""
import argparse
import re
import statistics
import subprocess

OUR_LABEL = "s per 500 steps:"


def best_seconds(command: str, label: str) -> float:
    output = subprocess.run(command, shell=True, check=True, capture_output=True, text=True).stdout
    match = re.search(re.escape(label) + r"((?:\s+[0-9.]+)+)", output)
    if match is None:
        raise SystemExit(f"no measurement in the output of: {command}\n{output}")
    return min(float(number) for number in match.group(1).split())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--label", default=OUR_LABEL)
    parser.add_argument("ours")
    parser.add_argument("theirs")
    arguments = parser.parse_args()
    ratios = []
    for _ in range(arguments.rounds):
        ours, theirs = (best_seconds(arguments.ours, OUR_LABEL),
                        best_seconds(arguments.theirs, arguments.label))
        ratios.append(ours / theirs)
        print(f"ours {ours:.3f} s   theirs {theirs:.3f} s   ratio {ratios[-1]:.3f}", flush=True)
    print(f"ratio: median {statistics.median(ratios):.3f}, "
          f"{min(ratios):.3f} to {max(ratios):.3f} over {arguments.rounds} rounds")


if __name__ == "__main__":
    main()

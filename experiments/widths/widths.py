#!/usr/bin/env python3
"""Trains networks of two hidden layers, width by width, with several programs in turn, and prints what a
step, a connection of a step, an evolution and the start take, and the most memory that the program held.
Only files that every version writes are read, so that a former program can be given, too."""
import argparse
import csv
import json
import math
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

BATCH = 100
FEATURES = 3072
EPSILON = 20
FITTED = range(4096, 262144 + 1)  # widths whose exponent is given
MEASURES = ["step", "connection", "evolve", "start", "memory"]


def steps_at(width: int) -> int:
    """Of an epoch: about as many connections at each width, but a few steps at least."""
    return max(3, min(100, 4_000_000 // width))


def flags(width: int, run: pathlib.Path) -> list[str]:
    return ["train", "--quiet", "--preset", "paper", "--dataset", "synthetic", "--synthetic-features", str(FEATURES),
            "--synthetic-train", str(steps_at(width) * BATCH), "--synthetic-test", str(BATCH), "--augment", "false",
            "--method", "set", "--hidden", f"{width},{width}", "--epsilon", str(EPSILON), "--batch", str(BATCH),
            # Slow enough that nothing diverges; the second epoch is timed, the first evolves.
            "--lr", "0.001", "--epochs", "2", "--device", "cpu", "--tensorboard", "false", "--topology", "false",
            "--out", str(run)]


def measured(program: str, width: int, scratch: pathlib.Path, threads: int) -> dict[str, float]:
    run = scratch / "run"
    shutil.rmtree(run, ignore_errors=True)
    start = time.monotonic()
    process = subprocess.Popen([program, *flags(width, run), "--threads", str(threads)],
                               stdout=subprocess.DEVNULL)
    begun = None
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        # Written last before the first step.
        if begun is None and (run / "summary.json").exists():
            begun = time.monotonic() - start
        if pid != 0:
            break
        time.sleep(0.005)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0 or begun is None:
        raise SystemExit(f"{program}: it failed at width {width}")
    epochs = [json.loads(line) for line in (run / "timings.jsonl").read_text(encoding="utf-8").splitlines()]
    summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    step = epochs[1]["seconds"]["train"] / steps_at(width)
    shutil.rmtree(run)
    return {"step": step, "connection": step / summary["initial_connections"],
            "evolve": epochs[0]["seconds"]["evolve"], "start": begun, "memory": usage.ru_maxrss * 1024,
            "connections": summary["initial_connections"]}


def exponent(points: list[tuple[float, float]]) -> float:
    """Of y ~ x^e, by least squares of the logarithms."""
    xs, ys = ([math.log(point[axis]) for point in points] for axis in (0, 1))
    x_mean, y_mean = statistics.mean(xs), statistics.mean(ys)
    return (sum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys, strict=True))
            / sum((x - x_mean) ** 2 for x in xs))


def table(medians: dict[tuple[int, str], dict[str, float]], labels: list[str], widths: list[int]) -> str:
    rows = ["| width | connections | program | ms a step | ns a connection | evolve (s) | start (s) | memory (GiB) |",
            "|---:|---:|---|---:|---:|---:|---:|---:|"]
    for width in widths:
        for label in labels:
            of = medians[width, label]
            rows.append(f"| {width:,} | {of['connections']:,.0f} | {label} | {of['step'] * 1e3:.3g} "
                        f"| {of['connection'] * 1e9:.3g} | {of['evolve']:.3g} | {of['start']:.3g} "
                        f"| {of['memory'] / 2**30:.3g} |")
    return "\n".join(rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--widths", default="4096,16384,65536,262144", help="by commas, ascending")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0, help="0: one a processor")
    parser.add_argument("--scratch", default=None, help="where the runs lie while they last (a temporary folder)")
    parser.add_argument("--csv", default=None, help="where every round is written")
    parser.add_argument("programs", nargs="+", metavar="LABEL=PROGRAM")
    arguments = parser.parse_args()
    programs = dict(each.split("=", 1) for each in arguments.programs)
    widths = [int(width) for width in arguments.widths.split(",")]
    rounds = []
    with tempfile.TemporaryDirectory(dir=arguments.scratch) as scratch:
        for width in widths:
            for number in range(arguments.rounds):
                for label, program in programs.items():
                    values = measured(program, width, pathlib.Path(scratch), arguments.threads)
                    rounds.append({"width": width, "round": number, "program": label, **values})
    if arguments.csv:
        with open(arguments.csv, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rounds[0]))
            writer.writeheader()
            writer.writerows(rounds)
    medians = {(width, label): {key: statistics.median(each[key] for each in rounds
                                                        if each["width"] == width and each["program"] == label)
                                for key in [*MEASURES, "connections"]}
               for width in widths for label in programs}
    print(table(medians, list(programs), widths))
    fitted = [width for width in widths if width in FITTED]
    for label in programs:
        if len(fitted) > 1:
            points = [(width, medians[width, label]["step"]) for width in fitted]
            of_connection = [(width, medians[width, label]["connection"]) for width in fitted]
            print(f"{label}: from {fitted[0]:,} to {fitted[-1]:,} neurons a step grows as the width to the power "
                  f"{exponent(points):.2f}, a connection of it to the power {exponent(of_connection):.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

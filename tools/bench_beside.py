#!/usr/bin/env python3
"""Times steps of training on the CPU beside those of another program: in every round, for every number
of threads, the other program once and each variant of ours once, so that whatever slows the machine down
slows all of them. Machines are shared: only ratios within a round mean anything, with their spread.

A variant is bare (without dropout and augmentation) or full, with :bf16 where activations are stored so."""
import argparse
import csv
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys

STEPS = 500  # seconds are those of so many steps: an epoch of the paper's problem
KINDS = ("bare", "full")


class NotMeasured(Exception):
    """A device that cannot do what was asked for, and why."""


def variant_of(text: str) -> str:
    kind, _, storage = text.partition(":")
    if kind not in KINDS or storage not in ("", "bf16") or text.endswith(":"):
        raise argparse.ArgumentTypeError(f"'{text}' is none of bare, full, bare:bf16, full:bf16")
    return text


def list_of(entry):
    def parse(text: str) -> list:
        entries = [entry(part) for part in text.split(",")]
        if len(set(entries)) < len(entries):
            raise argparse.ArgumentTypeError(f"'{text}' has an entry twice")
        return entries
    return parse


def positive(text: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,3}", text):
        raise argparse.ArgumentTypeError(f"'{text}' is no number from 1 to 9999")
    return int(text)


def our_seconds(regrow: str, variant: str, threads: int, options: list[str]) -> float:
    kind, _, storage = variant.partition(":")
    command = [regrow, "bench", "--device", "cpu" + (":" + storage if storage else ""), "--size", "paper",
               "--measure", "step", "--rounds", "3", "--steps", "40", "--threads", str(threads), "--json", "-",
               *(["--bare"] if kind == "bare" else []), *options]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    try:
        device = json.loads(done.stdout)["sizes"][0]["devices"][0]
    except (ValueError, LookupError):
        raise SystemExit(f"bench_beside.py: {' '.join(command)} ended with {done.returncode} and measured "
                         f"nothing: {done.stderr.strip()}") from None
    if "not_measured" in device:
        raise NotMeasured(device["not_measured"])
    return STEPS * min(device["step_seconds"]["rounds"])


def their_seconds(command: str, label: str, threads: int) -> float:
    command = command.replace("{threads}", str(threads))
    done = subprocess.run(command, shell=True, check=False, capture_output=True, text=True)
    match = re.search(re.escape(label) + r"((?:\s+[0-9.]+)+)", done.stdout)
    if done.returncode != 0 or match is None:
        raise SystemExit(f"bench_beside.py: {command} ended with {done.returncode}; expected '{label}' and seconds, "
                         f"not: {(done.stdout + done.stderr).strip()}")
    return min(float(number) for number in match.group(1).split())


def goals_of(path: pathlib.Path | None) -> dict[tuple[str, int], float]:
    if path is None:
        return {}
    with open(path, newline="", encoding="utf-8") as file:
        return {(row["variant"], int(row["threads"])): float(row["at_most"]) for row in csv.DictReader(file)}


def processor() -> str:
    cpuinfo = pathlib.Path(os.environ.get("CPUINFO", "/proc/cpuinfo"))
    fields = {}
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            fields.setdefault(name.strip(), value.strip())
    name = fields.get("model name", platform.machine())
    # Some virtual machines hide the name proper.
    numbers = [f"{key} {fields[key]}" for key in ("cpu family", "model", "stepping") if key in fields]
    return f"{name} ({', '.join(numbers)}), {len(os.sched_getaffinity(0))} processors"


def table(rows: list[dict], goals: dict[tuple[str, int], float]) -> str:
    """rows: as of the CSV file. A variant's ratio is to the other program in the same round."""
    seconds = {(row["round"], row["threads"], row["variant"]): row["seconds"] for row in rows}
    lines = ["| threads | variant | rounds | s per 500 steps | over the other program | least to most | goal |",
             "|---|---|---|---|---|---|---|"]
    for threads, variant in dict.fromkeys((row["threads"], row["variant"]) for row in rows):
        own = {r: value for (r, t, v), value in seconds.items() if (t, v) == (threads, variant)}
        cells = [str(threads), variant, str(len(own)), f"{statistics.median(own.values()):.3f}"]
        if variant == "theirs":
            cells += ["1", "", ""]
        else:
            ratios = [value / seconds[r, threads, "theirs"] for r, value in own.items()]
            median, goal = statistics.median(ratios), goals.get((variant, threads))
            cells += [f"{median:.3f}", f"{min(ratios):.3f} to {max(ratios):.3f}",
                      "" if goal is None else f"at most {goal:.2f}: {'met' if median <= goal else 'missed'}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--regrow", default="build/regrow", help="the program (build/regrow)")
    parser.add_argument("--rounds", type=positive, default=9)
    parser.add_argument("--threads", type=list_of(positive), default=[1, 2], help="a list by commas (1,2)")
    parser.add_argument("--variants", type=list_of(variant_of), default=["bare", "full", "bare:bf16", "full:bf16"],
                        help="a list by commas (all four)")
    parser.add_argument("--label", default=f"s per {STEPS} steps:",
                        help=f"what THEIRS prints before its seconds (s per {STEPS} steps:); the best of each call "
                        "counts, since noise only ever adds")
    parser.add_argument("--goals", type=pathlib.Path, help="a CSV file of variant, threads, at_most: the largest ratio")
    parser.add_argument("--csv", type=pathlib.Path, help="write the seconds of every round to this file")
    parser.add_argument("--markdown", type=pathlib.Path, help="write the table to this file, too")
    parser.add_argument("theirs", metavar="THEIRS",
                        help="a shell command, in which {threads} becomes their number")
    parser.add_argument("options", nargs="*", metavar="OPTION", help="behind --: further ones of regrow bench")
    arguments = parser.parse_args()
    goals = goals_of(arguments.goals)
    rows, left_out = [], {}
    for number in range(1, arguments.rounds + 1):
        for threads in arguments.threads:
            def add(variant: str, seconds: float) -> None:
                rows.append({"round": number, "threads": threads, "variant": variant, "seconds": round(seconds, 4)})
                print(f"round {number}, threads {threads}: {variant} {seconds:.3f} s", flush=True)
            add("theirs", their_seconds(arguments.theirs, arguments.label, threads))
            for variant in arguments.variants:
                if variant in left_out:
                    continue
                try:
                    add(variant, our_seconds(arguments.regrow, variant, threads, arguments.options))
                except NotMeasured as reason:
                    left_out[variant] = f"{variant}: not measured: {reason}"
                    print(left_out[variant], flush=True)
    text = processor() + "\n\n" + table(rows, goals) + "".join(f"\n{line}\n" for line in left_out.values())
    print("\n" + text, end="")
    if arguments.csv:
        with open(arguments.csv, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    if arguments.markdown:
        arguments.markdown.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Trains many small runs and compares what they compute, bit for bit, with the hashes in
run_hashes.json."""
import argparse
import concurrent.futures
import dataclasses
import hashlib
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile

import hashed_runs

_DESCRIPTION = """Trains many small runs, of every method, growth rule, drop rule and device that needs no GPU, and
compares what they compute with the hashes in run_hashes.json: of metrics.jsonl its fields, numbers by
their text, and of last.safetensors and best.safetensors the tensors, by type, shape and bytes. Only the
fields and tensors count that this script lists; others, metadata and other files may come and go.

Exit code: 0 no difference; 1 runs that differ, each with the parts that do; 2 wrong arguments; 77 this
machine is none of those that the hashes hold for: it is no x86-64 with FMA."""

STORED = pathlib.Path(__file__).with_suffix(".json")
MOST_SECONDS = 300  # of a run: after that it hangs

ABOUT = [
    "Written by run_hashes.py --write alone. sha256 is over all parts of a run; then come the first",
    "digits of each part's own hash: of the metrics in the order that run_hashes.py lists them in, of",
    "tensors in that of their names.",
    "They hold for the portable instruction set, the reference and the emulated GPU on x86-64 with FMA,",
    "compiled by g++ with this project's flags: no product and sum are contracted into one. exp, log,",
    "cos and pow are those of the C library (glibc), whose last digits may differ in other releases and",
    "on processors without FMA; the runs of method dense on the device cpu also depend on the release of",
    "OpenBLAS. The program before a change, run on the same machine, tells these apart from the change.",
]

METRICS = ["epoch", "loss", "accuracy", "val_loss", "val_accuracy", "test_loss", "test_accuracy", "theta",
           "paused", "connections"]
METRICS_OF_LAYERS = ["connections", "negatives", "positives", "dropped", "grown"]
METRICS_OF_TOPOLOGY = ["overlap_previous", "overlap_first", "explored", "dead", "unconnected_inputs",
                       "in_degree", "out_degree"]
TENSORS = re.compile(r"layers\.\d+\.(cells|weight|momentum|bias|bias_momentum|explored)"
                     r"|standardisation\.(mean|deviation)")
DIGITS = 6  # of a part's hash


class Failure(Exception):
    pass


def sha256(*texts: bytes) -> str:
    return hashlib.sha256(b"\0".join(texts)).hexdigest()


def metrics_parts(path: pathlib.Path) -> dict[str, str]:
    """The hash of each field over all epochs and layers."""
    records = [json.loads(line, parse_float=str, parse_int=str)
               for line in path.read_text(encoding="utf-8").splitlines()]
    layers = [record["layers"] for record in records]

    def hash_of(values: list) -> str:
        return sha256(json.dumps(values).encode())

    def topology(layer: dict, field: str) -> object:
        return layer["topology"] and layer["topology"].get(field, "absent")

    parts = {field: hash_of([record.get(field, "absent") for record in records]) for field in METRICS}
    for field in METRICS_OF_LAYERS:
        parts[f"layers.{field}"] = hash_of([[one.get(field, "absent") for one in epoch] for epoch in layers])
    for field in METRICS_OF_TOPOLOGY:
        parts[f"layers.topology.{field}"] = hash_of([[topology(one, field) for one in epoch]
                                                     for epoch in layers])
    return parts


def tensor_parts(path: pathlib.Path) -> dict[str, str]:
    raw = path.read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    parts = {}
    for name, tensor in sorted(json.loads(raw[8:start]).items()):
        if TENSORS.fullmatch(name):
            begin, end = tensor["data_offsets"]
            kind = json.dumps([name, tensor["dtype"], tensor["shape"]])
            parts[name] = sha256(kind.encode(), raw[start + begin:start + end])
    return parts


@dataclasses.dataclass(frozen=True)
class Hashes:
    parts: dict[str, dict[str, str]]  # of each file, of each of its parts
    pauses: int

    def to_json(self) -> dict[str, str]:
        lines = [f"{file} {name} {digest}" for file, parts in self.parts.items()
                 for name, digest in parts.items()]
        marks = {file: " ".join(digest[:DIGITS] for digest in parts.values())
                 for file, parts in self.parts.items()}
        return {"sha256": sha256("\n".join(lines).encode()), **marks}

    def differences(self, stored: dict[str, str]) -> list[str]:
        """The names of the parts that are not as they were; none where all are."""
        now = self.to_json()
        if now == stored:
            return []
        names = []
        for file, parts in self.parts.items():
            before, after = stored[file].split(), now[file].split()
            if len(before) != len(after):
                names.append(f"{file}: {len(after)} parts, not {len(before)}")
                continue
            names += [f"{file}: {name}" for name, *marks in zip(parts, before, after)
                      if marks[0] != marks[1]]
        return names or ["beyond the digits that are stored of each part"]


def train(program: pathlib.Path, folder: pathlib.Path, name: str, flags: str) -> Hashes:
    out = folder / name.replace("/", "-")
    flags = flags.format(images=folder / "images", stripes=folder / "stripes")
    command = [program, "train", *flags.split(), "--out", out]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True, check=False, timeout=MOST_SECONDS)
    except subprocess.TimeoutExpired:
        raise Failure(f"did not end within {MOST_SECONDS} s") from None
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["nothing said"]
        raise Failure(f"ended with {done.returncode}: {said[-1]}")
    metrics = out / "metrics.jsonl"
    parts = {"metrics": metrics_parts(metrics)}
    for checkpoint in ("last", "best"):
        parts[checkpoint] = tensor_parts(out / f"{checkpoint}.safetensors")
    pauses = metrics.read_text(encoding="utf-8").count('"paused":true')
    shutil.rmtree(out)
    return Hashes(parts, pauses)


def train_all(options: argparse.Namespace, runs: dict[str, str]) -> tuple[dict[str, Hashes], dict[str, str]]:
    """Of each run its hashes, or why there are none."""
    hashes: dict[str, Hashes] = {}
    failures: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="run-hashes-") as folder:
        for name in ("images", "stripes"):
            hashed_runs.write_images(pathlib.Path(folder) / name, is_striped=name == "stripes")
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            futures = {name: pool.submit(train, options.regrow, pathlib.Path(folder), name, flags)
                       for name, flags in runs.items()}
            for name, future in futures.items():
                try:
                    hashes[name] = future.result()
                except (Failure, OSError, ValueError, KeyError) as error:
                    failures[name] = f"{error}" if isinstance(error, Failure) else repr(error)
    return hashes, failures


def write(hashes: dict[str, Hashes]) -> None:
    about = ",\n".join("  " + json.dumps(line) for line in ABOUT)
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(each.to_json())}"
                       for name, each in hashes.items())
    aside = STORED.with_suffix(".new")
    aside.write_text(f'{{\n "about": [\n{about}\n ],\n "runs": {{\n{lines}\n }}\n}}\n', encoding="utf-8")
    aside.replace(STORED)


def compare(hashes: dict[str, Hashes], stored: dict[str, dict]) -> list[str]:
    """One line for each run that is not as it is stored."""
    lines = []
    for name, each in hashes.items():
        if name not in stored:
            lines.append(f"{name}: is not in {STORED.name}; add it with --write")
        elif differences := each.differences(stored[name]):
            lines.append(f"{name}: {', '.join(differences)}")
    return lines


def is_for_this_machine() -> bool:
    """Of others the C library's exp and log may have other last digits."""
    if platform.machine() != "x86_64":
        return False
    flags = re.search(r"^flags\s*:(.*)$", pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.M)
    return flags is not None and "fma" in flags[1].split()


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"run_hashes.py: {message}; see --help\n")


def _pattern(text: str) -> re.Pattern:
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"'{text}' is no regular expression: {error}") from None


def _jobs(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"'{text}' is no number from 1 to 1000")
    return int(text)


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = _Parser(description=_DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--regrow", metavar="PROGRAM", type=pathlib.Path, default="build/regrow",
                        help="the program (default: build/regrow)")
    parser.add_argument("--only", metavar="PATTERN", type=_pattern,
                        help="the runs whose names, DEVICE/NAME, this regular expression finds")
    parser.add_argument("--jobs", metavar="N", type=_jobs, default=os.cpu_count(),
                        help="runs at a time (default: one for each core)")
    does = parser.add_mutually_exclusive_group()
    does.add_argument("--write", action="store_true",
                      help="renew run_hashes.json, where a change of bits is meant")
    does.add_argument("--list", action="store_true", help="show the runs' names and flags; train none")
    options = parser.parse_args(arguments)
    options.regrow = options.regrow.absolute()
    if not options.list and (not os.access(options.regrow, os.X_OK) or options.regrow.is_dir()):
        parser.error(f"--regrow {options.regrow}: no such program; build it, or give its path")
    if options.write and options.only:
        parser.error("--write renews all runs; leave --only out")
    return options


def main() -> None:
    options = parse(sys.argv[1:])
    runs = {name: flags for name, flags in hashed_runs.all_runs().items()
            if not options.only or options.only.search(name)}
    if not runs:
        sys.exit(f"run_hashes.py: --only {options.only.pattern}: finds no run; see --list")
    if options.list:
        for name, flags in runs.items():
            print(f"{name}: {flags}")
        return
    if not is_for_this_machine():
        print("run_hashes.py: skipped: the hashes hold for x86-64 with FMA alone", file=sys.stderr)
        sys.exit(77)
    hashes, failures = train_all(options, runs)
    problems = [f"{name}: {why}" for name, why in failures.items()]
    paused = sum(each.pauses > 0 for each in hashes.values())
    if not options.only:
        with_pauses = {name.partition("/")[0] for name, each in hashes.items() if each.pauses}
        problems += [f"{device}: no run pauses" for device in hashed_runs.DEVICES
                     if device not in with_pauses]
    if options.write:
        if not problems:
            write(hashes)
    else:
        stored = json.loads(STORED.read_text(encoding="utf-8"))["runs"]
        problems += compare(hashes, stored)
        if not options.only:
            problems += [f"{name}: is stored, but no run any more; take it out with --write"
                         for name in stored if name not in runs]
    for line in problems:
        print(line)
    if problems:
        sys.exit(f"run_hashes.py: {len(runs)} runs, {len(problems)} lines above"
                 f"{f'; {STORED.name} stays as it was' if options.write else ''}")
    print(f"{len(runs)} runs, {paused} of them with pauses: "
          f"{'written' if options.write else 'the same bits'}")


if __name__ == "__main__":
    main()

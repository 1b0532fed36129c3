#!/usr/bin/env python3
"""What a whole epoch of a run takes over its steps: trains preset paper on noise in CIFAR-10's format and
reads the run's timings. Every epoch but the last counts, which has no evolution. As a table in Markdown; a
line of CSV for every epoch in CSV.

usage: epoch.py REGROW CSV
"""
import csv
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

EPOCHS, GOAL = 8, 1.10
IMAGES, BYTES = 10000, 3072  # of each file
LABELS = 10
THREADS = (1, 2)


def write_noise(folder: pathlib.Path) -> None:
    for name in [*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"]:
        with open(folder / name, "wb") as file:
            for image in range(IMAGES):
                file.write(bytes([image % LABELS]) + os.urandom(BYTES))


def epochs_of(regrow: str, data: pathlib.Path, run: pathlib.Path, threads: int) -> list[dict]:
    command = [regrow, "train", "--preset", "paper", "--method", "set", "--dataset", "cifar10", "--data", str(data),
               "--device", "cpu", "--threads", str(threads), "--epochs", str(EPOCHS), "--out", str(run)]
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise SystemExit(f"epoch.py: regrow train ended with {done.returncode}: {done.stderr.strip()}")
    lines = (run / "timings.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["seconds"] for line in lines][:-1]


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or arguments[0].startswith("-"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    rows = []
    with tempfile.TemporaryDirectory() as name:
        data = pathlib.Path(name)
        write_noise(data)
        for threads in THREADS:
            for epoch, seconds in enumerate(epochs_of(arguments[0], data, data / f"run{threads}", threads)):
                rows.append({"threads": threads, "epoch": epoch, **seconds})
    print("| threads | epochs | steps, s | all, s | all over steps | least to most | goal |")
    print("|---|---|---|---|---|---|---|")
    for threads in THREADS:
        own = [[value for key, value in row.items() if key not in ("threads", "epoch")]
               for row in rows if row["threads"] == threads]
        steps = [row["train"] for row in rows if row["threads"] == threads]
        ratios = [sum(values) / step for values, step in zip(own, steps)]
        median = statistics.median(ratios)
        print(f"| {threads} | {len(own)} | {statistics.median(steps):.3f} | {statistics.median(map(sum, own)):.3f} | "
              f"{median:.3f} | {min(ratios):.3f} to {max(ratios):.3f} | "
              f"at most {GOAL:.2f}: {'met' if median <= GOAL else 'missed'} |")
    with open(arguments[1], "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

#!/usr/bin/env python3
"""What large files cost: a wide and short one in LIBSVM's format, and a long one in CSV, both made up.
Writes large.md: seconds and peak memory of one epoch of training, and of a run's parts.

usage: large.py REGROW WORK_FOLDER
"""
import json
import os
import pathlib
import subprocess
import sys
import time

import numpy

HERE = pathlib.Path(__file__).resolve().parent


def wide(folder):
    """500 documents of 20,000 words, of which each has some 200; 4 classes, told apart by 40 words each."""
    random = numpy.random.default_rng(0)
    file = folder / "wide.libsvm"
    with open(file, "w", encoding="ascii") as out:
        for _ in range(500):
            label = random.integers(4)
            usual = random.choice(20000, 190, replace=False)
            telling = label * 40 + random.choice(40, 10, replace=False)
            words = numpy.unique(numpy.concatenate([usual, telling]))
            counts = 1 + random.poisson(1.0, len(words))
            out.write(f"{label} " + " ".join(f"{w + 1}:{c}" for w, c in zip(words, counts)) + "\n")
    return file, ["--hidden", "1000,1000", "--epochs", "20"]


def long(folder):
    """A million samples of 28 numbers, as HIGGS has; two classes, by a sum of products."""
    random = numpy.random.default_rng(0)
    file = folder / "long.csv"
    with open(file, "w", encoding="ascii") as out:
        out.write(",".join(f"x{i}" for i in range(28)) + ",class\n")
        for _ in range(100):
            x = random.standard_normal((10000, 28)).astype(numpy.float32)
            label = (x[:, 0] * x[:, 1] + x[:, 2] + 0.5 * random.standard_normal(10000) > 0).astype(int)
            numpy.savetxt(out, numpy.column_stack([x, label]), fmt=["%.7g"] * 28 + ["%d"], delimiter=",")
    return file, ["--hidden", "300,300", "--epochs", "1", "--batch", "100"]


def measured(regrow, file, options, out):
    command = [regrow, "train", "--data", str(file), *options, "--device", "cpu", "--out", str(out), "--force",
               "--quiet"]
    start = time.monotonic()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start
    if status != 0:
        sys.exit(f"large.py: failed: {' '.join(command)}")
    summary = json.loads(pathlib.Path(out, "summary.json").read_text(encoding="utf-8"))
    return seconds, summary["seconds"], usage.ru_maxrss / 1024, summary["final"]["test_accuracy"]


def main():
    regrow, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["| file | MB | options | seconds in all | of training | peak MB | test accuracy |",
             "|---|---|---|---|---|---|---|"]
    for make in (wide, long):
        file, options = make(folder)
        seconds, training, peak, accuracy = measured(regrow, file, options, folder / file.stem)
        lines.append(f"| {file.name} | {file.stat().st_size / 1e6:.0f} | `{' '.join(options)}` | {seconds:.1f} | "
                     f"{training:.1f} | {peak:.0f} | {accuracy:.4f} |")
        print(lines[-1], flush=True)
    (HERE / "large.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

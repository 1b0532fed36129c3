"""Writes small run folders as the program does, with numbers chosen by the test."""
import json
import pathlib
import zlib

import numpy as np

CONFIG = """preset = "{preset}"
[data]
dataset = "{dataset}"
data = "{folder}"
data_seed = 0
input_order = "{order}"
[training]
epochs = {epochs}
seed = {seed}
[evolution]
method = "{method}"
measure = "{measure}"
pause = "{pause}"
grow = "{grow}"
zeta = {zeta}
[run]
device = "cpu"
threads = {threads}
"""
DEFAULTS = {"preset": "paper", "dataset": "cifar10", "folder": "data", "order": "hwc", "epochs": 8,
            "seed": 0, "method": "set", "measure": "auto", "pause": "none", "grow": "random",
            "zeta": 0.3, "threads": 1}
SHAPE = (3, 4, 5)  # channels, height, width


def write_checkpoint(path: pathlib.Path, cells: np.ndarray, outputs: int,
                     shape: tuple[int, int, int] = SHAPE) -> None:
    channels, height, width = shape
    layer = {"inputs": channels * height * width, "outputs": outputs, "kind": "sparse",
             "budget": len(cells), "connections": len(cells), "explored": False}
    data = np.sort(cells).astype("<u8").tobytes()
    header = {"__metadata__": {
        "format": "regrow-checkpoint", "version": "2", "layers": json.dumps([layer]),
        "shape": json.dumps({"channels": channels, "height": height, "width": width})},
        "layers.0.cells": {"dtype": "U64", "shape": [len(cells)], "data_offsets": [0, len(data)]},
        "checksum": {"dtype": "U32", "shape": [1], "data_offsets": [len(data), len(data) + 4]}}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    raw = len(text).to_bytes(8, "little") + text + data
    path.write_bytes(raw + zlib.crc32(raw).to_bytes(4, "little"))


def epoch_line(epoch: int, last: bool, noise: float, topology: bool, survival: bool) -> dict:
    record = {"epoch": epoch, "loss": 2 - 0.1 * epoch, "accuracy": 0.2, "val_loss": 1.9 + noise,
              "val_accuracy": 0.3 + 0.01 * epoch + noise, "test_loss": 1.9 + noise,
              "test_accuracy": 0.3 + 0.01 * epoch + noise, "theta": None if last else 0.8,
              "paused": epoch in (5, 6), "connections": 100 - epoch, "layers": [
                  {"connections": 100 - epoch, "negatives": 50, "positives": 50 - epoch,
                   "dropped": 30, "grown": 29, "topology": None}]}
    if topology:
        record["layers"][0]["topology"] = {
            "overlap_previous": 0.7, "overlap_first": 0.9 ** epoch, "explored": 0.1 * epoch,
            "dead": 0, "unconnected_inputs": 0, "in_degree": [1, 2, 3, 4, 5],
            "out_degree": [1, 2, 3, 4, 5]}
    if survival and epoch not in (0, 5, 6) and not last:
        record["layers"][0] |= {"newborns": 20, "survived": 5 + epoch}
    return record


def write_run(folder: pathlib.Path, /, recorded: int = 8, noise: float = 0.0, topology: bool = True,
              survival: bool = True, networks: bool = True, **settings) -> pathlib.Path:
    """Settings are those of DEFAULTS; `recorded` epochs are in the files."""
    settings = DEFAULTS | settings
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(CONFIG.format(**settings))
    lines = [epoch_line(e, e + 1 == settings["epochs"], noise, topology, survival)
             for e in range(recorded)]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / "timings.jsonl").write_text("".join(
        json.dumps({"epoch": e, "seconds": {"train": 1.0, "evaluate": 0.5}}) + "\n"
        for e in range(recorded)))
    if networks:
        random = np.random.default_rng(settings["seed"])
        for name in ("initial", "last"):
            write_checkpoint(folder / f"{name}.safetensors",
                             random.choice(60 * 20, 150, replace=False), 20)
    return folder

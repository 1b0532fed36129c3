#!/usr/bin/env python3
"""Recomputes every decision of finished or running runs from their recorded numbers alone.

usage: check_run.py RUN...
For each epoch: the regrowth ratio and the pause from the recorded losses and accuracies, each
layer's number of dropped connections from its recorded signs, its growth clamp(ceil(theta*(gamma -
lambda))), and the connections that result. Shares no code with the program. Exits with 1 on the
first number that differs, and on runs whose drops or targets depend on more than an epoch's record.
Needs Python 3.11 only.
"""
import json
import math
import os
import pathlib
import sys
import tomllib

LOSSES = ("loss", "val_loss")
FIELDS = {"loss": "loss", "val_loss": "val_loss", "acc": "accuracy", "val_acc": "val_accuracy"}


def checkpoint_metadata(path: pathlib.Path) -> dict:
    with path.open("rb") as file:
        header = file.read(int.from_bytes(file.read(8), "little"))
    return json.loads(header)["__metadata__"]


def expected_theta(settings: dict, history: list[dict], classes: int) -> float:
    if settings["method"] == "set":
        return min(max(settings["theta_scale"], 0.0), settings["theta_max"])
    field = FIELDS[settings["measure"]]
    x = history[-1][field]
    if settings["measure"] in LOSSES:
        first = {"first": history[0][field], "ln_classes": math.log(classes)}.get(
            settings["initial_loss"])
        x = 1 - x / (float(settings["initial_loss"]) if first is None else first)
    x, k = min(max(x, -1.0), 1.0), settings["k"]
    shaped = (x - x * k) / (k - 2 * k * abs(x) + 1)
    return min(max(settings["theta_scale"] * (1 - shaped), 0.0), settings["theta_max"])


def expected_pause(settings: dict, history: list[dict]) -> bool:
    if settings["pause"] == "none" or len(history) < settings["pause_min_history"]:
        return False
    field = FIELDS[settings["pause"]]
    now, before = history[-1][field], history[-1 - settings["pause_gap"]][field]
    return now > before if settings["pause"] in LOSSES else now < before


def require_recomputable(settings: dict, run: pathlib.Path) -> None:
    """Runs of former versions have none of these settings."""
    for key, usual in (("drop", ("per_sign", "magnitude")), ("grace", (0,)),
                       ("density_schedule", ("constant",))):
        if settings.get(key, usual[0]) not in usual:
            sys.exit(f"check_run.py: {run}: {key} is {settings[key]}, of which it recomputes nothing; "
                     "give other runs")
    if not settings.get("evolve_every", "1e").endswith("e"):
        sys.exit(f"check_run.py: {run}: connections evolve within epochs, of which it recomputes "
                 "nothing; give other runs")


def expected_zeta(settings: dict, epochs: int, epochs_done: int) -> int:
    """In millionths."""
    first = round(settings["zeta"] * 1_000_000)
    last = round(settings.get("final_zeta", 0) * 1_000_000)
    end = settings.get("evolve_until", 1) * (settings.get("evolution_epochs", 0) or epochs)
    x = min(1.0, epochs_done / end)
    value = {
        "constant": lambda: first,
        "linear": lambda: first + (last - first) * x,
        "cosine": lambda: last + (first - last) * (1 + math.cos(math.pi * x)) / 2,
        "exponential": lambda: first * (last / first)**x,
        "cubic": lambda: last + (first - last) * (1 - x)**3,
    }[settings.get("zeta_schedule", "constant")]()
    return math.floor(value + 0.5)


def expected_dropped(settings: dict, zeta: int, before: int, layer: dict) -> int:
    if settings["drop"] == "magnitude":
        return before * zeta // 1_000_000
    negatives, positives = layer["negatives"], layer["positives"]
    zeros = before - negatives - positives
    return (negatives - negatives * (1_000_000 - zeta) // 1_000_000
            + min(positives, positives * zeta // 1_000_000 + 1) + zeros)


def check(run: pathlib.Path) -> str:
    metadata = checkpoint_metadata(run / "last.safetensors")
    config = tomllib.loads(metadata["config"])
    settings = config["evolution"]
    require_recomputable(settings, run)
    layers = json.loads(metadata["layers"])[:-1]
    connections = [layer["budget"] for layer in layers]
    history: list[dict] = []
    decisions = 0
    for line in (run / "metrics.jsonl").read_text().splitlines():
        record = json.loads(line)
        if record["epoch"] != len(history):
            sys.exit(f"check_run.py: {run}/metrics.jsonl:{len(history) + 1}: epoch "
                     f"{record['epoch']}, expected {len(history)}: one line an epoch; put the file "
                     "back, or train the run again")
        history.append(record)
        where = f"{run}: epoch {record['epoch']}"

        def same(what: str, found: object, expected: object) -> None:
            nonlocal decisions
            decisions += 1
            if found != expected:
                sys.exit(f"{where}: {what} is {found}, recomputed {expected}")

        evolves = record["theta"] is not None
        if evolves:
            same("theta", record["theta"],
                 expected_theta(settings, history, len(json.loads(metadata["class_names"]))))
            same("paused", record["paused"], expected_pause(settings, history))
        for number, (layer, shape) in enumerate(zip(record["layers"], layers)):
            dropped = grown = 0
            if evolves and not record["paused"]:
                zeta = expected_zeta(settings, config.get("training", {}).get("epochs", 1),
                                     len(history))
                dropped = expected_dropped(settings, zeta, connections[number], layer)
                left = connections[number] - dropped
                missing = (max(0, shape["budget"] - left) if settings["delta"] == "initial"
                           else dropped)
                free = shape["inputs"] * shape["outputs"] - left
                if not settings.get("regrow_dropped", True):
                    free -= dropped
                grown = min(math.ceil(record["theta"] * missing), free)
            same(f"layer {number}: dropped", layer["dropped"], dropped)
            same(f"layer {number}: grown", layer["grown"], grown)
            connections[number] += grown - dropped
            same(f"layer {number}: connections", layer["connections"], connections[number])
        same("connections", record["connections"], sum(connections))
    return f"{run}: {len(history)} epochs, {decisions} numbers recomputed, all equal"


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
        except OSError as error:
            sys.exit(f"check_run.py: {error.filename}: {error.strerror}; give the folder of a run")
        except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
            sys.exit(f"check_run.py: {run}: its files are damaged or of another version ({error!r})")


if __name__ == "__main__":
    main()

"""Run folders: finds and reads what the program recorded of a training."""
import json
import math
import pathlib
import shlex
import sys
import tomllib
from dataclasses import dataclass, field

import numpy as np


class ReportError(Exception):
    """One line that names the thing, the place and, where there is one, the remedy."""


@dataclass
class Run:
    folder: pathlib.Path
    config: dict[str, dict]  # section -> setting -> value
    epochs: list[dict]  # the lines of metrics.jsonl
    seconds: list[float]  # of each epoch timed
    layer_count: int = field(init=False)

    def __post_init__(self) -> None:
        self.layer_count = len(self.epochs[0]["layers"]) if self.epochs else 0

    def setting(self, section: str, key: str):
        try:
            return self.config[section][key]
        except KeyError:
            raise ReportError(f"{self.folder}/config.toml: lacks {section}.{key}; "
                              f"{_restored(self.folder)}") from None

    def check_names(self) -> None:
        """That the settings are there which groups are made by."""
        for key in ("method", "measure", "pause", "grow"):
            self.setting("evolution", key)
        self.setting("training", "seed")
        self.setting("data", "data_seed")

    def curve(self, *path: str | int) -> np.ndarray:
        """One value an epoch, such as ("layers", 0, "connections"); NaN where there is none."""
        return np.array([_number(epoch, path) for epoch in self.epochs], dtype=float)

    def survival(self, layer: int) -> np.ndarray:
        """Of the connections of a layer that had grown, the share that the first drop which could
        take them left, epoch by epoch; NaN where no drop had any to take, or none was counted."""
        counts = [epoch["layers"][layer] for epoch in self.epochs]
        newborns = np.array([each.get("newborns", 0) for each in counts], dtype=float)
        survived = np.array([each.get("survived", 0) for each in counts], dtype=float)
        return np.divide(survived, newborns, out=np.full(len(counts), np.nan), where=newborns > 0)

    def evaluated_connections(self, epoch: int) -> float:
        """Of the network that the epoch evaluated: before the evolution at its end."""
        return float(sum(layer.get("evaluated",  # where there were others within the epoch
                                   layer["connections"] + layer["dropped"] - layer["grown"])
                         for layer in self.epochs[epoch]["layers"]))

    def paused(self) -> np.ndarray:
        return np.array([bool(epoch["paused"]) for epoch in self.epochs], dtype=bool)


def _restored(folder: pathlib.Path) -> str:
    return f"regrow train --resume {shlex.quote(str(folder))} restores it"


def one_line(text: str) -> str:
    """What a terminal shows as it is, in UTF-8: paths may hold anything."""
    return "".join(c if c == " " or c.isprintable() else c.encode("unicode_escape").decode()
                   for c in text)


def _number(record, path) -> float:
    for step in path:
        if record is None:
            return math.nan
        record = record[step] if isinstance(step, int) else record.get(step)
    return math.nan if record is None else float(record)


def _finite(text: str) -> float:
    """Python's reader takes NaN, Infinity and 1e999, which JSON cannot hold and no run records."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is not a finite number")
    return number


def _read_lines(path: pathlib.Path, wanted: tuple[str, ...]) -> list[dict]:
    """Objects, one a line, numbered by their epoch, each with the fields wanted."""
    records = []
    for number, line in enumerate(read_text(path).splitlines()):
        try:
            record = json.loads(line, parse_float=_finite, parse_constant=_finite)
        except ValueError as error:
            raise ReportError(f"{path}:{number + 1}: not JSON ({error}); rerun it") from None
        missing = [name for name in wanted if not isinstance(record, dict) or name not in record]
        if missing:
            raise ReportError(f"{path}:{number + 1}: no field {missing[0]!r}")
        if record["epoch"] != number:
            raise ReportError(f"{path}:{number + 1}: epoch {record['epoch']}, expected {number}")
        records.append(record)
    return records


def read_text(path: pathlib.Path) -> str:
    if path.exists() and not path.is_file():
        raise ReportError(f"{path}: is not a file")  # a pipe would be waited for
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReportError(f"{path}: cannot be read: {getattr(error, 'strerror', error)}") from None


# Settings of section [run] that had other names before.
FORMERLY = {"activations": "activation_dtype", "graph": "cuda_graph"}
# Those that there were none of, by section, with the values that say what was done.
FORMER = {
    "network": {"activation": "leaky_relu"},
    "training": {"optimiser": "sgd", "beta1": 0.9, "beta2": 0.999, "adam_epsilon": 1e-08, "clip_norm": 0,
                 "loss": "cross_entropy", "label_smoothing": 0, "class_weight": "none",
                 "monitor": "val_acc", "patience": 0, "min_delta": 0},
    "evolution": {"evolve_every": "1e", "evolve_until": 1, "evolution_epochs": 0,
                  "zeta_schedule": "constant", "final_zeta": 0, "grace": 0,
                  "regrow_dropped": True, "density_schedule": "constant", "final_density": 0,
                  "candidates": "all", "candidate_ratio": 1}}


def _as_written_now(config: dict) -> dict:
    """A configuration that an older version wrote, as this one would."""
    run, network = config.get("run"), config.get("network")
    if isinstance(run, dict):
        config["run"] = {FORMERLY.get(key, key): value for key, value in run.items()}
    if isinstance(network, dict) and "epsilon" in network:
        network.setdefault("density", 0)
        if network.get("connections"):
            network["epsilon"] = 0  # what does not decide
    for section, former in FORMER.items():
        if isinstance(config.get(section), dict):
            config[section] = former | config[section]
    return config


FIELDS = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "test_loss", "test_accuracy",
          "theta", "paused", "connections", "layers")


def read_run(folder: pathlib.Path) -> Run:
    try:
        return _read_run(folder)
    except RecursionError:
        raise ReportError(f"{folder}: a record is nested too deeply") from None


def _read_run(folder: pathlib.Path) -> Run:
    try:
        config = _as_written_now(tomllib.loads(read_text(folder / "config.toml")))
    except tomllib.TOMLDecodeError as error:
        raise ReportError(f"{folder}/config.toml: not TOML: {error}; "
                          f"{_restored(folder)}") from None
    except ReportError as error:
        raise ReportError(f"{error}; {_restored(folder)}") from None
    timings = []
    if (folder / "timings.jsonl").is_file():
        timings = _read_lines(folder / "timings.jsonl", ("epoch", "seconds"))
    try:
        seconds = [float(sum(record["seconds"].values())) for record in timings]
        run = Run(folder, config, _read_lines(folder / "metrics.jsonl", FIELDS), seconds)
        # What is no number is found here, not while drawing.
        for name in FIELDS[1:-3] + ("connections",):
            unknown = np.flatnonzero(np.isnan(run.curve(name)))
            if name != "theta" and unknown.size:  # there is none where nothing evolved
                raise ReportError(f"{folder}/metrics.jsonl:{unknown[0] + 1}: field {name!r} has no "
                                  "number; put the file back, or train the run again")
        for layer in range(run.layer_count):
            for name in ("connections", "dropped", "grown"):
                run.curve("layers", layer, name)
            run.survival(layer)
            for name in ("overlap_previous", "overlap_first", "explored"):
                run.curve("layers", layer, "topology", name)
        for epoch in range(len(run.epochs)):
            run.evaluated_connections(epoch)
        for name in ("method", "measure", "pause", "grow"):
            if not isinstance(config.get("evolution", {}).get(name, ""), str):
                raise TypeError(f"config.toml: evolution.{name} is no word")
    except (TypeError, ValueError, AttributeError, KeyError, IndexError) as error:
        raise ReportError(f"{folder}: a record of an unknown form ({error})") from None
    return run


def _is_run(folder: pathlib.Path) -> bool:
    """Where the configuration is lost, the run is still named."""
    try:
        return any((folder / name).is_file() for name in ("config.toml", "last.safetensors"))
    except OSError:
        return False


def find_runs(paths: list[pathlib.Path]) -> tuple[list[Run], list[str]]:
    """The runs in folders, each a run or holding runs; and warnings of what was left out, damaged
    runs among it: the others can be drawn without them."""
    runs, warnings, damages, seen = [], [], [], set()
    for path in paths:
        if not path.is_dir():
            raise ReportError(f"{path}: no such folder; give the folder of a run or of a sweep")
        inside = [path] if _is_run(path) else sorted(filter(_is_run, path.iterdir()))
        if not inside:
            warnings.append(f"{path}: holds no run; left out")
        for folder in inside:
            if folder.resolve() in seen:
                continue
            seen.add(folder.resolve())
            try:
                run = read_run(folder) if (folder / "metrics.jsonl").is_file() else None
                if run is not None:
                    run.check_names()
            except ReportError as damage:
                damages.append(f"{damage}; left out")
                continue
            if run is None or not run.epochs:
                warnings.append(f"{folder}: no epoch finished yet; left out")
            else:
                runs.append(run)
    if not runs and damages:
        raise ReportError(damages[0].removesuffix("; left out"))
    warnings = [one_line(warning) for warning in warnings + damages]
    for warning in warnings:
        print(f"report.py: {warning}", file=sys.stderr)
    if not runs:
        raise ReportError(f"{paths[0]}: holds no run with a finished epoch")
    return runs, warnings

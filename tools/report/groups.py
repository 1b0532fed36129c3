"""Runs that differ in nothing but their seeds are one group; how a group is called."""
import pathlib
from dataclasses import dataclass

from .runs import FORMER, Run

# As in `regrow table`: seeds, folders and how fast to compute do not tell experiments apart, and a
# preset's values all are settings.
NEVER = {("data", "data"), ("data", "data_seed"), ("training", "seed")}
OF_RUN = ("device", "activation_dtype")

METHODS = {"set": "SET", "accset": "AccSET", "lset": "LSET", "dynset": "DynSET",
           "rigl": "RigL", "gse": "GSE", "static": "static", "dense": "dense"}
GROWTH = {"random": "random", "one_neighbour": "one neighbour",
          "most_neighbours": "most neighbours", "pixel_neighbour": "pixel neighbour",
          "gradient": "gradient"}
# What its experiments have in common, as far as it can matter; sections and settings as in
# config.toml, values as preset `paper` has them.
PAPER_SETTINGS = {
    "data": {"dataset": "cifar10", "validation": "test", "input_order": "hwc"},
    "network": {"hidden": [4000, 1000, 4000], "epsilon": 20, "density": 0, "connections": [],
                "sparse_init": "bernoulli", "weight_init": "glorot_dense", "leaky_slope": 0.3,
                "dropout": 0.3, **FORMER["network"]},
    "training": {"batch": 100, "learning_rate": 0.01, "schedule": "constant", "warmup_epochs": 0,
                 "momentum": 0.9, "momentum_reset": "epoch", "weight_decay": 0, "augment": True,
                 "rotate_degrees": 10, "shift_fraction": 0.1, "flip_probability": 0.5,
                 "interpolation": "bilinear", **FORMER["training"]},
    "evolution": {"pause_gap": 3, "pause_min_history": 5, "drop": "per_sign", "zeta": 0.3,
                  "grow": "random", "grow_value": "zero", "delta": "initial", "k": 0,
                  "theta_scale": 1, "theta_max": 1, "initial_loss": "first",
                  **FORMER["evolution"]}}
# Table 2 of the paper, 1,000 epochs, one run each:
# (method, measure, pause): accuracy, loss, connections, alpha, beta.
PAPER_TABLE = {
    ("set", "auto", "none"): (0.6682, 0.9411, 342493, 1.95e-6, 322320.16),
    ("accset", "val_acc", "none"): (0.6494, 0.9810, 218730, 2.97e-6, 214574.13),
    ("lset", "loss", "none"): (0.6611, 0.9524, 254087, 2.60e-6, 241992.46),
    ("dynset", "loss", "loss"): (0.6653, 0.9475, 253916, 2.62e-6, 240585.41),
    ("dynset", "val_loss", "val_loss"): (0.6582, 0.9640, 242430, 2.72e-6, 233702.52),
    ("dynset", "val_acc", "val_acc"): (0.6522, 0.9802, 218322, 2.99e-6, 213999.22)}


def settings_of(run: Run) -> dict[tuple[str, str], object]:
    """The settings that have a meaning for the result, but for the seeds."""
    return {(section, key): value for section, values in run.config.items()
            if isinstance(values, dict) for key, value in values.items()
            if (section, key) not in NEVER and (section != "run" or key in OF_RUN)}


@dataclass
class Group:
    runs: list[Run]  # by seed
    settings: dict[tuple[str, str], object]
    extra: str = ""  # of the settings that vary between groups, beyond method and growth

    def setting(self, key: str):
        return self.settings.get(("evolution", key))

    @property
    def method(self) -> str:
        return self.setting("method")

    @property
    def method_label(self) -> str:
        """"DynSET on val_loss", "SET, paused on loss": without the growth rule."""
        label, measure, pause = METHODS.get(self.method, self.method), self.setting(
            "measure"), self.setting("pause")
        if measure not in ("auto", "none", None):
            label += f" on {measure}"
        if pause not in ("none", None) and not (self.method == "dynset" and pause == measure):
            label += f", paused on {pause}"
        return label

    @property
    def growth_label(self) -> str:
        return GROWTH.get(self.setting("grow"), str(self.setting("grow")))

    @property
    def label(self) -> str:
        return self.method_label + (f", {self.extra}" if self.extra else "")

    @property
    def seeds(self) -> str:
        return ", ".join(str(run.setting("training", "seed")) for run in self.runs)

    @property
    def stem(self) -> str:
        """The label as part of a file's name."""
        kept = "".join(c if c.isalnum() or c in ".-" else "_" for c in self.label)
        return "_".join(part for part in kept.split("_") if part)

    def paper_row(self) -> tuple | None:
        """The paper's values, where the group repeats its experiment of that method."""
        differs = any(self.settings.get((section, key), value) != value
                      for section, values in PAPER_SETTINGS.items()
                      for key, value in values.items())
        if differs or self.runs[0].config.get("preset") != "paper":
            return None
        return PAPER_TABLE.get((self.method, self.setting("measure"), self.setting("pause")))


def group_runs(runs: list[Run]) -> tuple[list[Group], list[str]]:
    """Groups by method, measure, pause, growth, else as given; and warnings of runs left out."""
    groups, warnings = [], []
    for run in runs:
        for key in ("method", "measure", "pause", "grow"):
            run.setting("evolution", key)
        seeds = (run.setting("training", "seed"), run.setting("data", "data_seed"))
        settings = settings_of(run)
        group = next((each for each in groups if each.settings == settings), None)
        if group is None:
            group = Group([], settings)
            groups.append(group)
        if group.runs and group.runs[0].layer_count != run.layer_count:
            warnings.append(f"{run.folder}: other layers than {group.runs[0].folder}, with the same "
                            "settings; left out")
            continue
        # The same run again would, as one more seed, make the mean look surer than it is.
        twin = next((each for each in group.runs if seeds == (
            each.setting("training", "seed"), each.setting("data", "data_seed"))), None)
        if twin is None:
            group.runs.append(run)
        else:
            warnings.append(f"{run.folder}: has the settings and the seed of {twin.folder}; "
                            "left out")
    for group in groups:
        group.runs.sort(key=lambda run: (run.setting("training", "seed"),
                                         run.setting("data", "data_seed")))
    groups.sort(key=lambda group: tuple(
        _place(names, group.setting(key)) for key, names in
        (("method", METHODS), ("measure", ("auto", "loss", "val_loss", "acc", "val_acc")),
         ("pause", ("none",)), ("grow", GROWTH))))
    for group in groups:
        group.extra = _extra(group, groups)
    return groups, warnings


def _place(names, value) -> int:
    names = list(names)
    return names.index(value) if value in names else len(names)


def varying_settings(groups: list[Group]) -> list[tuple[str, str]]:
    keys = sorted({key for group in groups for key in group.settings})
    return [key for key in keys
            if any(group.settings.get(key) != groups[0].settings.get(key) for group in groups)]


def _extra(group: Group, groups: list[Group]) -> str:
    """What sets the group apart; what most groups have goes without saying."""
    parts = []
    for section, key in varying_settings(groups):
        if section == "evolution" and key in ("method", "measure", "pause"):
            continue
        value = group.settings.get((section, key))
        if 2 * sum(each.settings.get((section, key)) == value for each in groups) > len(groups):
            continue
        parts.append(f"{group.growth_label} growth" if key == "grow" else f"{key} {value}")
    return ", ".join(parts)


def unique_stems(groups: list[Group]) -> dict[int, str]:
    """A file name part for each group by its place, no two alike."""
    stems, used = {}, set()
    for number, group in enumerate(groups):
        stem = group.stem
        while stem in used:
            stem += "_"
        used.add(stem)
        stems[number] = stem
    return stems


def folder_of(group: Group) -> pathlib.Path:
    """The run whose masks are shown: the first seed's."""
    return group.runs[0].folder

"""Reads what a run has recorded: its settings, its epochs and its evolutions."""
import json
import math
import pathlib
import tomllib
from dataclasses import dataclass

# Settings of section [evolution] that runs of older versions lack, and what they did.
FORMER = {"evolve_every": "1e", "evolve_until": 1, "evolution_epochs": 0,
          "zeta_schedule": "constant", "final_zeta": 0, "grace": 0, "regrow_dropped": True,
          "density_schedule": "constant", "final_density": 0, "candidates": "all",
          "candidate_ratio": 1}
FIRST_VERSION_WITH_EVOLUTIONS = 4
FIRST_VERSION_WITH_NEWBORNS = 6
REMEDY = "put the file back, or train the run again"


class WrongRun(Exception):
    """One line that names the thing, the place and, where there is one, the remedy."""


@dataclass
class Run:
    folder: pathlib.Path
    config: dict  # sections
    settings: dict  # of section [evolution], as this version writes them
    layers: list[dict]  # as the checkpoint describes them, without the output layer
    classes: int
    progress: dict  # of the checkpoint
    state: dict | None  # what the checkpoint knows of evolutions; a former version's knows nothing
    history: list[dict]  # a record an epoch
    evolutions: list[dict]
    counted: dict  # what the checkpoint remembers of its epochs; version 2 has no such
    is_former: bool  # an older version began it, whose evolutions only the epochs' records tell of
    follows_newborns: bool  # no older version began it, which did not

    @property
    def scores_cells(self) -> bool:
        """Whether an evolution takes the place of the step that follows those done."""
        return self.settings["grow"] == "gradient"

    @property
    def is_pending(self) -> bool:
        """Whether the evolution after the last epoch recorded may be still to come."""
        return bool(self.progress["evolution_pending"]
                    and self.progress["epoch"] == len(self.history))


def metadata_of(path: pathlib.Path) -> dict:
    with path.open("rb") as file:
        header = file.read(int.from_bytes(file.read(8), "little"))
    return json.loads(header)["__metadata__"]


def _finite(text: str) -> float:
    """Python's reader takes NaN, Infinity and 1e999, which JSON cannot hold and no run records."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is not a finite number")
    return number


def _lines(path: pathlib.Path) -> list[dict]:
    """Without what a kill has left of a last one, which has no end."""
    return [json.loads(line, parse_float=_finite, parse_constant=_finite)
            for line in path.read_text().split("\n")[:-1]]


def _history(folder: pathlib.Path, metadata: dict, is_to_go_on: bool) -> list[dict]:
    path = folder / "metrics.jsonl"
    records = _lines(path)
    for number, record in enumerate(records):
        if record["epoch"] != number:
            raise WrongRun(f"check_run.py: {path}:{number + 1}: epoch {record['epoch']}, expected "
                           f"{number}: one line an epoch; {REMEDY}")
    counted = json.loads(metadata["history"])
    if isinstance(counted, list):  # version 2 has all the records
        counted = {"epochs": len(counted), "last": counted[-1] if counted else None}
    missing = counted["epochs"] - len(records)
    # A run made longer writes its last line anew: until then the checkpoint alone has it.
    if missing == 1 and is_to_go_on:
        return [*records, counted["last"]]
    if missing > 0:
        raise WrongRun(f"check_run.py: {path}: {len(records)} epochs, but last.safetensors counts "
                       f"{counted['epochs']}; {REMEDY}")
    return records


def _evolutions(folder: pathlib.Path, state: dict | None) -> list[dict]:
    path = folder / "evolutions.jsonl"
    size = path.stat().st_size if path.exists() else 0
    if state is not None and size < state["bytes"]:
        raise WrongRun(f"check_run.py: {path}: {size} bytes, but last.safetensors counts "
                       f"{state['bytes']}; {REMEDY}")
    return _lines(path) if size else []


def read_run(folder: pathlib.Path) -> Run:
    metadata = metadata_of(folder / "last.safetensors")
    # It is written once, by the version that began the run.
    initial = folder / "initial.safetensors"
    began = metadata_of(initial) if initial.exists() else metadata
    config = tomllib.loads(metadata["config"])
    progress = json.loads(metadata["progress"])
    state = None
    if int(metadata["version"]) >= FIRST_VERSION_WITH_EVOLUTIONS:
        state = json.loads(metadata["evolution"])
    is_to_go_on = progress["evolution_pending"] and progress["epoch"] < config["training"]["epochs"]
    # In this order: a run that is trained writes evolutions first, so that none is missing then.
    history = _history(folder, metadata, is_to_go_on)
    return Run(folder=folder, config=config, settings=FORMER | config["evolution"],
               layers=json.loads(metadata["layers"])[:-1],
               classes=len(json.loads(metadata["class_names"])), progress=progress, state=state,
               history=history, evolutions=_evolutions(folder, state),
               counted=json.loads(metadata["history"]),
               is_former=int(began["version"]) < FIRST_VERSION_WITH_EVOLUTIONS,
               follows_newborns=int(began["version"]) >= FIRST_VERSION_WITH_NEWBORNS)

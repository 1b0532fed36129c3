"""The decisions of an evolution, from recorded numbers: counts in whole numbers throughout, but for
the products that are defined as those of floating-point numbers."""
import math
from dataclasses import dataclass

MILLION = 1_000_000
LOSSES = ("loss", "val_loss")
FIELDS = {"loss": "loss", "val_loss": "val_loss", "acc": "accuracy", "val_acc": "val_accuracy"}


def regrowth_ratio(settings: dict, history: list[dict], classes: int) -> float:
    shaped = 0.0
    if settings["measure"] != "auto" and history:  # else nothing steers it
        field = FIELDS[settings["measure"]]
        x = history[-1][field]
        if settings["measure"] in LOSSES:
            first = {"first": history[0][field], "ln_classes": math.log(classes)}.get(
                settings["initial_loss"])
            first = float(settings["initial_loss"]) if first is None else first
            x = 1 - x / first if first > 0 else 0.0
        x, k = min(max(x, -1.0), 1.0), settings["k"]
        shaped = (x - x * k) / (k - 2 * k * abs(x) + 1)
    return min(max(settings["theta_scale"] * (1 - shaped), 0.0), settings["theta_max"])


def is_paused(settings: dict, history: list[dict]) -> bool:
    if settings["pause"] == "none" or len(history) < settings["pause_min_history"]:
        return False
    field = FIELDS[settings["pause"]]
    now, before = history[-1][field], history[-1 - settings["pause_gap"]][field]
    return now > before if settings["pause"] in LOSSES else now < before


def best_and_improved(training: dict, history: list[dict]) -> tuple[int, int]:
    """The epoch that `monitor` chooses, and the last that was better by more than `min_delta`."""
    sign = -1 if training["monitor"] in LOSSES else 1
    values = [sign * record[FIELDS[training["monitor"]]] for record in history]
    improved = 0
    for epoch, value in enumerate(values):
        # As the program subtracts: rounding is part of the decision.
        if value > values[improved] + training["min_delta"]:
            improved = epoch
    return values.index(max(values)), improved


@dataclass
class Counts:
    """Connections by the sign of their weight."""
    negatives: int = 0
    positives: int = 0
    zeros: int = 0

    @property
    def all(self) -> int:
        return self.negatives + self.positives + self.zeros


@dataclass
class Layer:
    """A sparse layer as an evolution meets it."""
    cells: int
    target: int
    present: Counts
    candidates: Counts


@dataclass
class Drop:
    """What drops of a layer: `all` together, of which so many by sign as the rule says."""
    all: int | None = None
    negatives: int | None = None
    positives: int | None = None
    zeros: int | None = None


def _share(count: int, millionths: int) -> int:
    return count * millionths // MILLION


def _per_sign(layer: Layer, zeta: int, surplus: int) -> Drop:
    present, candidates = layer.present, layer.candidates
    negatives = present.negatives - _share(present.negatives, MILLION - zeta)
    positives = _share(present.positives, zeta) + 1 if present.positives else 0
    negatives = min(negatives, candidates.negatives)
    positives = min(positives, candidates.positives)
    left = Counts(candidates.negatives - negatives, candidates.positives - positives)
    more = max(0, surplus - negatives - positives - candidates.zeros)
    if more and left.all:  # in proportion to what is left of each sign
        more = min(more, left.all)
        of_negatives = more * left.negatives // left.all
        negatives, positives = negatives + of_negatives, positives + more - of_negatives
    return Drop(negatives + positives + candidates.zeros, negatives, positives, candidates.zeros)


def _smallest(count: int, layers: list[Layer]) -> list[int]:
    """Of so many weights of smallest magnitude the zeros, which come first, layer by layer."""
    zeros = []
    for layer in layers:
        zeros.append(min(count, layer.candidates.zeros))
        count -= zeros[-1]
    return zeros


def drops(settings: dict, layers: list[Layer], zeta: int) -> tuple[list[Drop], int | None]:
    """Of each layer; and of all together, where a rule says no more."""
    def surplus(connections: int, target: int) -> int:
        return 0 if settings["density_schedule"] == "constant" else max(0, connections - target)

    if settings["drop"] == "global_magnitude":
        connections = sum(layer.present.all for layer in layers)
        count = max(_share(connections, zeta),
                    surplus(connections, sum(layer.target for layer in layers)))
        count = min(count, sum(layer.candidates.all for layer in layers))
        return [Drop(zeros=zeros) for zeros in _smallest(count, layers)], count
    result = []
    for layer in layers:
        too_many = surplus(layer.present.all, layer.target)
        if settings["drop"] == "per_sign":
            result.append(_per_sign(layer, zeta, too_many))
            continue
        count = min(max(_share(layer.present.all, zeta), too_many), layer.candidates.all)
        result.append(Drop(count, zeros=_smallest(count, [layer])[0]))
    return result, None


def grown(settings: dict, layers: list[Layer], dropped: list[int], theta: float) -> list[int]:
    remaining = [layer.present.all - count for layer, count in zip(layers, dropped)]
    below = [max(0, layer.target - left) for layer, left in zip(layers, remaining)]
    room = max(0, sum(layer.target for layer in layers) - sum(remaining))
    if settings["drop"] == "global_magnitude" and room < sum(below):
        share = room / sum(below)  # else all together would have more than they are to have
        below = [int(share * missing) for missing in below]
    result = []
    for index, layer in enumerate(layers):
        missing = below[index] if settings["delta"] == "initial" else dropped[index]
        eligible = layer.cells - remaining[index]
        if not settings["regrow_dropped"]:
            eligible -= dropped[index]
        result.append(min(math.ceil(theta * missing), eligible))
    return result

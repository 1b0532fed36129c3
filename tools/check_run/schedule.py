"""When evolutions are due, and what ζ and the density are then."""
import math
from fractions import Fraction

from check_run.run_files import Run

TRAINING_IMAGES = {"cifar10": 50_000, "fashion_mnist": 60_000, "mnist": 60_000}


def epoch_of(step: int, steps: int, scores_cells: bool) -> tuple[int, bool]:
    """The epoch of an evolution after `step` steps, and whether it is within it."""
    if scores_cells:  # in the place of the next step
        return step // steps, True
    return (step - 1) // steps, step % steps != 0


def steps_per_epoch(run: Run) -> int:
    """No file has it. Files of MNIST's or CIFAR-10's format may hold other numbers of images than
    those: then it is what evolutions and accuracies, which are shares of its samples, agree with.
    """
    data, batch = run.config["data"], run.config["training"]["batch"]
    is_made_up = data["dataset"] == "synthetic"
    images = data["synthetic_train"] if is_made_up else TRAINING_IMAGES[data["dataset"]]
    held_out = data["validation"].removeprefix("holdout:")
    usual = (images - (0 if held_out == "test" else int(held_out))) // batch

    def agrees(steps: int) -> bool:
        hits = (record["accuracy"] * steps * batch for record in run.history)
        return (all(epoch_of(line["step"], steps, run.scores_cells)
                    == (line["epoch"], line["within_epoch"]) for line in run.evolutions)
                and all(abs(count - round(count)) < 1e-6 for count in hits))

    if is_made_up or not run.evolutions or agrees(usual):
        return usual
    most = max(line["step"] for line in run.evolutions)
    return next(filter(agrees, range(1, most + 1)), usual)


def on_curve(curve: str, first: float, last: float, x: float) -> float:
    match curve:
        case "constant":
            return first
        case "linear":
            return (1 - x) * first + x * last
        case "cosine":
            return last + (first - last) * 0.5 * (1 + math.cos(math.pi * x))
        case "exponential":
            return math.exp((1 - x) * math.log(first) + x * math.log(last))
        case "cubic":
            return last + (first - last) * (1 - x) ** 3
    raise ValueError(f"an unknown curve, {curve!r}")


class Schedule:
    def __init__(self, run: Run) -> None:
        self.scores_cells = run.scores_cells
        self.settings, self.epochs = run.settings, run.config["training"]["epochs"]
        self.steps = steps_per_epoch(run)
        every = self.settings["evolve_every"]
        self.interval = int(every[:-1]) * self.steps if every.endswith("e") else int(every)
        span = self.settings["evolution_epochs"] or self.epochs
        # A share is meant as the decimal that it is written as: 0.07 of 100 epochs are 7.
        self.end = Fraction(repr(self.settings["evolve_until"])) * span * self.steps
        self.evolves = self.settings["method"] not in ("static", "dense")
        sparse = [layer for layer in run.layers if layer["kind"] == "sparse"]
        cells = sum(layer["inputs"] * layer["outputs"] for layer in sparse)
        self.first_density = sum(layer["budget"] for layer in sparse) / cells if cells else 0.0

    def is_due(self, step: int) -> bool:
        return self.evolves and step % self.interval == 0 and 0 < step < self.end

    def due_in(self, epoch: int) -> list[int]:
        """Steps of the run after which one is due: within the epoch, and at its end; or, where it
        takes a step's place, from its beginning on."""
        begin = epoch * self.steps + (0 if self.scores_cells else 1)
        first = begin + -begin % self.interval
        return list(filter(self.is_due, range(first, begin + self.steps, self.interval)))

    def due_after(self, step: int) -> int | None:
        """The next step after which one is due, if there is one before the run's end."""
        step += self.interval - step % self.interval
        is_before_end = step < self.epochs * self.steps
        return step if is_before_end and self.is_due(step) else None

    def due_until(self, step: int) -> int:
        """How many are due in the run's first `step` steps."""
        last = min(step - 1 if self.scores_cells else step, math.ceil(self.end) - 1)
        return max(0, last) // self.interval if self.evolves else 0

    def progress(self, step: int) -> float:
        return min(1.0, float(step / self.end))

    def density_progress(self, step: int) -> float:
        """The density's curve ends with the last evolution, below T_end."""
        last = (math.ceil(self.end) - 1) // self.interval * self.interval
        return 1.0 if step >= last else step / last

    def zeta_millionths(self, step: int) -> float:
        """Not yet rounded."""
        settings = self.settings
        return on_curve(settings["zeta_schedule"], round(settings["zeta"] * 1_000_000),
                        round(settings["final_zeta"] * 1_000_000), self.progress(step))

    def density(self, step: int) -> float:
        settings = self.settings
        if self.first_density == 0:  # nothing that a curve could start from
            return 0.0
        return on_curve(settings["density_schedule"], self.first_density,
                        settings["final_density"], self.density_progress(step))

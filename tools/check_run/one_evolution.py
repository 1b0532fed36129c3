"""Recomputes every number of one evolution, and keeps what later ones go by."""
import math

from check_run import decisions
from check_run.decisions import Counts, Drop, Layer
from check_run.numbers import Numbers
from check_run.run_files import Run
from check_run.schedule import Schedule, epoch_of

# Values of curves are floating-point numbers, whose last bits are the library's.
EXACTNESS = 1e-9


def _counts(numbers: dict) -> Counts:
    return Counts(numbers["negatives"], numbers["positives"], numbers["zeros"])


class Evolutions:
    def __init__(self, run: Run, schedule: Schedule, numbers: Numbers) -> None:
        self.run, self.schedule, self.numbers = run, schedule, numbers
        self.connections = [layer["budget"] for layer in run.layers]
        self.grown: list[list[int]] = []  # of each that took place, by layer
        self.survival = [[0, 0] for _ in run.layers]  # newborns and survivors, of all so far

    def young(self, layer: int) -> int:
        """Connections that may not drop yet: what the last evolutions grew, none of which has."""
        grace = self.run.settings["grace"]
        return sum(grown[layer] for grown in self.grown[-grace:]) if grace else 0

    def check(self, line: dict, number: int, step: int, record: dict | None) -> None:
        """`record`: of the epoch that it follows, where it is at the epoch's end."""
        where, numbers, schedule = f"evolution {number}", self.numbers, self.schedule
        epoch, is_within = epoch_of(step, schedule.steps, self.run.scores_cells)
        numbers.same(f"{where}: number", line["number"], number)
        numbers.same(f"{where}: step", line["step"], step)
        numbers.same(f"{where}: epoch", line["epoch"], epoch)
        numbers.same(f"{where}: within_epoch", line["within_epoch"], is_within)
        epochs = epoch if is_within else epoch + 1
        if epochs <= len(self.run.history):  # else what it went by is not recorded yet
            history, settings = self.run.history[:epochs], self.run.settings
            numbers.same(f"{where}: theta", line["theta"],
                         decisions.regrowth_ratio(settings, history, self.run.classes))
            numbers.same(f"{where}: paused", line["paused"],
                         decisions.is_paused(settings, history))
        numbers.same(f"{where}: replaces_step", line.get("replaces_step", False),
                     self.run.scores_cells and not line["paused"])
        zeta, wanted = line["zeta"], schedule.zeta_millionths(step)
        numbers.near(f"{where}: zeta", zeta * decisions.MILLION, wanted, 0.5 + 1e-6)
        numbers.same(f"{where}: zeta", zeta, round(zeta * decisions.MILLION) / decisions.MILLION)
        wanted = schedule.density(step)
        numbers.near(f"{where}: density", line["density"], wanted, EXACTNESS * wanted)
        if line["paused"]:
            numbers.same(f"{where}: layers", line["layers"], [])
        else:
            self._layers(where, line, record)

    def _layers(self, where: str, line: dict, record: dict | None) -> None:
        numbers, found = self.numbers, line["layers"]
        numbers.same(f"{where}: number of layers", len(found), len(self.connections))
        layers = [self._met(f"{where}: layer {index}", index, line, record)
                  for index in range(len(found))]
        drops, together = decisions.drops(self.run.settings, layers,
                                          round(line["zeta"] * decisions.MILLION))
        for index, (layer, drop) in enumerate(zip(layers, drops)):
            self._dropped(f"{where}: layer {index}", found[index]["dropped"], layer, drop)
        dropped = [sum(layer["dropped"].values()) for layer in found]
        if together is not None:
            numbers.same(f"{where}: dropped of all layers", sum(dropped), together)
        grown = decisions.grown(self.run.settings, layers, dropped, line["theta"])
        for index, layer in enumerate(found):
            numbers.same(f"{where}: layer {index}: grown", layer["grown"], grown[index])
            most = 0 if self.run.settings["grow"] == "random" else grown[index]
            numbers.at_most(f"{where}: layer {index}: filled", layer["filled"], most)
            self._scored(f"{where}: layer {index}", layer, layers[index], dropped[index])
            self._newborns(f"{where}: layer {index}", index, layer, dropped[index])
            self.connections[index] += grown[index] - dropped[index]
        self.grown.append(grown)

    def newborns(self, layer: int) -> int:
        """Connections that the next drop may take for the first time: grace has kept them."""
        grace = self.run.settings["grace"]
        return self.grown[-1 - grace][layer] if len(self.grown) > grace else 0

    def _newborns(self, where: str, index: int, found: dict, dropped: int) -> None:
        if not self.run.follows_newborns:
            return
        newborns = self.newborns(index)
        self.numbers.same(f"{where}: newborns", found["newborns"], newborns)
        self.numbers.at_most(f"{where}: survived", found["survived"], newborns)
        self.numbers.at_most(f"{where}: newborns gone", newborns - found["survived"], dropped)
        self.survival[index] = [sum(pair) for pair in zip(self.survival[index], (
            newborns, found["survived"]))]

    def _scored(self, where: str, found: dict, layer: Layer, dropped: int) -> None:
        """How many cells were compared: of all as many as are eligible, of a sample at most it."""
        settings, scored = self.run.settings, found.get("scored", 0)
        if not self.run.scores_cells or found["grown"] == 0:
            self.numbers.same(f"{where}: scored", scored, 0)
            return
        eligible = layer.cells - layer.present.all
        eligible += dropped if settings["regrow_dropped"] else 0
        if settings["candidates"] == "all":
            self.numbers.same(f"{where}: scored", scored, eligible)
            return
        draws = math.floor(settings["candidate_ratio"] * layer.present.all + 0.5)
        if settings["candidates"] == "uniform":
            self.numbers.same(f"{where}: scored", scored, min(draws, eligible))
        self.numbers.at_most(f"{where}: scored", scored, min(draws, eligible))

    def _met(self, where: str, index: int, line: dict, record: dict | None) -> Layer:
        """A layer before its drop."""
        numbers, shape, found = self.numbers, self.run.layers[index], line["layers"][index]
        present, candidates = _counts(found["present"]), _counts(found["candidates"])
        if record is not None:  # nothing has been trained since its weights were counted
            for sign in ("negatives", "positives"):
                numbers.same(f"{where}: present: {sign}", getattr(present, sign),
                             record["layers"][index][sign])
        numbers.same(f"{where}: present", present.all, self.connections[index])
        for sign, most in vars(present).items():
            numbers.at_most(f"{where}: candidates: {sign}", getattr(candidates, sign), most)
        numbers.same(f"{where}: candidates", candidates.all, present.all - self.young(index))
        cells, first = shape["inputs"] * shape["outputs"], self.schedule.first_density
        if self.run.settings["density_schedule"] == "constant" or first == 0:
            numbers.same(f"{where}: target", found["target"], min(shape["budget"], cells))
        else:
            wanted = min(shape["budget"] * line["density"] / first, cells)
            numbers.near(f"{where}: target", found["target"], wanted, 0.5 + EXACTNESS * wanted)
        return Layer(cells, found["target"], present, candidates)

    def _dropped(self, where: str, found: dict, layer: Layer, drop: Drop) -> None:
        if drop.all is not None:
            self.numbers.same(f"{where}: dropped", sum(found.values()), drop.all)
        for sign, most in vars(layer.candidates).items():
            if sign not in found:  # an older version recorded none but their sum
                continue
            self.numbers.at_most(f"{where}: dropped: {sign}", found[sign], most)
            if getattr(drop, sign) is not None:
                self.numbers.same(f"{where}: dropped: {sign}", found[sign], getattr(drop, sign))

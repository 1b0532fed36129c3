"""Goes through a run in the order in which it was trained."""
from check_run.cost import Cost
from check_run.decisions import MILLION, best_and_improved
from check_run.numbers import Numbers
from check_run.one_evolution import Evolutions
from check_run.run_files import REMEDY, Run, WrongRun
from check_run.schedule import Schedule, epoch_of

COUNTS = ("dropped", "grown", "newborns", "survived")  # of evolutions, by layer


def _counts(layer: dict) -> tuple:
    """Of a record of this version or an older one."""
    return tuple(layer.get(name, 0) for name in COUNTS)


class Replay:
    def __init__(self, run: Run) -> None:
        self.run, self.schedule, self.numbers = run, Schedule(run), Numbers(run.folder)
        self.evolutions = Evolutions(run, self.schedule, self.numbers)
        self.step = 0  # after which the last evolution took place
        self.cost = Cost(run.config["training"]["batch"],
                         run.layers[-1]["outputs"] * run.classes)
        self.paused: list[bool] = []  # of each that was due
        self.of_epoch: list[dict] = []  # those of the last one's epoch
        # Of a run that an older version began, the first that has a line is not the first one.
        self.first = run.evolutions[0]["number"] if run.evolutions and run.is_former else 0
        self.lines = self.first + len(run.evolutions)
        self.at_checkpoint = self._due_at_checkpoint()

    def play(self) -> None:
        self._see_checkpoint()
        for record in self.run.history:
            self._epoch(record)
        while len(self.paused) < max(self.at_checkpoint, self.lines):
            self._one_beyond()
        self._see_best()

    def _epoch(self, record: dict) -> None:
        numbers, epoch = self.numbers, record["epoch"]
        end = (epoch + 1) * self.schedule.steps
        due = self.schedule.due_in(epoch)
        done = [self._evolution(step) for step in due if step < end]
        for index, layer in enumerate(record["layers"]):
            where, count = f"epoch {epoch}: layer {index}", self.evolutions.connections[index]
            numbers.at_most(f"{where}: negatives and positives",
                            layer["negatives"] + layer["positives"], count)
            before_all = layer["connections"] - layer["grown"] + layer["dropped"]
            numbers.same(f"{where}: evaluated", layer.get("evaluated", before_all), count)
        is_done = end in due and epoch + 1 < self.schedule.epochs
        if is_done and epoch + 1 == len(self.run.history) and self.run.is_pending:
            found = [_counts(layer) for layer in record["layers"]]
            is_done = (record["theta"], record["paused"], found) != self._sums(done)
        if is_done:
            done.append(self._evolution(end, record))
        theta, is_paused, layers = self._sums(done)
        numbers.same(f"epoch {epoch}: theta", record["theta"], theta)
        numbers.same(f"epoch {epoch}: paused", record["paused"], is_paused)
        for index, (layer, sums) in enumerate(zip(record["layers"], layers, strict=True)):
            where = f"epoch {epoch}: layer {index}"
            for name, count, wanted in zip(COUNTS, _counts(layer), sums):
                numbers.same(f"{where}: {name}", count, wanted)
            numbers.same(f"{where}: connections", layer["connections"],
                         self.evolutions.connections[index])
        numbers.same(f"epoch {epoch}: connections", record["connections"],
                     sum(self.evolutions.connections))

    def _sums(self, lines: list[dict]) -> tuple:
        """What an epoch's evolutions add up to: θ, whether all were paused, counts by layer."""
        layers = [(0, 0, 0, 0)] * len(self.run.layers)
        for line in lines:
            if not line["paused"]:
                layers = [tuple(map(sum, zip(sums, (
                    sum(layer["dropped"].values()), layer["grown"], layer.get("newborns", 0),
                    layer.get("survived", 0))))) for sums, layer in zip(layers, line["layers"])]
        is_paused = bool(lines) and all(line["paused"] for line in lines)
        return (lines[-1]["theta"] if lines else None, is_paused, layers)

    def _evolution(self, step: int, record: dict | None = None) -> dict:
        """The next one, due after `step`; at an epoch's end with the epoch's record."""
        number = len(self.paused)
        if self._is_told_by_epoch(number):
            line = self._line_of(record, number, step)
        elif number < self.lines:
            line = self.run.evolutions[number - self.first]
        else:
            raise WrongRun(f"check_run.py: {self.run.folder}/evolutions.jsonl: evolution {number}, "
                           f"due after {step} steps, is missing; {REMEDY}")
        before = list(self.evolutions.connections)
        self.evolutions.check(line, number, step, record)
        self.cost.until(step, before)
        if line.get("replaces_step"):
            self.cost.scored(before, sum(layer["scored"] for layer in line["layers"]))
        self.step = step
        self.paused.append(line["paused"])
        self.of_epoch = [one for one in self.of_epoch if one["epoch"] == line["epoch"]] + [line]
        self._see_checkpoint()
        return line

    def _is_told_by_epoch(self, number: int) -> bool:
        return self.run.is_former and (number < self.first or not self.run.evolutions)

    def _line_of(self, record: dict | None, number: int, step: int) -> dict:
        """What an older version has recorded of an evolution, as a line of this version."""
        if record is None:
            raise WrongRun(f"check_run.py: {self.run.folder}/metrics.jsonl: the epoch of evolution "
                           f"{number} is missing; {REMEDY}")
        layers = []
        for index, layer in enumerate(record["layers"]):
            signs = {"negatives": layer["negatives"], "positives": layer["positives"]}
            signs["zeros"] = self.evolutions.connections[index] - sum(signs.values())
            layers.append({"present": signs, "candidates": signs,
                           "dropped": {"all": layer["dropped"]}, "grown": layer["grown"],
                           "target": self.run.layers[index]["budget"], "filled": 0})
        return {"number": number, "epoch": record["epoch"], "step": step, "within_epoch": False,
                "paused": record["paused"], "theta": record["theta"],
                "zeta": round(self.run.settings["zeta"] * MILLION) / MILLION,
                "density": self.schedule.first_density,
                "layers": [] if record["paused"] else layers}

    def _one_beyond(self) -> None:
        """The next one, which no epoch's record tells of yet."""
        step = self.schedule.due_after(self.step)
        if step is None:
            line = len(self.paused) - self.first + 1
            raise WrongRun(f"check_run.py: {self.run.folder}/evolutions.jsonl:{line}: no evolution "
                           f"was due any more; {REMEDY}")
        epoch, is_within = epoch_of(step, self.schedule.steps, self.run.scores_cells)
        is_recorded = not is_within and epoch < len(self.run.history)
        self._evolution(step, self.run.history[epoch] if is_recorded else None)

    def _due_at_checkpoint(self) -> int:
        progress = self.run.progress
        step = progress["epoch"] * self.schedule.steps + progress["step"]
        is_to_come = (progress["evolution_pending"] and self.schedule.is_due(step)
                      and not self.run.scores_cells)
        return self.schedule.due_until(step) - is_to_come

    def _see_best(self) -> None:
        """Of a checkpoint that says by what epochs are compared."""
        counted, training = self.run.counted, self.run.config["training"]
        if "improved" not in counted:
            return
        known = self.run.history[:counted["epochs"]]
        best, improved = best_and_improved(training, known)
        self.numbers.same("last.safetensors: best epoch", counted["best"]["epoch"], best)
        self.numbers.same("last.safetensors: last improvement", counted["improved"]["epoch"],
                          improved)

    def _see_checkpoint(self) -> None:
        """Compares the state saved, where the run has come to it."""
        if len(self.paused) != self.at_checkpoint:
            return
        where, numbers, state = "last.safetensors", self.numbers, self.run.state
        for index, layer in enumerate(self.run.layers):
            numbers.same(f"{where}: layer {index}: connections", layer["connections"],
                         self.evolutions.connections[index])
        if state is None:
            return
        numbers.same(f"{where}: evolutions due", state["due"], len(self.paused))
        numbers.same(f"{where}: evolutions performed", state["performed"], self.paused.count(False))
        for index, young in enumerate(state["young"][:-1]):  # of the output layer none
            numbers.same(f"{where}: layer {index}: young", young, self.evolutions.young(index))
        within = [line for line in self.of_epoch
                  if line["epoch"] == self.run.progress["epoch"] and line["within_epoch"]]
        evolved = self.run.progress.get("evolved", {"due": 0, "paused": 0, "layers": []})
        theta, _, layers = self._sums(within)
        numbers.same(f"{where}: evolved: due", evolved["due"], len(within))
        numbers.same(f"{where}: evolved: paused", evolved["paused"],
                     sum(line["paused"] for line in within))
        numbers.same(f"{where}: evolved: theta", evolved.get("theta"), theta)
        for index, layer in enumerate(evolved["layers"]):
            numbers.same(f"{where}: evolved: layer {index}: {', '.join(COUNTS)}",
                         _counts(layer), layers[index])
        self._see_newborns_and_cost()

    def _see_newborns_and_cost(self) -> None:
        """Of a checkpoint, where no older version began its run, which did not count them."""
        if not self.run.follows_newborns:
            return
        where, numbers, progress = "last.safetensors", self.numbers, self.run.progress
        for index, newborns in enumerate(self.run.state["newborns"][:-1]):
            numbers.same(f"{where}: layer {index}: newborns", newborns,
                         self.evolutions.newborns(index))
        for index, layer in enumerate(self.run.state["survival"]):
            numbers.same(f"{where}: layer {index}: survival", [layer["newborns"],
                         layer["survived"]], self.evolutions.survival[index])
        self.cost.until(progress["epoch"] * self.schedule.steps + progress["step"],
                        self.evolutions.connections)
        for name, wanted in self.cost.found.items():
            numbers.same(f"{where}: cost: {name}", progress["cost"][name], wanted)

"""Reads what programs measured: regrow bench, the comparison with PyTorch, Nsight Compute."""
import csv
import math
import pathlib
import re
import statistics
from dataclasses import dataclass, field

from .checks import CollectError, one_line, read_json, without_folders

SECONDS_OF = {"ns": 1e-9, "nsecond": 1e-9, "us": 1e-6, "usecond": 1e-6, "ms": 1e-3,
                    "msecond": 1e-3, "s": 1.0, "second": 1.0}
# ncu's name, ours.
KERNEL_METRICS = (("L2 Cache Throughput", "L2 throughput"), ("L2 Hit Rate", "L2 hits"),
                  ("Achieved Occupancy", "occupancy"), ("Registers Per Thread", "registers"))

_NOT_A_REPORT = (KeyError, TypeError, ValueError, AttributeError, OverflowError)


@dataclass
class Spread:
    """Values of a quantity by round."""
    rounds: list[float]

    def __post_init__(self):
        self.rounds = [float(value) for value in self.rounds]
        if not self.rounds or not all(0 < value < math.inf for value in self.rounds):
            raise ValueError("a quantity that is not a number above 0 in every round")

    n = property(lambda self: len(self.rounds))
    median = property(lambda self: statistics.median(self.rounds))
    least = property(lambda self: min(self.rounds))
    most = property(lambda self: max(self.rounds))

    def over(self, other: "Spread") -> "Spread":
        """The ratio, round by round, of the rounds that both have."""
        return Spread([a / b for a, b in zip(self.rounds, other.rounds)])


@dataclass
class Timed:
    """A device, or a variant of PyTorch: either its seconds or why there are none."""
    name: str
    problem: str | None = None
    stopped: str | None = None  # measured until then
    step: Spread | None = None
    epoch: Spread | None = None
    share: float | None = None  # of evaluation and evolution in the epoch


@dataclass
class Size:
    name: str
    layers: str
    connections: int
    batch: int
    steps: int
    devices: list[Timed]


@dataclass
class Primitive:
    name: str
    storage: str
    seconds: Spread
    bytes: int
    ceiling: str
    share: float | None

    @property
    def rate(self) -> float:
        return self.bytes / self.seconds.median


@dataclass
class Bench:
    rounds: int
    sizes: list[Size]
    primitives: dict[str, list[Primitive]]  # by device

    def device(self, size: str, name: str) -> Timed | None:
        return next((device for each in self.sizes if each.name == size
                     for device in each.devices if device.name == name), None)


@dataclass
class Comparison:
    torch: str
    device: str
    size: str
    batch: int
    steps: int
    rounds: int
    variants: list[Timed]

    def variant(self, name: str) -> Timed | None:
        return next((variant for variant in self.variants if variant.name == name), None)


@dataclass
class Kernel:
    name: str
    seconds: list[float]  # of each launch
    metrics: dict[str, list[float]] = field(default_factory=dict)


def _timed(record: dict, name: str) -> Timed:
    if "not_measured" in record:
        return Timed(one_line(record[name]), problem=without_folders(record["not_measured"]))
    epoch = record.get("epoch_seconds")
    stopped = record.get("stopped")
    return Timed(one_line(record[name]), stopped=stopped and without_folders(stopped),
                 step=Spread(record["step_seconds"]["rounds"]),
                 epoch=Spread(epoch["rounds"]) if epoch is not None else None,
                 share=_finite(record.get("evaluation_and_evolution_share")))


def _finite(value) -> float | None:
    """None where there is none, or it is not a number."""
    value = None if value is None else float(value)
    return value if value is not None and math.isfinite(value) else None


def read_bench(path: pathlib.Path) -> Bench:
    report = read_json(path)
    try:
        sizes = [Size(one_line(size["size"]), one_line(size["layers"]), int(size["connections"]), int(size["batch"]),
                      int(size["steps_per_epoch"]),
                      [_timed(device, "device") for device in size["devices"]])
                 for size in report["sizes"]]
        primitives = {one_line(device["device"]): [
            Primitive(one_line(each["name"]), one_line(each["storage"]), Spread(each["seconds"]["rounds"]),
                      int(each["bytes"]), one_line(each.get("ceiling") or ""),
                      _finite(each.get("share_of_ceiling")))
            for each in device["primitives"]] for device in report["primitives"]}
        return Bench(int(report["rounds"]), sizes, primitives)
    except _NOT_A_REPORT as error:
        raise CollectError(f"{path}: not a report of regrow bench ({error!r})") from None


def read_comparison(path: pathlib.Path) -> Comparison:
    report = read_json(path)
    try:
        return Comparison(*(one_line(report[key]) for key in ("torch", "device", "size")),
                          int(report["batch"]), int(report["steps"]), int(report["rounds"]),
                          [_timed(variant, "name") for variant in report["variants"]])
    except _NOT_A_REPORT as error:
        raise CollectError(f"{path}: not a report of compare.py ({error!r})") from None


def short_name(kernel: str) -> str:
    """forward_kernel<float> of ncu's whole signature."""
    name = kernel.split("(")[0].removeprefix("void ").strip()
    return re.sub(r"(?:\w+::)+", "", name)


def read_kernels(path: pathlib.Path) -> list[Kernel]:
    """In the order of their first launch; a launch has a row for each of its metrics."""
    text = path.read_text(encoding="utf-8", errors="replace")
    start = text.find('"ID",')
    if start < 0:
        raise CollectError(f"{path}: no table of ncu in it; tools/profile.sh --kernels makes one")
    kernels: dict[str, Kernel] = {}
    names = dict(KERNEL_METRICS)
    try:
        for row in csv.DictReader(text[start:].splitlines()):
            if not (row["ID"] or "").isdigit():
                continue  # what ncu says for itself
            kernel = kernels.setdefault(short_name(row["Kernel Name"]),
                                        Kernel(short_name(row["Kernel Name"]), []))
            if row["Metric Name"] not in names and row["Metric Name"] != "Duration":
                continue
            if "n/a" in row["Metric Value"]:
                continue  # a counter that this machine does not have
            value = float(row["Metric Value"].replace(",", ""))
            if row["Metric Name"] == "Duration":
                if not 0 < value < math.inf:
                    raise ValueError(f"a launch of {value} {row['Metric Unit']}")
                kernel.seconds.append(value * SECONDS_OF[row["Metric Unit"]])
            else:
                kernel.metrics.setdefault(names[row["Metric Name"]], []).append(value)
    except _NOT_A_REPORT as error:
        raise CollectError(f"{path}: not a table of ncu's details page ({error!r})") from None
    timed = [kernel for kernel in kernels.values() if kernel.seconds]
    if not timed:
        raise CollectError(f"{path}: no kernel's duration in it")
    return timed

"""Means and standard deviations over seeds, per epoch."""
from dataclasses import dataclass

import numpy as np

from .groups import Group

SMOOTH_FROM = 200  # epochs: from here on the noise of single epochs would hide the curve
WINDOW = 9  # epochs


@dataclass
class Band:
    epochs: np.ndarray  # epochs trained, from 1
    mean: np.ndarray
    deviation: np.ndarray | None  # of the sample; absent for one run
    count: int


def band(group: Group, *path: str | int) -> Band:
    """As far as all runs of the group have come; NaN where one has no value."""
    return band_of([run.curve(*path) for run in group.runs])


def band_of(curves: list[np.ndarray]) -> Band:
    """The same of curves with a value an epoch."""
    length = min(len(curve) for curve in curves)
    values = np.stack([curve[:length] for curve in curves])
    deviation = values.std(axis=0, ddof=1) if len(curves) > 1 else None
    return Band(np.arange(1, length + 1), values.mean(axis=0), deviation, len(curves))


def has_any(group: Group, *path: str | int) -> bool:
    return bool(np.isfinite(band(group, *path).mean).any())


def smoothed(values: np.ndarray, window: int = WINDOW) -> np.ndarray:
    """The mean over the window around each value; towards the ends, where a whole one would reach
    beyond them, over a narrower one: half of it would bend a curve that rises."""
    known = np.isfinite(values)
    places = np.arange(values.size)
    reach = np.minimum(window // 2, np.minimum(places, places[::-1]))
    sums = np.append(0.0, np.cumsum(np.where(known, values, 0.0)))
    counts = np.append(0, np.cumsum(known))
    first, last = places - reach, places + reach + 1
    means = (sums[last] - sums[first]) / np.maximum(counts[last] - counts[first], 1)
    return np.where(known, means, np.nan)


def mean_and_deviation(values: list[float]) -> tuple[float, float | None]:
    array = np.array(values, dtype=float)
    return float(array.mean()), float(array.std(ddof=1)) if array.size > 1 else None

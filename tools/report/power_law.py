"""Discrete power-law fits after Clauset, Shalizi & Newman, SIAM Review 51, 661 (2009).

P(X = x) ~ x^-alpha for x >= x_min: alpha by maximum likelihood, x_min by the smallest
Kolmogorov-Smirnov distance, goodness by a semi-parametric bootstrap.
"""
import functools
from dataclasses import dataclass

import numpy as np

RESAMPLES = 200
# Below these the smallest distance is found in a few extreme values, which any law fits.
MIN_TAIL = 50
MIN_TAIL_SHARE = 0.1
MAX_CANDIDATES = 60  # values tried as x_min
ALPHAS = 1 + np.geomspace(0.02, 60, 500)
TABLE = 5_000  # values whose probability is tabulated for sampling


@dataclass
class PowerLaw:
    alpha: float
    x_min: int
    distance: float  # Kolmogorov-Smirnov, on the tail
    tail_share: float  # of the values that are at least x_min
    p_value: float | None = None  # share of samples of the fitted law that lie farther from theirs

    def tail(self, x: np.ndarray) -> np.ndarray:
        """P(X >= x | X >= x_min)."""
        return hurwitz_zeta(self.alpha, x) / hurwitz_zeta(self.alpha, self.x_min)


def hurwitz_zeta(s, a) -> np.ndarray:
    """The sum of (a + k)^-s over k >= 0, s > 1, a >= 1, by Euler and Maclaurin's formula."""
    s, a = np.broadcast_arrays(np.asarray(s, float), np.asarray(a, float))
    head = sum((a + k) ** -s for k in range(10))
    b = a + 10
    power = b ** -s
    return head + power * (b / (s - 1) + 0.5 + s / (12 * b)
                           - s * (s + 1) * (s + 2) / (720 * b ** 3)
                           + s * (s + 1) * (s + 2) * (s + 3) * (s + 4) / (30240 * b ** 5))


@functools.lru_cache(maxsize=None)
def _mean_logs(x_min: int) -> np.ndarray:
    """E ln(X / x_min) at each of ALPHAS: the maximum-likelihood alpha has the sample's mean."""
    step = 1e-4
    low = np.log(hurwitz_zeta(ALPHAS - step, x_min))
    high = np.log(hurwitz_zeta(ALPHAS + step, x_min))
    return (low - high) / (2 * step) - np.log(x_min)


def _alpha(x_min: int, mean_log: float) -> float:
    # On logarithmic axes the table is nearly straight, so that it interpolates well.
    logs = np.log(np.maximum(_mean_logs(x_min)[::-1], 1e-300))
    return 1 + float(np.exp(np.interp(np.log(mean_log), logs, np.log(ALPHAS[::-1] - 1))))


def fit(values: np.ndarray) -> PowerLaw | None:
    """Of positive integers; zeros are left out. None where there are too few or they are alike."""
    values = np.asarray(values)
    distinct, counts = np.unique(values[values > 0], return_counts=True)
    if distinct.size < 3:
        return None
    tails = np.cumsum(counts[::-1])[::-1]
    means = np.cumsum((counts * np.log(distinct))[::-1])[::-1] / tails - np.log(distinct)
    least = max(MIN_TAIL, MIN_TAIL_SHARE * tails[0])
    candidates = np.flatnonzero((tails >= least) & (means > 0))[: distinct.size - 1]
    if candidates.size == 0:
        return None
    if candidates.size > MAX_CANDIDATES:
        candidates = candidates[np.linspace(0, candidates.size - 1, MAX_CANDIDATES).astype(int)]
    alphas = np.array([_alpha(int(distinct[i]), means[i]) for i in candidates])
    # Tail probabilities at each value and just above it: between values the law still falls.
    at = hurwitz_zeta(alphas[:, None], distinct[None, :])
    above = at - distinct[None, :].astype(float) ** -alphas[:, None]
    scale = at[np.arange(candidates.size), candidates][:, None]
    seen = tails[None, :] / tails[candidates][:, None]
    seen_above = np.append(tails[1:], 0)[None, :] / tails[candidates][:, None]
    gaps = np.maximum(np.abs(at / scale - seen), np.abs(above / scale - seen_above))
    gaps[np.arange(distinct.size)[None, :] < candidates[:, None]] = 0
    distances = gaps.max(axis=1)
    best = int(distances.argmin())
    first = candidates[best]
    return PowerLaw(float(alphas[best]), int(distinct[first]), float(distances[best]),
                    float(tails[first] / tails[0]))


def sample(law: PowerLaw, size: int, random: np.random.Generator) -> np.ndarray:
    """Values of the law, all at least x_min."""
    survival = law.tail(np.arange(law.x_min, law.x_min + TABLE))
    draws = 1 - random.random(size)  # in (0, 1]
    # The largest x with P(X >= x) >= draw.
    values = law.x_min + np.searchsorted(-survival, -draws, side="right") - 1
    far = draws < survival[-1]
    shape = (draws[far] / survival[-1]) ** (-1 / (law.alpha - 1))
    values[far] = np.minimum((law.x_min + TABLE - 1) * shape, 2.0 ** 52).astype(np.int64)
    return values


def fit_with_goodness(values: np.ndarray, resamples: int = RESAMPLES,
                      seed: int = 0) -> PowerLaw | None:
    """`fit`, and how often a sample of that law, with the body as observed, fits no better."""
    values = np.asarray(values)
    values = values[values > 0]
    law = fit(values)
    if law is None:
        return None
    random = np.random.default_rng(seed)
    body = values[values < law.x_min]
    worse = 0
    for _ in range(resamples):
        in_tail = int(random.binomial(values.size, law.tail_share))
        parts = [sample(law, in_tail, random)]
        if in_tail < values.size:
            parts.append(random.choice(body, values.size - in_tail))
        again = fit(np.concatenate(parts))
        worse += again is None or again.distance >= law.distance
    law.p_value = worse / resamples
    return law

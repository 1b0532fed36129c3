"""Degree distributions of a group's first run, at the start and the end, with power-law fits."""
import numpy as np

from .checkpoint import Checkpoint
from .power_law import RESAMPLES, PowerLaw, fit_with_goodness
from .style import COLOURS, Drawn, legend, panels

START, END = COLOURS[6], COLOURS[0]
REJECTED = 0.1  # the p-value below which Clauset and others rule the law out
CAPTION = (
    "Share of the neurons with at least that many connections (of {run}), logarithmic axes. "
    "Dashed: discrete power law x^−α from x_min on (Clauset, Shalizi & Newman 2009): α by maximum "
    "likelihood, x_min by the smallest Kolmogorov–Smirnov distance D among those that leave at "
    f"least a tenth of the neurons, and 50; p: share of {RESAMPLES} bootstrap samples of the "
    f"fitted law with a larger D. A law with p < {REJECTED} is ruled out. One that is not is only "
    "possible: few neurons in the tail rule out little, and a steep α (above 4 or so) is no heavy "
    "tail. Neurons without a connection are left out of the fit.")


def tail_shares(degrees: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct positive degrees, and the share of all neurons with at least as many."""
    distinct, counts = np.unique(degrees, return_counts=True)
    shares = np.cumsum(counts[::-1])[::-1] / degrees.size
    return distinct[distinct > 0], shares[distinct > 0]


def degree_figure(name: str, label: str, run: str, start: Checkpoint | None,
                  end: Checkpoint | None, resamples: int = RESAMPLES) -> Drawn:
    """At least one of the checkpoints is there."""
    layers = sorted((end or start).masks)
    figure, axes, strip = panels(2, len(layers), (3.6 * len(layers) + 0.4, 6.8))
    states = [state for state in (("start", start, START, "o"), ("end", end, END, "s"))
              if state[1] is not None]
    for column, layer in enumerate(layers):
        for axis, degrees_of, kind in ((axes[0][column], "in_degrees", "in-degree"),
                                       (axes[1][column], "out_degrees", "out-degree")):
            lines = []
            for state, checkpoint, colour, marker in states:
                degrees = getattr(checkpoint.masks[layer], degrees_of)()
                law = fit_with_goodness(degrees, resamples)
                _draw(axis, degrees, law, colour, marker)
                lines.append((f"{state}: {_words(law)}", colour))
            axis.set_xscale("log")
            axis.set_yscale("log")
            _plain_ticks(axis)
            # Room below the curves for what the fits found.
            axis.set_ylim(axis.get_ylim()[0] * 0.06, 1.6)
            axis.set_xlabel(f"{kind} (connections a neuron)")
            axis.set_ylabel("share of neurons ≥ degree" if column == 0 else "")
            axis.set_title(f"layer {layer}: {kind}")
            for place, (text, colour) in enumerate(reversed(lines)):
                axis.text(0.02, 0.02 + 0.115 * place, text, color=colour, fontsize=7.5,
                          transform=axis.transAxes, va="bottom", linespacing=1.15)
    labels = [(f"{state} of training", {"color": colour, "marker": marker, "linestyle": "none"})
              for state, _, colour, marker in states]
    labels.append(("power-law fit", {"color": "#777777", "linestyle": "--", "linewidth": 1.4}))
    legend(strip, labels, len(labels))
    caption = CAPTION.format(run=run)
    for word, checkpoint, file in (("start", start, "initial"), ("end", end, "last")):
        if checkpoint is None:
            caption += f" The {word} is not drawn: the run has no {file}.safetensors."
    return Drawn(f"degrees_{name}", f"Degree distributions: {label}", caption, figure)


def _draw(axis, degrees: np.ndarray, law: PowerLaw | None, colour: str, marker: str) -> None:
    x, shares = tail_shares(degrees)
    axis.plot(x, shares, marker, color=colour, markersize=2.6, markeredgewidth=0, alpha=0.75)
    if law is not None and x.size:
        at = np.unique(np.geomspace(law.x_min, x[-1], 60).round())
        top = shares[x >= law.x_min][0]
        axis.plot(at, top * law.tail(at), "--", color=colour, linewidth=1.3)


def _plain_ticks(axis) -> None:
    """As digits, the more the less the degrees span, so that there are several and none touch."""
    low, high = axis.get_xlim()
    span = high / low
    digits = (1, 2, 3, 5, 7) if span < 15 else (1, 2, 5) if span < 200 else (1, 3)
    ticks = [m * 10 ** e for e in range(7) for m in digits if low <= m * 10 ** e <= high]
    axis.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axis.set_xticks([], minor=True)


def _words(law: PowerLaw | None) -> str:
    if law is None:
        return "no fit (too few different degrees)"
    p = f"{law.p_value:.2f}" if law.p_value > 0 else f"< {1 / RESAMPLES:g}"
    verdict = "ruled out" if law.p_value < REJECTED else "possible"
    return (f"α {law.alpha:.2f}, x_min {law.x_min}, D {law.distance:.3f},\n"
            f"p {p} {verdict}; tail {100 * law.tail_share:.0f} % of neurons")

"""How figures look and become files: readable to colour-blind readers, equal in reruns."""
import io
import pathlib
from dataclasses import dataclass

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (the backend must be chosen first)
import numpy as np  # noqa: E402
from matplotlib.lines import Line2D  # noqa: E402
from matplotlib.ticker import MaxNLocator  # noqa: E402

from .bands import SMOOTH_FROM, WINDOW, Band, smoothed  # noqa: E402

# Okabe and Ito's colours; yellow, hardly seen on white, is left out.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
DASHES = ["-", (0, (6, 3)), (0, (2, 2))]
EPOCHS = "epochs trained"
SMOOTHING = (f"Curves of {SMOOTH_FROM} epochs and more are means over {WINDOW} epochs, on the "
             "single epochs' values in pale.")

plt.rcParams.update({
    "svg.hashsalt": "regrow", "font.size": 10, "axes.grid": True, "grid.alpha": 0.25,
    "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True,
    "legend.frameon": False, "axes.titlesize": 10.5, "path.simplify": True})


@dataclass
class Drawn:
    name: str  # of the files
    title: str
    caption: str
    figure: plt.Figure


@dataclass
class Missing:
    title: str
    reason: str


def line_style(number: int) -> dict:
    """Colours and dashes change together: of curves that coincide, the dashed lie on the others."""
    dashes = number % len(DASHES)
    return {"color": COLOURS[number % len(COLOURS)], "linestyle": DASHES[dashes],
            "zorder": 2 + 0.1 * dashes}


def panels(rows: int, columns: int, size: tuple[float, float], legend_lines: int = 1, **options):
    """Panels over a strip for one legend of all: (figure, axes[rows][columns], strip)."""
    strip = 0.26 * legend_lines + 0.08
    figure = plt.figure(figsize=(size[0], size[1] + strip), layout="constrained")
    upper, lower = figure.subfigures(2, 1, height_ratios=(size[1], strip))
    axes = upper.subplots(rows, columns, squeeze=False, **options)
    return figure, axes, lower


def legend(strip, labels: list[tuple[str, dict]], columns: int) -> None:
    """The labels, each with the style of its line, in the strip."""
    handles = [Line2D([], [], label=label, **{"linewidth": 2.2, **style})
               for label, style in labels]
    strip.legend(handles=handles, loc="center", ncol=columns, handlelength=2.6)


def legend_columns(labels: list[str], width: float) -> int:
    """How many labels stand side by side in so many inches."""
    return max(1, min(len(labels), int(width / (0.8 + 0.085 * max(map(len, labels))))))


def legend_lines(labels: list[str], width: float) -> int:
    return -(-len(labels) // legend_columns(labels, width))


def with_count(label: str, count: int) -> str:
    return f"{label} (n = {count})"


def draw_band(axis, band: Band, style: dict, scale: float = 1.0) -> None:
    """The mean as a line, mean ± deviation as a band; long curves smoothed, see SMOOTHING."""
    mean, deviation = band.mean * scale, band.deviation
    deviation = None if deviation is None else deviation * scale
    marker = "o" if len(mean) == 1 else None
    if len(mean) >= SMOOTH_FROM:
        axis.plot(band.epochs, mean, color=style["color"], linewidth=0.5, alpha=0.3)
        mean = smoothed(mean)
        deviation = None if deviation is None else smoothed(deviation)
    axis.plot(band.epochs, mean, linewidth=1.5, marker=marker, markersize=4, **style)
    if deviation is not None:
        axis.fill_between(band.epochs, mean - deviation, mean + deviation, color=style["color"],
                          alpha=0.16, linewidth=0)


def epoch_axis(axis) -> None:
    axis.set_xlabel(EPOCHS)
    axis.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))


def thousands(axis) -> None:
    axis.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")


def fit_to_window(axis, bands: list[Band], first: int, last: int) -> None:
    """Limits of a panel that shows epochs first to last only."""
    values = []
    for each in bands:
        inside = (each.epochs >= first) & (each.epochs <= last)
        spread = 0 if each.deviation is None else each.deviation[inside]
        values += [each.mean[inside] - spread, each.mean[inside] + spread]
    values = np.concatenate(values)
    values = values[np.isfinite(values)]
    axis.set_xlim(first, last)
    if values.size:
        margin = 0.06 * (values.max() - values.min()) or 0.01 * abs(values.max()) or 0.01
        axis.set_ylim(values.min() - margin, values.max() + margin)


def save(figure, stem: pathlib.Path) -> bytes:
    """Writes stem.png and stem.svg, without dates, and gives back the latter."""
    svg = io.BytesIO()
    figure.savefig(svg, format="svg", metadata={"Date": None})
    figure.savefig(stem.with_name(stem.name + ".png"), dpi=150)
    stem.with_name(stem.name + ".svg").write_bytes(svg.getvalue())
    plt.close(figure)
    return svg.getvalue()

"""What the evolution did: θ and pauses, each layer's connections, overlap and explored cells."""
import numpy as np

from .bands import Band, band, band_of, has_any
from .groups import Group
from .methods import BANDS, WIDTH
from .style import (SMOOTHING, Drawn, Missing, draw_band, epoch_axis, legend, legend_columns,
                    legend_lines, line_style, panels, plt, thousands, with_count)

OVERLAPS = (("overlap_previous", "overlap with the\nprevious epoch's mask"),
            ("overlap_first", "overlap with the\ninitial mask"),
            ("explored", "share of cells\never active"))


def theta_figure(groups: list[Group]) -> Drawn | Missing:
    title = "Regrowth ratio θ and paused epochs"
    shown = [group for group in groups if has_any(group, "theta")]
    if not shown:
        return Missing(title, "no run records θ (static and dense runs have none)")
    labels = [with_count(group.label, len(group.runs)) for group in shown]
    pausing = [g for g in shown if g.setting("pause") != "none"]
    rug = 0.32 * len(pausing) + 0.25
    lines = legend_lines(labels, WIDTH)
    if pausing:
        figure, axes, strip = panels(2, 1, (WIDTH, 4.2 + rug), lines, sharex=True,
                                     height_ratios=(4.2, rug))
        _draw_pauses(axes[1][0], pausing, shown)
        epoch_axis(axes[1][0])
    else:
        figure, axes, strip = panels(1, 1, (WIDTH, 4.2), lines)
        epoch_axis(axes[0][0])
    for number, group in enumerate(shown):
        draw_band(axes[0][0], band(group, "theta"), line_style(number))
    axes[0][0].set_ylabel("regrowth ratio θ")
    axes[0][0].set_ylim(bottom=0)
    legend(strip, [(label, line_style(number)) for number, label in enumerate(labels)],
           legend_columns(labels, WIDTH))
    caption = BANDS + SMOOTHING
    if pausing:
        caption += (" Below: the paused epochs of each method, darker where more of its seeds "
                    "paused; at the right, paused epochs a run (mean ± standard deviation).")
    return Drawn("theta", title, caption, figure)


def _draw_pauses(axis, pausing: list[Group], shown: list[Group]) -> None:
    for row, group in enumerate(pausing):
        paused = [run.paused() for run in group.runs]
        length = min(map(len, paused))
        share = np.mean([each[:length] for each in paused], axis=0)
        colour = line_style(shown.index(group))["color"]
        for value in np.unique(share[share > 0]):
            epochs = np.flatnonzero(share == value) + 1
            axis.eventplot(epochs, lineoffsets=-row, linelengths=0.7, linewidths=0.8, color=colour,
                           alpha=0.25 + 0.75 * value)
        counts = [int(each[:length].sum()) for each in paused]
        text = f"{np.mean(counts):.1f}" + (
            f" ± {np.std(counts, ddof=1):.1f}" if len(counts) > 1 else "")
        axis.text(1.005, -row, text, color=colour, va="center",
                  transform=axis.get_yaxis_transform())
    axis.set_ylim(-len(pausing) + 0.4, 0.6)
    axis.set_yticks([-row for row in range(len(pausing))], ["paused"] * len(pausing))
    for tick, group in zip(axis.get_yticklabels(), pausing):
        tick.set_color(line_style(shown.index(group))["color"])
    axis.grid(False)


def _layers(groups: list[Group]) -> int:
    return max(group.runs[0].layer_count for group in groups)


def layer_figure(groups: list[Group]) -> Drawn | Missing:
    title = "Connections of each layer"
    layers = _layers(groups)
    if layers == 0:
        return Missing(title, "the runs have no sparse layer")
    labels = [with_count(group.label, len(group.runs)) for group in groups]
    figure, axes, strip = panels(1, layers, (WIDTH, 3.6), legend_lines(labels, WIDTH))
    for layer, axis in enumerate(axes[0]):
        for number, group in enumerate(groups):
            if layer < group.runs[0].layer_count:
                draw_band(axis, band(group, "layers", layer, "connections"), line_style(number))
        axis.set_title(f"layer {layer}")
        epoch_axis(axis)
        axis.set_ylim(bottom=0)
        thousands(axis)
    axes[0][0].set_ylabel("connections")
    legend(strip, [(label, line_style(number)) for number, label in enumerate(labels)],
           legend_columns(labels, WIDTH))
    return Drawn("layer_connections", title,
                 BANDS + "After each epoch's drop and growth; layer 0 has the images as inputs.",
                 figure)


def survival_figure(groups: list[Group]) -> Drawn | Missing:
    title = "Survival of new connections"
    bands = {}  # by the group's and the layer's numbers
    for number, group in enumerate(groups):
        for layer in range(group.runs[0].layer_count):
            found = band_of([run.survival(layer) for run in group.runs])
            known = np.isfinite(found.mean)
            if known.any():  # epochs without evolutions would break the line
                deviation = None if found.deviation is None else found.deviation[known]
                bands[number, layer] = Band(found.epochs[known], found.mean[known], deviation,
                                            found.count)
    if not bands:
        return Missing(title, "no run counts the connections that a drop takes for the first time "
                              "(static and dense runs have none, and those of older versions)")
    shown = sorted({number for number, _ in bands})
    labels = [with_count(groups[number].label, len(groups[number].runs)) for number in shown]
    figure, axes, strip = panels(1, 1 + max(layer for _, layer in bands), (WIDTH, 3.6),
                                 legend_lines(labels, WIDTH), sharey=True)
    for layer, axis in enumerate(axes[0]):
        for place, number in enumerate(shown):
            if (number, layer) in bands:
                draw_band(axis, bands[number, layer], line_style(place), scale=100)
        axis.set_title(f"layer {layer}")
        axis.set_ylim(bottom=0)
        axis.yaxis.set_major_formatter(lambda value, _: f"{value:g} %")
        epoch_axis(axis)
    axes[0][0].set_ylabel("new connections that\nthe next drop left")
    legend(strip, [(label, line_style(place)) for place, label in enumerate(labels)],
           legend_columns(labels, WIDTH))
    return Drawn("survival", title,
                 BANDS + SMOOTHING + " Of the connections that had grown, the share that the first "
                 "drop which could take them left, over all evolutions of an epoch.", figure)


def overlap_figure(groups: list[Group]) -> Drawn | Missing:
    title = "Mask overlap and explored cells"
    shown = [group for group in groups if any(
        has_any(group, "layers", layer, "topology", "overlap_first")
        for layer in range(group.runs[0].layer_count))]
    if not shown:
        return Missing(title, "no run records its topology (setting topology = true, "
                              "and sparse layers)")
    layers = _layers(shown)
    labels = [with_count(group.label, len(group.runs)) for group in shown]
    figure, axes, strip = panels(3, layers, (WIDTH, 7.2), legend_lines(labels, WIDTH), sharex=True)
    for row, (field, text) in enumerate(OVERLAPS):
        for layer in range(layers):
            axis = axes[row][layer]
            bands: list[Band] = []
            for number, group in enumerate(shown):
                if layer < group.runs[0].layer_count:
                    bands.append(_overlap(group, layer, field))
                    draw_band(axis, bands[-1], line_style(number), scale=100)
            if not any(np.isfinite(each.mean).any() for each in bands):
                axis.text(0.5, 0.5, "not recorded", ha="center", transform=axis.transAxes)
            # The overlap with the previous mask moves little around 1 - zeta: its own scale.
            if row:
                axis.set_ylim(bottom=0)
            axis.yaxis.set_major_formatter(lambda value, _: f"{value:g} %")
            if row == 0:
                axis.set_title(f"layer {layer}")
            if row == len(OVERLAPS) - 1:
                epoch_axis(axis)
        axes[row][0].set_ylabel(text)
    legend(strip, [(label, line_style(number)) for number, label in enumerate(labels)],
           legend_columns(labels, WIDTH))
    return Drawn("mask_overlap", title, BANDS + SMOOTHING + " Overlap: share of the earlier mask's "
                 "connections that are still active. A paused epoch changes no connection; "
                 "the last epoch of a run, which has no evolution, is left out of the first row.",
                 figure)


def _overlap(group: Group, layer: int, field: str) -> Band:
    """Without the jump to 1 of the last epoch, which no evolution follows."""
    found = band(group, "layers", layer, "topology", field)
    if field == "overlap_previous" and has_any(group, "theta"):
        found.mean[~np.isfinite(band(group, "theta").mean)] = np.nan
    return found


def overview_figure(groups: list[Group]) -> Drawn:
    """Accuracy, loss, connections and θ in one look."""
    labels = [with_count(group.label, len(group.runs)) for group in groups]
    figure, axes, strip = panels(2, 2, (11, 7.6), legend_lines(labels, 11), sharex=True)
    fields = (("test_accuracy", "test accuracy"), ("test_loss", "test loss (nats)"),
              ("connections", "connections of the sparse layers"), ("theta", "regrowth ratio θ"))
    for (field, text), axis in zip(fields, axes.flat):
        for number, group in enumerate(groups):
            draw_band(axis, band(group, field), line_style(number))
            if field == "theta" and len(group.runs) == 1:
                _mark_pauses(axis, group, line_style(number)["color"])
        axis.set_ylabel(text)
        if field in ("connections", "theta"):
            axis.set_ylim(bottom=0)
            epoch_axis(axis)
        if field == "connections":
            thousands(axis)
    legend(strip, [(label, line_style(number)) for number, label in enumerate(labels)],
           legend_columns(labels, 11))
    return Drawn("overview", "Overview", BANDS + SMOOTHING, figure)


def _mark_pauses(axis: plt.Axes, group: Group, colour: str) -> None:
    """Few pauses are marked on the curve; many would hide it."""
    run = group.runs[0]
    epochs = np.flatnonzero(run.paused())
    if 0 < epochs.size <= 40:
        axis.plot(epochs + 1, run.curve("theta")[epochs], "v", color=colour, markersize=6)
        axis.annotate("▼ paused epochs", (0.02, 0.04), xycoords="axes fraction", fontsize=9)

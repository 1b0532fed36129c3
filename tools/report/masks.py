"""Masks as pictures, and how many connections each pixel of the images has."""
import textwrap

import numpy as np

from .checkpoint import Checkpoint, Mask
from .style import Drawn, plt

BINS = 128  # a picture's rows and columns at most
STATES = (("start", "initial"), ("end", "last"))


def density(mask: Mask, bins: int = BINS) -> np.ndarray:
    """The share of active cells in blocks of the mask: [output blocks, input blocks]."""
    rows, columns = min(bins, mask.outputs), min(bins, mask.inputs)
    out, inp = np.divmod(mask.cells, mask.inputs)
    counts = np.bincount((out * rows // mask.outputs) * columns + inp * columns // mask.inputs,
                         minlength=rows * columns).reshape(rows, columns)
    heights = np.bincount(np.arange(mask.outputs) * rows // mask.outputs)
    widths = np.bincount(np.arange(mask.inputs) * columns // mask.inputs)
    return counts / np.outer(heights, widths)


def pixel_degrees(mask: Mask, shape: tuple[int, int, int], order: str) -> np.ndarray:
    """Connections out of each pixel, summed over its channels: [height, width]."""
    channels, height, width = shape
    degrees = mask.out_degrees()
    if order == "hwc":
        return degrees.reshape(height, width, channels).sum(axis=2)
    return degrees.reshape(channels, height, width).sum(axis=0)


def is_image(checkpoint: Checkpoint) -> bool:
    channels, height, width = checkpoint.shape
    return (height > 1 and width > 1 and 0 in checkpoint.masks
            and checkpoint.masks[0].inputs == channels * height * width)


def mask_figure(name: str, label: str, run: str, start: Checkpoint | None,
                end: Checkpoint | None) -> Drawn:
    """At least one of the checkpoints is there."""
    states = [(word, state) for (word, _), state in zip(STATES, (start, end)) if state is not None]
    layers = sorted(states[0][1].masks)
    figure, axes = plt.subplots(len(states), len(layers), squeeze=False, layout="constrained",
                                figsize=(3.7 * len(layers) + 0.3, 3.4 * len(states)))
    for column, layer in enumerate(layers):
        pictures = [100 * density(state.masks[layer]) for _, state in states]
        # A few full rows or columns must not darken the rest: the scale ends at the top 0.2 %.
        highest = max(np.quantile(picture, 0.998) for picture in pictures) or 1
        for row, ((word, state), picture) in enumerate(zip(states, pictures)):
            mask = state.masks[layer]
            shown = axes[row][column].imshow(
                picture, cmap="cividis", vmin=0, vmax=highest, interpolation="nearest",
                aspect="auto", extent=(0, mask.inputs, mask.outputs, 0))
            axes[row][column].set_title(
                f"layer {layer}, {word}: {mask.cells.size:,} connections")
            axes[row][column].grid(False)
            axes[row][column].set_xlabel("input neuron")
            axes[row][column].set_ylabel("output neuron" if column == 0 else "")
        figure.colorbar(shown, ax=axes[:, column], location="bottom", extend="max", shrink=0.85,
                        aspect=30, label="active cells (%)")
    caption = (f"The masks of {run}, in at most {BINS} × {BINS} blocks of cells; brightness is the "
               "share of a block's cells that are connections. A bright row is a neuron of many "
               "connections in, a bright column one of many out.")
    for (word, file), checkpoint in zip(STATES, (start, end)):
        if checkpoint is None:
            caption += f" The {word} is not drawn: the run has no {file}.safetensors."
    return Drawn(f"masks_{name}", f"Masks: {label}", caption, figure)


def pixel_figure(pictures: list[tuple[str, str, np.ndarray]]) -> Drawn:
    """Of (label, "start" or "end", [height, width]), as ordered; one colour scale for all."""
    columns = min(len(pictures), 4)
    rows = -(-len(pictures) // columns)
    figure, axes = plt.subplots(rows, columns, squeeze=False, layout="constrained",
                                figsize=(2.65 * columns + 0.9, 2.75 * rows))
    low = min(picture.min() for _, _, picture in pictures)
    high = max(np.quantile(picture, 0.998) for _, _, picture in pictures)
    for axis in axes.flat[len(pictures):]:
        axis.set_axis_off()
    for axis, (label, word, picture) in zip(axes.flat, pictures):
        shown = axis.imshow(picture, cmap="cividis", vmin=low, vmax=max(high, low + 1),
                            interpolation="nearest")
        axis.set_title(f"{textwrap.fill(label, 26)}\n{word}", fontsize=9)
        axis.grid(False)
        axis.set_xticks([0, picture.shape[1] - 1])
        axis.set_yticks([0, picture.shape[0] - 1])
    figure.colorbar(shown, ax=axes, extend="max", shrink=0.8, aspect=30,
                    label="connections out of\na pixel, all channels")
    height, width = pictures[0][2].shape
    return Drawn("input_pixels", "Connections of the input pixels",
                 f"How many connections of layer 0 leave each of the {height} × {width} pixels, "
                 "summed over its channels; of each method's first run, at the start and the "
                 "end of training.", figure)

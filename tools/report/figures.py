"""All figures for which the runs have data, in the page's order; of the others, why not."""
import pathlib
from collections.abc import Iterator

from .checkpoint import Checkpoint, read_checkpoint
from .degrees import degree_figure
from .evolution import (layer_figure, overlap_figure, overview_figure, survival_figure,
                        theta_figure)
from .groups import Group, folder_of, unique_stems
from .masks import is_image, mask_figure, pixel_degrees, pixel_figure
from .methods import growth_figures, method_figures
from .style import Drawn, Missing


def all_figures(groups: list[Group]) -> Iterator[Drawn | Missing]:
    """One after the other, so that few are in memory."""
    yield overview_figure(groups)
    yield from growth_figures(groups)
    yield from method_figures(groups)
    yield theta_figure(groups)
    yield layer_figure(groups)
    yield survival_figure(groups)
    yield overlap_figure(groups)
    yield from _network_figures(groups)


def _network_figures(groups: list[Group]) -> Iterator[Drawn | Missing]:
    """Of each group's first run: the degrees and masks of its networks, then all groups' pixels."""
    stems = unique_stems(groups)
    pixels, without_pixels = [], []
    for number, group in enumerate(groups):
        folder = folder_of(group)
        start, end = (_read_if_there(folder / f"{name}.safetensors")
                      for name in ("initial", "last"))
        there = [each for each in (start, end) if each is not None]
        if not there:
            reason = f"{folder} has neither initial.safetensors nor last.safetensors"
        elif not there[0].masks:
            reason = "the network has no sparse layer"
        else:
            reason = ""
            run = f"the run with seed {group.runs[0].setting('training', 'seed')}"
            yield degree_figure(stems[number], group.label, run, start, end)
            yield mask_figure(stems[number], group.label, run, start, end)
        if reason:
            yield Missing(f"Degree distributions and masks: {group.label}", reason)
        if reason or not is_image(there[0]):
            without_pixels.append((group.label, reason or "its inputs are no image"))
            continue
        order = group.runs[0].setting("data", "input_order")
        pixels += [(group.label, word, pixel_degrees(each.masks[0], each.shape, order))
                   for word, each in (("start", start), ("end", end)) if each is not None]
    if pixels:
        yield pixel_figure(pixels)
    for label, reason in without_pixels:
        yield Missing(f"Connections of the input pixels: {label}", reason)


def _read_if_there(path: pathlib.Path) -> Checkpoint | None:
    return read_checkpoint(path) if path.is_file() else None

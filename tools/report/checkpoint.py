"""Checkpoints (docs/checkpoint.md): the masks of a network and the shape of its images."""
import json
import pathlib
import zlib
from dataclasses import dataclass

import numpy as np

from .runs import ReportError

DTYPES = {"U32": "<u4", "U64": "<u8", "F32": "<f4", "F64": "<f8"}
VERSIONS = ("1", "2", "3", "4", "5", "6", "7")


@dataclass
class Mask:
    inputs: int
    outputs: int
    cells: np.ndarray  # out * inputs + in of each connection, ascending

    def in_degrees(self) -> np.ndarray:
        return np.bincount(self.cells // self.inputs, minlength=self.outputs)

    def out_degrees(self) -> np.ndarray:
        return np.bincount(self.cells % self.inputs, minlength=self.inputs)


@dataclass
class Checkpoint:
    shape: tuple[int, int, int]  # channels, height, width of an image
    masks: dict[int, Mask]  # layer -> mask, of the sparse layers only


def read_checkpoint(path: pathlib.Path) -> Checkpoint:
    """Throws ReportError where the file is missing, damaged or of another version."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ReportError(f"{path}: cannot be read: {error.strerror}") from None
    # The checksum is the last tensor: the CRC-32 of every byte before it.
    if len(raw) < 12 or zlib.crc32(memoryview(raw)[:-4]) != int.from_bytes(raw[-4:], "little"):
        raise ReportError(f"{path}: damaged (its checksum differs); resume or rerun the run")
    try:
        return _parse(raw, path)
    except (KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        raise ReportError(f"{path}: no checkpoint of regrow ({error!r})") from None


def _parse(raw: bytes, path: pathlib.Path) -> Checkpoint:
    start = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:start])
    meta = header["__metadata__"]
    if meta["version"] not in VERSIONS:
        raise ReportError(f"{path}: version {meta['version']}, known are {', '.join(VERSIONS)}")
    shape = json.loads(meta["shape"])
    masks = {}
    for number, layer in enumerate(json.loads(meta["layers"])):
        if layer["kind"] != "sparse":
            continue
        tensor = header[f"layers.{number}.cells"]
        begin, end = (start + offset for offset in tensor["data_offsets"])
        cells = np.frombuffer(raw[begin:end], DTYPES[tensor["dtype"]]).astype(np.int64)
        if cells.size and not 0 <= cells.min() <= cells.max() < layer["inputs"] * layer["outputs"]:
            raise ValueError(f"layer {number}: a cell outside the layer")
        masks[number] = Mask(layer["inputs"], layer["outputs"], cells)
    return Checkpoint((shape["channels"], shape["height"], shape["width"]), masks)

"""Run folders with all that is compared of them, made without the program."""
import json
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "faults"))
import run_files  # noqa: E402

EPOCHS = 3


def field(number, content):
    """Of bytes, shorter than 128."""
    return bytes([number << 3 | 2, len(content)]) + content


def scalar(tag, value):
    return field(1, field(1, tag.encode()) + bytes([2 << 3 | 5]) + struct.pack("<f", value))


def histogram(tag, value):
    return field(1, field(1, tag.encode()) + field(5, bytes([1 << 3 | 1]) + struct.pack("<d", value)))


def event(epoch, time=0.0, loss=0.5, seconds=0.25, weight=1.0):
    wall_time = bytes([1 << 3 | 1]) + struct.pack("<d", time)
    return wall_time + bytes([2 << 3, epoch]) + field(
        5, scalar("loss/train", loss) + scalar("seconds/train", seconds) + histogram("weights", weight))


def event_file(*events):
    head = bytes([1 << 3 | 1]) + struct.pack("<d", 0) + field(3, b"brain.Event:2")
    return b"".join(map(run_files.frame, (head, *events)))


def checkpoint(epoch, step=0, tensors=b"weights"):
    header = json.dumps(
        {"__metadata__": {"progress": json.dumps({"epoch": epoch, "step": step})}}).encode()
    return len(header).to_bytes(8, "little") + header + tensors


def lines(records):
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def make_run(folder):
    folder.mkdir()
    summary = {"epochs": EPOCHS, "accuracy": 0.5, "threads": 1, "seconds": 1.5, "seconds_per_epoch": 0.5}
    for name, content in {
            "config.toml": b"", ".lock": b"",
            run_files.METRICS: lines({"epoch": e, "loss": 1 / (1 + e)} for e in range(EPOCHS)),
            run_files.TIMINGS: lines({"epoch": e, "seconds": {}} for e in range(EPOCHS)),
            run_files.SUMMARY: json.dumps(summary).encode(),
            run_files.EVENTS: event_file(*map(event, range(EPOCHS))),
            run_files.INITIAL: checkpoint(0), run_files.LAST: checkpoint(EPOCHS),
            run_files.BEST: checkpoint(2)}.items():
        (folder / name).write_bytes(content)

"""What is in a run's folder, killed or ended, and the first difference between two runs.

Shares no code with the program. Damaged files are a ValueError that names them.
"""
import dataclasses
import json
import pathlib
import struct

METRICS = "metrics.jsonl"
TIMINGS = "timings.jsonl"
SUMMARY = "summary.json"
EVENTS = "events.out.tfevents.0.regrow"
INITIAL = "initial.safetensors"
LAST = "last.safetensors"
BEST = "best.safetensors"
# How often the last checkpoint is written, and with it the one before, is a matter of time.
_MAY_BE_MISSING = {"previous.safetensors"}
# What two runs of the same settings do not have in common.
_NOT_COMPARED = {"seconds", "seconds_per_epoch", "threads"}


@dataclasses.dataclass(frozen=True)
class Progress:
    """Of a checkpoint: the epoch that runs next or now, and the steps of it that are done."""
    epoch: int
    step: int


def progress_of(checkpoint):
    """None where there is no such file."""
    try:
        content = pathlib.Path(checkpoint).read_bytes()
        header = json.loads(content[8:8 + int.from_bytes(content[:8], "little")])
        progress = json.loads(header["__metadata__"]["progress"])
        return Progress(progress["epoch"], progress["step"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{pathlib.Path(checkpoint).name}: no checkpoint ({error!r})") from error


def is_aside(name):
    """Whether a file is one that is being written, or that a killed writer left."""
    return name.endswith(".aside")


def content_of(path):
    """Empty where there is no such file."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def whole_lines(path):
    """The lines that end; a kill may leave a piece of a further one."""
    return content_of(path).split(b"\n")[:-1]


def unfinished(folder):
    """Names and sizes of the files that somebody was writing: aside ones, and records cut short."""
    found = set()
    for path in folder.iterdir() if folder.is_dir() else ():
        content = content_of(path)
        cut = path.suffix == ".jsonl" and content and not content.endswith(b"\n")
        if is_aside(path.name) or cut or (path.name == EVENTS and _records(content)[1]):
            found.add((path.name, len(content)))
    return found


# Event files: docs/tensorboard.md.

_POLYNOMIAL = 0x82F63B78  # CRC-32C, reflected


def _crc_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return table


_CRC_TABLE = _crc_table()


def _masked_crc(content):
    crc = 0xFFFFFFFF
    for byte in content:
        crc = _CRC_TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def frame(payload):
    """A TFRecord."""
    length = struct.pack("<Q", len(payload))
    return (length + struct.pack("<I", _masked_crc(length)) + payload
            + struct.pack("<I", _masked_crc(payload)))


def _records(content):
    """The whole TFRecords' payloads, unchecked, and what follows them."""
    payloads, begin = [], 0
    while len(content) - begin >= 16:
        end = begin + 16 + int.from_bytes(content[begin:begin + 8], "little")
        if end > len(content):
            break
        payloads.append(content[begin + 12:end - 4])
        begin = end
    return payloads, content[begin:]


def _fields(message):
    """Numbers and values of a Protocol Buffers message's fields."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
            continue
        size = {1: 8, 5: 4}[key & 7] if key & 7 != 2 else varint()
        if at + size > len(message):
            raise ValueError("a field is cut short")
        yield key >> 3, message[at:at + size]
        at += size


@dataclasses.dataclass(frozen=True)
class Event:
    """All of an epoch's event but what tells the time."""
    epoch: int
    values: dict  # by tag: a scalar's or a histogram's bytes; nothing of seconds


def _event(payload):
    epoch, values = 0, {}
    for number, value in _fields(payload):
        if number == 2:
            epoch = value
        elif number == 5:
            for _, entry in _fields(value):
                fields = dict(_fields(entry))
                tag = fields.pop(1).decode()
                values[tag] = None if tag.startswith(("seconds/", "beside/")) else fields
    return Event(epoch, values)


def events_of(path):
    """An event for each epoch in the file, in its order."""
    content = content_of(path)
    payloads, rest = _records(content)
    if rest:
        raise ValueError(f"{path.name}: {len(rest)} bytes after the last whole record")
    if b"".join(map(frame, payloads)) != content:
        raise ValueError(f"{path.name}: a record's checksum is not its own")
    try:
        return [_event(payload) for payload in payloads[1:]]
    except (ValueError, LookupError) as error:
        raise ValueError(f"{path.name}: a record is no event ({error!r})") from error


# Comparisons: the first difference in words, or nothing.


def _place(path, content, expected):
    """Where two files begin to differ."""
    at = next((i for i, (a, b) in enumerate(zip(content, expected)) if a != b),
              min(len(content), len(expected)))
    lengths = f"{len(content)} bytes, undisturbed {len(expected)}"
    if path.suffix == ".jsonl":
        return f"line {content[:at].count(10) + 1} ({lengths})"
    return f"byte {at} ({lengths})"


def _different_bytes(run, whole, name):
    content, expected = content_of(run / name), content_of(whole / name)
    if content == expected:
        return ""
    return f"{name}: differs from the undisturbed run's from {_place(run / name, content, expected)} on"


def _wrong_epochs(name, epochs, count):
    """They are to be 0, 1, …, count − 1."""
    for place, epoch in enumerate(epochs):
        if epoch != place:
            return f"{name}: epoch {epoch} stands where {place} belongs"
    return "" if len(epochs) == count else f"{name}: {len(epochs)} epochs, and {count} were trained"


def _different_events(run, whole):
    events, expected = events_of(run / EVENTS), events_of(whole / EVENTS)
    wrong = _wrong_epochs(EVENTS, [event.epoch for event in events], len(expected))
    if wrong:
        return wrong
    for found, undisturbed in zip(events, expected):
        for tag in sorted(found.values.keys() | undisturbed.values.keys()):
            missing = object()
            if found.values.get(tag, missing) != undisturbed.values.get(tag, missing):
                return f"{EVENTS}: epoch {found.epoch}: {tag} is not the undisturbed run's"
    return ""


def _wrong_timings(run, count):
    content = content_of(run / TIMINGS)
    if content and not content.endswith(b"\n"):
        return f"{TIMINGS}: its last line has no end"
    try:
        epochs = [json.loads(line)["epoch"] for line in content.splitlines()]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{TIMINGS}: a line is no epoch's ({error!r})") from error
    return _wrong_epochs(TIMINGS, epochs, count)


def _summary(folder):
    try:
        return json.loads(content_of(folder / SUMMARY))
    except ValueError as error:
        raise ValueError(f"{SUMMARY}: no JSON ({error!r})") from error


def _different_summary(run, whole):
    found, expected = _summary(run), _summary(whole)
    for key in sorted((found.keys() | expected.keys()) - _NOT_COMPARED):
        if found.get(key) != expected.get(key) or (key in found) != (key in expected):
            return f"{SUMMARY}: {key} is not the undisturbed run's"
    return ""


def _names(folder):
    return {path.name for path in folder.iterdir()} - _MAY_BE_MISSING


def _different_names(run, whole):
    found, expected = _names(run), _names(whole)
    for name in sorted(found - expected):
        return f"{name}: {'left behind' if is_aside(name) else 'not a file of the undisturbed run'}"
    for name in sorted(expected - found):
        return f"{name}: missing"
    return ""


def first_difference(run, whole, start=None):
    """Between an ended run and the undisturbed one; empty where there is none.

    The untrained network is compared with that of `start`, where it is given: the undisturbed run
    before its extension.
    """
    epochs = len(whole_lines(whole / METRICS))
    checks = (
        lambda: _different_names(run, whole),
        lambda: _different_bytes(run, whole, METRICS),
        lambda: _different_bytes(run, whole, LAST),
        lambda: _different_bytes(run, whole, BEST),
        lambda: _different_bytes(run, start or whole, INITIAL),
        lambda: _different_events(run, whole) if (whole / EVENTS).exists() else "",
        lambda: _wrong_timings(run, epochs),
        lambda: _different_summary(run, whole),
    )
    for check in checks:
        try:
            difference = check()
        except ValueError as error:
            difference = str(error)
        if difference:
            return difference
    return ""


def lost_epochs(progress, lines, interval):
    """What is wrong with a killed run of `lines` recorded epochs that goes on from `progress`.

    `interval`: epochs between two checkpoints; None where they are a matter of time.
    """
    # A record may be the one thing that the checkpoint came before.
    if lines + 1 < progress.epoch:
        return (f"{METRICS}: {lines} epochs, and {LAST} goes on in epoch {progress.epoch}: "
                "records are lost")
    if interval is not None and lines - progress.epoch > interval:
        return (f"{LAST}: goes on in epoch {progress.epoch} of {lines} recorded ones, "
                f"and a checkpoint was due every {interval}")
    return ""

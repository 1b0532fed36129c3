"""What was measured so far, as JSON and as a table; files are whole at any time. Needs no
PyTorch."""
import json
import os
import statistics
import tempfile


class Timings:
    """Seconds of one way to train, by round."""

    def __init__(self, name):
        self.name = name
        self.problem = None  # why it is measured no further
        self.step = []
        self.epoch = []


def spread(values):
    return {"median": statistics.median(values), "least": min(values), "most": max(values),
            "rounds": values}


def time_text(seconds):
    for scale, unit in ((1e6, "us"), (1e3, "ms"), (1, "s")):
        if seconds * scale < 999.5 or unit == "s":
            return f"{seconds * scale:.3g} {unit}"
    raise AssertionError


def entry_of(timings, base):
    entry = {"name": timings.name}
    if not timings.epoch:
        entry["not_measured"] = timings.problem or "no round finished yet"
        return entry
    if timings.problem is not None:
        entry["stopped"] = timings.problem
    for what in ("step", "epoch"):
        # A variant is stopped for good, so that the n-th values of two are of the same round.
        values, others = getattr(timings, what), getattr(base, what)
        entry[f"{what}_seconds"] = spread(values)
        entry[f"{what}_ratio"] = spread([a / b for a, b in zip(values, others)])
    return entry


def as_json(facts, all_timings):
    """`facts` is of the whole comparison, and comes first."""
    base = base_of(all_timings)
    return {**facts, "ratios_to": base.name if base else None,
            "variants": [entry_of(timings, base) for timings in all_timings]}


def base_of(all_timings):
    """To which the ratios are: the first that was measured, if any was."""
    return next((timings for timings in all_timings if timings.epoch), None)


def as_text(report):
    """Lines of a table of what as_json gives."""
    lines = [f"PyTorch {report['torch']} on {report['device']}; {report['size']}: batch "
             f"{report['batch']}, {report['steps']} steps an epoch, {report['rounds']} rounds"
             + ("" if report["finished"] else ", not finished")]
    measured = [entry for entry in report["variants"] if "not_measured" not in entry]
    if measured:
        lines.append(f"{'':24}{'n':>4} {'a step':>28} {'ratio':>22} {'an epoch':>28} {'ratio':>22}")
    for entry in measured:
        line = f"{entry['name']:24}{len(entry['step_seconds']['rounds']):>4}"
        for what in ("step", "epoch"):
            s, r = entry[f"{what}_seconds"], entry[f"{what}_ratio"]
            times = f"{time_text(s['median'])} ({time_text(s['least'])} to {time_text(s['most'])})"
            ratio = f"{r['median']:.3g} ({r['least']:.3g} to {r['most']:.3g})"
            line += f" {times:>28} {ratio:>22}"
        lines.append(line)
    if measured:
        lines.append(f"n: rounds; ratios to {report['ratios_to']}, round by round: "
                     "median (least to most)")
    for entry in report["variants"]:
        if "not_measured" in entry:
            lines.append(f"{entry['name']}: not measured: {entry['not_measured']}")
        elif "stopped" in entry:
            lines.append(f"{entry['name']}: stopped: {entry['stopped']}")
    return "\n".join(lines) + "\n"


def replace_file(path, text):
    """The file is the old one or the new one at any time, even when this program is killed."""
    path = os.path.abspath(path)
    descriptor, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".",
                                             suffix=".part")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def write_files(report, json_path, text_path):
    """Either path may be empty: no such file."""
    if json_path:
        replace_file(json_path, json.dumps(report, indent=2) + "\n")
    if text_path:
        replace_file(text_path, as_text(report))

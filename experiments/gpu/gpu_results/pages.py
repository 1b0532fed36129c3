"""machine.md and results.md. Every table says n, spread and the command that measured it."""
import statistics
from urllib.parse import quote

from . import bars
from .bars import Verdict
from .checks import MACHINE, STAGES, Check, Found, one_line, read_json, without_folders
from .reports import KERNEL_METRICS, Bench, Comparison, Kernel, Spread, Timed

SPREAD = "median (least to most) over n rounds"


def time_text(seconds: float) -> str:
    for scale, unit in ((1e6, "µs"), (1e3, "ms"), (1, "s")):
        if seconds * scale < 999.5 or unit == "s":
            value = seconds * scale
            return f"{value:.{2 if value < 9.995 else 1 if value < 99.95 else 0}f} {unit}"
    raise AssertionError


def times(value: Spread | None) -> str:
    if value is None:
        return ""
    return f"{time_text(value.median)} ({time_text(value.least)} to {time_text(value.most)})"


def ratios(value: Spread) -> str:
    return f"{value.median:.3g} ({value.least:.3g} to {value.most:.3g})"


def table(header: list[str], rows: list[list], left: int = 1) -> str:
    """Markdown; the first `left` columns are words, the others numbers."""
    def line(cells):
        return "| " + " | ".join(one_line(cell).replace("\\", "\\\\").replace("|", "\\|")
                                 for cell in cells) + " |"

    rule = "|" + "|".join("---" if i < left else "---:" for i in range(len(header))) + "|"
    return "\n".join([line(header), rule, *map(line, rows)]) + "\n"


def machine_page(checks: list[Check], command: str) -> str:
    rows = [[key, *("none" if check.machine[key] is None else check.machine[key]
                    for check in checks)] for key in MACHINE]
    return (f"# The machine of each check\n\nWritten by `{command}`.\n\n"
            + table(["", *(check.name for check in checks)], rows, left=1 + len(checks)))


def stages_part(checks: list[Check]) -> str:
    rows = [[check.name, name, record.status, record.text, f"{record.seconds:.0f}"]
            for check in checks for name in STAGES
            if (record := check.stages.get(name)) is not None]
    return ("## Stages\n\nAs `tools/gpu_check.py` ended them; what was skipped or is not here has "
            "not been measured.\n\n"
            + table(["check", "stage", "ended", "what it says", "s"], rows, left=4))


def bars_part(verdicts: list[Verdict], kernels: Found, sources: list[Found]) -> str:
    rows = []
    for verdict in verdicts:
        value = verdict.value
        figure = spread = n = ""
        if value is not None:
            text = time_text if verdict.bar in bars.STEP.values() else "{:.3g}".format
            figure, n = text(value.median), value.n
            spread = f"{text(value.least)} to {text(value.most)}"
        answer = f"**{verdict.answer}**" if verdict.answer == "missed" else verdict.answer
        rows.append([verdict.bar.what, verdict.bar.wanted, answer, verdict.note, figure, spread,
                     n])
    part = ("## Bars\n\nA step of the paper's network with augmentation and dropout, and how many "
            "times as long another program's step takes, round by round.\n\n"
            + table(["bar", "wanted", "", "", "median", "least to most", "n"], rows, left=4)
            + "".join(f"\n- {found.source()}" for found in sources if found) + "\n")
    missed = [verdict.bar.what for verdict in verdicts if verdict.answer == "missed"]
    if missed:
        part += f"\nMissed: {'; '.join(missed)}. What the profile says of a step:\n\n"
        return part + kernel_table(kernels)
    return f"{part}\nThe kernels of a step:\n\n{kernel_table(kernels)}"


def _timed_rows(everything: list[Timed]) -> list[list]:
    base = next((timed for timed in everything if timed.step is not None), None)
    rows = []
    for timed in everything:
        if timed.step is None:
            rows.append([timed.name, f"not measured: {timed.problem}", *[""] * 5])
            continue
        epoch = timed.epoch is not None and base.epoch is not None
        rows.append([timed.name, times(timed.step), ratios(timed.step.over(base.step)),
                     times(timed.epoch), ratios(timed.epoch.over(base.epoch)) if epoch else "",
                     f"{timed.share * 100:.1f} %" if timed.share is not None else "",
                     f"{timed.step.n}" + (f"; stopped: {timed.stopped}" if timed.stopped else "")])
    return rows


def timed_table(everything: list[Timed]) -> str:
    """Ratios are to the first that was measured. Columns without a value are left out."""
    header = ["", "a step", "ratio", "an epoch", "ratio", "evaluation, evolution", "n"]
    rows = _timed_rows(everything)
    kept = [i for i in range(len(header)) if i < 2 or any(row[i] for row in rows)]
    return table([header[i] for i in kept], [[row[i] for i in kept] for row in rows])


def bench_part(title: str, found: Found) -> str:
    if not found:
        return f"## {title}\n\nNot measured: {found.why}.\n"
    bench: Bench = found.data
    part = f"## {title}\n"
    for size in bench.sizes:
        devices = ",".join(device.name for device in size.devices)
        part += (f"\n**{size.name}**: {size.layers}, {size.connections:,} connections at the "
                 f"start, batch {size.batch}, {size.steps} steps an epoch, with augmentation and "
                 f"dropout.\n\n{timed_table(size.devices)}\n"
                 f"{SPREAD}; ratios to the first, round by round. By {found.source()}: "
                 f"`regrow bench --device {devices} --size {size.name} --rounds {bench.rounds}`.\n")
    return part


def primitives_part(found: Found) -> str:
    title = "## Primitives\n\n"
    if not found:
        return f"{title}Not measured: {found.why}.\n"
    if not found.data.primitives:
        return f"{title}Not measured: check {found.check.name} timed no primitives.\n"
    part = title + ("One launch of each, the bytes that it must move, and their rate as a share of "
                    "the rate of a measured ceiling.\n")
    for device, primitives in found.data.primitives.items():
        rows = [[each.name, each.storage, each.ceiling, times(each.seconds),
                 f"{each.bytes:,}", f"{each.rate * 1e-9:,.1f}",
                 f"{each.share * 100:.0f} %" if each.share else "", each.seconds.n]
                for each in primitives]
        part += f"\n**{device}**\n\n" + table(
            ["primitive", "storage", "ceiling", "time", "bytes", "GB/s", "of the ceiling", "n"],
            rows, left=3)
    return part + (f"\n{SPREAD}. By {found.source()}: `regrow bench --measure primitives`.\n")


def pytorch_part(found: Found) -> str:
    title = "## Beside PyTorch\n\n"
    if not found:
        return f"{title}Not measured: {found.why}.\n"
    data: Comparison = found.data
    return (f"{title}PyTorch {data.torch} on {data.device}; {data.size}: batch {data.batch}, "
            f"{data.steps} steps an epoch. [What differs](../pytorch_baseline/README.md).\n\n"
            f"{timed_table(data.variants)}\n{SPREAD} ({data.rounds} were asked for); ratios to the "
            f"first, round by round. By {found.source()}: "
            "`experiments/pytorch_baseline/compare.py`.\n")


def kernel_table(found: Found) -> str:
    if not found:
        return f"The profile was not measured: {found.why}.\n"
    kernels: list[Kernel] = found.data
    whole = sum(sum(kernel.seconds) for kernel in kernels)
    names = [name for _, name in KERNEL_METRICS if any(name in k.metrics for k in kernels)]
    rows = []
    for kernel in kernels:
        row = [f"`{kernel.name}`", times(Spread(kernel.seconds)),
               f"{sum(kernel.seconds) / whole * 100:.0f} %"]
        for name in names:
            values = kernel.metrics.get(name)
            unit = "" if name == "registers" else " %"
            row.append(f"{statistics.median(values):.0f}{unit}" if values else "")
        rows.append([*row, len(kernel.seconds)])
    return (table(["kernel", "a launch", "of all", *names, "n"], rows)
            + "\nfp32, the paper's network; median (least to most) over n launches, under the "
            f"profiler, which slows them. By {found.source()}: `tools/profile.sh --kernels`.\n")


def table2_part(found: Found, epochs: dict[str, int]) -> str:
    title = "## Table 2\n\n"
    if not found:
        return f"{title}Not measured: {found.why}.\n"
    part = title + ("Curves of every run: [curves/](curves), an epoch a line. "
                    f"By {found.source()}: `experiments/table2/sweep.toml` on the GPU.\n\n")
    part += table(["run", "epochs trained"], [[f"[{name}](curves/{quote(name)}.csv)", count]
                                              for name, count in epochs.items()])
    trial = found.check.path("table2", "trial.json")
    if trial.is_file():
        part += trial_table(read_json(trial))
    summary = found.check.path("table2", "table.md")
    if summary.is_file():
        text = summary.read_text(encoding="utf-8", errors="replace").strip()
        part += f"\n{text}\n\nBy `regrow table`.\n"
    else:
        part += "\nNo table of them: `regrow table` left none.\n"
    return part


def trial_table(trial) -> str:
    """How runs side by side were tried: each way's seconds of a short sweep."""
    trial = trial if isinstance(trial, dict) else {}
    ways = {way: record for way, record in trial.items() if isinstance(record, dict)}
    if not ways:
        reason = without_folders(trial.get("reason", "no way was tried"))
        return f"\nHow to run them side by side was not tried: {reason}.\n"
    columns = sorted({key for record in ways.values() for key in record})
    rows = [[way, *(without_folders("" if record.get(key) is None else
                                    f"{record[key]:.4g}" if isinstance(record[key], float)
                                    else record[key]) for key in columns)]
            for way, record in ways.items()]
    return (f"\nRuns side by side, a short sweep of {trial.get('epochs', '?')} epochs by each way, "
            f"n = 1; chosen: {trial.get('chosen', '?')}.\n\n"
            + table(["way", *(key.replace("_", " ") for key in columns)], rows))


def results_page(checks: list[Check], command: str, parts: list[str]) -> str:
    machine = checks[-1].machine
    head = ("# What was measured on a GPU\n\n"
            f"{machine['gpu']}, commit {machine['commit']}; driver, toolkit and dates: "
            f"[machine.md](machine.md).\n\nWritten by `{command}` from what came back; nothing "
            "here is typed by hand. Where several checks have a stage, a passed one's is shown, then "
            "that of the most rounds, then the newest.\n")
    return "\n".join([head, *parts])

"""One self-contained HTML page: table, figures, what could not be drawn, settings."""
import base64
import html
import pathlib
from collections.abc import Iterable

import numpy as np

from .bands import mean_and_deviation
from .groups import Group, varying_settings
from .style import Drawn, Missing, save

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; max-width: 1100px; margin: 2em auto;
       padding: 0 1em; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 2.2em; border-bottom: 1px solid #ddd; }
img { max-width: 100%; } figure { margin: 1em 0 2em; } figcaption { color: #555; font-size: 90%; }
table { border-collapse: collapse; font-size: 88%; } .wide { overflow-x: auto; }
th, td { padding: .3em .7em; border-bottom: 1px solid #ddd; text-align: right; vertical-align: top;
         white-space: nowrap; }
th:first-child, td:first-child { text-align: left; white-space: normal; min-width: 11em; }
.paper { color: #777; } code { background: #f4f4f4; padding: 0 .2em; }
"""
# (heading, digits, scale, the paper's column)
COLUMNS = (("test accuracy", 4, 1, 0), ("test loss", 4, 1, 1), ("connections", 0, 1, 2),
           ("α (10⁻⁶)", 3, 1e6, 3), ("β", 0, 1, 4), ("θ", 3, 1, None),
           ("paused epochs", 1, 1, None), ("s / epoch", 2, 1, None))


def common_length(group: Group) -> int:
    return min(len(run.epochs) for run in group.runs)


def table_values(group: Group) -> list[list[float]]:
    """Of each column of the table one value a run, after the last epoch that all the runs have."""
    last = common_length(group) - 1
    rows = []
    for run in group.runs:
        accuracy, loss = (float(run.curve(name)[last]) for name in ("test_accuracy", "test_loss"))
        connections = run.evaluated_connections(last)
        # What followed the last epoch, if anything did, is not of the network evaluated.
        paused = run.paused()[:last]
        thetas = run.curve("theta")[:last]
        thetas = thetas[np.isfinite(thetas) & ~paused]
        seconds = run.seconds[: last + 1]
        rows.append([accuracy, loss, connections,
                     accuracy / connections if connections else np.nan, loss * connections,
                     thetas[-1] if thetas.size else np.nan, float(paused.sum()),
                     float(np.median(seconds)) if seconds else np.nan])
    return [list(column) for column in zip(*rows)]


def _cell(values: list[float], digits: int, scale: float, paper: float | None) -> str:
    known = [value * scale for value in values if np.isfinite(value)]
    if not known:
        return "<td>–</td>"
    mean, deviation = mean_and_deviation(known)
    text = f"{mean:,.{digits}f}" + ("" if deviation is None else f" ± {deviation:,.{digits}f}")
    if paper is not None:
        text += f"<br><span class=paper>{paper * scale:,.{digits}f}</span>"
    return f"<td>{text}</td>"


def table(groups: list[Group]) -> str:
    head = "".join(f"<th>{heading}</th>" for heading in
                   ("experiment", "n", "epochs") + tuple(column[0] for column in COLUMNS))
    body = []
    for group in groups:
        paper = group.paper_row()
        cells = [_cell(values, digits, scale, paper[place] if paper and place is not None else None)
                 for values, (_, digits, scale, place) in zip(table_values(group), COLUMNS)]
        body.append(f"<tr><td>{html.escape(group.label)}</td><td>{len(group.runs)}</td>"
                    f"<td>{common_length(group)}</td>{''.join(cells)}</tr>")
    note = ("Mean ± standard deviation over the n seeds, of the network after the last epoch that "
            "all of them have; θ is that of the last evolution, s / epoch the median of each run.")
    if any(group.paper_row() for group in groups):
        note += (" <span class=paper>In grey: the paper's value, of one run of 1,000 epochs."
                 "</span>")
    return (f"<div class=wide><table><tr>{head}</tr>{''.join(body)}</table></div><p>{note}</p>")


def settings(groups: list[Group]) -> str:
    varying = varying_settings(groups)
    rows = []
    for group in groups:
        values = ", ".join(f"{key} = {group.settings.get((section, key))}"
                           for section, key in varying)
        rows.append(f"<li><b>{html.escape(group.label)}</b>, seeds {html.escape(group.seeds)}"
                    f"{': ' if values else ''}<code>{html.escape(values)}</code></li>")
    common: dict[str, list[str]] = {}
    for (section, key), value in groups[0].settings.items():
        if (section, key) not in varying:
            common.setdefault(section, []).append(f"{key} = {value}")
    shared = "".join(f"<li><b>{html.escape(section)}</b>: {html.escape(', '.join(values))}</li>"
                     for section, values in common.items())
    return f"<ul>{''.join(rows)}</ul><p>The same in all:</p><ul>{shared}</ul>"


def write_page(out: pathlib.Path, title: str, groups: list[Group],
               figures: Iterable[Drawn | Missing], warnings: list[str]) -> None:
    """Saves the figures in the folder, and the page with all of them as index.html, last."""
    sections, missing = [], []
    for each in figures:
        if isinstance(each, Missing):
            missing.append(f"{each.title}: {each.reason}.")
        else:
            image = base64.b64encode(save(each.figure, out / each.name)).decode()
            sections.append(
                f"<h2>{html.escape(each.title)}</h2><figure>"
                f'<img alt="{html.escape(each.title)}" src="data:image/svg+xml;base64,{image}">'
                f"<figcaption>{html.escape(each.caption)}<br>Files: <code>{html.escape(each.name)}"
                "</code> .svg, .png</figcaption></figure>")
    left_out = "".join(f"<li>{html.escape(line)}</li>" for line in missing + warnings)
    if left_out:
        left_out = f"<h2>What is not here</h2><ul>{left_out}</ul>"
    page = (f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>'
            f"{html.escape(title)}</title><style>{STYLE}</style></head><body>"
            f"<h1>{html.escape(title)}</h1>{table(groups)}{left_out}{''.join(sections)}"
            f"<h2>Settings</h2>{settings(groups)}</body></html>\n")
    temporary = out / "index.html.part"
    temporary.write_text(page, encoding="utf-8")
    temporary.replace(out / "index.html")

"""Figures, drawn by tools/report where there is matplotlib."""
import pathlib
import sys
import tempfile

from .checks import CollectError, Found
from .reports import Timed

TOOLS = pathlib.Path(__file__).resolve().parents[3] / "tools"
STEPS, CURVES = "step_times.png", "table2_curves.png"
NAMES = (STEPS, CURVES)


def draw(paper: Found, baseline: Found, runs: Found) -> tuple[dict[str, bytes], list[str]]:
    """PNG files by name, and in words which were left out, and why."""
    sys.path.insert(0, str(TOOLS))
    try:
        from report import runs as report_runs  # numpy, tomllib
        from report import style  # matplotlib
    except ImportError as error:
        return {}, [f"the figures: {error} (tools/install_packages.sh plot, Debian's "
                    "/usr/bin/python3)"]
    finally:
        sys.path.remove(str(TOOLS))
    files, left_out = {}, []
    groups = [("regrow bench", _measured(paper.data.device("paper", d.name) for s in
                                         paper.data.sizes if s.name == "paper"
                                         for d in s.devices) if paper else []),
              ("beside PyTorch", _measured(baseline.data.variants) if baseline else [])]
    if any(timed for _, timed in groups):
        files[STEPS] = _png(style, _bars(style, [group for group in groups if group[1]]))
    else:
        left_out.append(f"{STEPS}: no step was measured")
    if runs:
        try:
            figure, shorter = _curves(report_runs, runs)
            files[CURVES] = _png(style, figure)
            left_out += shorter
        except report_runs.ReportError as error:
            raise CollectError(str(error)) from None
    else:
        left_out.append(f"{CURVES}: {runs.why}")
    return files, left_out


def _measured(everything) -> list[Timed]:
    return [timed for timed in everything if timed.step is not None]


def _bars(style, groups: list[tuple[str, list[Timed]]]):
    """Medians of a step, with a line from the least to the most; what was timed in the same rounds
    has a panel of its own."""
    heights = [0.35 * len(timed) + 0.6 for _, timed in groups]
    figure, axes = style.plt.subplots(len(groups), 1, figsize=(7.5, sum(heights) + 0.6),
                                      squeeze=False, layout="constrained",
                                      gridspec_kw={"height_ratios": heights})
    for axis, (title, everything) in zip(axes[:, 0], groups):
        for place, timed in enumerate(everything):
            step, ours = timed.step, not timed.name.startswith("pytorch")
            median = step.median * 1e6
            reach = [[median - step.least * 1e6], [step.most * 1e6 - median]]
            axis.barh(place, median, xerr=reach, height=0.65, capsize=3,
                      color=style.COLOURS[0 if ours else 1])
            axis.text(step.most * 1e6, place, f"  {median:.4g} (n = {step.n})", va="center")
        axis.set_yticks(range(len(everything)), [timed.name for timed in everything])
        axis.invert_yaxis()
        axis.margins(x=0.2)
        axis.set_xlim(left=0)
        axis.grid(axis="y", visible=False)
        axis.set_title(f"{title}: a step of the paper's network")
        axis.set_xlabel("µs: median of the rounds, least to most")
    return figure


def _curves(report_runs, runs: Found):
    """The figure, and which runs are not in it: a mean over seeds ends with the shortest run."""
    from report.evolution import overview_figure
    from report.groups import group_runs
    with tempfile.TemporaryDirectory() as folder:
        copies = [_whole_lines(runs.check.path("table2", name), pathlib.Path(folder) / name)
                  for name in runs.data]
        groups, _ = group_runs(report_runs.find_runs(copies)[0])
    shorter = []
    for group in groups:
        longest = max(group.runs, key=lambda run: len(run.epochs))
        shorter += [f"{run.folder.name} of {CURVES}: {len(run.epochs)} epochs, of the same "
                    f"settings {longest.folder.name} has {len(longest.epochs)}"
                    for run in group.runs if len(run.epochs) < len(longest.epochs)]
        group.runs = [run for run in group.runs if len(run.epochs) == len(longest.epochs)]
    return overview_figure(groups).figure, shorter


def _whole_lines(run: pathlib.Path, copy: pathlib.Path) -> pathlib.Path:
    """A run as tools/report wants it: the last line may have been cut off with the program."""
    copy.mkdir()
    for name in ("config.toml", "metrics.jsonl", "timings.jsonl"):
        if (run / name).is_file():
            text = (run / name).read_bytes()
            (copy / name).write_bytes(text[:text.rfind(b"\n") + 1])
    return copy


def _png(style, figure) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        style.save(figure, pathlib.Path(folder) / "figure")
        return (pathlib.Path(folder) / "figure.png").read_bytes()

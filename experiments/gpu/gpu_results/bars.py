"""What the trainer has to reach on an H100 or H200, and whether it does."""
from dataclasses import dataclass

from .checks import Found
from .reports import Spread, Timed

NOT_YET = "no round finished yet"  # compare.py's words
WIDE = "wide64k"  # a layer of 65,536 x 65,536
COMPILED = ("graph", "fused")
# (device of regrow, what it is called, the same precision of PyTorch)
PRECISIONS = (("cuda", "fp32"), ("cuda:bf16", "bf16"))


@dataclass
class Bar:
    what: str
    wanted: str
    holds: object  # of the median

    def judge(self, value: Spread | None, note: str = "") -> "Verdict":
        if value is None:
            return Verdict(self, None, "not measured", note)
        return Verdict(self, value, "met" if self.holds(value.median) else "missed", note)


@dataclass
class Verdict:
    bar: Bar
    value: Spread | None  # seconds of a step, or a ratio
    answer: str  # met, missed, not measured
    note: str


def at_most_us(limit: int) -> tuple[str, object]:
    return f"≤ {limit} µs", lambda seconds: seconds <= limit * 1e-6


def at_least(limit: float) -> tuple[str, object]:
    return f"≥ {limit:g} ×", lambda ratio: ratio >= limit


STEP = {"cuda": Bar("a step, fp32", *at_most_us(105)),
        "cuda:bf16": Bar("a step, bf16", *at_most_us(60))}
BEST = {precision: Bar(f"a step against PyTorch's best variant, {precision}", *at_least(1.5))
        for _, precision in PRECISIONS}
EAGER = {precision: Bar(f"a step against PyTorch's eager one, {precision}", *at_least(4))
         for _, precision in PRECISIONS}
CUSPARSE = Bar("a step against `cuda-cusparse`", *at_least(2))
DENSE = Bar("a step against `cuda-dense` at 65,536²", *at_least(20))
ALL = (*STEP.values(), *BEST.values(), *EAGER.values(), CUSPARSE, DENSE)


def _problem(timed: Timed | None, name: str) -> str:
    return f"{name}: {'not asked for' if timed is None else timed.problem}"


def _step(bar: Bar, bench: Found, device: str) -> Verdict:
    if not bench:
        return bar.judge(None, bench.why)
    timed = bench.data.device("paper", device)
    if timed is None or timed.step is None:
        return bar.judge(None, _problem(timed, device))
    return bar.judge(timed.step)


def _against(bar: Bar, bench: Found, size: str, other: str) -> Verdict:
    if not bench:
        return bar.judge(None, bench.why)
    ours, theirs = (bench.data.device(size, name) for name in ("cuda", other))
    for timed, name in ((ours, "cuda"), (theirs, other)):
        if timed is None or timed.step is None:
            return bar.judge(None, _problem(timed, name))
    return bar.judge(theirs.step.over(ours.step))


def _against_pytorch(found: Found, device: str, precision: str) -> list[Verdict]:
    best, eager = BEST[precision], EAGER[precision]
    if not found:
        return [best.judge(None, found.why), eager.judge(None, found.why)]
    if found.data.size != "paper" or found.data.device == "CPU":
        note = f"size {found.data.size} on {found.data.device}"
        return [best.judge(None, note), eager.judge(None, note)]
    ours = found.data.variant(f"regrow {device}")
    if ours is None or ours.step is None:
        note = _problem(ours, f"regrow {device}")
        return [best.judge(None, note), eager.judge(None, note)]
    ratios, problems = {}, {}
    for way in (*COMPILED, "eager"):
        name = f"pytorch {way} {precision}"
        theirs = found.data.variant(name)
        if theirs is None or theirs.step is None:
            problems[way] = _problem(theirs, name)
        else:
            ratios[way] = theirs.step.over(ours.step)
    lacking = [problems[way] for way in COMPILED if way in problems]
    way = min(ratios, key=lambda each: ratios[each].median, default=None)
    # One that was not reached may be the best; one that cannot be had on that machine is not.
    unreached = any(NOT_YET in each for each in lacking)
    if unreached and not (way and best.judge(ratios[way]).answer == "missed"):
        verdicts = [best.judge(None, "; ".join(lacking))]
    elif any(way in ratios for way in COMPILED):
        note = "; ".join([f"the best: {way}", *(f"not measured: {each}" for each in lacking)])
        verdicts = [best.judge(ratios[way], note)]
    else:  # The eager variant alone is not the best of anything.
        verdicts = [best.judge(None, "; ".join(lacking))]
    return [*verdicts, eager.judge(ratios.get("eager"), problems.get("eager", ""))]


def verdicts(paper: Found, wide: Found, baseline: Found) -> list[Verdict]:
    """Of every bar, in the order of ALL."""
    pytorch = [_against_pytorch(baseline, *pair) for pair in PRECISIONS]
    return [*(_step(bar, paper, device) for device, bar in STEP.items()),
            *(pair[0] for pair in pytorch), *(pair[1] for pair in pytorch),
            _against(CUSPARSE, paper, "paper", "cuda-cusparse"),
            _against(DENSE, wide, WIDE, "cuda-dense")]

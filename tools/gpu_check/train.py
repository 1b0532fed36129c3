"""Stage train: what proves the trainer. Runs repeat bit for bit and agree with the CPU."""
import shutil

from .machine import last_words, missing_library
from .records import Outcome, grouped, write

_NETWORK = ["--preset", "paper", "--dataset", "synthetic", "--synthetic-features", "3072",
            "--synthetic-classes", "10", "--synthetic-train", "5000", "--synthetic-test", "1000",
            "--hidden", "4000,1000,4000", "--quiet", "--force"]
_DYNSET = ["--method", "dynset"]
# Evolutions in the place of a step, five in an epoch of 50 steps.
_RIGL = ["--method", "rigl", "--evolve-every", "10", "--evolve-until", "1"]
_GSE = ["--method", "gse", "--evolve-every", "10", "--evolve-until", "1"]

# Name, settings, and whether the rest of the check would be worthless without it.
_RUNS = (
    ("one", [*_DYNSET, "--device", "cuda", "--epochs", "4"], True),
    ("two", [*_DYNSET, "--device", "cuda", "--epochs", "4"], True),
    ("plain", [*_DYNSET, "--device", "cuda", "--epochs", "4", "--cuda-graph", "false"], True),
    ("check-cuda", [*_DYNSET, "--device", "check:cuda,cpu", "--epochs", "2"], True),
    ("bf16", [*_DYNSET, "--device", "cuda", "--activation-dtype", "bf16", "--epochs", "4"], False),
    ("check-cuda-cusparse", [*_DYNSET, "--device", "check:cuda-cusparse,cpu", "--epochs", "2"],
     False),
    ("check-cuda-dense", [*_DYNSET, "--device", "check:cuda-dense,cpu", "--epochs", "2"], False),
    ("rigl", [*_RIGL, "--device", "cuda", "--epochs", "2"], False),
    ("rigl-again", [*_RIGL, "--device", "cuda", "--epochs", "2"], False),
    ("check-cuda-rigl", [*_RIGL, "--device", "check:cuda,cpu", "--epochs", "1"], False),
    ("check-cuda-gse", [*_GSE, "--device", "check:cuda,cpu", "--epochs", "1"], False),
)
# Runs whose metrics are the same to the byte, what is wrong where they are not, and whether that
# makes the rest of the check worthless.
_ALIKE = (
    ("one", "two", "two runs with one seed differ", True),
    ("one", "plain", "runs with and without a graph differ", True),
    ("rigl", "rigl-again", "two runs of rigl with one seed differ", False),
)


def run(check):
    runs = check.memory / "train"
    shutil.rmtree(runs, ignore_errors=True)
    runs.mkdir()
    at_once = max(2, min(len(_RUNS), check.machine.cores // 2))
    threads = max(1, check.machine.cores // at_once)
    jobs = [check.job(name, [check.program, "train", *_NETWORK, "--threads", threads, "--out",
                             runs / name, *settings], _log(check, name))
            for name, settings, _ in _RUNS]
    ended = {one.name: one for one in check.run(jobs, at_once=at_once)}

    reasons, lacking, unfinished, stops = {}, {}, [], False
    for name, _, is_essential in _RUNS:
        if name not in ended or not ended[name].in_time:
            unfinished.append(name)
        elif ended[name].code != 0:
            reason = missing_library(_log(check, name))
            if reason is not None and not is_essential:
                lacking[name.removeprefix("check-")] = reason
                continue
            reasons[name] = last_words(_log(check, name))
            stops = stops or is_essential
    good = [name for name in ended if ended[name].in_time and ended[name].code == 0]
    for name, settings, is_essential in _RUNS:
        # Two runs that recorded nothing are alike, too.
        epochs = int(settings[settings.index("--epochs") + 1])
        if name in good and (recorded := _metrics(runs, name).count(b"\n")) < epochs:
            reasons[name] = f"recorded {recorded} of {epochs} epochs"
            stops = stops or is_essential
    problems = grouped(reasons)
    for first, other, what, is_essential in _ALIKE:
        if first in good and other in good and _metrics(runs, first) != _metrics(runs, other):
            problems.append(what)
            stops = stops or is_essential
    if "one" in good:
        for file in ("metrics.jsonl", "timings.jsonl"):
            if (runs / "one" / file).is_file():
                write(check.folder() / file, (runs / "one" / file).read_bytes())
    shutil.rmtree(runs, ignore_errors=True)

    notes = [f"not checked: {words}" for words in grouped(lacking)]
    if unfinished:
        notes.append(f"not finished in its time: {', '.join(unfinished)}")
    if problems:
        return Outcome("failed", "; ".join(problems + notes), stops)
    if unfinished:
        return Outcome("unfinished", "; ".join(notes))
    agreeing = [name.removeprefix("check-") for name in good if name.startswith("check-")]
    return Outcome("passed", "; ".join(["runs repeat bit for bit, with and without a graph; "
                                        f"{', '.join(agreeing)} agree with the CPU", *notes]))


def _log(check, name):
    return check.folder() / f"{name}.log"


def _metrics(runs, name):
    file = runs / name / "metrics.jsonl"
    return file.read_bytes() if file.is_file() else b""

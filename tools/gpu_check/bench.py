"""Stages bench-paper and bench-wide: `regrow bench` of all CUDA devices."""
from .machine import last_words
from .records import Outcome, grouped, read_json

_DEVICES = "cuda,cuda:bf16,cuda:nograph,cuda-cusparse,cuda-dense"


def run(check):
    folder = check.folder()
    report, table, errors = folder / "bench.json", folder / "bench.txt", folder / "bench.err"
    # The program writes the report anew, and whole, after each size.
    command = [check.program, "bench", "--device", _DEVICES, "--size", check.option("sizes"),
               "--rounds", check.option("rounds"), "--measure", check.option("measure"),
               "--json", report]
    ended = check.run_one("bench", command, table, errors=errors)
    lost, measured = {}, set()
    for size in (read_json(report) or {}).get("sizes", []):
        for device in size["devices"]:
            name = f"{device['device']} at {size['size']}"
            if "not_measured" in device:
                lost[name] = device["not_measured"][:200]
            elif device.get("step_seconds"):
                measured.add(name)
    notes = ["see bench.txt", *(f"not measured: {words}" for words in grouped(lost))]
    if not ended.in_time:
        return Outcome("unfinished", "; ".join([*notes, "not finished in its time"]))
    if ended.code != 0:
        return Outcome("failed", "; ".join([*notes, last_words(errors, table)]))
    # The others are what it is compared with.
    wanted = [f"cuda at {size}" for size in check.option("sizes").split(",")]
    silent = [name for name in wanted if name not in measured and name not in lost]
    notes += [f"no figure of {name} in bench.json" for name in silent]
    passed = all(name in measured for name in wanted)
    return Outcome("passed" if passed else "failed", "; ".join(notes))

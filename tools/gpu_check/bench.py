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
    lost = {}
    for size in (read_json(report) or {}).get("sizes", []):
        for device in size["devices"]:
            if "not_measured" in device:
                lost[f"{device['device']} at {size['size']}"] = device["not_measured"][:200]
    notes = ["see bench.txt", *(f"not measured: {words}" for words in grouped(lost))]
    if not ended.in_time:
        return Outcome("unfinished", "; ".join([*notes, "not finished in its time"]))
    if ended.code != 0:
        return Outcome("failed", "; ".join([*notes, last_words(errors, table)]))
    # The others are what it is compared with.
    has_cuda = not any(name.startswith("cuda at ") for name in lost)
    return Outcome("passed" if has_cuda else "failed", "; ".join(notes))

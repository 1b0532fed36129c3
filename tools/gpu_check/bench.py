"""Stages bench-paper and bench-wide: `regrow bench` of all CUDA devices."""
from .machine import last_words
from .records import Outcome, read_json

_DEVICES = "cuda,cuda:bf16,cuda:nograph,cuda-cusparse,cuda-dense"


def run(check):
    folder = check.folder()
    report, table, errors = folder / "bench.json", folder / "bench.txt", folder / "bench.err"
    # The program writes the report anew, and whole, after each size.
    command = [check.program, "bench", "--device", _DEVICES, "--size", check.option("sizes"),
               "--rounds", check.option("rounds"), "--measure", check.option("measure"),
               "--json", report]
    ended = check.run_one("bench", command, table, errors=errors)
    notes, lost = ["see bench.txt"], []
    for size in (read_json(report) or {}).get("sizes", []):
        for device in size["devices"]:
            if "not_measured" in device:
                lost.append(device["device"])
                notes.append(f"{device['device']} at {size['size']}: not measured: "
                             f"{device['not_measured'][:160]}")
    if not ended.in_time:
        return Outcome("unfinished", "; ".join([*notes, "not finished in its time"]))
    if ended.code != 0:
        return Outcome("failed", "; ".join([*notes, last_words(errors, table)]))
    # The others are what it is compared with.
    return Outcome("failed" if "cuda" in lost else "passed", "; ".join(notes))

"""Stage baseline: regrow beside PyTorch."""
import os
import shlex

from .jobs import Job
from .machine import last_words
from .records import Outcome, grouped, read_json

_GRACE_S = 5  # for the report of a comparison that is ended


def run(check):
    if check.machine.module_version("torch") is None:
        return Outcome("skipped", f"no PyTorch in {check.machine.python}")
    folder = check.folder()
    report, table, errors = folder / "pytorch.json", folder / "pytorch.txt", folder / "pytorch.err"
    # PyTorch gets the environment as it is; the program that it is compared with brings its own.
    program = check.memory / "regrow"
    path = shlex.quote(check.environment_of_programs["LD_LIBRARY_PATH"])
    program.write_text(f'#!/bin/sh\nLD_LIBRARY_PATH={path} exec {shlex.quote(str(check.program))} '
                       '"$@"\n')
    os.chmod(program, 0o755)
    # compare.py writes report and table anew after every round, and once more where it is ended.
    command = [check.machine.python, check.root / "experiments/pytorch_baseline/compare.py",
               "--ways", "graph,fused,eager", "--precisions", "fp32,bf16", "--rounds", "3",
               "--regrow", program, "--json", report, "--text", table]
    job = Job("compare", command, folder / "compare.log", errors, grace=_GRACE_S)
    ended = check.jobs.run_one(job, check.deadline)
    rounds = "see pytorch.txt" if table.is_file() else "no round was finished"
    lost = {entry["name"]: entry["not_measured"][:200]
            for entry in (read_json(report) or {}).get("variants", []) if "not_measured" in entry}
    notes = [rounds, *(f"not measured: {words}" for words in grouped(lost))]
    if not ended.in_time:
        return Outcome("unfinished", "; ".join([*notes, "not finished in its time"]))
    if ended.code != 0:
        return Outcome("failed", "; ".join([*notes, last_words(errors, job.output)]))
    # Without regrow there is nothing beside PyTorch.
    return Outcome("failed" if "regrow cuda" in lost else "passed", "; ".join(notes))

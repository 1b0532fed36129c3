"""Stage profile: a few epochs under Nsight Systems, a step under Nsight Compute."""
from .machine import last_words, refusal
from .records import Outcome, write

# Tool, option of profile.sh, the file that it makes, and what that is called here.
_TOOLS = (("nsys", [], ".nsys-rep", "profile.nsys-rep"),
          ("ncu", ["--kernels"], ".csv", "kernels.csv"))


def run(check):
    environment = {**check.environment_of_programs, "REGROW": str(check.program)}
    done, lacking, problems, unfinished = [], [], [], []
    for tool, options, suffix, name in _TOOLS:
        if check.machine.tool(tool) is None:
            lacking.append(f"no {tool}")
            continue
        log = check.folder() / f"{tool}.log"
        stem = check.memory / f"profile-{tool}"
        made = stem.with_name(stem.name + suffix)
        # By bash itself: a copy of the tree may have lost the files' modes.
        ended = check.run_one(tool, ["bash", check.root / "tools/profile.sh", *options, stem], log,
                              environment=environment)
        reason = refusal(log)
        if not ended.in_time:
            unfinished.append(tool)
        elif ended.code != 0 and reason is not None:
            lacking.append(f"{tool}: {reason}")
        elif ended.code != 0 or not made.is_file():
            problems.append(f"{tool}: {last_words(log)}")
        else:
            write(check.folder() / name, made.read_bytes())
            done.append(name)
    notes = [*done, *problems]
    if lacking:
        notes.append(f"skipped: {', '.join(lacking)}")
    if unfinished:
        notes.append(f"not finished in its time: {', '.join(unfinished)}")
    text = "; ".join(notes)
    if problems:
        return Outcome("failed", text)
    if unfinished:
        return Outcome("unfinished", text)
    return Outcome("passed", text) if done else Outcome("skipped", ", ".join(lacking))

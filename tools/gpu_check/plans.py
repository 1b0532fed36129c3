"""The stages with their budgets, and the ready plans. docs/gpu_check.md has the same table in words."""
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Stage:
    """A part of the check. `budget` is the most it may take, in seconds; one that is elastic gets
    all that the limit leaves after the budgets of the stages that follow it."""
    name: str
    budget: int
    what: str
    elastic: bool = False


@dataclass(frozen=True)
class Plan:
    """Stages with a limit of the whole, and what differs in this plan, by stage."""
    limit: int
    stages: tuple
    budgets: dict = field(default_factory=dict)
    options: dict = field(default_factory=dict)


# What matters most comes first.
STAGES = (
    Stage("build", 400, "the carried binaries, or a build from source"),
    Stage("train", 100, "runs repeat bit for bit, also without a graph, and agree with the CPU"),
    Stage("test", 120, "every *_gpu test program, side by side"),
    Stage("bench-paper", 60, "regrow bench of all CUDA devices at the paper's size"),
    Stage("table2", 240, "experiments/table2 on the GPU, as many seeds as there is time for",
          elastic=True),
    Stage("profile", 45, "tools/profile.sh with nsys and with ncu"),
    Stage("bench-wide", 60, "regrow bench on wide layers"),
    Stage("baseline", 200, "regrow against PyTorch"),
    Stage("sanitize", 240, "memcheck, racecheck and initcheck on the test programs"),
)
NAMES = tuple(stage.name for stage in STAGES)

# What a stage is told, unless the plan says otherwise.
OPTIONS = {
    "bench-paper": {"sizes": "paper", "rounds": 7, "measure": "step,epoch,primitives"},
    "bench-wide": {"sizes": "wide64k,wide16k", "rounds": 3, "measure": "step,epoch"},
}

PLANS = {
    "smoke": Plan(120, ("build", "train", "test", "bench-paper"),
                  budgets={"train": 60, "test": 50, "bench-paper": 30},
                  options={"bench-paper": {"sizes": "paper", "rounds": 2,
                                           "measure": "step,epoch"}}),
    "measure": Plan(420, ("bench-paper", "table2", "profile", "bench-wide")),
    "rest": Plan(400, ("baseline", "sanitize"), budgets={"baseline": 180}),
}
EVERYTHING = Plan(1200, NAMES)  # where neither a plan nor a stage is named


def stage_named(name):
    return next(stage for stage in STAGES if stage.name == name)


def options_of(plan, name):
    return dict(plan.options.get(name, OPTIONS.get(name, {})))


def budget_of(plan, name):
    return plan.budgets.get(name, stage_named(name).budget)


def seconds_for(plan, name, later, left):
    """What the stage may take of the `left` seconds, where the stages `later` follow it."""
    if stage_named(name).elastic:
        return left - sum(budget_of(plan, other) for other in later)
    return min(budget_of(plan, name), left)


def listing():
    """The table, for people."""
    lines = [f"{'stage':13}{'budget':>8}  what"]
    for stage in STAGES:
        budget = "the rest" if stage.elastic else f"{stage.budget} s"
        lines.append(f"{stage.name:13}{budget:>8}  {stage.what}")
    lines.append("")
    for name, plan in PLANS.items():
        parts = []
        for stage in plan.stages:
            part = stage
            if stage in plan.budgets:
                part += f" at most {plan.budgets[stage]} s"
            if stage in plan.options:
                part += "".join(f", {key} {value}" for key, value in plan.options[stage].items())
            parts.append(part)
        lines.append(f"--plan {name} ({plan.limit} s): {'; '.join(parts)}")
    lines.append("The build comes first wherever another stage needs it.")
    return "\n".join(lines)

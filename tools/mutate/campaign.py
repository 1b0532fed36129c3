"""All patches that were asked for, one after the other."""
import dataclasses
import hashlib
import time

from . import program
from .build import Build
from .patches import BUILDS, apply
from .scratch import planted

CAUGHT, SURVIVED, EQUIVALENT = "caught", "survived", "equivalent"
NO_APPLY, NO_BUILD = "does not apply", "does not build"
NO_TARGET, NO_TEST, FAILS = "no such program", "no such test", "fails without the fault"
NOT_RUN = "not run"
OUTCOMES = (CAUGHT, EQUIVALENT, SURVIVED, NO_APPLY, NO_BUILD, NO_TARGET, NO_TEST, FAILS, NOT_RUN)
GOOD = (CAUGHT, EQUIVALENT)
# Of a run with a fault, which the same sources give again.
_KEPT = (CAUGHT, SURVIVED, NO_BUILD)


@dataclasses.dataclass(frozen=True)
class Outcome:
    patch: object
    kind: str
    detail: str = ""
    seconds: float = 0
    kept: bool = False


class Campaign:
    """Tests patches in the copy, and tells `say` of each one's outcome."""

    def __init__(self, copy, results, options, say):
        self._copy = copy
        self._results = results
        self._options = options
        self._say = say
        self._keys = {}
        self._clean_seconds = {}

    def run(self, patches):
        started = time.monotonic()
        left = [patch for patch in patches if self._is_worth_building(patch)]
        for name in BUILDS:
            of_build = [patch for patch in left if patch.build == name]
            if of_build:
                self._run_build(Build(name, self._copy, self._options.jobs),
                                sorted(of_build, key=lambda patch: patch.order()),
                                started + self._options.time_limit)

    def _settle(self, patch, *what, kept=False):
        self._say(Outcome(patch, *what, kept=kept))

    def _is_worth_building(self, patch):
        why_not = apply(patch, self._copy, "--check")
        if why_not:
            self._settle(patch, NO_APPLY, why_not)
        elif patch.equivalent:
            self._settle(patch, EQUIVALENT, patch.equivalent)
        return not why_not and not patch.equivalent

    def _run_build(self, build, patches, end):
        build.configure()
        there = []
        for patch in patches:
            missing = [test.target for test in patch.tests if not build.has(test.target)]
            if missing:
                self._settle(patch, NO_TARGET, missing[0])
            else:
                there.append(patch)
        if not there:
            return
        build.make_clean(sorted({test.target for patch in there for test in patch.tests}))
        for patch in [patch for patch in there if not self._is_known(build, patch)
                      and self._passes_without(build, patch)]:
            if time.monotonic() > end:
                self._settle(patch, NOT_RUN, "the time limit is over; call again to go on")
            else:
                self._plant(build, patch)

    def _is_known(self, build, patch):
        """Settles what was found out before of the same sources."""
        whole = hashlib.sha256(patch.text.encode())
        for test in patch.tests:
            whole.update(build.digest(test.target).encode())
        for file in patch.files:
            whole.update(build.content(file).encode())
        self._keys[patch.name] = whole.hexdigest()
        known = self._results.get(patch.name, whole.hexdigest())
        if known:
            self._settle(patch, *known, kept=True)
        return known is not None

    def _passes_without(self, build, patch):
        """A test that fails anyway, or is none, would catch everything."""
        for test in patch.tests:
            name = f"{build.name} {test.target} {test.filter}"
            if name in self._clean_seconds:
                continue
            digest = build.digest(test.target)
            seconds = self._results.get(name, digest)
            if seconds is None:
                found = build.program(test.target)
                if found is None:
                    self._settle(patch, NO_TARGET, f"{test.target} has no test in ctest's list")
                    return False
                ended = program.run(found, test.filter, self._options.time_limit)
                if ended.how or ended.ran == 0:
                    self._settle(patch, FAILS if ended.how else NO_TEST,
                                 f"{test.target} --gtest_filter={test.filter}"
                                 + (f": {ended.how}" if ended.how else " runs nothing"))
                    return False
                seconds = ended.seconds
                self._results.put(name, digest, seconds)
            self._clean_seconds[name] = seconds
        return True

    def _plant(self, build, patch):
        started = time.monotonic()
        with planted(patch, self._copy) as why_not:
            kind, detail = (NO_APPLY, why_not) if why_not else self._try_fault(build, patch)
        seconds = time.monotonic() - started
        if kind in _KEPT:
            self._results.put(patch.name, self._keys[patch.name], [kind, detail, seconds])
        self._settle(patch, kind, detail, seconds)

    def _try_fault(self, build, patch):
        """With the fault in the copy. Every test must see it."""
        if not build.make(sorted({test.target for test in patch.tests})):
            return NO_BUILD, f"see {build.log}"
        seen = []
        for test in patch.tests:
            clean = self._clean_seconds[f"{build.name} {test.target} {test.filter}"]
            ended = program.run(build.program(test.target), test.filter,
                                max(self._options.hang, 10 * clean))
            if not ended.how:
                return SURVIVED, f"{test.target} --gtest_filter={test.filter}"
            seen.append(ended.how)
        return CAUGHT, ", ".join(seen)

"""What a patch of tests/mutations says, and one clear line about one that says it badly."""
import dataclasses
import os
import pathlib
import re
import subprocess

BUILDS = ("release", "tsan", "asan")
_NAME = re.compile(r"[a-z0-9_]+/[a-z0-9_]+\.patch")


class MutateError(Exception):
    """One line that names the thing, the place and the remedy."""


@dataclasses.dataclass(frozen=True)
class Test:
    target: str
    filter: str


@dataclasses.dataclass(frozen=True)
class Patch:
    path: pathlib.Path
    name: str  # AREA/NAME
    text: str
    reason: str
    tests: tuple  # all of them must fail
    build: str
    equivalent: str  # why nothing can see the fault; empty: it must be seen
    files: tuple

    @property
    def area(self):
        return self.name.partition("/")[0]

    def order(self):
        """Patches of one program and one file follow each other: little is built anew."""
        targets = tuple(test.target for test in self.tests)
        return (BUILDS.index(self.build), targets, self.files, self.name)


class _Reader:
    def __init__(self, path, folder):
        self.path = path
        self.shown = path.relative_to(folder.parent.parent)
        try:
            self.lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            self.refuse(1, "is no UTF-8 text")
        if not _NAME.fullmatch(str(path.relative_to(folder))):
            raise MutateError(f"{self.shown}: the name is not AREA/NAME.patch in lower case, "
                              "digits and underscores; rename it")
        self.tests = []
        self.build = ""
        self.equivalent = ""

    def refuse(self, line, message):
        raise MutateError(f"{self.shown}:{line}: {message}")

    def read(self, name):
        start = self.start_of_diff()
        reason = self.read_head(start)
        if bool(self.tests) == bool(self.equivalent):
            self.refuse(start + 1, "give either `test: TARGET FILTER` or `equivalent: WHY` before "
                                   "the diff")
        if not reason.endswith("."):
            self.refuse(1, "begin with a sentence that says what is wrong and whom it would hurt")
        return Patch(self.path, name, "\n".join(self.lines) + "\n", reason, tuple(self.tests),
                     self.build or "release", self.equivalent, self.read_files(start))

    def start_of_diff(self):
        for number, line in enumerate(self.lines):
            if line.startswith(("--- ", "diff --git ")):
                return number
        self.refuse(len(self.lines), "there is no diff; make one with git diff -U2")

    def read_head(self, end):
        reason = []
        key = ""
        for number, line in enumerate(self.lines[:end], start=1):
            found = re.fullmatch(r"(test|build|equivalent):(.*)", line)
            if found:
                key = found[1]
                self.read_key(number, key, found[2].strip())
            elif not line.strip():
                continue
            elif not key:
                reason.append(line.strip())
            elif key == "equivalent":
                self.equivalent += " " + line.strip()  # a reason may be longer than a line
            else:
                self.refuse(number, "is neither test:, build: nor equivalent:; what is wrong is "
                                    "said above these")
        return " ".join(reason)

    def read_key(self, number, key, value):
        if key == "test":
            words = value.split()
            if len(words) != 2:
                self.refuse(number, "is not `test: TARGET FILTER`, one of each; give a line to "
                                    "each test")
            self.tests.append(Test(*words))
        elif key == "build":
            if value not in BUILDS[1:] or self.build:
                self.refuse(number, f"build: is {' or '.join(BUILDS[1:])}, once; without it the "
                                    "patch is for an ordinary build")
            self.build = value
        elif not value or self.equivalent:
            self.refuse(number, "equivalent: says why nothing can see the fault, once")
        else:
            self.equivalent = value

    def read_files(self, start):
        files = []
        before = ""
        for number, line in enumerate(self.lines[start:], start=start + 1):
            if line.startswith("--- "):
                before = line[4:].split("\t")[0]
            elif line.startswith("+++ "):
                after = line[4:].split("\t")[0]
                if before[:2] != "a/" or after[:2] != "b/" or before[2:] != after[2:]:
                    self.refuse(number, "a fault changes files that are there: `--- a/FILE` and "
                                        "`+++ b/FILE` name the same one")
                if after.startswith("b/tests/"):
                    self.refuse(number, f"{after[2:]} is a test; plant the fault in what it tests")
                files.append(after[2:])
        # What git says of a new name or a mode alone would not be taken out of the copy again.
        headers = sum(line.startswith("diff --git ") for line in self.lines[start:])
        if not files or headers > len(files):
            self.refuse(start + 1, "a fault changes lines; give each file's `--- a/FILE`, "
                                   "`+++ b/FILE` and hunks")
        return tuple(files)


def read_patch(path, folder):
    return _Reader(path, folder).read(str(path.relative_to(folder).with_suffix("")))


def read_patches(folder):
    """All patches, and a line about each that is malformed."""
    patches, errors = [], []
    for path in sorted(folder.rglob("*")):
        if path.is_dir() or path.name == "README.md":
            continue
        try:
            patches.append(read_patch(path, folder))
        except MutateError as error:
            errors.append(str(error))
    return patches, errors


def apply(patch, root, *options):
    """Empty, or why the patch does not apply to the files under `root`."""
    # The scratch copy lies in an ignored folder of the checkout, whose files are not meant.
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(root.parent), "LC_ALL": "C"}
    done = subprocess.run(["git", "apply", "--whitespace=nowarn", *options, patch.path], cwd=root,
                          env=environment, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return ""
    words = [line.removeprefix("error: ") for line in done.stderr.splitlines()]
    return "; ".join(words) or "git apply failed"

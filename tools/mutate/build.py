"""Builds of the scratch copy: what a test program is made of, and the program made."""
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess

from . import child
from .patches import MutateError

# A fault may leave a variable unused. One source is one object, so that a fault costs one. Programs
# are asked for their tests by ctest alone: built with a fault, one may not even start.
_COMMON = ("-DREGROW_TESTS=ON", "-DREGROW_EMULATION=ON", "-DREGROW_CUDA=OFF", "-DREGROW_BENCH=OFF",
           "-DREGROW_WERROR=OFF", "-DCMAKE_UNITY_BUILD=OFF",
           "-DCMAKE_GTEST_DISCOVER_TESTS_DISCOVERY_MODE=PRE_TEST")
_RELEASE = ("-DCMAKE_BUILD_TYPE=Release",)
_SANITIZED = ("-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O1 -g1")
_OF_BUILD = {"release": _RELEASE,
             "asan": (*_SANITIZED, "-DREGROW_SANITIZE=address,undefined"),
             "tsan": (*_SANITIZED, "-DREGROW_SANITIZE=thread")}


def _tools_of_this_machine():
    """A compiler cache spares building again what was there before a fault; lld links faster."""
    arguments = []
    if "CMAKE_CXX_COMPILER_LAUNCHER" not in os.environ and shutil.which("ccache"):
        arguments.append("-DCMAKE_CXX_COMPILER_LAUNCHER=ccache")
    if shutil.which("ld.lld"):
        arguments += ["-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=lld",
                      "-DCMAKE_MODULE_LINKER_FLAGS=-fuse-ld=lld"]
    return arguments


class Build:
    """One build folder of the copy, of the kind that `build:` names. It lies in the copy, as one
    of a checkout does, so that a compiler cache takes the one for the other."""

    def __init__(self, name, copy, jobs):
        self.name = name
        self.folder = copy / f"build-{name}"
        self.log = copy.parent / f"{name}.log"
        self._copy = copy
        self._jobs = jobs
        self._contents = {}  # of files of the copy: their digests
        self._headers = {}
        self._programs = {}
        self._targets = set()

    def configure(self):
        arguments = ["cmake", "--no-warn-unused-cli", "-G", "Ninja", "-S", str(self._copy),
                     "-B", str(self.folder), *_COMMON, *_OF_BUILD[self.name],
                     *_tools_of_this_machine()]
        stamp = self.folder / "configured_with"
        if not stamp.is_file() or stamp.read_text() != "\n".join(arguments):
            shutil.rmtree(self.folder, ignore_errors=True)
            if not self._call(arguments):
                raise MutateError(f"{self.log}: cmake failed; a file that the sources need may be "
                                  "new: git add it")
            stamp.write_text("\n".join(arguments))
        elif not self._call(["ninja", "-C", str(self.folder), "build.ninja"]):
            raise MutateError(f"{self.log}: cmake failed; correct the CMakeLists.txt, or git add "
                              "what it names")
        listing = self._ask("ninja", "-t", "targets", "all")
        self._targets = set(re.findall(r"^(\S+): ", listing, re.MULTILINE))

    def has(self, target):
        return target in self._targets

    def make(self, targets):
        return self._call(["ninja", "-C", str(self.folder), f"-j{self._jobs}", *targets])

    def make_clean(self, targets):
        """Builds what has no fault, and learns from it what each program is made of."""
        if not self.make(targets):
            raise MutateError(f"{self.log}: the sources do not build without any fault; correct "
                              "them, or git add what they need")
        self._read_headers()
        self._read_programs(targets)

    def program(self, target):
        """Its path, environment and working directory, as ctest would run it; None: not a test."""
        return self._programs.get(target)

    def digest(self, target):
        """Of all that the program is made of: commands and files, those of the system aside."""
        files = set()
        for name in self._ask("ninja", "-t", "inputs", target).splitlines():
            files.update(self._headers.get(name, ()))
            files.update(self._in_copy(name))
        whole = hashlib.sha256(self._ask("ninja", "-t", "commands", target).encode())
        for file in sorted(files):
            whole.update(f"{file} {self.content(file)}\n".encode())
        return whole.hexdigest()

    def content(self, file):
        if file not in self._contents:
            self._contents[file] = hashlib.sha256((self._copy / file).read_bytes()).hexdigest()
        return self._contents[file]

    def _in_copy(self, name):
        path = pathlib.Path(os.path.normpath(self.folder / name))
        if (path.is_relative_to(self._copy) and not path.is_relative_to(self.folder)
                and path.is_file()):
            yield str(path.relative_to(self._copy))

    def _read_headers(self):
        self._headers = {}
        for line in self._ask("ninja", "-t", "deps").splitlines():
            if line.startswith("    "):
                self._headers[key].update(self._in_copy(line.strip()))
            elif line:
                key = line.partition(": ")[0]
                self._headers[key] = set()

    def _read_programs(self, targets):
        self._programs = {}
        for test in json.loads(self._ask("ctest", "--show-only=json-v1"))["tests"]:
            path = pathlib.Path(test.get("command", [""])[0])
            if path.name in targets and path.name not in self._programs:
                properties = {each["name"]: each["value"] for each in test.get("properties", ())}
                environment = dict(each.split("=", 1) for each in properties.get("ENVIRONMENT", ()))
                self._programs[path.name] = (path, environment,
                                             properties.get("WORKING_DIRECTORY", self.folder))

    def _call(self, arguments):
        return child.run(arguments, self.log)

    def _ask(self, *arguments):
        done = subprocess.run(arguments, cwd=self.folder, capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            raise MutateError(f"{self.folder}: {' '.join(arguments)} failed; remove the folder, "
                              "which is then built anew")
        return done.stdout

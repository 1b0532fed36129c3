#!/usr/bin/env python3
"""Tests of what CMake says: a plain build needs the program's own packages alone, what is missing
is named with what installs it, and a build without CUDA says so each time. Nothing is compiled."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TESTED = ["dev", "fast", "release", "asan", "tsan", "fuzz", "gpu"]
PRESETS = {"configurePresets": [*TESTED, "lint"], "buildPresets": TESTED, "testPresets": TESTED}

# As on a machine that has only what `tools/install_packages.sh build` installs. A folder of headers
# without a name counts as not found, and CUDACXX goes before every other place of nvcc.
BARE = {"CMAKE_DISABLE_FIND_PACKAGE_GTest": "ON", "CMAKE_DISABLE_FIND_PACKAGE_rapidcheck": "ON",
        "REGROW_THRUST_INCLUDE": ""}
PLAIN = {"REGROW_TESTS": "OFF", "REGROW_EMULATION": "OFF",
         "REGROW_CUDA": "OFF"}


def run(*command):
    done = subprocess.run(["cmake", *command], cwd=ROOT, env={**os.environ, "CUDACXX": "/no/nvcc"},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    # CMake wraps its errors.
    return done.returncode, re.sub(r"\s+", " ", done.stdout)


class BuildOptions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # One folder for all, so that the compiler is examined once. First without any option.
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        code, cls.plain = cls.configure(**BARE)
        if code != 0:
            raise AssertionError(f"a plain build needs more than it should: {cls.plain}")
        cls.sources = cls.compiled()

    @classmethod
    def configure(cls, **variables):
        return run("-G", "Ninja", "-S", ROOT, "-B", cls.folder,
                   *(f"-D{name}={value}" for name, value in variables.items()))

    @classmethod
    def compiled(cls):
        """The commands by their sources."""
        commands = json.loads((cls.folder / "compile_commands.json").read_text())
        return {str(pathlib.Path(one["file"]).relative_to(ROOT)): one["command"]
                for one in commands}

    def assert_refused(self, said, **variables):
        code, output = self.configure(**{**BARE, **PLAIN, **variables})
        self.assertNotEqual(code, 0, output)
        self.assertIn(said, output)

    def test_a_plain_build_is_the_program_alone(self):
        self.assertIn("host/backend/no_emulation.cpp", self.sources)
        self.assertEqual([name for name in self.sources
                          if name.startswith(("tests/", "cuda/"))], [])
        self.assertNotIn("-Werror", self.sources["tools/regrow.cpp"])

    def test_without_nvcc_it_says_where_it_looked_and_so_does_the_program(self):
        self.assertIn("CUDA back end: off (nvcc was not found): put nvcc 12 or newer on the PATH",
                      self.plain)
        self.assertIn("nvcc was not found", self.sources["host/backend/plugin.cpp"])
        self.assertIn("Looking for a CUDA compiler", self.configure(REGROW_CUDA="AUTO")[1],
                      "it may have been installed since")

    def test_switched_off_it_says_so_each_time_and_so_does_the_program(self):
        said = (f"CUDA back end: off (REGROW_CUDA=OFF in the cache of {self.folder}): "
                "-DREGROW_CUDA=ON turns it on")
        self.assertIn(said, self.configure(**BARE, **PLAIN)[1])
        self.assertIn(said, self.configure()[1], "the cache alone")
        self.assertIn("REGROW_CUDA was OFF", self.compiled()["host/backend/plugin.cpp"])

    def test_cuda_that_is_asked_for_is_not_left_out(self):
        self.assert_refused("REGROW_CUDA=ON, but nvcc was not found: put nvcc 12 or newer on the "
                            "PATH", REGROW_CUDA="ON")
        self.assert_refused("REGROW_CUDA=on is not allowed: AUTO, ON or OFF", REGROW_CUDA="on")

    def test_what_an_option_needs_is_named_with_what_installs_it(self):
        for option, missing, group in (("TESTS", "GTest", "test"), ("EMULATION", "Thrust", "test")):
            with self.subTest(option):
                self.assert_refused(f"{missing} was not found: install it with "
                                    f"tools/install_packages.sh {group}, or configure with "
                                    f"-DREGROW_{option}=OFF", **{f"REGROW_{option}": "ON"})

        self.assert_refused("rapidcheck was not found: install it with tools/install_packages.sh "
                            "test", REGROW_TESTS="ON", CMAKE_DISABLE_FIND_PACKAGE_GTest="OFF")

    def test_what_the_program_needs_is_named_with_what_installs_it(self):
        for name in ("ZLIB", "fmt", "CLI11", "tomlplusplus", "nlohmann_json", "hwy"):
            with self.subTest(name):
                variable = f"CMAKE_DISABLE_FIND_PACKAGE_{name}"
                self.assert_refused(f"{name} was not found: install it with "
                                    "tools/install_packages.sh build", **{variable: "ON"})
                self.configure(**{variable: "OFF"})
        self.assert_refused("protozero was not found: install it with tools/install_packages.sh "
                            "build", REGROW_PROTOZERO_INCLUDE="")
        self.configure(REGROW_PROTOZERO_INCLUDE="NOTFOUND")  # looks again
        self.assert_refused("utf8proc was not found: install it with tools/install_packages.sh "
                            "build", REGROW_UTF8PROC_INCLUDE="")
        self.configure(REGROW_UTF8PROC_INCLUDE="NOTFOUND")

    def test_presets_are_complete_and_set_options_that_there_are(self):
        code, output = run("--list-presets=all")
        self.assertEqual(code, 0, output)
        presets = json.loads((ROOT / "CMakePresets.json").read_text())
        for kind, expected in PRESETS.items():
            names = [one["name"] for one in presets[kind] if not one.get("hidden")]
            self.assertCountEqual(names, expected, kind)
        cache = (self.folder / "CMakeCache.txt").read_text()
        for one in presets["configurePresets"]:
            for name in one.get("cacheVariables", {}):
                # The project says of what type its options are.
                if name.startswith("REGROW_"):
                    self.assertRegex(cache, rf"(?m)^{name}:(BOOL|STRING)=", one["name"])


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""Every Python package that is installed from PyPI is of one version and of known files."""
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
_PINNED = re.compile(r"([A-Za-z0-9._-]+==[A-Za-z0-9.]+)\s*(.*)")


def requirements(name):
    """[(package==version, what follows)], with continued lines joined and without comments."""
    text = (ROOT / "tests" / "tools" / name).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines()]
    return [_PINNED.fullmatch(line).groups() for line in lines if line and not line.startswith("#")]


class Requirements(unittest.TestCase):
    def test_each_has_the_hashes_of_its_files(self):
        for package, options in requirements("requirements.txt"):
            self.assertRegex(options, r"^(--hash=sha256:[0-9a-f]{64}\s*)+$", package)

    def test_they_are_those_that_were_asked_for(self):
        self.assertEqual([package for package, _ in requirements("requirements.txt")],
                         [package for package, _ in requirements("requirements.in")])

    def test_nothing_is_installed_without_them(self):
        script = (ROOT / "tools" / "install_packages.sh").read_text(encoding="utf-8")
        installs = [line for line in script.splitlines() if "pip install" in line]
        self.assertTrue(installs)
        for line in installs:
            self.assertIn("--require-hashes", line)


if __name__ == "__main__":
    unittest.main()

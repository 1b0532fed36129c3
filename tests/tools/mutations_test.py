#!/usr/bin/env python3
"""Every patch of tests/mutations is well formed, applies to the sources as they are, and names
tests that exist: what tools/mutate.py would find out only when somebody calls it."""
import pathlib
import sys
import unittest

import known_tests

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from mutate import patches  # noqa: E402


class Mutations(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.patches, cls.errors = patches.read_patches(ROOT / "tests/mutations")

    def test_are_well_formed(self):
        self.assertEqual("\n".join(self.errors), "")
        self.assertTrue(self.patches)

    def test_apply(self):
        for patch in self.patches:
            with self.subTest(patch.name):
                self.assertEqual(patches.apply(patch, ROOT, "--check"), "")

    def test_name_tests_that_exist(self):
        programs = known_tests.programs_in(ROOT)
        cases = known_tests.cases_in(ROOT)
        for patch in self.patches:
            for test in patch.tests:
                with self.subTest(patch.name):
                    self.assertIn(test.target, programs)
                    self.assertTrue(known_tests.filter_matches(test.filter, cases), test.filter)


if __name__ == "__main__":
    unittest.main()

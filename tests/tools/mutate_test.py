#!/usr/bin/env python3
"""tools/mutate.py on a project of one program: what it says of each kind of patch, and what it
leaves when it is stopped."""
import difflib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import known_tests

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from mutate import patches  # noqa: E402

CMAKE = """
cmake_minimum_required(VERSION 3.20)
project(tiny LANGUAGES C)
enable_testing()
add_executable(tiny_test code/sum.c tests/tiny_test.c)
target_include_directories(tiny_test PRIVATE code)
add_test(NAME Sum COMMAND tiny_test --gtest_filter=Sum.*)
set_tests_properties(Sum PROPERTIES ENVIRONMENT "PID_FILE=${CMAKE_BINARY_DIR}/pid")
"""
HEADER = """
#define START 0
int sum(int a, int b);
int product(int a, int b);
"""
CODE = """
#include "sum.h"

int sum(int a, int b) {
  return a + b;
}

int product(int a, int b) {
  int result = START;
  while (b > 0) {
    result += a;
    b -= 1;
  }
  return result;
}

int nobody_calls(int a) {
  return a + 1;
}
"""
# What gtest's programs have that mutate.py uses.
TEST = r"""
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sum.h"

static int is_right(const char* name) {
  if (strcmp(name, "Sum.Adds") == 0) return sum(2, 3) == 5;
  if (strcmp(name, "Product.Multiplies") == 0) return product(2, 3) == 6;
  return 0;
}

int main(int argc, char** argv) {
  static const char* const kNames[] = {"Sum.Adds", "Product.Multiplies", "Broken.Always"};
  const char* filter = "*";
  const char* report = "";
  int ran = 0, failed = 0;
  FILE* file = fopen(getenv("PID_FILE"), "w");
  fprintf(file, "%d", (int)getpid());
  fclose(file);
  for (int i = 1; i < argc; ++i) {
    if (strncmp(argv[i], "--gtest_filter=", 15) == 0) filter = argv[i] + 15;
    if (strncmp(argv[i], "--gtest_output=json:", 20) == 0) report = argv[i] + 20;
  }
  for (int i = 0; i < 3; ++i) {
    if (fnmatch(filter, kNames[i], 0) != 0) continue;
    ++ran;
    if (!is_right(kNames[i])) {
      printf("[  FAILED  ] %s (0 ms)\n", kNames[i]);
      ++failed;
    }
  }
  file = fopen(report, "w");
  fprintf(file, "{\"testsuites\": [{\"testsuite\": [");
  for (int i = 0; i < ran; ++i) fprintf(file, "%s{\"result\": \"COMPLETED\"}", i > 0 ? ", " : "");
  fprintf(file, "]}]}\n");
  fclose(file);
  return failed;
}
"""


def patch(before, after, *lines, file="code/sum.c"):
    """A fault that turns one line into another."""
    text = {"code/sum.c": CODE, "code/sum.h": HEADER}[file].lstrip()
    diff = difflib.unified_diff(text.splitlines(True),
                                text.replace(before, after, 1).splitlines(True), f"a/{file}",
                                f"b/{file}", n=2)
    return ("Something is wrong, and somebody suffers.\n\n" + "".join(f"{line}\n" for line in lines)
            + "".join(diff))


SUM = "test: tiny_test Sum.*"
PRODUCT = "test: tiny_test Product.*"
CAUGHT = patch("  return a + b;", "  return a - b;", SUM)
HANGS = patch("    b -= 1;", "    b -= 0;", PRODUCT)
OF_HEADER = patch("#define START 0", "#define START 1", PRODUCT, file="code/sum.h")
UNSEEN = patch("  return a + 1;", "  return a + 2;", SUM)


class Mutate(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name) / "project"
        files = {"CMakeLists.txt": CMAKE, "code/sum.h": HEADER, "code/sum.c": CODE,
                 "tests/tiny_test.c": TEST}
        for name, text in files.items():
            (cls.root / name).parent.mkdir(parents=True, exist_ok=True)
            (cls.root / name).write_text(text.lstrip())
        shutil.copytree(ROOT / "tools/mutate", cls.root / "tools/mutate",
                        ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "tools/mutate.py", cls.root / "tools")
        subprocess.run(["git", "init", "-q", "."], cwd=cls.root, check=True)
        subprocess.run(["git", "add", "-A"], cwd=cls.root, check=True)
        cls.copy = cls.root / "build-mutate/source"

    def plant(self, **of_names):
        shutil.rmtree(self.root / "tests/mutations", ignore_errors=True)
        folder = self.root / "tests/mutations/area"
        folder.mkdir(parents=True)
        for name, text in of_names.items():
            (folder / f"{name}.patch").write_text(text)

    def start(self, *arguments):
        return subprocess.Popen([sys.executable, "-B", self.root / "tools/mutate.py", *arguments],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def call(self, *arguments, code=0):
        process = self.start("--hang", "2s", *arguments)
        output = process.communicate()[0]
        self.assertEqual(process.returncode, code, output)
        return output

    def expect_untouched(self):
        self.assertEqual((self.root / "code/sum.c").read_text(), CODE.lstrip())

    def test_each_kind_of_patch_has_its_outcome(self):
        self.plant(caught=CAUGHT, hangs=HANGS, of_header=OF_HEADER, unseen=UNSEEN,
                   crashes=patch("  return a + b;", "  return *(volatile int*)0 + a + b;", SUM),
                   equal=patch("  return a + 1;", "  return 1 + a;", "equivalent: sums commute"),
                   one_of_two=patch("  return a + b;", "  return a - b;", SUM, PRODUCT),
                   both=patch("  return a + b;", "  return a * b;", SUM,
                              "test: tiny_test Sum.Adds"),
                   no_test=patch("  return a + b;", "  return a - b;",
                                 "test: tiny_test Sum.Nothing"),
                   no_program=patch("  return a + b;", "  return a - b;",
                                    "test: other_test Sum.*"),
                   broken=patch("  return a + b;", "  return a - b;", "test: tiny_test *"),
                   syntax=patch("  return a + b;", "  return a +;", SUM),
                   stale=CAUGHT.replace("a + b", "a + c"))
        output = self.call("--report", self.root / "report.md", code=1)
        for line in ("area/caught: caught (Sum.Adds)", "area/hangs: caught (hang: 2 s)",
                     "area/of_header: caught (Product.Multiplies)",
                     "area/unseen: survived (tiny_test --gtest_filter=Sum.*)",
                     "area/crashes: caught (crash: SIGSEGV)",
                     "area/equal: equivalent (sums commute)",
                     "area/one_of_two: survived (tiny_test --gtest_filter=Product.*)",
                     "area/both: caught (Sum.Adds, Sum.Adds)",
                     "area/no_test: no such test (tiny_test --gtest_filter=Sum.Nothing runs ",
                     "area/no_program: no such program (other_test)",
                     "area/broken: fails without the fault (tiny_test --gtest_filter=*: Broken.A",
                     "area/syntax: does not build (", "area/stale: does not apply (patch failed"):
            self.assertIn(line, output)
        self.assertRegex(output, r"area +13 +5 +1 +2 +1 +1 +1 +1 +1\n")
        self.assertIn("| area/unseen | survived |", (self.root / "report.md").read_text())
        self.expect_untouched()
        self.assertEqual((self.copy / "code/sum.c").read_text(), CODE.lstrip())

    def test_only_what_changed_is_tested_again(self):
        self.plant(first=CAUGHT, second=OF_HEADER)
        self.assertNotIn("[kept]", self.call("--again"))
        self.assertEqual(self.call().count("[kept]"), 2)
        # The same fault in other words.
        self.plant(first=CAUGHT.replace("Something", "Anything"), second=OF_HEADER)
        output = self.call()
        self.assertEqual(output.count("[kept]"), 1)
        self.assertIn("second: caught (Product.Multiplies) [kept]", output)
        # A header that the test is built from, changed and not committed.
        header = self.root / "code/sum.h"
        header.write_text(HEADER.lstrip() + "int more(void);\n")
        self.assertEqual(self.call().count("[kept]"), 0)
        header.write_text(HEADER.lstrip())
        self.assertEqual(self.call("--again", "area/f*").count("caught ("), 1)

    def test_a_program_that_is_new_is_found(self):
        cmake = self.root / "CMakeLists.txt"
        self.plant(caught=CAUGHT)
        self.call()
        cmake.write_text(CMAKE.replace("tiny_test ", "new_test "))
        self.plant(caught=CAUGHT.replace("tiny_test", "new_test"))
        output = self.call()
        cmake.write_text(CMAKE)
        self.assertIn("area/caught: caught (Sum.Adds)", output)

    def wait_for_the_hanging_test(self, process):
        pid_file = self.copy / "build-release/pid"
        while process.poll() is None:
            time.sleep(0.02)
            planted = (self.copy / "code/sum.c").is_file() and (
                "b -= 0" in (self.copy / "code/sum.c").read_text())
            text = pid_file.read_text() if pid_file.is_file() else ""
            if planted and text and self.is_alive(int(text)):
                return int(text)
        self.fail(process.communicate()[0])

    @staticmethod
    def is_alive(pid):
        try:
            stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
            return stat.rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    def stop_in_a_fault(self, number):
        self.plant(caught=CAUGHT, hangs=HANGS)
        process = self.start("--again", "--hang", "600s", "area/hangs")
        test = self.wait_for_the_hanging_test(process)
        process.send_signal(number)
        output = process.communicate()[0]
        for _ in range(500):
            if not self.is_alive(test):
                break
            time.sleep(0.02)
        else:
            os.kill(test, signal.SIGKILL)
            self.fail("a test outlives mutate.py")
        self.expect_untouched()
        return process.returncode, output

    def test_killed_it_leaves_the_checkout_alone_and_begins_anew(self):
        code, _ = self.stop_in_a_fault(signal.SIGKILL)
        self.assertEqual(code, -signal.SIGKILL)
        self.assertIn("b -= 0", (self.copy / "code/sum.c").read_text())
        # With the fault still there, Product would hang before anything is planted.
        self.plant(of_header=OF_HEADER)
        self.assertIn("of_header: caught (Product.Multiplies)", self.call("--again"))
        self.assertEqual((self.copy / "code/sum.c").read_text(), CODE.lstrip())

    def test_stopped_it_takes_the_fault_out(self):
        code, output = self.stop_in_a_fault(signal.SIGINT)
        self.assertEqual(code, 128 + signal.SIGINT, output)
        self.assertNotIn("Traceback", output)
        self.assertEqual((self.copy / "code/sum.c").read_text(), CODE.lstrip())

    def test_two_in_one_folder_are_one_too_many(self):
        self.plant(hangs=HANGS)
        first = self.start("--again", "--hang", "600s")
        self.wait_for_the_hanging_test(first)
        self.assertIn("another mutate.py is using it", self.call(code=2))
        first.terminate()
        first.communicate()

    def test_sources_that_do_not_build_are_an_error(self):
        self.plant(caught=CAUGHT)
        header = self.root / "code/sum.h"
        header.write_text("nonsense\n")
        output = self.call(code=2)
        header.write_text(HEADER.lstrip())
        self.assertIn("release.log: the sources do not build without any fault", output)
        self.assertEqual(len(output.splitlines()), 1)

    def test_a_pattern_that_matches_nothing_is_an_error(self):
        self.plant(caught=CAUGHT)
        self.assertIn("no patch of tests/mutations is called 'ara'", self.call("ara", code=2))
        self.assertIn("    tiny_test Sum.*", self.call("--list", "area"))

    def test_sources_that_are_not_its_copy_are_left_alone(self):
        self.plant(caught=CAUGHT)
        mine = self.root / "mine/source/notes"
        mine.parent.mkdir(parents=True)
        mine.write_text("all my work")
        self.assertIn("mine/source: is not of mutate.py",
                      self.call("--build", self.root / "mine", code=2))
        self.assertEqual(mine.read_text(), "all my work")

    def test_a_report_into_no_folder_is_refused_before_the_work(self):
        self.plant(caught=CAUGHT)
        unused = self.root / "build-unused"
        output = self.call("--report", unused / "report.md", "--build", unused, code=2)
        self.assertIn("build-unused/report.md: its folder is not there", output)
        self.assertFalse(unused.exists())

    def test_malformed_patches_are_named_all_at_once(self):
        self.plant(one="nothing\n", two=CAUGHT.replace("test:", "tset:"))
        output = self.call(code=2)
        self.assertIn("tests/mutations/area/one.patch:1: there is no diff", output)
        self.assertIn("tests/mutations/area/two.patch:4: give either `test: ", output)
        self.assertEqual(len(output.splitlines()), 2)


class Format(unittest.TestCase):
    def read(self, text, name="area/fault.patch"):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "tests/mutations" / name
            path.parent.mkdir(parents=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            return patches.read_patch(path, pathlib.Path(folder) / "tests/mutations")

    def test_all_of_a_patch_is_read(self):
        found = self.read("It is wrong.\nIt hurts: all.\n\ntest: a_test A.*\ntest: b_test B.C\n"
                          "build: tsan\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"
                          "--- a/y\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n")
        self.assertEqual(found.name, "area/fault")
        self.assertEqual(found.reason, "It is wrong. It hurts: all.")
        self.assertEqual([(test.target, test.filter) for test in found.tests],
                         [("a_test", "A.*"), ("b_test", "B.C")])
        self.assertEqual((found.build, found.files), ("tsan", ("x", "y")))
        found = self.read(CAUGHT.replace(SUM, "equivalent: nobody\nsees it"))
        self.assertEqual((found.build, found.equivalent), ("release", "nobody sees it"))

    def test_what_is_malformed_is_refused_with_its_line(self):
        cases = {
            ":1: begin with a sentence": CAUGHT.replace("suffers.", "suffers"),
            ":4: give either": CAUGHT.replace(SUM, "build: asan"),
            ":5: give either": CAUGHT.replace(SUM, SUM + "\nequivalent: no"),
            ":3: is not `test: TARGET FILTER`": CAUGHT.replace(SUM, "test: tiny_test"),
            ":3: build: is tsan or asan, once": CAUGHT.replace(SUM, "build: debug\n" + SUM),
            ":3: equivalent: says why": CAUGHT.replace(SUM, "equivalent:"),
            ":4: is neither test:": CAUGHT.replace(SUM, SUM + "\nand so on"),
            ":5: a fault changes files that are there": CAUGHT.replace("+++ b/code/sum.c",
                                                                       "+++ /dev/null"),
            ":5: tests/x.cpp is a test": CAUGHT.replace("code/sum.c", "tests/x.cpp"),
            ":4: a fault changes lines": CAUGHT.partition("--- ")[0] +
                                         "diff --git a/x b/y\nrename from x\nrename to y\n",
            ":1: is no UTF-8 text": b"\xff",
        }
        for message, text in cases.items():
            with self.subTest(message), self.assertRaises(patches.MutateError) as refused:
                self.read(text)
            self.assertIn("tests/mutations/area/fault.patch" + message, str(refused.exception))
        with self.assertRaisesRegex(patches.MutateError, "the name is not AREA/NAME.patch"):
            self.read(CAUGHT, "Fault.patch")

    def test_a_filter_needs_a_test_for_each_of_its_patterns(self):
        cases = {"Sum.Adds", "Sum.IsRight"}
        for good in ("Sum.Adds", "Sum.*", "*/Sum.Adds/*", "Kinds/Sum.IsRight/0", "*", "S?m.Adds",
                     "Sum.*-Sum.Adds", "Sum.Adds:Sum.IsRight"):
            self.assertTrue(known_tests.filter_matches(good, cases), good)
        for bad in ("Sum.Add", "Sums.*", "Sum.Adds:Sum.Is", "*/Sum.Added/*"):
            self.assertFalse(known_tests.filter_matches(bad, cases), bad)


if __name__ == "__main__":
    for tool in ("cmake", "ninja", "git", "cc"):
        if shutil.which(tool) is None:
            print(f"skipped: {tool} was not found")
            sys.exit(77)
    unittest.main()

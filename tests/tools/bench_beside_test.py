#!/usr/bin/env python3
"""Tests of tools/bench_beside.py with stand-ins for regrow and for the other program: who is called in what
order with what, and what becomes of the seconds."""
import csv
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "bench_beside.py"

# Both append their arguments to $CALLS. Seconds of a step: 0.003 bare and 0.004 full, times 0.5 in bf16; in the
# second round everything takes twice as long.
COMMON = f"""#!{sys.executable} -SE
import json, os, sys
name, arguments = os.path.basename(sys.argv[0]), sys.argv[1:]
with open(os.environ["CALLS"], "a+") as calls:
    calls.seek(0)
    slow = 1 + calls.read().splitlines().count(" ".join([name, *arguments]))
    calls.write(" ".join([name, *arguments]) + "\\n")
broken = os.environ.get("BROKEN", "").split(",")
"""
REGROW = COMMON + """
if "regrow" in broken:
    sys.exit("error: no such device")
device = arguments[arguments.index("--device") + 1]
if device.endswith(":bf16") and "bf16" in broken:
    print(json.dumps({"sizes": [{"devices": [{"device": device, "not_measured": "stores fp32 only"}]}]}))
    sys.exit(1)
step = slow * (0.003 if "--bare" in arguments else 0.004) * (0.5 if device.endswith(":bf16") else 1)
seconds = {"rounds": [2 * step, step, 3 * step]}
print(json.dumps({"sizes": [{"devices": [{"device": device, "step_seconds": seconds}]}]}))
"""
THEIRS = COMMON + """
if "theirs" in broken:
    print("nothing to say")
    sys.exit(0)
if "failing" in broken:
    print("s per 500 steps: 1 2")
    sys.exit(4)
print("loss 7.5\\ns per 500 steps:", 2.5 * slow, 1.25 * slow, "\\nbye")
"""


class BenchBeside(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="a folder ")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for name, text in (("regrow", REGROW), ("other", THEIRS)):
            (self.folder / name).write_text(text)
            (self.folder / name).chmod(0o755)
        (self.folder / "cpuinfo").write_text("model name\t: A Processor\nmodel\t\t: 7\n\nmodel name\t: Another\n")

    def run_tool(self, *arguments, broken=""):
        calls = self.folder / "calls"
        calls.unlink(missing_ok=True)
        done = subprocess.run(
            [sys.executable, "-B", TOOL, "--regrow", self.folder / "regrow", "--csv", self.folder / "rounds.csv",
             "--markdown", self.folder / "table.md", *arguments],
            cwd=self.folder, check=False, capture_output=True, text=True,
            env={**os.environ, "CALLS": str(calls), "BROKEN": broken, "CPUINFO": str(self.folder / "cpuinfo")})
        return done, calls.read_text().splitlines() if calls.exists() else []

    def passes(self, *arguments, **options):
        done, calls = self.run_tool(*arguments, **options)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout, calls

    def fails(self, message, *arguments, **options):
        done, _ = self.run_tool(*arguments, **options)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(message, done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        self.assertFalse((self.folder / "table.md").exists())

    def rows(self):
        with open(self.folder / "rounds.csv", newline="") as file:
            return [(int(row["round"]), int(row["threads"]), row["variant"], float(row["seconds"]))
                    for row in csv.DictReader(file)]

    def table(self):
        return [[cell.strip() for cell in line.strip("|").split("|")]
                for line in (self.folder / "table.md").read_text().splitlines() if line.startswith("|")][2:]

    def test_every_round_has_all_for_every_number_of_threads(self):
        _, calls = self.passes("--rounds", "2", "./other {threads} x")
        one = [("other", ""), ("cpu ", "bare"), ("cpu ", ""), ("cpu:bf16 ", "bare"), ("cpu:bf16 ", "")]
        self.assertEqual(len(calls), 20)
        for i, call in enumerate(calls):
            threads, (program, bare) = 1 + i // 5 % 2, one[i % 5]
            if program == "other":
                self.assertEqual(call, f"other {threads} x")
                continue
            self.assertIn(f"--device {program}", call)
            self.assertIn(f"--threads {threads} ", call)
            self.assertEqual("--bare" in call, bare == "bare", call)

    def test_the_best_of_a_call_counts_and_the_ratio_is_of_one_round(self):
        self.passes("--rounds", "3", "--threads", "2", "--variants", "full,bare:bf16", "./other")
        self.assertEqual(self.rows(), [(1, 2, "theirs", 1.25), (1, 2, "full", 2), (1, 2, "bare:bf16", 0.75),
                                       (2, 2, "theirs", 2.5), (2, 2, "full", 4), (2, 2, "bare:bf16", 1.5),
                                       (3, 2, "theirs", 3.75), (3, 2, "full", 6), (3, 2, "bare:bf16", 2.25)])
        self.assertEqual(self.table(), [["2", "theirs", "3", "2.500", "1", "", ""],
                                        ["2", "full", "3", "4.000", "1.600", "1.600 to 1.600", ""],
                                        ["2", "bare:bf16", "3", "1.500", "0.600", "0.600 to 0.600", ""]])

    def test_goals_are_held_against_the_median_of_their_threads(self):
        (self.folder / "goals.csv").write_text("variant,threads,at_most\nbare,1,1.2\nfull,1,1.59\nfull,2,1.6\n")
        self.passes("--rounds", "1", "--variants", "bare,full", "--goals", "goals.csv", "./other")
        self.assertEqual([row[-1] for row in self.table()],
                         ["", "at most 1.20: met", "at most 1.59: missed", "", "", "at most 1.60: met"])

    def test_the_processor_is_named(self):
        text, _ = self.passes("--rounds", "1", "./other")
        first = (self.folder / "table.md").read_text().splitlines()[0]
        self.assertRegex(first, r"^A Processor \(model 7\), [0-9]+ processors$")
        self.assertIn((self.folder / "table.md").read_text(), text)

    def test_a_storage_that_the_device_lacks_is_left_out_and_said(self):
        text, calls = self.passes("--rounds", "3", "--threads", "1", "./other", broken="bf16")
        self.assertEqual({row[2] for row in self.rows()}, {"theirs", "bare", "full"})
        self.assertEqual(len([call for call in calls if "bf16" in call]), 2)  # asked once each
        for variant in ("bare:bf16", "full:bf16"):
            self.assertIn(f"{variant}: not measured: stores fp32 only\n", (self.folder / "table.md").read_text())
        self.assertIn("not measured: stores fp32 only", text)

    def test_further_options_go_to_our_program_alone(self):
        _, calls = self.passes("--rounds", "1", "--threads", "1", "--variants", "full", "./other", "--",
                               "--optimiser", "adam")
        self.assertEqual(calls[0], "other")
        self.assertTrue(calls[1].endswith("--optimiser adam"))

    def test_a_program_that_fails_or_measures_nothing_is_an_error(self):
        self.fails("expected 's per 500 steps:'", "--rounds", "1", "./other", broken="theirs")
        self.fails("ended with 4", "--rounds", "1", "./other", broken="failing")
        self.fails("error: no such device", "--rounds", "1", "./other", broken="regrow")

    def test_wrong_arguments(self):
        self.fails("'fast' is none of", "--variants", "fast", "./other")
        self.fails("'bare:fp16' is none of", "--variants", "bare:fp16", "./other")
        self.fails("has an entry twice", "--threads", "1,1", "./other")
        self.fails("'0' is no number", "--rounds", "0", "./other")


if __name__ == "__main__":
    unittest.main()

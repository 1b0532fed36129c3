#!/usr/bin/env python3
"""Tests of the comparison's order, rounds and files. They need no PyTorch: where compare.py itself
runs, a stand-in is imported in its place, and training takes no time."""
import json
import os
import pathlib
import signal
import stat
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent

import report  # noqa: E402
from rounds import PRECISIONS, WAYS, Regrow, in_order, run_rounds  # noqa: E402

# compare.py with PyTorch and training replaced. FAILING: variants that cannot be compiled;
# SIGNAL, AT: the process sends it to itself before the AT-th epoch (warm-ups count).
DRIVER = """
import os, sys
from unittest.mock import MagicMock
torch = MagicMock()
torch.__version__ = "0 (stand-in)"
torch.nn.Module = object
torch.cuda.is_available.return_value = False
sys.modules.update({"torch": torch, "torch.nn": torch.nn,
                    "torch.nn.functional": torch.nn.functional})
import compare
epochs = 0

class Training:
    def __init__(self, size, steps, way, precision, device):
        if f"{way} {precision}" in os.environ.get("FAILING", "").split(","):
            raise KeyError(os.environ.get("WORDS", "the compiler gave up\\nand said more"))
    def start_epoch(self):
        global epochs
        epochs += 1
        if epochs == int(os.environ.get("AT", "0")):
            os.kill(os.getpid(), int(os.environ["SIGNAL"]))
    def train(self, steps): pass
    def evaluate(self): return 1.0, 0.1
    def evolve(self): pass

compare.Training = Training
compare.why_not = lambda way, device: None
compare.main(sys.argv[1:])
"""
FAKE_REGROW = """#!/bin/sh
while [ "$1" != --json ]; do shift; done
echo '{"sizes": [{"devices": [
  {"device": "cuda", "step_seconds": {"rounds": [0.1]}, "epoch_seconds": {"rounds": [60]}},
  {"device": "cuda:bf16", "not_measured": "no GPU"}]}]}' >"$2"
"""


class Order(unittest.TestCase):
    def test_what_is_compared_with_regrow_comes_first_and_tf32_last(self):
        names = [f"{way} {precision}" for way, precision in in_order(WAYS, PRECISIONS)]
        self.assertEqual(names, [
            "graph fp32", "fused fp32", "graph bf16", "fused bf16", "eager fp32", "eager bf16",
            "graph tf32", "fused tf32", "eager tf32"])

    def test_however_they_are_given(self):
        self.assertEqual(in_order(["eager", "fused"], ["tf32", "bf16"]), [
            ("fused", "bf16"), ("eager", "bf16"), ("fused", "tf32"), ("eager", "tf32")])


class Scripted(report.Timings):
    """Fails in the round given, counted from 0."""

    def __init__(self, name, log, fails_in=None):
        super().__init__(name)
        self.log, self.fails_in = log, fails_in

    def run_round(self):
        self.log.append(self.name)
        if len(self.epoch) == self.fails_in:
            self.problem = "full"
            return
        self.step.append(1.0)
        self.epoch.append(10.0)


class Rounds(unittest.TestCase):
    def test_every_turn_of_the_first_round_is_written_then_every_round(self):
        log = []
        run_rounds([Scripted("a", log), Scripted("b", log)], 3, lambda: log.append("written"))
        self.assertEqual(log, ["a", "written", "b", "written", "written", "a", "b", "written",
                               "a", "b", "written"])

    def test_a_failure_is_written_at_once_and_not_tried_again(self):
        log = []
        run_rounds([Scripted("a", log, fails_in=1), Scripted("b", log)], 3,
                   lambda: log.append("written"))
        self.assertEqual(log[5:], ["a", "written", "b", "written", "b", "written"])


class InFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)


class Report(InFolder):
    def timings(self, name, steps, problem=None):
        result = report.Timings(name)
        result.step, result.epoch = steps, [600 * s for s in steps]
        result.problem = problem
        return result

    def test_ratios_pair_the_rounds_that_both_have(self):
        base = self.timings("regrow cuda", [1.0, 2.0, 4.0])
        slow = self.timings("pytorch eager fp32", [4.0, 6.0], "full")
        entry = report.entry_of(slow, base)
        self.assertEqual(entry["step_ratio"]["rounds"], [4.0, 3.0])
        self.assertEqual(entry["stopped"], "full")
        self.assertEqual(entry["step_seconds"],
                         {"median": 5.0, "least": 4.0, "most": 6.0, "rounds": [4.0, 6.0]})

    def test_ratios_are_to_the_first_that_was_measured(self):
        result = report.as_json({"torch": "2"}, [self.timings("a", [], "no GPU"),
                                                 self.timings("b", [2.0]), self.timings("c", [])])
        self.assertEqual(result["ratios_to"], "b")
        self.assertEqual([entry.get("not_measured") for entry in result["variants"]],
                         ["no GPU", None, "no round finished yet"])

    def test_a_file_is_replaced_whole_or_stays(self):
        path = self.folder / "a file.txt"
        report.replace_file(path, "old")
        with self.assertRaises(TypeError):
            report.replace_file(path, 3)
        self.assertEqual(path.read_text(), "old")
        self.assertEqual(os.listdir(self.folder), [path.name])
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o644)


class Program(InFolder):
    """compare.py as a process of its own."""

    def compare(self, *more, **variables):
        self.json, self.text = self.folder / "out.json", self.folder / "out.txt"
        return subprocess.run(
            [sys.executable, "-B", "-c", DRIVER, "--size", "tiny", "--rounds", "3", "--json",
             self.json, "--text", self.text, *more], cwd=HERE, env={**os.environ, **variables},
            capture_output=True, text=True, check=False)

    def rounds(self):
        return {entry["name"]: len(entry["step_seconds"]["rounds"]) if "step_seconds" in entry
                else entry["not_measured"] for entry in self.load()["variants"]}

    def load(self):
        return json.loads(self.json.read_text())

    def fake_regrow(self):
        program = self.folder / "regrow"
        program.write_text(FAKE_REGROW)
        program.chmod(0o755)
        return program

    def test_a_whole_comparison(self):
        done = self.compare("--regrow", self.fake_regrow())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, self.text.read_text())
        rounds = self.rounds()
        self.assertEqual(rounds.pop("regrow cuda:bf16"), "no GPU")
        self.assertEqual(set(rounds.values()), {3})
        self.assertEqual(list(rounds)[:3], ["regrow cuda", "pytorch graph fp32",
                                            "pytorch fused fp32"])
        self.assertTrue(self.load()["finished"])
        self.assertEqual(self.load()["ratios_to"], "regrow cuda")
        self.assertEqual(sorted(os.listdir(self.folder)), ["out.json", "out.txt", "regrow"])

    def test_what_cannot_be_compiled_costs_only_itself(self):
        done = self.compare(FAILING="graph fp32,fused bf16")
        self.assertEqual(done.returncode, 0, done.stderr)
        rounds = self.rounds()
        self.assertEqual(rounds.pop("pytorch graph fp32"), "'the compiler gave up\\nand said more'")
        rounds.pop("pytorch fused bf16")
        self.assertEqual(list(rounds.values()), [3] * 7)
        self.assertIn("pytorch fused bf16: not measured: ", done.stdout)

    def test_a_missing_regrow_costs_only_itself(self):
        done = self.compare("--regrow", self.folder / "none", "--ways", "eager")
        self.assertEqual(done.returncode, 0, done.stderr)
        rounds = self.rounds()
        self.assertIn("none: ", rounds["regrow cuda"])
        self.assertEqual(rounds["pytorch eager fp32"], 3)

    def test_a_file_that_cannot_be_written_ends_no_measurement(self):
        done = self.compare("--text", self.folder / "none" / "out.txt", "--ways", "eager",
                            PYTHONIOENCODING="ascii", FAILING="eager bf16",
                            WORDS="\N{MICRO SIGN}s")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.rounds()["pytorch eager fp32"], 3)
        self.assertIn("eager bf16: not measured: '\\xb5s", done.stdout)
        self.assertIn("none", done.stderr)

    def test_killed_in_the_first_round_the_first_variants_are_there(self):
        # Two epochs a variant: the seventh is the fourth variant's warm-up.
        done = self.compare(SIGNAL=str(int(signal.SIGKILL)), AT="7")
        self.assertEqual(done.returncode, -signal.SIGKILL)
        rounds = self.rounds()
        self.assertEqual(list(rounds.values())[:3], [1, 1, 1])
        self.assertEqual(rounds["pytorch fused bf16"], "no round finished yet")
        self.assertFalse(self.load()["finished"])
        self.assertEqual(self.text.read_text(), report.as_text(self.load()))
        self.assertIn("not finished", self.text.read_text())

    def test_killed_later_the_rounds_before_are_there(self):
        done = self.compare(SIGNAL=str(int(signal.SIGKILL)), AT="30")  # of 18 + 9 + 9
        self.assertEqual(done.returncode, -signal.SIGKILL)
        self.assertEqual(set(self.rounds().values()), {2})

    def test_terminated_it_writes_what_there_is(self):
        done = self.compare(SIGNAL=str(int(signal.SIGTERM)), AT="30")
        self.assertEqual(done.returncode, 128 + signal.SIGTERM, done.stderr)
        self.assertEqual(done.stderr, "")
        self.assertEqual(list(self.rounds().values()), [3, 3] + [2] * 7)
        self.assertEqual(done.stdout, self.text.read_text())
        self.assertIn("not finished", done.stdout)

    def test_terminated_before_anything_is_measured(self):
        done = self.compare(SIGNAL=str(int(signal.SIGTERM)), AT="1")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, "error: nothing could be measured: ended too early\n")
        self.assertEqual(set(self.rounds().values()), {"no round finished yet"})


class BesideRegrow(InFolder):
    def regrow(self, script):
        program = self.folder / "regrow"
        program.write_text("#!/bin/sh\n" + script)
        program.chmod(0o755)
        return Regrow(str(program), "cuda,cuda:bf16", "tiny", 10)

    def test_a_device_that_fails_leaves_the_other(self):
        regrow = self.regrow(FAKE_REGROW)
        regrow.run_round()
        self.assertEqual([timings.problem for timings in regrow.all], [None, "no GPU"])
        self.assertEqual(regrow.all[0].epoch, [60])
        self.assertIsNone(regrow.problem)

    def test_a_device_once_stopped_gets_no_later_rounds(self):
        regrow = self.regrow(FAKE_REGROW)
        regrow.all[0].problem = "the GPU is full"
        regrow.run_round()
        self.assertEqual(regrow.all[0].epoch, [])

    def test_an_error_is_one_line_and_keeps_the_rounds_before(self):
        regrow = self.regrow("echo 'error: the GPU is gone' >&2; echo more >&2; exit 1")
        regrow.all[0].step, regrow.all[0].epoch = [1.0], [9.0]
        regrow.run_round()
        self.assertEqual(regrow.problem, "the GPU is gone")
        entry = report.entry_of(regrow.all[0], regrow.all[0])
        self.assertEqual((entry["stopped"], entry["step_seconds"]["rounds"]),
                         ("the GPU is gone", [1.0]))

    def test_an_answer_of_another_form_is_a_failure(self):
        figures = '{"step_seconds": {"rounds": [%s]}, "epoch_seconds": {"rounds": [%s]}}'
        for answer in ("", "{}", '{"sizes": []}', "[1]", '{"sizes": [{"devices": [{}]}]}',
                       *(f'{{"sizes": [{{"devices": [{figures % values}]}}]}}' for values in (
                           ("null", "2"), ("NaN", "2"), ("0", "2"), ("1", "Infinity"),
                           ('"x"', "2"), ("", "2"), ("3", "2")))):
            regrow = self.regrow(f"while [ $1 != --json ]; do shift; done; echo '{answer}' >$2")
            regrow.run_round()
            self.assertRegex(regrow.problem, "regrow: ", answer)


if __name__ == "__main__":
    unittest.main()

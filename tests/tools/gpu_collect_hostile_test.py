#!/usr/bin/env python3
"""experiments/gpu/collect.py with what only a damaged or half-finished check holds: a line of a
page stays a line, a figure that is none is refused, and no bar is met by what was not reached."""
import json
import unittest

from gpu_collect_fixture import BF16, CUDA, KERNELS, PAPER, PYTORCH, bench, size, timed
from gpu_collect_test import InFolder

EVIL = "a|b \\| c\n| d |\r\x1b[31m\x85 e"
SAID = "a\\|b \\\\\\| c \\| d \\| [31m e"


class Hostile(InFolder):
    def test_words_break_no_line(self):
        folder = self.check("a", [("bench-paper", "passed", EVIL), ("baseline", "passed", ""),
                                  ("profile", "skipped", EVIL), ("table2", "unfinished", EVIL)],
                            driver=EVIL, gpu=EVIL)
        (folder / "bench-paper/bench.json").write_text(json.dumps(bench(
            [size("paper", [timed("device", "cuda", CUDA),
                            {"device": EVIL, "not_measured": EVIL}])],
            primitives=[{"device": EVIL, "primitives": [
                {"name": EVIL, "storage": EVIL, "seconds": {"rounds": [1]}, "bytes": 2,
                 "ceiling": EVIL, "share_of_ceiling": None}]}])))
        (folder / "baseline/pytorch.json").write_text(json.dumps(
            PYTORCH | {"torch": EVIL, "device": EVIL}))
        (folder / "table2/table.md").write_bytes(b"| m |\n|---|\n| \xff |\n")
        (folder / "table2/trial.json").write_text("[]")
        (folder / "table2/SET").mkdir()
        (folder / "table2/SET/metrics.jsonl").write_text(json.dumps(dict.fromkeys(
            ("loss", "accuracy", "val_loss", "val_accuracy", "connections", "theta"), 1)
            | {"epoch": 0, "paused": False}) + "\n")
        self.collect(folder)
        text = self.results() + (self.out / "machine.md").read_text()
        for row in (f"| {SAID} | not measured: {SAID} |", f"| {SAID} | {SAID} | {SAID} | 1.00 s ",
                    f"| driver | {SAID} |", f"| a | profile | skipped | {SAID} | 12 |"):
            self.assertIn(row, text)
        self.assertNotIn("\n| d |", text)
        for character in "\r\x1b\x85":
            self.assertNotIn(character, text)

    def test_a_run_of_an_impossible_name_is_refused(self):
        folder = self.check("a", [("table2", "passed", "")])
        (folder / "table2/SET\nx").mkdir()
        (folder / "table2/SET\nx/metrics.jsonl").write_text("")
        self.refused("'SET.nx' is no run's name", folder)

    def test_a_figure_that_is_none_is_refused(self):
        for step in ("null", "NaN", "Infinity", "-1", '"fast"', "[]", "1e-4, null"):
            with self.subTest(step=step):
                folder = self.check(f"step {len(step)} {step[0]}", [("bench-paper", "passed", "")])
                (folder / "bench-paper/bench.json").write_text(
                    json.dumps(PAPER).replace("0.000102", step))
                self.refused("bench.json: not a report of regrow bench", folder)
        for change in (('"bytes": 5000000', '"bytes": Infinity'),
                       ('"share_of_ceiling": 0.4', '"share_of_ceiling": "x"')):
            folder = self.check(f"changed {len(change[0])}", [("bench-paper", "passed", "")])
            (folder / "bench-paper/bench.json").write_text(json.dumps(PAPER).replace(*change))
            self.refused("bench.json: not a report", folder)

    def test_a_counter_that_a_machine_lacks_costs_only_itself(self):
        folder = self.check("a", [("profile", "passed", "")])
        (folder / "profile/kernels.csv").write_text(KERNELS.replace('"98.6"', '"(!) n/a"'))
        self.collect(folder)
        self.assertEqual(self.row("`forward_kernel<float>`", section="kernels of a step")[-2:],
                         ["42 %", "2"])
        folder = self.check("b", [("profile", "passed", "")])
        (folder / "profile/kernels.csv").write_text(KERNELS.replace('"8.5"', '"0"'))
        self.assertIn("a launch of 0.0 us", self.collect(folder, code=1).stderr)

    def test_no_rounds_are_no_measurement(self):
        folder = self.check("a", [("bench-paper", "unfinished", "killed")])
        (folder / "bench-paper/bench.json").write_text(json.dumps(bench(
            [size("paper", [timed("device", "cuda", [])])], 0)))
        self.collect(folder)
        self.assertEqual(self.row("a step, fp32", "≤ 105 µs")[:2],
                         ["not measured", "stage bench-paper unfinished: killed"])


class Unreached(InFolder):
    def best_of(self, graph, fused):
        """The verdict of the bar of the best variant in bf16."""
        variants = [timed("name", "regrow cuda:bf16", BF16),
                    timed("name", "pytorch graph bf16", [graph * s for s in BF16]),
                    {"name": "pytorch fused bf16", "not_measured": fused}]
        folder = self.check(f"{graph} {len(fused)}", [("baseline", "unfinished", "time")])
        (folder / "baseline/pytorch.json").write_text(json.dumps(
            PYTORCH | {"variants": variants}))
        self.collect(folder)
        return self.row("a step against PyTorch's best variant, bf16", "≥ 1.5 ×")

    def test_the_best_is_not_known_before_all_were_reached(self):
        self.assertEqual(self.best_of(2, "no round finished yet")[:3], [
            "not measured", "pytorch fused bf16: no round finished yet", ""])
        self.assertEqual(self.best_of(1.25, "no round finished yet")[0], "**missed**")
        self.assertEqual(self.best_of(2, "the compiler gave up")[0], "met")


del InFolder  # whose tests are another file's

if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""Tests of experiments/gpu/collect.py on check folders that are made up here."""
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
GPU = ROOT / "experiments" / "gpu"
sys.path.insert(0, str(GPU))

from gpu_collect_fixture import (  # noqa: E402
    KERNELS, PYTORCH, WIDE, bench, size, timed, write_check, write_whole_check)
from gpu_results import bars, reports  # noqa: E402

try:
    import matplotlib  # noqa: F401
    import numpy  # noqa: F401
except ImportError:
    matplotlib = None

class InFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.out = self.folder / "out"
        self.out.mkdir()
        # Hides matplotlib, which is slow, from all but the test of the figures.
        self.hidden = self.folder / "hidden"
        self.hidden.mkdir()
        for module in ("matplotlib", "numpy"):
            (self.hidden / f"{module}.py").write_text(f"raise ImportError('no {module}')\n")

    def check(self, name, stages=(), **machine):
        return write_check(self.folder, name, stages, **machine)

    def whole_check(self):
        return write_whole_check(self.folder)

    def collect(self, *folders, code=0, figures=False):
        hidden = {} if figures else {"PYTHONPATH": str(self.hidden)}
        done = subprocess.run(
            [sys.executable, "-B", GPU / "collect.py", "--out", self.out, *folders], check=False,
            capture_output=True, text=True, env={**os.environ, **hidden})
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def refused(self, message, *folders):
        done = self.collect(*folders, code=1)
        self.assertRegex(done.stderr, f"^collect.py: .*{message}.*\n$")
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertEqual(list(self.out.iterdir()), [], "nothing is written")

    def results(self):
        return (self.out / "results.md").read_text()

    def row(self, *begins, section=""):
        """Cells of the first row with these cells, after the heading."""
        text = self.results()
        text = text[text.index(section):]
        for line in text.splitlines():
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if line.startswith("|") and cells[:len(begins)] == list(begins):
                return cells[len(begins):]
        self.fail(f"no row {begins} in {text}")
        return None


class Pages(InFolder):
    def setUp(self):
        super().setUp()
        self.collect(self.whole_check())

    def test_steps_and_epochs_with_spread_and_rounds(self):
        section = "## A step and an epoch"
        self.assertEqual(self.row("cuda", section=section), [
            "100 µs (98.0 µs to 102 µs)", "1 (1 to 1)", "50.0 ms (49.0 ms to 51.0 ms)",
            "1 (1 to 1)", "3"])
        # Ratios pair rounds: not those of the medians.
        self.assertEqual(self.row("cuda:bf16", section=section)[1], "0.706 (0.7 to 0.755)")
        self.assertEqual(self.row("cuda-dense", section=section)[0],
                         "not measured: libcublas.so.13 is missing")
        self.assertIn("123,456 connections", self.results())
        self.assertIn("`regrow bench --device cuda,cuda:bf16,cuda-cusparse,cuda-dense --size paper "
                      "--rounds 3`", self.results())

    def test_wide_layers_have_no_epoch(self):
        text = self.results()
        part = text[text.index("## Wide layers"):text.index("## Primitives")]
        self.assertNotIn("an epoch |", part)
        self.assertEqual(self.row("cuda-dense", section="## Wide"), [
            "19.0 ms (19.0 ms to 19.0 ms)", "19 (19 to 19)", "1"])

    def test_primitives_with_bytes_rate_and_share_of_the_ceiling(self):
        self.assertEqual(self.row("forward 1", "fp32", section="## Primitives"), [
            "gather 400 B", "3.00 µs (2.00 µs to 4.00 µs)", "6,000,000", "2,000.0", "40 %", "2"])

    def test_pytorch_beside_regrow(self):
        section = "## Beside PyTorch"
        self.assertEqual(self.row("pytorch eager fp32", section=section)[1:2], ["5 (5 to 5)"])
        self.assertEqual(self.row("pytorch eager fp32", section=section)[-1], "2")
        self.assertEqual(self.row("pytorch fused fp32", section=section)[0],
                         "not measured: the compiler gave up")
        self.assertIn("check measure (**unfinished**: what it left)", self.results())

    def test_each_bar_is_met_missed_or_not_measured(self):
        judged = {cells[0]: cells[2:] for cells in (
            [cell.strip() for cell in line.strip("|").split("|")]
            for line in self.results().splitlines() if line.startswith("| a step"))}
        self.assertEqual(list(judged), [bar.what for bar in bars.ALL])
        answers = [cells[0] for cells in judged.values()]
        self.assertEqual(answers, ["met", "**missed**", "met", "not measured", "met", "**missed**",
                                   "met", "**missed**"])
        self.assertEqual(judged["a step, bf16"][2:], ["72.0 µs", "70.0 µs to 74.0 µs", "3"])
        self.assertEqual(judged["a step against PyTorch's best variant, fp32"], [
            "met", "the best: graph; not measured: pytorch fused fp32: the compiler gave up", "2",
            "2 to 2", "3"])
        self.assertEqual(judged["a step against PyTorch's best variant, bf16"][1],
                         "pytorch graph bf16: not asked for; pytorch fused bf16: not asked for")

    def test_what_misses_its_bar_has_the_profile_beside_it(self):
        text = self.results()
        part = text[text.index("Missed: a step, bf16; a step against PyTorch's eager one, bf16; "
                               "a step against `cuda-dense`"):text.index("## A step and an epoch")]
        for row in ("| `forward_kernel<float>` | 10.5 µs (8.50 µs to 12.5 µs) | 42 % | 99 % | 2 |",
                    "| `update_kernel<float>` | 29.0 µs (29.0 µs to 29.0 µs) | 58 % |  | 1 |"):
            self.assertIn(row, part)

    def test_curves_are_compact_and_leave_out_a_line_cut_off(self):
        with open(self.out / "curves" / "SET,seed=0.csv", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        self.assertEqual(rows, [
            ["epoch", "loss", "accuracy", "val_loss", "val_accuracy", "connections", "theta",
             "paused"],
            ["0", "2.12346", "0.25", "1.5", "0.5", "340000", "", "0"],
            ["1", "1.12346", "0.25", "1.5", "0.5", "340001", "0.75", "1"],
            ["2", "0.123457", "0.25", "1.5", "0.5", "340002", "0.75", "0"]])
        self.assertEqual(self.row("[SET,seed=1](curves/SET%2Cseed%3D1.csv)"), ["2"])
        self.assertEqual(self.row("set", section="## Table 2"), ["1"])
        self.assertEqual(self.row("process", section="## Table 2")[0], "0.125")
        self.assertIn("regrow: no", self.row("thread", section="## Table 2"))

    def test_stages_and_machine_are_said_without_the_machines_folders(self):
        self.assertEqual(self.row("measure", "sanitize"), ["skipped", "no compute-sanitizer", "12"])
        machine = (self.out / "machine.md").read_text()
        for line in ("| gpu | Made-up GPU |", "| commit | abc1234 |", "| driver | 1.2 |",
                     "| toolkit | CUDA 4.5 |", "| date | 2026-01-02 03:04:05 UTC |",
                     "| torch | none |"):
            self.assertIn(line, machine)
        self.assertIn("Made-up GPU, commit abc1234", self.results())
        self.assertNotIn(str(self.folder), machine + self.results())


class Several(InFolder):
    def test_nothing_measured_is_said_of_everything(self):
        done = self.collect(self.check("a", [("profile", "skipped", "no ncu")]))
        text = self.results()
        self.assertEqual(text.count("| not measured |"), len(bars.ALL))
        for part in ("## A step and an epoch\n\nNot measured: no check ran stage bench-paper.",
                     "The profile was not measured: stage profile skipped: no ncu.",
                     "## Table 2\n\nNot measured: no check ran stage table2."):
            self.assertIn(part, text)
        self.assertIn("left out", done.stderr)
        self.assertFalse((self.out / "curves").exists())

    def test_checks_together_and_more_rounds_before_newer(self):
        for name, date, step, count in (("b", "2026-03-01", 50e-6, 2),
                                        ("a", "2026-02-01", 60e-6, 3)):
            folder = self.check(name, [("bench-paper", "passed", "")], date=date)
            (folder / "bench-paper" / "bench.json").write_text(json.dumps(bench(
                [size("paper", [timed("device", "cuda", [step] * count)])], count)))
        whole = self.check("c", [("bench-wide", "passed", "")])
        (whole / "bench-wide" / "bench.json").write_text(json.dumps(WIDE))
        self.collect(self.folder / "b", self.folder / "a", whole)
        self.assertEqual(self.row("a step, fp32", "≤ 105 µs", "met")[1], "60.0 µs")
        self.assertIn("`tools/gpu_check.py bench-paper`, check a\n", self.results())
        self.assertEqual(self.row("cuda-dense", section="## Wide")[-1], "1")
        self.assertIn("| date | 2026-01-02 03:04:05 UTC | 2026-02-01 | 2026-03-01 |",
                      (self.out / "machine.md").read_text())

    def test_a_passed_stage_counts_before_one_of_more_rounds(self):
        for name, status, step, count in (("a", "failed", 50e-6, 9), ("b", "passed", 60e-6, 3)):
            folder = self.check(name, [("bench-paper", status, "")])
            (folder / "bench-paper" / "bench.json").write_text(json.dumps(bench(
                [size("paper", [timed("device", "cuda", [step] * count)])], count)))
        self.collect(self.folder / "a", self.folder / "b")
        self.assertEqual(self.row("a step, fp32", "≤ 105 µs", "met")[1], "60.0 µs")

    def test_another_size_or_device_of_pytorch_meets_no_bar(self):
        for change in ({"size": "tiny"}, {"device": "CPU"}):
            folder = self.check(next(iter(change)), [("baseline", "passed", "")])
            (folder / "baseline" / "pytorch.json").write_text(json.dumps(PYTORCH | change))
            self.collect(folder)
            self.assertEqual(self.row("a step against PyTorch's eager one, fp32", "≥ 4 ×")[0],
                             "not measured")

    def test_what_a_killed_stage_left_damaged_is_not_measured(self):
        folder = self.check("a", [("bench-paper", "unfinished", "killed")])
        (folder / "bench-paper" / "bench.json").write_text('{"rounds": ')
        self.collect(folder)
        self.assertIn("Not measured: stage bench-paper unfinished: killed.", self.results())

    def test_files_of_an_earlier_call_go_and_the_readme_follows(self):
        (self.out / "README.md").write_text("**Nothing has been measured on a GPU yet.** So\n")
        self.collect(self.whole_check())
        self.assertEqual(len(list((self.out / "curves").iterdir())), 2)
        self.assertTrue((self.out / "README.md").read_text().startswith("Measured: [results.md]"))
        (self.out / "step_times.png").write_text("old")
        self.collect(self.check("later"))
        self.assertEqual(list((self.out / "curves").iterdir()), [])
        self.assertFalse((self.out / "step_times.png").exists())
        # Nothing was measured in that one, and so it says again.
        self.assertTrue((self.out / "README.md").read_text().startswith("**Nothing has been"))


class Refusals(InFolder):
    def test_mixed_commits_gpus_or_sources(self):
        one = self.check("a")
        for key in ("commit", "gpu", "sources"):
            other = self.check(f"other {key}", **{key: "another"})
            self.refused(f"{key} is another, .* collect checks of one commit and one GPU", one,
                         other)

    def test_folders_that_are_no_checks(self):
        self.refused("none: no machine.json in it", self.folder / "none")
        self.refused("without a GPU", self.check("a", gpu=None))
        self.refused("given twice", self.check("b"), self.folder / "c" / ".." / "b")
        folder = self.check("d")
        (folder / "machine.json").write_text('{"date": "today"}')
        self.refused("no field 'commit'", folder)
        (folder / "machine.json").write_text("{")
        self.refused("machine.json: not JSON", folder)

    def test_damaged_files_are_named(self):
        for stage, name, content, message in (
                ("bench-paper", "bench.json", "{}", "bench.json: not a report of regrow bench"),
                ("bench-wide", "bench.json", json.dumps(bench([size("wide64k", [
                    timed("device", "cuda", [0.0])])])), "above 0"),
                ("baseline", "pytorch.json", "[]", "pytorch.json: not a report of compare.py"),
                ("profile", "kernels.csv", "==ERROR==", "kernels.csv: no table of ncu"),
                ("profile", "kernels.csv", KERNELS.replace('"us"', '"fortnight"'), "fortnight")):
            with self.subTest(name=name, content=content):
                folder = self.check(f"{stage}{len(content)}", [(stage, "passed", "")])
                (folder / stage / name).write_text(content)
                self.refused(message, folder)

    def test_a_damaged_epoch_is_named(self):
        folder = self.whole_check()
        (folder / "table2" / "SET,seed=1" / "metrics.jsonl").write_text('{"epoch": 0}\n')
        self.refused("SET,seed=1/metrics.jsonl:1: field `loss` is missing", folder)


class Figures(InFolder):
    def test_without_matplotlib_they_are_left_out_and_it_says_so(self):
        done = self.collect(self.whole_check())
        self.assertRegex(done.stderr, "^collect.py: left out the figures: no (matplotlib|numpy)")
        self.assertEqual(list(self.out.glob("*.png")), [])
        self.assertNotIn(".png", self.results())

    @unittest.skipIf(matplotlib is None, "no matplotlib")
    def test_steps_and_curves_are_drawn(self):
        done = self.collect(self.whole_check(), figures=True)
        self.assertEqual(done.stderr, "collect.py: left out SET,seed=1 of table2_curves.png: 2 "
                         "epochs, of the same settings SET,seed=0 has 3\n")
        for name in ("step_times.png", "table2_curves.png"):
            self.assertTrue((self.out / name).read_bytes().startswith(b"\x89PNG"))
            self.assertIn(f"({name})", self.results())


class Texts(unittest.TestCase):
    def test_kernels_have_short_names(self):
        self.assertEqual(reports.short_name("void a::b::sum_kernel<c::Half, 4>(c::Rows, int)"),
                         "sum_kernel<Half, 4>")

    def test_the_readme_has_every_bar(self):
        readme = (GPU / "README.md").read_text(encoding="utf-8")
        for bar in bars.ALL:
            self.assertIn(f"| {bar.what} | {bar.wanted} |", readme)


if __name__ == "__main__":
    unittest.main()

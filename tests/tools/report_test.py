#!/usr/bin/env python3
"""Tests of tools/report.py. Ends with 77 (skipped) where there is no matplotlib."""
import contextlib
import html.parser
import importlib.util
import io
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

sys.dont_write_bytecode = True
TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"
sys.path.insert(0, str(TOOLS))

try:
    import matplotlib.figure
    import numpy as np
except ImportError:
    print("skipped: matplotlib is not installed for this python3")
    sys.exit(77)

from report import power_law  # noqa: E402
from report.bands import band, smoothed  # noqa: E402
from report.checkpoint import VERSIONS, Mask, read_checkpoint  # noqa: E402
from report.degrees import tail_shares  # noqa: E402
from report.evolution import survival_figure  # noqa: E402
from report.groups import group_runs  # noqa: E402
from report.masks import density, pixel_degrees  # noqa: E402
from report.page import table_values  # noqa: E402
from report.runs import ReportError, find_runs  # noqa: E402
from report_fixture import write_checkpoint, write_run  # noqa: E402


_SPEC = importlib.util.spec_from_file_location("report_program", TOOLS / "report.py")
PROGRAM = importlib.util.module_from_spec(_SPEC)  # its name is that of its package
_SPEC.loader.exec_module(PROGRAM)


class InFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def groups(self):
        return group_runs(find_runs([self.folder])[0])[0]

    def process(self, *arguments) -> subprocess.CompletedProcess:
        return subprocess.run([sys.executable, "-B", TOOLS / "report.py", *map(str, arguments)],
                              capture_output=True, text=True, check=False)

    def report(self, *arguments) -> str:
        """Calls the program here, which saves the start of another one, and gives back the message
        that it ends with."""
        words = ["report.py", *map(str, arguments)]
        errors = io.StringIO()
        with unittest.mock.patch.object(sys, "argv", words), contextlib.redirect_stderr(errors), \
                contextlib.redirect_stdout(io.StringIO()):
            try:
                PROGRAM.main()
            except SystemExit as end:
                self.assertIsInstance(end.code, str, "a message, which is exit code 1")
                print(end.code, file=errors)
        return errors.getvalue()

    def fails(self, *arguments) -> str:
        said = self.report("--out", self.folder / "out", *arguments)
        lines = said.splitlines()
        self.assertEqual(len(lines), 1, said)
        self.assertFalse((self.folder / "out" / "index.html").exists())
        return lines[0]


class Grouping(InFolder):
    def test_only_seeds_and_how_to_compute_may_differ(self):
        write_run(self.folder / "a", seed=2)
        write_run(self.folder / "b", seed=0, threads=2, folder="elsewhere")
        write_run(self.folder / "c", seed=1, zeta=0.2)
        groups = self.groups()
        self.assertEqual([[run.folder.name for run in group.runs] for group in groups],
                         [["b", "a"], ["c"]])
        self.assertEqual([group.label for group in groups], ["SET, zeta 0.3", "SET, zeta 0.2"])

    def test_a_run_of_an_older_version_is_of_the_group_of_its_settings(self):
        write_run(self.folder / "old", seed=0)
        for seed, every in ((1, "1e"), (2, "100")):
            config = write_run(self.folder / every, seed=seed) / "config.toml"
            config.write_text(config.read_text().replace(
                "[evolution]\n", f'[evolution]\nevolve_every = "{every}"\nevolve_until = 1\n'
                'candidates = "all"\ncandidate_ratio = 1\n'))
        self.assertEqual({tuple(run.folder.name for run in group.runs) for group in self.groups()},
                         {("old", "1e"), ("100",)})

    def test_a_second_run_of_a_seed_is_left_out(self):
        write_run(self.folder / "a")
        write_run(self.folder / "b")
        groups, warnings = group_runs(find_runs([self.folder])[0])
        self.assertEqual(len(groups[0].runs), 1)
        self.assertRegex(warnings[0], "b: has the settings and the seed of .*a; left out")

    def test_the_papers_row_needs_its_preset_and_names(self):
        write_run(self.folder / "a", method="dynset", measure="val_acc", pause="val_acc")
        write_run(self.folder / "b", method="dynset", measure="val_acc", pause="val_acc",
                  preset="default", zeta=0.2)
        write_run(self.folder / "c", method="dynset", measure="val_acc", pause="val_acc", zeta=0.1)
        rows = {group.runs[0].folder.name: group.paper_row() for group in self.groups()}
        self.assertEqual(rows["a"][2], 218322)
        self.assertIsNone(rows["b"])
        self.assertIsNone(rows["c"], "another share is dropped")
        config = self.folder / "a" / "config.toml"
        config.write_text(config.read_text().replace(
            "[evolution]\n", '[evolution]\nevolve_every = "2e"\n'))
        rows = {group.runs[0].folder.name: group.paper_row() for group in self.groups()}
        self.assertIsNone(rows["a"], "it evolves half as often")

    def test_the_connections_are_those_of_the_network_evaluated(self):
        path = write_run(self.folder / "a", recorded=1) / "metrics.jsonl"
        line = json.loads(path.read_text())
        self.assertEqual(table_values(self.groups()[0])[2], [101], "of 100, after 30 made 29")
        line["layers"][0] |= {"dropped": 90, "grown": 95, "evaluated": 98}  # within the epoch, too
        path.write_text(json.dumps(line) + "\n")
        self.assertEqual(table_values(self.groups()[0])[2], [98])

    def test_survival_is_of_the_epochs_that_had_new_connections(self):
        write_run(self.folder / "a", recorded=6)
        survival = self.groups()[0].runs[0].survival(0)
        np.testing.assert_array_equal(survival, [np.nan, 6 / 20, 7 / 20, 8 / 20, 9 / 20, np.nan])
        old = write_run(self.folder / "b", seed=1, survival=False)
        self.assertTrue(np.isnan(find_runs([old])[0][0].survival(0)).all())

    def test_survival_joins_epochs_without_evolutions(self):
        write_run(self.folder / "a")
        figure = survival_figure(self.groups()).figure
        line = figure.subfigs[0].axes[0].lines[0]
        np.testing.assert_array_equal(line.get_xdata(), [2, 3, 4, 5])
        np.testing.assert_allclose(line.get_ydata(), [30, 35, 40, 45])

    def test_labels_leave_out_what_most_have(self):
        for zeta, name in ((0.3, "a"), (0.2, "b"), (0.3, "c")):
            write_run(self.folder / name, zeta=zeta, grow="random" if name != "c" else
                      "one_neighbour")
        self.assertEqual([group.label for group in self.groups()],
                         ["SET", "SET, zeta 0.2", "SET, one neighbour growth"])


class Bands(InFolder):
    def setUp(self):
        super().setUp()
        self.noises = (0.01, 0.04, -0.02)
        for seed, noise in enumerate(self.noises):
            write_run(self.folder / str(seed), seed=seed, noise=noise, recorded=8 - seed)

    def test_mean_and_sample_deviation_as_far_as_all_runs_have_come(self):
        found = band(self.groups()[0], "val_accuracy")
        self.assertEqual((len(found.epochs), found.epochs[0], found.count), (6, 1, 3))
        values = [0.3 + 0.03 + noise for noise in self.noises]
        self.assertAlmostEqual(found.mean[3], statistics.mean(values))
        self.assertAlmostEqual(found.deviation[3], statistics.stdev(values))

    def test_the_table_is_of_the_last_common_epoch(self):
        columns = table_values(self.groups()[0])
        np.testing.assert_allclose(columns[0], [0.35 + noise for noise in self.noises])
        # Of the network evaluated: before the drop of 30 and the growth of 29 that followed, and
        # before that epoch's pause.
        self.assertEqual(columns[2], [96.0] * 3)
        np.testing.assert_allclose(columns[3], np.array(columns[0]) / 96)
        self.assertEqual(columns[5], [0.8] * 3)
        self.assertEqual(columns[6], [0.0] * 3)
        self.assertEqual(columns[7], [1.5] * 3)

    def test_smoothing_keeps_a_constant_to_the_ends_and_what_is_unknown(self):
        values = np.full(30, 2.0)
        values[4] = np.nan
        np.testing.assert_allclose(smoothed(values), values)

    def test_smoothing_bends_no_straight_line(self):
        values = np.linspace(2.0, 7.0, 30)
        np.testing.assert_allclose(smoothed(values), values)


class PowerLaws(unittest.TestCase):
    def test_zeta_has_its_known_values(self):
        self.assertAlmostEqual(float(power_law.hurwitz_zeta(2, 1)), np.pi ** 2 / 6, places=9)
        self.assertAlmostEqual(float(power_law.hurwitz_zeta(4, 2)), np.pi ** 4 / 90 - 1, places=9)

    def test_the_exponent_of_a_sample_is_recovered(self):
        for alpha, x_min in ((2.5, 1), (3.2, 6), (2.1, 20)):
            law = power_law.PowerLaw(alpha, x_min, 0.0, 1.0)
            values = power_law.sample(law, 4000, np.random.default_rng(3))
            self.assertEqual(values.min(), x_min)
            found = power_law.fit_with_goodness(values, 50)
            error = (alpha - 1) / np.sqrt(4000 * found.tail_share)  # its standard error
            self.assertAlmostEqual(found.alpha, alpha, delta=4 * error)
            self.assertGreater(found.p_value, 0.1)

    def test_a_sample_has_the_laws_probabilities(self):
        law = power_law.PowerLaw(2.5, 2, 0.0, 1.0)
        values = power_law.sample(law, 100_000, np.random.default_rng(4))
        for x in (2, 3, 10):
            self.assertAlmostEqual(np.mean(values >= x), float(law.tail(np.array(x))), delta=0.006)

    def test_a_body_of_another_law_is_cut_off(self):
        random = np.random.default_rng(5)
        law = power_law.PowerLaw(2.5, 30, 0.0, 1.0)
        values = np.concatenate([power_law.sample(law, 2000, random), random.integers(1, 30, 2000)])
        found = power_law.fit(values)
        self.assertAlmostEqual(found.alpha, 2.5, delta=0.15)
        self.assertAlmostEqual(found.x_min, 30, delta=6)

    def test_poisson_is_ruled_out(self):
        values = np.random.default_rng(6).poisson(35, 4000)
        self.assertLess(power_law.fit_with_goodness(values, 50).p_value, 0.1)

    def test_goodness_is_the_same_again(self):
        values = np.random.default_rng(7).poisson(20, 500)
        self.assertEqual(power_law.fit_with_goodness(values, 20),
                         power_law.fit_with_goodness(values, 20))

    def test_too_little_has_no_fit(self):
        for values in ([], [0, 0], [5] * 500, [1, 2, 3, 4]):
            self.assertIsNone(power_law.fit_with_goodness(np.array(values, dtype=int)))


class Networks(InFolder):
    def test_pixels_in_both_orders(self):
        channels, height, width = shape = (3, 4, 5)
        row, column, channel = 2, 1, 0
        hwc = (row * width + column) * channels + channel
        chw = (channel * height + row) * width + column
        for order, index in (("hwc", hwc), ("chw", chw)):
            mask = Mask(60, 7, np.array([index, 60 + index, 360 + index]))
            expected = np.zeros((height, width))
            expected[row, column] = 3
            np.testing.assert_array_equal(pixel_degrees(mask, shape, order), expected)

    def test_degrees_tails_and_density(self):
        mask = Mask(4, 2, np.array([0, 1, 5]))
        np.testing.assert_array_equal(mask.in_degrees(), [2, 1])
        np.testing.assert_array_equal(mask.out_degrees(), [1, 2, 0, 0])
        degrees, shares = tail_shares(mask.out_degrees())
        np.testing.assert_array_equal(degrees, [1, 2])
        np.testing.assert_array_equal(shares, [0.5, 0.25])
        np.testing.assert_array_equal(density(mask, 2), [[1, 0], [0.5, 0]])

    def test_the_version_that_the_program_writes_is_known(self):
        header = pathlib.Path(__file__).resolve().parents[2] / "include/regrow/checkpoint.h"
        written = re.search(r"kCheckpointVersion = (\d+);", header.read_text())[1]
        self.assertIn(written, VERSIONS)

    def test_a_checkpoint_reads_back_and_a_flipped_bit_is_seen(self):
        path = self.folder / "last.safetensors"
        cells = np.array([3, 61, 119])
        write_checkpoint(path, cells, 2)
        np.testing.assert_array_equal(read_checkpoint(path).masks[0].cells, cells)
        raw = path.read_bytes()
        for damaged in (raw[:-9], bytes([raw[0] ^ 1]) + raw[1:], raw[:-6] + b"x" + raw[-5:], b""):
            path.write_bytes(damaged)
            with self.assertRaisesRegex(ReportError, "last.safetensors: damaged"):
                read_checkpoint(path)


class Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.tags = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.found += [value for name, value in attrs if name in ("src", "href", "srcset")]


def mock_figures_without_points():
    save = matplotlib.figure.Figure.savefig

    def save_lines(figure, target, format=None, **options):
        if format == "svg":
            save(figure, target, format=format, **options)
        else:
            pathlib.Path(target).touch()
    return unittest.mock.patch.object(matplotlib.figure.Figure, "savefig", save_lines)


class Page(InFolder):
    def study(self):
        for seed in (0, 1):
            for grow in ("random", "one_neighbour"):
                write_run(self.folder / "runs" / f"{grow}{seed}", seed=seed, grow=grow,
                          noise=0.01 * seed)
            write_run(self.folder / "runs" / f"dyn{seed}", seed=seed, method="dynset",
                      measure="val_acc", pause="val_acc")
        return self.folder / "runs"

    def test_all_figures_in_one_page_and_equal_again(self):
        runs = self.study()
        result = self.process("--out", self.folder / "a", "--title", "A <study>", runs)
        self.assertEqual(result.returncode, 0, result.stderr)
        # Again in another process, whose sets have another order; but for the images of points,
        # which are drawn from the same figures and take as long as all the rest.
        with mock_figures_without_points():
            self.assertEqual(
                self.report("--out", self.folder / "b", "--title", "A <study>", runs), "")
        files = sorted(path.name for path in (self.folder / "a").iterdir())
        for start in ("overview", "figure2", "figure3", "figure4", "figure5", "figure6", "theta",
                      "layer_connections", "survival", "mask_overlap", "degrees_", "masks_", "input_pixels"):
            for suffix in (".png", ".svg"):
                self.assertTrue([f for f in files if f.startswith(start) and f.endswith(suffix)],
                                start + suffix)
        for name in files:
            if name.endswith(".png"):
                self.assertGreater((self.folder / "a" / name).stat().st_size, 10_000, name)
                continue
            self.assertEqual((self.folder / "a" / name).read_bytes(),
                             (self.folder / "b" / name).read_bytes(), name)
        page = (self.folder / "a" / "index.html").read_text()
        links = Links()
        links.feed(page)
        self.assertEqual(len(links.found), len([f for f in files if f.endswith(".svg")]))
        self.assertTrue(all(link.startswith("data:") for link in links.found))
        self.assertFalse({"script", "link", "iframe"} & set(links.tags))
        self.assertNotIn("http", page)
        self.assertIn("A &lt;study&gt;", page)
        self.assertIn("218,322", page)  # the paper's connections, beside ours
        self.assertNotIn("What is not here", page)

    def test_what_cannot_be_drawn_is_named(self):
        write_run(self.folder / "run", topology=False, survival=False, networks=False)
        (self.folder / "sweep" / "new").mkdir(parents=True)
        (self.folder / "sweep" / "new" / "config.toml").write_text("")
        said = self.report("--out", self.folder / "out", self.folder / "run",
                           self.folder / "sweep")
        self.assertEqual(said.count("\n"), 1, said)
        self.assertIn("new: no epoch finished yet; left out", said)
        page = (self.folder / "out" / "index.html").read_text()
        for text in ("Figure 2: accuracy of the growth rules: needs runs", "Figure 3",
                     "Mask overlap and explored cells: no run records its topology",
                     "Survival of new connections: no run counts",
                     "has neither initial.safetensors nor last.safetensors",
                     "Connections of the input pixels", "new: no epoch finished yet; left out"):
            self.assertIn(text, page.split("What is not here")[1])

    def test_damaged_runs_do_not_end_the_page_of_the_others(self):
        write_run(self.folder / "sweep" / "whole", topology=False, networks=False)
        for name, damage in (("metrics", ("metrics.jsonl", "[1]\n")),
                             ("settings", ("config.toml", "[evolution]\nmethod = \"set\"\n")),
                             ("deep", ("config.toml", "a = " + "[" * 5000)),
                             ("deep_record", ("metrics.jsonl", "[" * 50000 + "\n"))):
            run = write_run(self.folder / "sweep" / name, topology=False, networks=False)
            (run / damage[0]).write_text(damage[1])
        odd = write_run(self.folder / "sweep" / "a\x1b\u202e\nb", topology=False, networks=False)
        (odd / "config.toml").unlink()
        os.mkfifo(odd / "config.toml")
        said = self.report("--out", self.folder / "out", self.folder / "sweep")
        self.assertEqual(said.count("; left out\n"), 4, said)
        self.assertEqual(said.count("\n"), 4, said)
        page = (self.folder / "out" / "index.html").read_text()
        self.assertIn("metrics.jsonl:1: no field", page.split("What is not here")[1])

    def test_a_run_with_what_is_no_number_is_left_out_of_the_means(self):
        for seed in (0, 1):
            write_run(self.folder / "sweep" / f"whole{seed}", seed=seed, topology=False,
                      networks=False)
        for seed, value in enumerate(("NaN", "-Infinity", "1e999", "null"), 2):
            run = write_run(self.folder / "sweep" / f"bad{seed}", seed=seed, topology=False,
                            networks=False)
            lines = (run / "metrics.jsonl").read_text()
            (run / "metrics.jsonl").write_text(
                lines.replace('"accuracy": 0.2', f'"accuracy": {value}', 1))
        said = self.report("--out", self.folder / "out", self.folder / "sweep")
        self.assertEqual(said.count("\n"), 4, said)
        for seed in range(2, 6):
            self.assertRegex(said, rf"bad{seed}/metrics\.jsonl:1: .*; left out\n")
        page = (self.folder / "out" / "index.html").read_text()
        self.assertEqual(page.split("What is not here")[1].count("; left out"), 4)

    def test_a_file_in_the_outputs_place_is_named_with_what_to_do(self):
        run = write_run(self.folder / "run", topology=False, networks=False)
        (self.folder / "file").write_text("mine")
        for option, path in (("--out", "file"), ("--overview", "file/curves")):
            said = self.report(option, self.folder / path, run)
            self.assertRegex(said, rf"file: is not a folder; move it away, or give another {option}\n$")
        self.assertEqual((self.folder / "file").read_text(), "mine")

    def test_overview_alone(self):
        runs = self.study()
        self.assertEqual(self.report("--overview", self.folder / "curves", runs), "")
        self.assertTrue((self.folder / "curves.png").stat().st_size > 10_000)
        self.assertTrue((self.folder / "curves.svg").exists())

    def test_bad_input_is_one_line_that_names_it(self):
        result = self.process("--out", self.folder / "out", self.folder / "nowhere")
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, r"^report\.py: .*no such folder.*\n$")
        run = write_run(self.folder / "run")
        good = (run / "metrics.jsonl").read_text()
        for bad, words in ((good[:-40], "metrics.jsonl:8: not JSON"),
                           (good.replace('"epoch": 3', '"epoch": 4'), "metrics.jsonl:4: epoch 4"),
                           (good.replace('"theta"', '"thet"'), "no field 'theta'"),
                           (good.replace('"val_loss": 1.9', '"val_loss": "x"'), "unknown form"),
                           (good.replace('"layers": [', '"layers": [1, '), "unknown form"),
                           ("[1]\n", "no field")):
            (run / "metrics.jsonl").write_text(bad)
            self.assertIn(words, self.fails(run))
        (run / "metrics.jsonl").write_text(good)
        (run / "last.safetensors").write_bytes(b"short")
        self.assertIn("last.safetensors: damaged", self.fails(run))
        (run / "config.toml").write_text("[data")
        self.assertIn("config.toml: not TOML", self.fails(run))


if __name__ == "__main__":
    unittest.main()

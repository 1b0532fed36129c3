#!/usr/bin/env python3
"""tools/curves.py: what is kept of a run's metrics, and what is said of those that are none."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

CURVES = pathlib.Path(__file__).resolve().parents[2] / "tools/curves.py"


def epoch(number, **changes):
    record = {"epoch": number, "loss": 1.23456789, "accuracy": 0.5, "val_loss": 2, "val_accuracy": 0.25,
              "connections": 340994, "theta": 0.75, "paused": False, "layers": [1, 2]}
    return json.dumps({**record, **changes}) + "\n"


class Curves(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.run_folder = self.folder / "SET,seed=0"
        self.run_folder.mkdir()

    def call(self, metrics, *runs):
        if metrics is not None:
            (self.run_folder / "metrics.jsonl").write_text(metrics)
        return subprocess.run([sys.executable, "-B", CURVES, "--out", self.folder / "out",
                               self.run_folder, *runs], capture_output=True, text=True, check=False)

    def test_an_epoch_is_a_line_and_a_cut_one_is_none(self):
        done = self.call(epoch(0) + epoch(1, theta=None, paused=True) + epoch(2)[:-5])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.folder / "out/SET,seed=0.csv").read_text(),
                         "epoch,loss,accuracy,val_loss,val_accuracy,connections,theta,paused\n"
                         "0,1.23457,0.5,2,0.25,340994,0.75,0\n"
                         "1,1.23457,0.5,2,0.25,340994,,1\n")

    def test_what_is_no_record_is_named_and_nothing_is_written(self):
        done = self.call(epoch(0) + '{"epoch":1}\n')
        self.assertEqual(done.returncode, 1)
        self.assertIn("metrics.jsonl:2: field `loss` is missing", done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1)
        self.assertFalse((self.folder / "out").exists())

    def test_what_regrow_table_refuses_is_refused(self):
        for line, words in (("[" * 300_000 + "\n", "is not valid JSON"),
                            ("[1]\n", "is not a JSON object"),
                            (epoch(1, loss="much"), "field `loss` must be a finite number"),
                            (epoch(1, loss=float("nan")), "field `loss` must be a finite number"),
                            (epoch(1, loss=True), "field `loss` must be a finite number"),
                            (epoch(1, accuracy=None), "field `accuracy` must be a finite number"),
                            (epoch(1).replace("0.75", "1e999"), "field `theta` must be a finite"),
                            (epoch(1, connections=-1), "field `connections` must be a count"),
                            (epoch(1, paused=0), "field `paused` must be true or false"),
                            (epoch(2), "field `epoch` must be 1, one line an epoch"),
                            (epoch(0), "field `epoch` must be 1, one line an epoch")):
            with self.subTest(words=words, line=line[:60]):
                done = self.call(epoch(0) + line)
                self.assertEqual(done.returncode, 1)
                self.assertRegex(done.stderr, r"^error: \S+/metrics\.jsonl:2: [^\n]+; put the file "
                                 r"back, train the run again, or leave it out\n$")
                self.assertIn(words, done.stderr)
                self.assertFalse((self.folder / "out").exists())

    def test_two_runs_of_one_name_do_not_write_over_each_other(self):
        other = self.folder / "other" / self.run_folder.name
        other.mkdir(parents=True)
        (other / "metrics.jsonl").write_text(epoch(0))
        done = self.call(epoch(0), other)
        self.assertEqual(done.returncode, 1)
        self.assertIn("give each an --out of its own", done.stderr)
        self.assertFalse((self.folder / "out").exists())

    def test_a_file_in_the_folders_place_is_named_with_what_to_do(self):
        (self.folder / "out").write_text("mine")
        done = self.call(epoch(0))
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"^error: \S+/out: is not a folder; give another --out\n$")
        self.assertEqual((self.folder / "out").read_text(), "mine")

    def test_a_run_that_is_none_is_named(self):
        done = self.call(epoch(0), self.folder / "nowhere")
        self.assertEqual(done.returncode, 1)
        self.assertIn("nowhere/metrics.jsonl: No such file", done.stderr)
        self.assertFalse((self.folder / "out").exists())

    def test_a_run_without_an_epoch_leaves_no_file(self):
        self.assertEqual(self.call("").returncode, 0)
        self.assertEqual(list((self.folder / "out").iterdir()), [])


if __name__ == "__main__":
    unittest.main()

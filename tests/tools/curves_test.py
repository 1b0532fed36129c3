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
        self.assertIn("metrics.jsonl:2: not an epoch's record", done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1)
        self.assertFalse((self.folder / "out").exists())

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

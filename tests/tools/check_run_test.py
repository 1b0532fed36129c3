#!/usr/bin/env python3
"""tools/check_run.py: what it says of a run that is right, damaged, or cannot be reported on."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

CHECK = pathlib.Path(__file__).resolve().parents[2] / "tools/check_run.py"
CONFIG = """[evolution]
method = "set"
theta_scale = 1.0
theta_max = 1.0
pause = "none"
drop = "magnitude"
zeta = 0.3
delta = "initial"
"""


def epoch(number, **changes):
    layer = {"connections": 100, "negatives": 50, "positives": 50, "dropped": 30, "grown": 30}
    record = {"epoch": number, "loss": 1.5, "theta": 1.0, "paused": False, "connections": 100,
              "layers": [layer]}
    return json.dumps({**record, **changes}) + "\n"


class CheckRun(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.run_folder = pathlib.Path(folder.name) / "run"
        self.run_folder.mkdir()
        layer = {"inputs": 60, "outputs": 20, "budget": 100}
        header = json.dumps({"__metadata__": {
            "config": CONFIG, "layers": json.dumps([layer, layer]),
            "class_names": json.dumps(["a", "b"])}}).encode()
        (self.run_folder / "last.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
        self.write(epoch(0) + epoch(1))

    def write(self, metrics):
        (self.run_folder / "metrics.jsonl").write_text(metrics)

    def call(self, stdout=subprocess.PIPE):
        return subprocess.run([sys.executable, "-B", CHECK, self.run_folder], stdout=stdout,
                              stderr=subprocess.PIPE, text=True, check=False)

    def test_a_run_that_is_right(self):
        done = self.call()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("2 epochs, 12 numbers recomputed, all equal", done.stdout)

    def configure(self, more, epochs=2):
        layer = {"inputs": 60, "outputs": 20, "budget": 100}
        header = json.dumps({"__metadata__": {
            "config": f"[training]\nepochs = {epochs}\n{CONFIG}{more}",
            "layers": json.dumps([layer, layer]), "class_names": json.dumps(["a", "b"])}}).encode()
        (self.run_folder / "last.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)

    def test_a_schedule_of_zeta(self):
        self.configure('zeta_schedule = "linear"\nfinal_zeta = 0.1\nevolution_epochs = 4\n')
        layers = [[{"connections": 100, "negatives": 50, "positives": 50, "dropped": n, "grown": n}]
                  for n in (25, 20)]
        self.write(epoch(0, layers=layers[0]) + epoch(1, layers=layers[1]))
        done = self.call()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.write(epoch(0, layers=layers[0]) + epoch(1, layers=layers[0]))
        self.assertIn("epoch 1: layer 0: dropped is 25, recomputed 20", self.call().stderr)

    def test_what_it_does_not_recompute(self):
        for setting, said in (("grace = 3", "grace is 3"),
                              ('density_schedule = "cubic"', "density_schedule is cubic"),
                              ('evolve_every = "7"', "evolve within epochs")):
            with self.subTest(setting):
                self.configure(setting + "\n")
                done = self.call()
                self.assertEqual(done.returncode, 1)
                self.assertIn(said, done.stderr)
                self.assertEqual(done.stdout, "")
        self.configure('evolve_every = "2e"\n')
        self.assertEqual(self.call().returncode, 0)

    def test_a_number_that_differs(self):
        self.write(epoch(0) + epoch(1, connections=99))
        done = self.call()
        self.assertEqual(done.returncode, 1)
        self.assertIn("epoch 1: connections is 99, recomputed 100", done.stderr)

    def test_epochs_that_are_twice_or_missing(self):
        for metrics, words in ((epoch(0) + epoch(1) + epoch(1), "3: epoch 1, expected 2"),
                               (epoch(0) + epoch(2), "2: epoch 2, expected 1"),
                               (epoch(1), "1: epoch 1, expected 0")):
            self.write(metrics)
            done = self.call()
            self.assertEqual(done.returncode, 1)
            self.assertEqual(done.stdout, "")
            self.assertRegex(done.stderr, rf"^check_run\.py: \S+/metrics\.jsonl:{words}: [^\n]+\n$")

    def test_what_cannot_be_said_is_not_a_fault_of_the_run(self):
        with open("/dev/full", "w") as full:
            done = self.call(full)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"^check_run\.py: the standard output cannot be written: No "
                         r"space left on device; [^\n]+\n$")
        reader = subprocess.Popen(["true"], stdin=subprocess.PIPE)
        reader.wait()
        done = self.call(reader.stdin)
        reader.stdin.close()
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"^check_run\.py: the standard output cannot be written: "
                         r"Broken pipe; [^\n]+\n$")


if __name__ == "__main__":
    unittest.main()

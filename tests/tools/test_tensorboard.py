#!/usr/bin/env python3
"""Event files of real runs, read back by TensorBoard's own Python readers.

usage: test_tensorboard.py PATH_OF_regrow
TensorBoard comes from .deps/python (tools/install_packages.sh test makes it) or the Python that
runs this.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

try:
    import numpy
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
except ImportError as error:
    venv = pathlib.Path(__file__).resolve().parents[2] / ".deps/python/bin/python3"
    if venv.exists() and pathlib.Path(sys.executable) != venv:
        os.execv(venv, [str(venv), *sys.argv])
    sys.exit(f"test_tensorboard.py: {error}; run: tools/install_packages.sh test")

PROGRAM = ""
EPOCHS = 6
LAYERS = 2
TIMES = ("seconds/", "beside/")
EVENT_FILE = "events.out.tfevents.0.regrow"
TRAIN = ("train --dataset synthetic --synthetic-features 12 --synthetic-train 400 "
         "--synthetic-test 50 --validation holdout:50 --hidden 20,15 --epsilon 3 --batch 25 "
         "--threads 1 --device cpu --method dynset --seed 3").split()


def regrow(*arguments):
    subprocess.run([PROGRAM, *map(str, arguments)], check=True, capture_output=True)


def metrics_of(run):
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def expected_scalars(record):
    """The tags and values that an epoch's line of metrics.jsonl should become."""
    values = {"evolution/paused": float(record["paused"]),
              "evolution/connections": record["connections"]}
    for ours, theirs in (("train", ""), ("validation", "val_"), ("test", "test_")):
        values[f"loss/{ours}"] = record[theirs + "loss"]
        values[f"accuracy/{ours}"] = record[theirs + "accuracy"]
    if record["theta"] is not None:
        values["evolution/theta"] = record["theta"]
    for i, layer in enumerate(record["layers"]):
        measures = {**layer, **(layer["topology"] or {})}
        for name in ("topology", "in_degree", "out_degree"):
            measures.pop(name, None)
        newborns, survived = (measures.pop(name, 0) for name in ("newborns", "survived"))
        if newborns:
            values[f"survival/layer{i}"] = survived / newborns
        values.update({f"layer{i}/{name}": value for name, value in measures.items()
                       if value is not None})
    return values


def accumulator_of(run):
    """Of the whole file: by default TensorBoard keeps a sample."""
    accumulator = EventAccumulator(str(run), size_guidance={"scalars": 0, "histograms": 0})
    accumulator.Reload()
    return accumulator


def content_of(run):
    """All that does not tell the time."""
    events = accumulator_of(run)
    tags = events.Tags()
    scalars = {tag: [(event.step, event.value) for event in events.Scalars(tag)]
               for tag in tags["scalars"] if not tag.startswith(TIMES)}
    histograms = {tag: [(event.step, event.histogram_value) for event in events.Histograms(tag)]
                  for tag in tags["histograms"]}
    return scalars, histograms


class Events(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.run_folder = pathlib.Path(cls.folder.name) / "run"
        regrow(*TRAIN, "--epochs", EPOCHS, "--out", cls.run_folder)
        cls.metrics = metrics_of(cls.run_folder)
        cls.events = accumulator_of(cls.run_folder)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_every_number_of_the_metrics_is_a_scalar(self):
        expected = {}
        for record in self.metrics:
            for tag, value in expected_scalars(record).items():
                expected.setdefault(tag, []).append((record["epoch"], float(numpy.float32(value))))
        found = {tag: [(event.step, event.value) for event in self.events.Scalars(tag)]
                 for tag in self.events.Tags()["scalars"] if not tag.startswith(TIMES)}
        self.assertEqual(found, expected)

    def test_timings_are_scalars(self):
        for phase in ("seconds/train", "seconds/evaluate", "seconds/evolve",
                      "seconds/snapshot", "seconds/wait", "beside/topology", "beside/histograms",
                      "beside/write"):
            values = [event.value for event in self.events.Scalars(phase)]
            self.assertEqual(len(values), EPOCHS)
            self.assertTrue(all(0 <= value < 100 for value in values), values)

    def test_wall_time_runs_forward_from_this_century(self):
        times = [event.wall_time for event in self.events.Scalars("loss/train")]
        self.assertEqual(times, sorted(times))
        self.assertGreater(times[0], 1.7e9)

    def test_histograms_count_weights_and_degrees(self):
        expected = {f"layer{i}/{name}" for i in range(LAYERS)
                    for name in ("weights", "in_degree", "out_degree")}
        self.assertEqual(set(self.events.Tags()["histograms"]), expected)
        inputs, outputs = (12, 20), (20, 15)
        for i in range(LAYERS):
            for name, neurons in (("in_degree", outputs[i]), ("out_degree", inputs[i])):
                for event, record in zip(self.events.Histograms(f"layer{i}/{name}"), self.metrics):
                    layer, histogram = record["layers"][i], event.histogram_value
                    degrees = layer["topology"][name]
                    self.assertEqual(histogram.num, neurons)
                    self.assertEqual(histogram.sum, layer["connections"])
                    self.assertEqual(sum(histogram.bucket), neurons)
                    self.assertEqual((histogram.min, histogram.max),
                                     (degrees[0] - 0.5, degrees[4] + 0.5))
            weights = self.events.Histograms(f"layer{i}/weights")
            self.assertEqual([event.step for event in weights], list(range(EPOCHS)))
            for event, record in zip(weights, self.metrics):
                connections = record["layers"][i]["connections"]
                self.assertEqual(event.histogram_value.num, connections)
                self.assertEqual(sum(event.histogram_value.bucket), connections)

    def test_the_web_page_gets_them_with_their_plugins(self):
        plugins = {}
        for event in EventFileLoader(str(self.run_folder / EVENT_FILE)).Load():
            for value in event.summary.value:
                plugins.setdefault(value.metadata.plugin_data.plugin_name, set()).add(value.tag)
        self.assertEqual(set(plugins), {"scalars", "histograms"})
        self.assertEqual(len(plugins["histograms"]), 3 * LAYERS)

    def test_a_run_gone_on_with_equals_one_never_stopped(self):
        run = pathlib.Path(self.folder.name) / "longer"
        regrow(*TRAIN, "--epochs", 3, "--out", run)
        regrow("train", "--resume", run, "--epochs", EPOCHS)
        self.assertEqual(content_of(run), content_of(self.run_folder))

    def test_a_file_cut_off_is_mended(self):
        run = pathlib.Path(self.folder.name) / "cut"
        regrow(*TRAIN, "--epochs", 3, "--out", run)
        events = run / EVENT_FILE
        os.truncate(events, events.stat().st_size - 5)
        regrow("train", "--resume", run, "--epochs", EPOCHS)
        scalars, _ = content_of(run)
        expected, _ = content_of(self.run_folder)
        self.assertEqual(scalars, expected)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    PROGRAM = str(pathlib.Path(sys.argv[1]).resolve())
    unittest.main(argv=sys.argv[:1])

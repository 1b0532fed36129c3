#!/usr/bin/env python3
"""Tests of run_hashes.py: what changes a hash, and what does not."""
import copy
import json
import pathlib
import struct
import tempfile
import unittest

import hashed_runs
import run_hashes

TOPOLOGY = {"overlap_previous": 0.5, "overlap_first": 0.25, "explored": None, "dead": 0,
            "unconnected_inputs": 1, "in_degree": [0, 1, 2, 3, 4], "out_degree": [1, 1, 2, 3, 4]}
LAYER = {"connections": 9, "negatives": 4, "positives": 5, "dropped": 3, "grown": 2,
         "topology": TOPOLOGY}
RECORD = {"epoch": 0, "loss": 1.5, "accuracy": 0.25, "val_loss": 1.0, "val_accuracy": 0.5,
          "test_loss": 2.0, "test_accuracy": 0.75, "theta": None, "paused": False,
          "connections": 9, "layers": [LAYER, LAYER]}
TENSORS = {"layers.0.weight": [1.0, -2.0], "layers.1.explored": [3.0], "checksum": [5.0]}


class RunHashes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.stored = self.hashes().to_json()

    def hashes(self, record=None, text=None, tensors=None, dtype="F32", metadata="1"):
        metrics = self.folder / "metrics.jsonl"
        metrics.write_text((text or json.dumps(record or RECORD)) + "\n")
        header, data = {"__metadata__": {"version": metadata}}, b""
        for name, values in (tensors or TENSORS).items():
            raw = struct.pack(f"<{len(values)}f", *values)
            header[name] = {"dtype": dtype, "shape": [len(values)],
                            "data_offsets": [len(data), len(data) + len(raw)]}
            data += raw
        text = json.dumps(header).encode()
        checkpoint = self.folder / "last.safetensors"
        checkpoint.write_bytes(len(text).to_bytes(8, "little") + text + data)
        return run_hashes.Hashes({"metrics": run_hashes.metrics_parts(metrics),
                                  "last": run_hashes.tensor_parts(checkpoint)}, 0)

    def differences(self, **what):
        return self.hashes(**what).differences(self.stored)

    def test_every_field_counts_and_is_named(self):
        for field in set(RECORD) - {"layers"}:
            record = {**RECORD, field: 7.5}
            self.assertEqual(self.differences(record=record), [f"metrics: {field}"])
            del record[field]
            self.assertEqual(self.differences(record=record), [f"metrics: {field}"])
        for field in set(LAYER) - {"topology"}:
            record = {**RECORD, "layers": [LAYER, {**LAYER, field: 7}]}
            self.assertEqual(self.differences(record=record), [f"metrics: layers.{field}"])
        for field in TOPOLOGY:
            record = copy.deepcopy(RECORD)
            record["layers"][1]["topology"][field] = 7
            self.assertEqual(self.differences(record=record), [f"metrics: layers.topology.{field}"])

    def test_numbers_count_by_their_text(self):
        text = json.dumps(RECORD).replace('"loss": 1.5', '"loss": 1.50')
        self.assertEqual(self.differences(text=text), ["metrics: loss"])

    def test_number_of_epochs_and_layers_counts(self):
        twice = "\n".join([json.dumps(RECORD)] * 2)
        self.assertIn("metrics: epoch", self.differences(text=twice))
        record = {**RECORD, "layers": [LAYER]}
        self.assertIn("metrics: layers.grown", self.differences(record=record))

    def test_tensors_count_by_bytes_shape_and_type(self):
        other = {**TENSORS, "layers.0.weight": [1.0, 2.0]}
        self.assertEqual(self.differences(tensors=other), ["last: layers.0.weight"])
        negative_zero = {**TENSORS, "layers.1.explored": [-0.0]}
        self.assertEqual(self.differences(tensors=negative_zero), ["last: layers.1.explored"])
        self.assertEqual(self.differences(dtype="U32"),
                         ["last: layers.0.weight", "last: layers.1.explored"])
        fewer = {"layers.0.weight": [1.0, -2.0]}
        self.assertEqual(self.differences(tensors=fewer), ["last: 1 parts, not 2"])

    def test_what_is_new_does_not_count(self):
        layer = {**LAYER, "scored": 1, "topology": {**TOPOLOGY, "cycles": 2}}
        record = {"new": 1, **RECORD, "layers": [layer, layer]}
        tensors = {"layers.0.score": [1.0], **TENSORS}
        self.assertEqual(self.differences(record=record, tensors=tensors), [])
        self.assertEqual(self.differences(metadata="2", tensors={**TENSORS, "checksum": [6.0]}), [])

    def test_a_run_without_hashes_is_named(self):
        self.assertEqual(len(run_hashes.compare({"cpu/new": self.hashes()}, {})), 1)
        self.assertEqual(run_hashes.compare({"cpu/old": self.hashes()}, {"cpu/old": self.stored}), [])

    def test_every_run_is_stored(self):
        stored = json.loads(run_hashes.STORED.read_text())["runs"]
        self.assertEqual(list(stored), list(hashed_runs.all_runs()))


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""Exported networks, opened by their real readers: ONNX Runtime, NumPy with SciPy, safetensors; and
PyTorch, where there is one.

usage: export_test.py PATH_OF_regrow
The readers come from .deps/python (tools/install_packages.sh test makes it) or the Python that runs
this. What a network says is computed here once more in double, from its checkpoint and methods.md,
together with a bound of what float32 may change of it; every reader, and `regrow eval`, must lie
within. The examples of docs/export.md are run as they stand.
"""
import csv
import json
import math
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

try:
    import numpy as np
    import onnxruntime
    import scipy.sparse
    import scipy.special
    from safetensors import safe_open
except ImportError as error:
    venv = pathlib.Path(__file__).resolve().parents[2] / ".deps/python/bin/python3"
    if venv.exists() and pathlib.Path(sys.executable) != venv:
        os.execv(venv, [str(venv), *sys.argv])
    sys.exit(f"export_test.py: {error}; run: tools/install_packages.sh test")
try:
    import torch
except ImportError:
    torch = None

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ""
UNIT = 2.0**-24  # half of a float32's last place, of 1
CONSTANT = 7  # the pixel that all training images have alike
FORMS = {"folded": "true", "kept": "false"}

TRAIN = ("train --validation holdout:40 --hidden 20,15 --epsilon 4 --batch 20 --epochs 3 --quiet "
         "--threads 1 --dropout 0.2").split()
RUNS = {
    "leaky_relu": "--activation leaky_relu --leaky-slope 0.2",
    "relu": "--activation relu --method dynset",
    "all_relu": "--activation all_relu",
    "srelu": "--activation srelu --optimiser adam",
    "gelu": "--activation gelu",
    "mixed": "--activation srelu,gelu --hidden 9,30",
    "dense": "--method dense --hidden 12",
    "squared_error": "--loss mse",
    "not_standardised": "--standardise false --learning-rate 0.05",
    "doubles": "--device reference --activation srelu,all_relu",
}
SYNTHETIC = "--dataset synthetic --synthetic-features 30 --synthetic-train 200 --synthetic-test 60 "
COLOURS = "--epsilon 1 --hidden 10 --batch 10 --augment false "


def regrow(*arguments, **options):
    result = subprocess.run([PROGRAM, *map(str, arguments)], check=False, capture_output=True,
                            **options)
    assert result.returncode == 0, (arguments, result.stderr.decode())
    return result


def example(number):
    """The Python block of docs/export.md, from 0."""
    text = (ROOT / "docs" / "export.md").read_text(encoding="utf-8")
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)[number]


class Checkpoint:
    """As docs/checkpoint.md describes the file."""

    def __init__(self, path):
        raw = pathlib.Path(path).read_bytes()
        start = 8 + int.from_bytes(raw[:8], "little")
        header = json.loads(raw[8:start])
        self.meta = header.pop("__metadata__")
        types = {"U32": "<u4", "U64": "<u8", "F32": "<f4", "F64": "<f8"}
        self.tensors = {
            name: np.frombuffer(raw[start + t["data_offsets"][0]:start + t["data_offsets"][1]],
                                types[t["dtype"]]).reshape(t["shape"])
            for name, t in header.items()}
        self.layers = json.loads(self.meta["layers"])
        self.mean = self.tensors["standardisation.mean"]
        self.deviation = self.tensors["standardisation.deviation"]
        scale = json.loads(self.meta.get("target_scale", "null"))
        self.target_scale = scale and (np.array(scale["mean"]), np.array(scale["deviation"]))
        self.slope = float(re.search(r"leaky_slope = (\S+)", self.meta["config"])[1])
        given = re.search(r'\nactivation = "(.*)"', self.meta["config"])  # none in version 4
        kinds = given[1].split(",") if given else ["leaky_relu"]
        hidden = len(self.layers) - 1
        self.activations = kinds * hidden if len(kinds) == 1 else kinds
        assert len(self.activations) == hidden, given

    def weight(self, i):
        layer = self.layers[i]
        dense = np.zeros((layer["outputs"], layer["inputs"]))
        cells = self.tensors.get(f"layers.{i}.cells", np.arange(dense.size))
        dense.flat[cells.astype(np.int64)] = self.tensors[f"layers.{i}.weight"].ravel()
        return dense

    def of(self, i, name):
        return self.tensors[f"layers.{i}.{name}"].astype(np.float64)

    def activated(self, i, z):
        """Values, and by how much at most a change of z is multiplied."""
        kind = self.activations[i]
        if kind == "srelu":
            left, right = self.of(i, "t_left"), self.of(i, "t_left") + abs(self.of(i, "t_right"))
            a_left, a_right = self.of(i, "a_left"), self.of(i, "a_right")
            values = np.where(z <= left, left + a_left * (z - left),
                              np.where(z >= right, right + a_right * (z - right), z))
            return values, np.maximum(1, np.maximum(abs(a_left), abs(a_right)))
        if kind == "gelu":
            return z * scipy.special.ndtr(z), 1.13
        slope = {"leaky_relu": self.slope, "relu": 0.0,
                 "all_relu": self.slope * (-1 if i % 2 == 0 else 1)}[kind]
        return np.where(z > 0, z, slope * z), max(1, abs(slope))

    def outputs(self, samples):
        """In double, with a bound of the error of any float32 computation: a sum of n products in
        any order is off by at most n + 1 units of the sum of their magnitudes (Higham, Accuracy
        and Stability of Numerical Algorithms, 3.1); the standardisation, which may be folded into
        rounded weights, by some units of the magnitudes that it subtracts."""
        x = (samples.astype(np.float64) - self.mean) / self.deviation
        error = 4 * UNIT * (abs(samples) + abs(self.mean)) / self.deviation
        for i, layer in enumerate(self.layers):
            weight, bias = self.weight(i), self.of(i, "bias")
            most = int((weight != 0).sum(axis=1).max()) + 4
            magnitudes = abs(x) if i else (abs(samples) + abs(self.mean)) / self.deviation
            error = error @ abs(weight.T) + most * UNIT * (magnitudes @ abs(weight.T) + abs(bias))
            x = x @ weight.T + bias
            if i + 1 < len(self.layers):
                z = x
                x, factor = self.activated(i, z)
                # Five roundings of a formula's own; Φ is an approximation by up to 2e-7.
                own = 5 * UNIT * (abs(z) + abs(x))
                if self.activations[i] == "srelu":
                    own = own * factor + 5 * UNIT * factor * (
                        abs(self.of(i, "t_left")) + abs(self.of(i, "t_right")))
                if self.activations[i] == "gelu":
                    own = own + 2e-7 * abs(z)
                error = error * factor + own
        if self.target_scale:
            mean, deviation = self.target_scale
            x, error = x * deviation + mean, error * deviation
            error += 4 * UNIT * (abs(x) + abs(mean))
        return x, error


def with_other_srelus(path):
    """A checkpoint's bytes with values drawn for all that its SReLUs have learned: so that sums lie
    in each of the three parts, and right thresholds are of either sign."""
    raw = bytearray(pathlib.Path(path).read_bytes())
    start = 8 + int.from_bytes(raw[:8], "little")
    generator = np.random.default_rng(5)
    ranges = {"t_left": (-0.6, 0.1), "a_left": (-0.2, 0.8), "t_right": (-1, 1),
              "a_right": (0.5, 1.5)}
    for name, tensor in json.loads(raw[8:start]).items():
        if name.rsplit(".", 1)[-1] in ranges:
            values = generator.uniform(*ranges[name.rsplit(".", 1)[-1]], tensor["shape"])
            begin, end = tensor["data_offsets"]
            raw[start + begin:start + end] = values.astype("<f4").tobytes()
    raw[-4:] = struct.pack("<I", zlib.crc32(raw[:-4]))
    return bytes(raw)


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def write_idx(file, numbers):
    head = struct.pack(">BBBB", 0, 0, 8, numbers.ndim)
    head += b"".join(struct.pack(">I", size) for size in numbers.shape)
    file.write_bytes(head + numbers.astype(np.uint8).tobytes())


def made_images(generator, count, shape, constant):
    """Ten classes, each with a mean image of its own."""
    means = np.random.default_rng(7).integers(40, 200, (10, math.prod(shape)))
    labels = np.arange(count) % 10
    images = np.clip(means[labels] + generator.normal(0, 60, (count, math.prod(shape))), 0, 255)
    images = images.astype(np.uint8)
    images[:, CONSTANT] = constant
    return images.reshape(count, *shape), labels


def write_mnist(folder):
    """Images of 6 × 5 pixels. Returns those to test on, whose constant pixel is another."""
    folder.mkdir()
    generator = np.random.default_rng(1)
    for part, count, constant in (("train", 300, 9), ("t10k", 100, 200)):
        images, labels = made_images(generator, count, (6, 5), constant)
        write_idx(folder / f"{part}-images-idx3-ubyte", images)
        write_idx(folder / f"{part}-labels-idx1-ubyte", labels)
    return images


def write_cifar(folder):
    """Returns the images to test on, [sample][channel][row][column], as in the file."""
    folder.mkdir()
    generator = np.random.default_rng(2)
    for name, count in (("data_batch_1", 100), ("test_batch", 40)):
        images, labels = made_images(generator, count, (3, 32, 32), 5)
        records = np.concatenate([labels[:, None].astype(np.uint8), images.reshape(count, -1)], 1)
        (folder / f"{name}.bin").write_bytes(records.tobytes())
    return images


class OnnxModel:
    def __init__(self, path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(path), options,
                                                    providers=["CPUExecutionProvider"])
        self.names = [output.name for output in self.session.get_outputs()]
        self.meta = self.session.get_modelmeta().custom_metadata_map

    def run(self, samples):
        return dict(zip(self.names, self.session.run(None, {"input": samples})))

    def outputs(self, samples):
        return self.run(samples)[self.names[0]]


def by_example(number, file, samples):
    """What the example leaves, run beside the file of the name that it opens."""
    with tempfile.TemporaryDirectory() as folder:
        name = re.search(r'"(net\.\w+)"', example(number))[1]
        os.link(file, pathlib.Path(folder, name))
        code = example(number)
        if number == 1:
            # The second block belongs into the first one's loop.
            loop, after = code.rsplit("predicted =", 1)
            code = loop + example(2) + "predicted =" + after
        before = os.getcwd()
        os.chdir(folder)
        try:
            left = {"samples": samples}
            exec(compile(code, f"example {number}", "exec"), left)  # pylint: disable=exec-used
        finally:
            os.chdir(before)
    return left


def by_tensors(path, samples):
    """A state dict by what its metadata say of it, without PyTorch."""
    with safe_open(str(path), "np") as file:
        modules = json.loads(file.metadata()["modules"])
        state = {name: file.get_tensor(name) for name in file.keys()}
    expected = set()
    x = samples
    for i, (kind, *arguments) in enumerate(modules):
        def take(name, i=i):
            expected.add(f"{i}.{name}")
            return state[f"{i}.{name}"]
        if kind == "Standardise":
            x = ((x - take("mean")) / take("deviation")).astype(np.float32)
        elif kind == "Linear":
            weight = take("weight")
            assert list(weight.shape) == arguments[::-1], (weight.shape, arguments)
            x = x @ weight.T + take("bias")
        elif kind == "SReLU":
            left, right = take("t_left"), state[f"{i}.t_left"] + abs(take("t_right"))
            x = np.where(x <= left, left + take("a_left") * (x - left),
                         np.where(x >= right, right + take("a_right") * (x - right), x))
        elif kind == "GELU":
            x = (x * scipy.special.ndtr(x.astype(np.float64))).astype(np.float32)
        else:
            slope = np.float32(arguments[0] if kind == "LeakyReLU" else 0)
            x = np.where(x > 0, x, slope * x)
    assert set(state) == expected, "no tensor is left over: PyTorch would refuse it"
    return x


class Exported(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.images = write_mnist(cls.folder / "mnist").reshape(100, -1).astype(np.float32)
        for name, flags in RUNS.items():
            regrow(*TRAIN, "--dataset", "mnist", "--data", cls.folder / "mnist", *flags.split(),
                   "--out", cls.folder / name)
            cls.export_all(name)

    @classmethod
    def export_all(cls, name, source=None):
        run = source or cls.folder / name
        for form, fold in FORMS.items():
            for ending in ("onnx", "npz", "safetensors"):
                regrow("export", run, "--out", cls.folder / f"{name}-{form}.{ending}",
                       "--fold", fold)
        regrow("export", run, "--out", cls.folder / f"{name}-sparse.onnx", "--sparse")

    def file(self, name, form, ending):
        return self.folder / f"{name}-{form}.{ending}"

    def readers(self, name):
        """(what, a function from samples to outputs), of every file of a network."""
        for form in (*FORMS, "sparse"):
            yield f"{form} onnx", OnnxModel(self.file(name, form, "onnx")).outputs
        for form in FORMS:
            npz, state = (self.file(name, form, ending) for ending in ("npz", "safetensors"))
            yield f"{form} npz", lambda x, npz=npz: by_example(1, npz, x)["x"]
            yield f"{form} safetensors", lambda x, state=state: by_tensors(state, x)
            if torch is not None:
                yield f"{form} pytorch", lambda x, state=state: by_example(
                    3, state, x)["outputs"].detach().numpy()

    def check(self, name, checkpoint, samples):
        """All readers against double. Returns its outputs, and their bound."""
        exact, bound = checkpoint.outputs(samples)
        # No bound that anything would meet: of outputs about 1 apart.
        self.assertLess(bound.max(), 2e-3 * max(1, np.ptp(exact)), name)
        self.assertGreater(np.ptp(exact, axis=0).min(), 0, "they depend on the samples")
        ranked = np.sort(np.hstack([np.full((len(exact), 1), -np.inf), exact]), axis=1)
        is_clear = ranked[:, -1] - ranked[:, -2] > 2 * bound.max(axis=1)
        self.assertGreater(is_clear.mean(), 0.95, "nearly no two outputs are as good as equal")
        for what, outputs in self.readers(name):
            with self.subTest(network=name, reader=what):
                found = outputs(samples)
                self.assertEqual(found.shape, exact.shape)
                self.assertTrue((abs(found - exact) <= bound).all(),
                                f"off by {abs(found - exact).max()}, at most {bound.max()}")
                np.testing.assert_array_equal(found.argmax(axis=1)[is_clear],
                                              exact.argmax(axis=1)[is_clear])
        return exact, bound, is_clear

    def predictions(self, run, *flags):
        """Of `regrow eval`: numbers of classes, and what it says of each class."""
        regrow("eval", run, "--out", self.folder / "predictions.csv", *flags)
        with open(self.folder / "predictions.csv", encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))[1:]
        return (np.array([int(row[2]) for row in rows]),
                np.array([[float(value) for value in row[3:]] for row in rows]))

    def check_against_eval(self, name, samples, *flags):
        run = self.folder / name
        exact, bound, is_clear = self.check(name, Checkpoint(run / "best.safetensors"), samples)
        classes, values = self.predictions(run, *flags)
        model = OnnxModel(self.file(name, "folded", "onnx"))
        found = model.run(samples)
        np.testing.assert_array_equal(classes[is_clear], exact.argmax(axis=1)[is_clear])
        if "probabilities" in found:
            # Of a class p changes by less than the largest change of a logit. The file's numbers
            # have six digits; softmax adds some roundings.
            most = 2 * 2 * bound.max(axis=1, keepdims=True) + 1e-6
            self.assertLess(abs(found["probabilities"] - values).max(), 1, "of one size")
            self.assertTrue((abs(found["probabilities"] - values) <= most).all())
            np.testing.assert_allclose(found["probabilities"], softmax(exact), rtol=0,
                                       atol=most.max())
            np.testing.assert_allclose(found["probabilities"].sum(axis=1), 1, rtol=0, atol=1e-6)
        else:
            most = 2 * bound + 1e-6 * abs(exact)
            self.assertTrue((abs(found["outputs"] - values) <= most).all())

    def test_every_activation_is_exact_in_every_format(self):
        for name in RUNS:
            with self.subTest(network=name):
                self.check_against_eval(name, self.images)

    def test_srelus_of_any_values(self):
        changed = self.folder / "changed.safetensors"
        changed.write_bytes(with_other_srelus(self.folder / "srelu/best.safetensors"))
        self.export_all("changed", changed)
        checkpoint = Checkpoint(changed)
        self.assertLess(checkpoint.of(0, "t_right").min(), 0)
        self.check("changed", checkpoint, self.images)

    def test_a_pixel_that_was_constant_says_nothing(self):
        samples = self.images.copy()
        self.assertEqual(set(samples[:, CONSTANT]), {200})
        for what, outputs in self.readers("srelu"):
            samples[:, CONSTANT] = 200
            of_some = outputs(samples)
            samples[:, CONSTANT] = 31
            np.testing.assert_array_equal(of_some, outputs(samples), what)
        with np.load(self.file("leaky_relu", "folded", "npz")) as net:
            of_pixel = net["0.weight.data"][net["0.weight.indices"] == CONSTANT]
        self.assertGreater(of_pixel.size, 0)
        self.assertEqual(set(of_pixel), {0})

    def test_colours_lie_beside_each_other_or_as_in_the_file(self):
        images = write_cifar(self.folder / "cifar")
        for order, samples in (("hwc", images.transpose(0, 2, 3, 1)), ("chw", images)):
            name = f"cifar-{order}"
            regrow(*TRAIN, "--dataset", "cifar10", "--data", self.folder / "cifar",
                   *COLOURS.split(), "--input-order", order, "--out", self.folder / name)
            self.export_all(name)
            self.check_against_eval(name, samples.reshape(40, -1).astype(np.float32))
            meta = OnnxModel(self.file(name, "kept", "onnx")).meta
            self.assertEqual(meta["input_order"], order)
            self.assertEqual(json.loads(meta["image_shape"]),
                             {"height": 32, "width": 32, "channels": 3})
            self.assertEqual(json.loads(meta["class_names"])[:2], ["airplane", "automobile"])

    def test_numbers_are_predicted(self):
        regrow(*TRAIN, *SYNTHETIC.split(), "--synthetic-kind", "regression", "--loss", "mse",
               "--out", self.folder / "numbers")
        self.export_all("numbers")
        samples = np.random.default_rng(3).integers(0, 256, (80, 30)).astype(np.float32)
        self.check("numbers", Checkpoint(self.folder / "numbers/best.safetensors"), samples)
        model = OnnxModel(self.file("numbers", "folded", "onnx"))
        self.assertEqual(model.names, ["outputs"])
        self.assertEqual(model.meta["predicts"], "numbers")
        with np.load(self.file("numbers", "folded", "npz")) as net:
            self.assertEqual(str(net["predicts"]), "numbers")
            self.assertEqual(net["class_names"][0], "target 0")

    def own_run(self, name, *flags):
        run = self.folder / name
        regrow(*TRAIN, "--dataset", "custom", *flags, "--out", run)
        self.export_all(name)
        return run

    def check_against_predict(self, name, data, samples):
        """By `regrow predict`, whose .npy has all digits of the numbers."""
        run = self.folder / name
        exact, bound, _ = self.check(name, Checkpoint(run / "best.safetensors"), samples)
        predictions = self.folder / "predictions.npy"
        regrow("predict", run, "--data", data, "--out", predictions)
        found = np.load(predictions).reshape(exact.shape)  # a vector where there is one output
        self.assertTrue((abs(found - exact) <= bound).all())

    def test_numbers_of_a_table_with_words(self):
        generator = np.random.default_rng(6)
        colours, count = ["blue", "green", "red"], 240
        numbers = generator.normal((5, -300), (2, 40), (count, 2)).astype(np.float32)
        colour = generator.integers(0, 3, count)
        target = 500 + 20 * (numbers[:, 0] + colour) + generator.normal(0, 2, count)
        table = self.folder / "table.csv"
        with open(table, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["size", "height", "colour", "y"])
            for i in range(count):
                writer.writerow([*map(repr, map(float, numbers[i])), colours[colour[i]],
                                 float(target[i])])
        self.own_run("table", "--data", table, "--loss", "mse", "--learning-rate", "0.01")
        meta = OnnxModel(self.file("table", "kept", "onnx")).meta
        columns = json.loads(meta["columns"])
        self.assertEqual([column["name"] for column in columns], ["size", "height", "colour"])
        self.assertEqual(sorted(columns[2]["categories"]), colours)
        self.assertEqual((meta["predicts"], meta["dataset"]), ("numbers", "table"))
        with np.load(self.file("table", "kept", "npz")) as net:
            self.assertEqual(str(net["columns"]), meta["columns"])
        words = [[float(colours[c] == category) for category in columns[2]["categories"]]
                 for c in colour]
        self.check_against_predict("table", table,
                                   np.hstack([numbers, words]).astype(np.float32))

    def test_classes_of_floats_far_from_zero(self):
        generator = np.random.default_rng(8)
        labels = np.arange(300) % 3
        samples = generator.normal(labels[:, None] * 3 + [[0, 2e4, -7e5, 1e-3]],
                                   [[1, 5, 2, 1e-4]]).astype(np.float32)
        data = self.folder / "floats.npz"
        np.savez(data, x_train=samples[:250], y_train=labels[:250], x_test=samples[250:],
                 y_test=labels[250:])
        run = self.folder / "floats"
        regrow(*TRAIN, "--dataset", "custom", "--data", data, "--out", run)
        folded = regrow("export", run, "--out", self.folder / "far.onnx")
        self.assertIn(b"note: an input's mean is ", folded.stderr)
        kept = regrow("export", run, "--out", self.folder / "kept.onnx", "--fold", "false")
        self.assertEqual(kept.stderr, b"")
        exact, _ = Checkpoint(run / "best.safetensors").outputs(samples)
        # What the note says: apart, the program's own steps are repeated; folded, digits are lost.
        np.save(self.folder / "far.npy", samples)
        regrow("predict", run, "--data", self.folder / "far.npy", "--probabilities", "--out",
               self.folder / "far_predictions.npy")
        predictions = np.load(self.folder / "far_predictions.npy")
        off = {form: abs(OnnxModel(self.folder / f"{form}.onnx").run(samples)["probabilities"] -
                         predictions).max() for form in ("kept", "far")}
        self.assertLess(off["kept"], 1e-5)
        self.assertGreater(off["far"], 50 * off["kept"])
        np.testing.assert_allclose(softmax(exact), predictions, rtol=0, atol=1e-5)

    def test_networks_of_former_versions(self):
        runs = sorted((ROOT / "tests/train/former_runs").glob("version_*"))
        self.assertGreaterEqual(len(runs), 4)
        for run in runs:
            self.export_all(run.name, run)
            checkpoint = Checkpoint(run / "best.safetensors")
            samples = np.random.default_rng(9).integers(0, 256, (60, 5)).astype(np.float32)
            self.check(run.name, checkpoint, samples)

    def test_an_array_of_a_sparse_layer_is_what_scipy_takes(self):
        checkpoint = Checkpoint(self.folder / "relu/best.safetensors")
        with np.load(self.file("relu", "kept", "npz")) as net:
            parts = tuple(net[f"1.weight.{part}"] for part in ("data", "indices", "indptr"))
            weight = scipy.sparse.csr_array(parts, shape=net["1.weight.shape"])
            weight.check_format(full_check=True)
            self.assertTrue(weight.has_canonical_format)
            self.assertEqual(weight.indices.dtype, np.int32)
            np.testing.assert_array_equal(weight.toarray(), checkpoint.weight(1))
            np.testing.assert_array_equal(net["2.weight"], checkpoint.weight(2))
            np.testing.assert_array_equal(net["mean"], checkpoint.mean)
            np.testing.assert_array_equal(net["deviation"], checkpoint.deviation)
            self.assertEqual(net["activations"].tolist(), ["relu", "relu"])
            self.assertEqual(net["class_names"].tolist(), [str(c) for c in range(10)])
            self.assertEqual(net["image_shape"].tolist(), [6, 5, 1])
            self.assertEqual([str(net[name]) for name in ("input_order", "dataset", "method",
                                                          "predicts")],
                             ["hwc", "mnist", "dynset", "probabilities"])

    def test_the_examples_name_the_classes(self):
        checkpoint = Checkpoint(self.folder / "mixed/best.safetensors")
        expected = [str(c) for c in checkpoint.outputs(self.images)[0].argmax(axis=1)]
        for number, ending in ((0, "onnx"), (1, "npz")):
            found = by_example(number, self.file("mixed", "folded", ending), self.images)
            same = [a == b for a, b in zip(found["predicted"], expected)]
            self.assertGreater(np.mean(same), 0.98)

    def test_rows_of_any_number(self):
        model = OnnxModel(self.file("gelu", "folded", "onnx"))
        whole = model.outputs(self.images)
        for count in (1, 3):
            np.testing.assert_allclose(model.outputs(self.images[:count]), whole[:count],
                                       rtol=0, atol=1e-4)

    def test_equal_networks_make_equal_files(self):
        for ending in ("onnx", "npz", "safetensors"):
            again = self.folder / f"again.{ending}"
            regrow("export", self.folder / "srelu", "--out", again,
                   env={**os.environ, "TZ": "Asia/Kathmandu"})
            self.assertEqual(again.read_bytes(), self.file("srelu", "folded", ending).read_bytes())
            printed = regrow("export", self.folder / "srelu", "--out", "-", "--format", ending)
            self.assertEqual(printed.stdout, again.read_bytes())

    def test_sparse_is_smaller_and_the_same(self):
        regrow(*TRAIN, *SYNTHETIC.split(), "--hidden", "400,300", "--epsilon", "2", "--epochs", "1",
               "--out", self.folder / "wide")
        self.export_all("wide")
        sizes = [self.file("wide", form, "onnx").stat().st_size for form in ("sparse", "folded")]
        self.assertLess(sizes[0] * 8, sizes[1])
        samples = np.random.default_rng(4).integers(0, 256, (50, 30)).astype(np.float32)
        np.testing.assert_array_equal(*(OnnxModel(self.file("wide", form, "onnx")).outputs(samples)
                                        for form in ("sparse", "folded")))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    PROGRAM = str(pathlib.Path(sys.argv[1]).resolve())
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])

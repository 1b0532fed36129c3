"""The data sets that scikit-learn ships, as files in every format that regrow reads."""
import csv
import pathlib

import numpy
import sklearn.datasets
import sklearn.model_selection
from PIL import Image

# Whether numbers are predicted; how digits' values become bytes of an image.
SETS = {"digits": sklearn.datasets.load_digits, "wine": sklearn.datasets.load_wine,
        "breast_cancer": sklearn.datasets.load_breast_cancer,
        "diabetes": sklearn.datasets.load_diabetes}
NUMBERS = {"diabetes"}
FORMATS = {"digits": ["npz", "npy", "csv", "tsv", "libsvm", "images"],
           "wine": ["npz", "npy", "csv", "tsv", "libsvm"],
           "breast_cancer": ["npz", "npy", "csv", "tsv", "libsvm"],
           "diabetes": ["npz", "npy", "csv", "tsv", "libsvm"]}
GREYS_PER_VALUE = 15  # digits has values from 0 to 16


class Split:
    """Four fifths to train on and a fifth to test, of every class alike; another one for each seed."""

    def __init__(self, name, seed):
        loaded = SETS[name]()
        self.name = name
        self.seed = seed
        self.predicts_numbers = name in NUMBERS
        self.features = [str(feature) for feature in loaded.feature_names]
        self.classes = None if self.predicts_numbers else [str(c) for c in loaded.target_names]
        # As regrow holds them: 32 bits.
        x = loaded.data.astype(numpy.float32)
        self.x_train, self.x_test, self.y_train, self.y_test = sklearn.model_selection.train_test_split(
            x, loaded.target, test_size=0.2, random_state=seed,
            stratify=None if self.predicts_numbers else loaded.target)

    def parts(self):
        return (("train", self.x_train, self.y_train), ("test", self.x_test, self.y_test))

    def write(self, form, folder):
        """Returns the arguments of `regrow train` that read it."""
        folder = pathlib.Path(folder, f"{self.name}-{self.seed}-{form}")
        folder.mkdir(parents=True, exist_ok=True)
        return [str(word) for word in getattr(self, form)(folder)]

    def npz(self, folder):
        file = folder / f"{self.name}.npz"
        numpy.savez_compressed(file, x_train=self.x_train, y_train=self.y_train, x_test=self.x_test,
                               y_test=self.y_test)
        return ["--data", file]

    def npy(self, folder):
        for part, x, y in self.parts():
            numpy.save(folder / f"x_{part}.npy", x)
            numpy.save(folder / f"y_{part}.npy", y)
        return ["--data", folder]

    def table(self, folder, form, separator):
        for part, x, y in self.parts():
            with open(folder / f"{part}.{form}", "w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, delimiter=separator)
                writer.writerow([*self.features, "target"])
                for values, label in zip(x, y):
                    answer = float(label) if self.predicts_numbers else self.classes[label]
                    writer.writerow([*(repr(float(value)) for value in values), answer])
        return ["--data", folder / f"train.{form}", "--test", folder / f"test.{form}"]

    def csv(self, folder):
        return self.table(folder, "csv", ",")

    def tsv(self, folder):
        return self.table(folder, "tsv", "\t")

    def libsvm(self, folder):
        for part, x, y in self.parts():
            sklearn.datasets.dump_svmlight_file(x, y, str(folder / f"{part}.libsvm"),
                                                zero_based=False)
        return ["--data", folder / "train.libsvm", "--test", folder / "test.libsvm",
                "--libsvm-features", len(self.features)]

    def images(self, folder):
        for part, x, y in self.parts():
            for i, (values, label) in enumerate(zip(x, y)):
                image = folder / part / self.classes[label] / f"{i:04}.png"
                image.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray((values.reshape(8, 8) * GREYS_PER_VALUE).astype(numpy.uint8)).save(image)
        return ["--data", folder]

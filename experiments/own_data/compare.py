#!/usr/bin/env python3
"""Trains regrow on files of each format, and scikit-learn's multilayer perceptron of the same size, on
the same splits; writes results.csv, and table.md with paired t-tests.

usage: compare.py REGROW WORK_FOLDER [SEEDS]
"""
import csv
import json
import pathlib
import subprocess
import sys
import warnings

import numpy
import scipy.stats
import sklearn.exceptions
import sklearn.metrics
import sklearn.neural_network
import sklearn.pipeline
import sklearn.preprocessing

import datasets

HERE = pathlib.Path(__file__).resolve().parent
HIDDEN = (200, 200)
EPOCHS = 100
BATCH = 32


def scikit_learn(split):
    """As many epochs, all connections, and everything else as scikit-learn has it by default."""
    kind = (sklearn.neural_network.MLPRegressor if split.predicts_numbers
            else sklearn.neural_network.MLPClassifier)
    model = sklearn.pipeline.make_pipeline(
        sklearn.preprocessing.StandardScaler(),
        kind(hidden_layer_sizes=HIDDEN, batch_size=BATCH, max_iter=EPOCHS, random_state=split.seed))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sklearn.exceptions.ConvergenceWarning)
        model.fit(split.x_train, split.y_train)
    return score(split, model.predict(split.x_test))


def score(split, predictions):
    if split.predicts_numbers:
        return sklearn.metrics.r2_score(split.y_test, predictions)
    return sklearn.metrics.accuracy_score(split.y_test, predictions)


def run(regrow, *words):
    result = subprocess.run([regrow, *words], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"compare.py: regrow {' '.join(words)}: {result.stderr}")
    return result.stdout



def trained(regrow, split, form, folder):
    """Of the network after the last epoch, as scikit-learn's."""
    data = split.write(form, folder / "data")
    out = str(folder / f"{split.name}-{form}-{split.seed}")
    loss = ["--loss", "mse"] if split.predicts_numbers else []
    run(regrow, "train", *data, *loss, "--seed", str(split.seed), "--epochs", str(EPOCHS), "--hidden",
        ",".join(map(str, HIDDEN)), "--batch", str(BATCH), "--out", out, "--force", "--quiet", "--device", "cpu")
    evaluation = json.loads(run(regrow, "eval", f"{out}/last.safetensors", "--format", "json"))
    if split.predicts_numbers:
        return evaluation["targets"][0]["r2"]
    return evaluation["accuracy"]


def row(name, form, scores, baseline):
    mean, deviation = numpy.mean(scores), numpy.std(scores, ddof=1)
    cells = [name, form, str(len(scores)), f"{mean:.4f}", f"{deviation:.4f}"]
    if baseline is None:
        return [*cells, "", ""]
    difference = numpy.subtract(scores, baseline)
    p = 1.0 if not difference.any() else scipy.stats.ttest_rel(scores, baseline).pvalue
    return [*cells, f"{difference.mean():+.4f}", f"{p:.3f}"]


def main():
    regrow, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    seeds = range(int(sys.argv[3]) if len(sys.argv) > 3 else 5)
    results, rows = [], []
    for name, formats in datasets.FORMATS.items():
        splits = [datasets.Split(name, seed) for seed in seeds]
        baseline = [scikit_learn(split) for split in splits]
        columns = {"scikit-learn": baseline}
        for form in formats:
            columns[form] = [trained(regrow, split, form, folder) for split in splits]
        for column, scores in columns.items():
            rows.append(row(name, column, scores, None if column == "scikit-learn" else baseline))
            print(*rows[-1], flush=True)
            results += [(name, column, seed, repr(float(value))) for seed, value in zip(seeds, scores)]
    with open(HERE / "results.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("data", "read_from", "seed", "score"))
        writer.writerows(results)
    header = ["data", "read from", "n", "score", "s.d.", "beside scikit-learn", "p"]
    lines = [header, ["---"] * len(header), *rows]
    (HERE / "table.md").write_text("".join(f"| {' | '.join(line)} |\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    main()

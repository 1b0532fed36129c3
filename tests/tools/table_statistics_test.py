#!/usr/bin/env python3
"""regrow table's statistics against SciPy's, on random studies written as run folders. Ends with 77
(skipped) where there is no SciPy.

usage: table_statistics_test.py PATH_OF_REGROW
"""
import csv
import json
import math
import pathlib
import runpy
import subprocess
import sys
import tempfile
import unittest

try:
    import numpy as np
    from scipy import stats
except ImportError:
    print("skipped: SciPy is not installed here (tools/install_packages.sh test)")
    sys.exit(77)

PROGRAM = ""
COMPARISONS = pathlib.Path(__file__).resolve().parents[2] / "experiments/comparisons.py"
STUDIES = 30
EPOCHS = 4
FEWEST = 3  # seeds, of which a test is made
METHODS = ["set", "accset", "lset", "dynset"]  # the first is the baseline
MEASURES = ["accuracy", "loss"]
NOISE = 1e-12  # differences that vary less, relatively, are rounding


class Run:
    """Of EPOCHS epochs: [epoch] of accuracies, losses and connections of the network trained."""

    def __init__(self, random, accuracy, loss, spread=0.01):
        swing = random.normal(0, spread, EPOCHS)
        self.values = {"accuracy": np.clip(accuracy + swing, 0, 1), "loss": loss + np.abs(swing)}
        self.connections = random.integers(50, 200, EPOCHS)

    def mean(self, measure, last):
        return float(np.mean(self.values[measure][-last:]))

    def write(self, folder, method, seed):
        folder.mkdir(parents=True)
        (folder / "config.toml").write_text(
            f'preset = "paper"\n[training]\nepochs = {EPOCHS}\nseed = {seed}\n'
            f'[evolution]\nmethod = "{method}"\npause = "none"\n')
        lines = []
        for epoch in range(EPOCHS):
            now = int(self.connections[epoch])
            after = int(self.connections[min(epoch + 1, EPOCHS - 1)])
            accuracy, loss = self.values["accuracy"][epoch], self.values["loss"][epoch]
            lines.append(json.dumps({
                "epoch": epoch, "loss": 1.0, "accuracy": 0.5, "val_loss": loss,
                "val_accuracy": accuracy, "test_loss": loss, "test_accuracy": accuracy,
                "theta": None if epoch + 1 == EPOCHS else 1.0, "paused": False,
                "connections": after,
                "layers": [{"connections": after, "negatives": 1, "positives": now - 1,
                            "dropped": now, "grown": after, "topology": None}]}) + "\n")
        (folder / "metrics.jsonl").write_text("".join(lines))


def random_study(random, number):
    """By method the runs by seed. Seeds pair, pair in part, or do not; a row may repeat the
    baseline's values, or differ from it by a constant."""
    pairing = ["all", "some", "all", "none", "all"][number % 5]
    seeds = int(random.integers(2, 21))
    spread = 10 ** random.uniform(-6, -1.3)
    effect = 10 ** random.uniform(-6, 0) * random.choice([-1, 1])
    shared = {seed: random.normal(0, spread, 2) for seed in range(100)}
    study = {}
    for index, method in enumerate(METHODS[:2 + number % 3]):
        first = {"all": 0, "some": index * (seeds // 2), "none": index * seeds}[pairing]
        count = seeds if pairing != "none" else int(random.integers(2, 21))
        if pairing == "none":
            first = 25 * index
        runs = {}
        for seed in range(first, first + count):
            if index and number % 5 == 4 and seed in study["set"]:
                runs[seed] = twin(random, study["set"][seed], 0.0 if index == 1 else 0.25)
                continue
            own = random.normal(0, spread * random.uniform(0.1, 2), 2)
            accuracy = 0.5 + 0.4 * index * max(-1, min(1, effect)) / 3 + shared[seed][0] + own[0]
            loss = 1.5 + index * effect / 3 + shared[seed][1] + own[1]
            if number % 4 == 3:  # of a test set of 100 images: ties
                accuracy = round(accuracy, 2)
            runs[seed] = Run(random, accuracy, loss, 0.0 if number % 4 == 3 else spread)
        study[method] = runs
    return study


def twin(random, run, constant):
    """A run that has the values of another one, or all of them larger by a constant."""
    other = Run(random, 0.5, 1.0)
    other.values = {measure: values + constant for measure, values in run.values.items()}
    other.values["accuracy"] = np.array(run.values["accuracy"])
    return other


def holm(values):
    """By its definition: the largest of the smaller ones, each times how many are not smaller."""
    given = [p for p in values if p is not None]
    return [None if p is None else max(min(1.0, q * sum(r >= q for r in given))
                                       for q in given if q <= p) for p in values]


def expected(ours, base, margin):
    """Of a row against its baseline, in one measure; both by seed."""
    result = dict.fromkeys(["difference", "se", "low", "high", "r", "p", "better", "welch",
                            "welch_se", "welch_df", "welch_p"])
    a, b = np.array(list(ours.values())), np.array(list(base.values()))
    result["welch"] = np.mean(a) - np.mean(b)
    of_a, of_b = np.var(a, ddof=1) / len(a), np.var(b, ddof=1) / len(b)
    result["welch_se"] = math.sqrt(of_a + of_b)
    if (min(len(a), len(b)) >= FEWEST and
            result["welch_se"] > NOISE * max(abs(np.mean(a)), abs(np.mean(b)))):
        result["welch_p"] = stats.ttest_ind(a, b, equal_var=False).pvalue
        result["welch_df"] = ((of_a + of_b) ** 2 /
                              (of_a ** 2 / (len(a) - 1) + of_b ** 2 / (len(b) - 1)))
    both = [seed for seed in ours if seed in base]
    pairs = len(both)
    if pairs == 0:
        return pairs, result
    x, y = np.array([ours[s] for s in both]), np.array([base[s] for s in both])
    result["difference"] = np.mean(x - y)
    if pairs >= 2:
        result["se"] = stats.sem(x - y)
    if pairs >= FEWEST:
        if all(np.std(v, ddof=1) > NOISE * abs(np.mean(v)) for v in (x, y)):
            result["r"] = stats.pearsonr(x, y)[0]
        if stats.sem(x - y) > NOISE * np.max(np.abs([x, y])):
            result["p"] = stats.ttest_rel(x, y).pvalue
            result["better"] = stats.ttest_1samp(x - y, -margin, alternative="greater").pvalue
            result["low"], result["high"] = stats.t.interval(
                0.95, pairs - 1, loc=np.mean(x - y), scale=stats.sem(x - y))
    return pairs, result


COLUMNS = {"difference": "difference", "se": "difference_se", "low": "difference_low",
           "high": "difference_high", "r": "correlation", "p": "p", "welch": "welch_difference",
           "welch_se": "welch_se", "welch_df": "welch_df", "welch_p": "welch_p",
           "p_holm": "p_holm", "welch_p_holm": "welch_p_holm"}


class Statistics(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.compared = dict.fromkeys([*COLUMNS, "better"], 0)

    def written(self, study, number):
        folder = self.folder / str(number)
        for method, runs in study.items():
            for seed, run in runs.items():
                run.write(folder / f"{method}-{seed}", method, seed)
        return folder

    def printed(self, *command):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def table(self, study, number, *options):
        printed = self.printed(PROGRAM, "table", self.written(study, number), "--format", "csv",
                               *options)
        rows = {row["method"]: row for row in csv.DictReader(printed.splitlines())}
        self.assertEqual(set(rows), set(study))
        return rows

    def equal(self, name, text, value, rounding=0.0):
        """`rounding`: what subtracting may leave, which is no error of the statistic."""
        if value is None:
            self.assertEqual(text, "")
            return
        self.assertNotEqual(text, "", value)
        self.assertLessEqual(abs(float(text) - value), 1e-9 * abs(value) + rounding,
                             f"{text} instead of {value}")
        self.compared[name] += 1

    def check(self, number):
        random = np.random.default_rng(number)
        study = random_study(random, number)
        last = 1 + number % EPOCHS
        margin = [0.0, 0.3, 5.0, 1e-4][number // 3 % 4]
        rows = self.table(study, number, "--last", str(last), "--margin", str(margin))
        self.check_means(study, rows, last)
        found = {}
        for method in list(study)[1:]:
            for measure in MEASURES:
                ours, base = ({seed: run.mean(measure, last) for seed, run in study[name].items()}
                              for name in (method, "set"))
                pairs, values = expected(ours, base, margin / 100)
                self.assertEqual(rows[method]["pairs"], str(pairs))
                found[method, measure] = values
        for name in ("p", "welch_p"):
            for key, value in zip(found, holm([each[name] for each in found.values()])):
                found[key][name + "_holm"] = value
        for (method, measure), values in found.items():
            for name, column in COLUMNS.items():
                # SciPy's quantiles of t have eight digits (2 * t.sf(t.ppf(0.975, 6), 6) / 0.05).
                rounding = (1e-8 * (values["high"] - values["low"])
                            if name in ("low", "high") and values["p"] is not None else 1e-15)
                with self.subTest(study=number, method=method, measure=measure, column=column):
                    self.equal(name, rows[method][f"{measure}_{column}"], values[name], rounding)
        better = [found[method, "accuracy"]["better"] for method in list(study)[1:]]
        for method, p, corrected in zip(list(study)[1:], better, holm(better)):
            with self.subTest(study=number, method=method, margin=margin):
                self.equal("better", rows[method]["noninferior_p"], p)
                self.equal("better", rows[method]["noninferior_p_holm"], corrected)
                self.assertEqual(rows[method]["noninferior_tests"],
                                 str(sum(p is not None for p in better)))
                self.assertEqual(float(rows[method]["margin_points"]), margin)
                self.assertEqual(rows[method]["paired_tests"],
                                 str(sum(v["p"] is not None for v in found.values())))

    def check_means(self, study, rows, last):
        for method, runs in study.items():
            row = rows[method]
            self.assertEqual(row["last_epochs"], str(last))
            columns = {measure: [run.mean(measure, last) for run in runs.values()]
                       for measure in MEASURES}
            columns["connections"] = [np.mean(run.connections[-last:]) for run in runs.values()]
            columns["mean_connections"] = [np.mean(run.connections) for run in runs.values()]
            columns["peak_connections"] = [np.max(run.connections) for run in runs.values()]
            for name, values in columns.items():
                self.assertAlmostEqual(float(row[name + "_mean"]) / np.mean(values), 1, places=12)

    def test_all_are_scipys(self):
        for number in range(STUDIES):
            self.check(number)
        for name, count in self.compared.items():
            self.assertGreater(count, STUDIES / 2, f"of {name} hardly any was compared")
        print("compared:", self.compared)

    def test_comparisons_of_a_former_table_are_those_of_the_program(self):
        for number in (2, 5, 7, 10):  # all seeds pair
            folder = self.written(random_study(np.random.default_rng(number), number), number)
            table = self.folder / "table.csv"
            table.write_text(self.printed(PROGRAM, "table", folder, "--format", "csv"))
            text = self.printed(PROGRAM, "table", folder, "--format", "markdown")
            title = "Compared with set, random growth: "
            ours = [line.split() for line in text[text.index(title):].splitlines() if "|" in line]
            again = self.printed(sys.executable, "-B", COMPARISONS, table)
            self.assertEqual([line.split() for line in again.splitlines() if "|" in line], ours)
            self.assertGreater(len(ours), 3)

    def test_comparisons_of_a_table_that_is_cut_off_are_refused(self):
        table_of = runpy.run_path(str(COMPARISONS))["table_of"]
        folder = self.written(random_study(np.random.default_rng(2), 2), 2)
        whole = self.printed(PROGRAM, "table", folder, "--format", "csv")
        table = self.folder / "table.csv"
        table.write_text(whole)
        self.assertGreater(len(table_of(table)), 2)
        lines = whole.splitlines(keepends=True)
        for rest, words in ((whole[:-20], "row .* is cut off"), (lines[:-1], "rows are missing"),
                            (lines[:1], "is no table over seeds"), ("", "is no table over seeds")):
            table.write_text("".join(rest))
            with self.subTest(words), self.assertRaisesRegex(ValueError, words):
                table_of(table)


if __name__ == "__main__":
    PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()

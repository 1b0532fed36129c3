#!/usr/bin/env python3
"""The comparisons that `regrow table` prints, computed again from a table.csv that it wrote over
seeds: also from one of a version that had the paired test alone, when the runs are no longer there.
As Markdown. Needs SciPy (tools/install_packages.sh test).

usage: comparisons.py TABLE.csv [ROW:OTHER …]
  ROW:OTHER   further comparisons, of one row of the table with another one (the first is 1) by
              Welch's test, in a table of their own

A table has means and standard deviations of each row, and the mean and standard error of the paired
differences. Welch's test follows from the first, the interval and the paired p from the second, and
the correlation of the pairs from both: var(a - b) = var(a) + var(b) - 2 r sd(a) sd(b).
"""
import csv
import math
import re
import sys

try:
    from scipy import stats
except ImportError:
    sys.exit("comparisons.py: needs SciPy; run: tools/install_packages.sh test")

USAGE = "usage: comparisons.py TABLE.csv [ROW:OTHER …]"
MEASURES = ["accuracy", "loss"]
FEWEST = 3  # pairs or seeds of a test
NOISE = 1e-12  # what varies less, relatively, is rounding


def holm(values: list[float | None]) -> list[float | None]:
    """Of the tests that were made: the largest of the smaller p, each times how many are left."""
    made = sorted((p, i) for i, p in enumerate(values) if p is not None)
    corrected, largest = [None] * len(values), 0.0
    for rank, (p, i) in enumerate(made):
        largest = max(largest, min(1.0, (len(made) - rank) * p))
        corrected[i] = largest
    return corrected


def number(row: dict, column: str) -> float | None:
    return float(row[column]) if row.get(column) else None


def p_cell(p: float | None) -> str:
    return "-" if p is None else f"{p:.0e}" if p < 0.001 else f"{p:.3f}"


def difference_cell(difference: float | None, error: float | None) -> str:
    if difference is None:
        return "-"
    return f"{difference:+.4f}" + ("" if error is None else f" ± {error:.4f}")


def interval_cell(difference: float, error: float, degrees: float) -> str:
    half = stats.t.isf(0.025, degrees) * error
    return f"{difference - half:+.4f} to {difference + half:+.4f}"


class Welch:
    """Of one row's measure with another's."""

    def __init__(self, row: dict, other: dict, measure: str):
        means, deviations, ns = ([number(each, column) for each in (row, other)]
                                 for column in (measure + "_mean", measure + "_sd", "n"))
        self.difference = means[0] - means[1]
        self.error = self.degrees = self.t = self.p = None
        if None in deviations:
            return
        a, b = (sd ** 2 / n for sd, n in zip(deviations, ns))
        self.error = math.sqrt(a + b)
        if min(ns) < FEWEST or self.error <= NOISE * max(map(abs, means)):
            return
        self.degrees = (a + b) ** 2 / (a ** 2 / (ns[0] - 1) + b ** 2 / (ns[1] - 1))
        self.t = self.difference / self.error
        self.p = 2 * stats.t.sf(abs(self.t), self.degrees)


class Paired:
    """What the table's paired test of a row with its baseline says."""

    def __init__(self, row: dict, baseline: dict, measure: str):
        self.n = int(row["pairs"])
        self.difference = number(row, f"{measure}_difference")
        self.error = number(row, f"{measure}_difference_se")
        self.p = number(row, f"{measure}_p")
        self.correlation = None
        a, b = number(row, f"{measure}_sd"), number(baseline, f"{measure}_sd")
        all_pair = row["n"] == baseline["n"] == row["pairs"]
        if self.n >= FEWEST and all_pair and a and b:
            self.correlation = (a * a + b * b - self.n * self.error ** 2) / (2 * a * b)

    def interval(self) -> str:
        return "-" if self.p is None else interval_cell(self.difference, self.error, self.n - 1)


def labels_of(rows: list[dict]) -> list[str]:
    columns = list(rows[0])
    return columns[:columns.index("n")]


def table_of(path: str) -> list[dict]:
    """Its rows, as DictReader reads them. Of a table that is cut off, the tests that are left would
    be corrected for too few."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if not rows or not {"n", "baseline", "pairs"} <= set(rows[0]):
        raise ValueError(f"{path} is no table over seeds; write one by regrow table RUNS "
                         "--seeds mean --format csv")
    for number, row in enumerate(rows, start=1):
        if None in row or None in row.values():
            raise ValueError(f"{path}: row {number} is cut off or was edited; write the table again")
    compared = [row for row in rows if row["baseline"]]
    made = sum(row[f"{measure}_p"] != "" for row in compared for measure in MEASURES)
    if any(row.get("paired_tests", str(made)) != str(made) for row in compared):
        raise ValueError(f"{path}: rows are missing: the table was written with "
                         f"{compared[0]['paired_tests']} paired tests and has {made}")
    return rows


def sentence(row: dict, labels: list[str]) -> str:
    """As the table calls a baseline."""
    words = row["method"] + (f" on {row['measure']}" if row["measure"] else "")
    words += f", paused on {row['pause']}" if row["pause"] != "none" else ""
    words += f", {row['grow']} growth"
    return words + "".join(f", {label} {row[label]}" for label in labels[4:])


def markdown(header: list[str], lines: list[list[str]], words: int) -> str:
    rule = "|" + "---|" * words + "---:|" * (len(header) - words)
    return "\n".join(["| " + " | ".join(header) + " |", rule,
                      *("| " + " | ".join(line) + " |" for line in lines)]) + "\n"


def with_baselines(rows: list[dict]) -> str:
    labels = labels_of(rows)
    by_name = {sentence(row, labels): row for row in rows}
    compared = [(row, measure) for row in rows if row["baseline"] for measure in MEASURES]
    if not compared:
        raise ValueError("no row has a baseline")
    for row, _ in compared:
        if row["baseline"] not in by_name:
            raise ValueError(f"the baseline '{row['baseline']}' is no row of the table")
    baselines = {row["baseline"] for row, _ in compared}
    paired = [Paired(row, by_name[row["baseline"]], measure) for row, measure in compared]
    welch = [Welch(row, by_name[row["baseline"]], measure) for row, measure in compared]
    lines = []
    for (row, measure), a, b, a_holm, b_holm in zip(
            compared, paired, welch, holm([test.p for test in paired]),
            holm([test.p for test in welch])):
        correlation = "-" if a.correlation is None else f"{a.correlation:.2f}"
        lines.append([*(row[label] or "-" for label in labels),
                      *([row["baseline"]] if len(baselines) > 1 else []), measure, str(a.n),
                      difference_cell(a.difference, a.error), a.interval(), correlation,
                      p_cell(a.p), p_cell(a_holm), difference_cell(b.difference, b.error),
                      p_cell(b.p), p_cell(b_holm)])
    words = [*labels, *(["compared with"] if len(baselines) > 1 else []), "of"]
    header = words + ["pairs", "by seed", "95 % interval", "r", "paired p", "Holm", "of means",
                      "Welch p", "Holm"]
    title = "baselines" if len(baselines) > 1 else next(iter(baselines))
    tests = [sum(test.p is not None for test in each) for each in (paired, welch)]
    return (f"Compared with {title}: mean difference ± its standard error\n\n"
            f"{markdown(header, lines, len(words))}\n"
            f"Holm: corrected for all comparisons of this table that have a p: of {len(lines)}, "
            f"{tests[0]} by the paired test and {tests[1]} by Welch's.\n")


def further(rows: list[dict], pairs: list[tuple[int, int]]) -> str:
    labels = labels_of(rows)
    compared = [(rows[a - 1], rows[b - 1], measure) for a, b in pairs for measure in MEASURES]
    tests = [Welch(*each) for each in compared]
    lines = []
    for (row, other, measure), test, corrected in zip(compared, tests,
                                                      holm([test.p for test in tests])):
        lines.append([sentence(row, labels), sentence(other, labels), measure,
                      difference_cell(test.difference, test.error),
                      *(["-", "-"] if test.p is None else
                        [interval_cell(test.difference, test.error, test.degrees),
                         f"{test.t:+.2f}"]), p_cell(test.p), p_cell(corrected)])
    header = ["row", "compared with", "of", "of means", "95 % interval", "t", "Welch p", "Holm"]
    return ("Not paired: difference of the means ± its standard error\n\n"
            f"{markdown(header, lines, 3)}\n"
            f"Holm: corrected for the {len(lines)} comparisons of this table.\n")


def main(arguments: list[str]) -> None:
    try:
        if not arguments:
            raise ValueError("needs a table")
        path, *pairs = arguments
        for pair in pairs:
            if not re.fullmatch("[0-9]+:[0-9]+", pair):
                raise ValueError(f"'{pair}' is no ROW:OTHER, such as 3:1")
        pairs = [tuple(map(int, pair.split(":"))) for pair in pairs]
        rows = table_of(path)
        if not all(1 <= i <= len(rows) for pair in pairs for i in pair):
            raise ValueError(f"{path} has rows 1 to {len(rows)}")
        parts = [with_baselines(rows)] + ([further(rows, pairs)] if pairs else [])
    except OSError as error:
        sys.exit(f"comparisons.py: {error.filename}: {error.strerror}; {USAGE}")
    except KeyError as error:
        sys.exit(f"comparisons.py: the table has no column {error}; {USAGE}")
    except ValueError as error:
        sys.exit(f"comparisons.py: {error}; {USAGE}")
    print("\n".join(parts), end="")


if __name__ == "__main__":
    main(sys.argv[1:])

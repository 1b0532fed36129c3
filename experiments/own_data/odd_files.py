#!/usr/bin/env python3
"""Odd files of samples, and what `regrow train` says of each: one line of error that names the file, and
nothing left behind, or a run of the samples that were meant.

usage: odd_files.py REGROW [--out TABLE.md]   (needs NumPy)
"""
import gzip
import io
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import zipfile

import numpy

random = numpy.random.default_rng(0)
X = random.integers(0, 9, (24, 3)).astype(numpy.float32)
Y = numpy.arange(24) % 2
TABLE = "a,b,class\n" + "".join(f"{i},{i % 5},{'yes' if i % 2 else 'no'}\n" for i in range(24))


def npz(**arrays):
    file = io.BytesIO()
    numpy.savez(file, **arrays)
    return file.getvalue()


def npy(array, **options):
    file = io.BytesIO()
    numpy.save(file, array, **options)
    return file.getvalue()


def with_row(row):
    """The table with another tenth line."""
    lines = TABLE.splitlines(keepends=True)
    return "".join([*lines[:9], row + "\n", *lines[10:]]).encode()


def zip64(name, data):
    """An archive whose entry has the sizes in the extra field that zip64 has, as a stream makes it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        with archive.open(name, "w", force_zip64=True) as entry:
            entry.write(data)
        with archive.open("y.npy", "w", force_zip64=True) as entry:
            entry.write(npy(Y))
    return file.getvalue()



# What it is, the file's name, its bytes, further options, and what is said: an error, or "" where it trains.
ODD = [
    ("empty", "empty.csv", b"", "", "empty"),
    ("a header alone", "header.csv", b"a,b,class\n", "", r"no (samples|records)|only"),
    ("byte order mark", "bom.csv", b"\xef\xbb\xbf" + TABLE.encode(), "", ""),
    ("CR LF", "crlf.csv", TABLE.replace("\n", "\r\n").encode(), "", ""),
    ("CR alone", "cr.csv", TABLE.replace("\n", "\r").encode(), "", ""),
    ("UTF-16", "utf16.csv", TABLE.encode("utf-16"), "", "UTF-16"),
    ("a quoted field with line ends and quotes", "quoted.csv",
     with_row('1,2,"no"').replace(b'a,b,class', b'"a\n""x""",b,class'), "", ""),
    ("a quote that never ends", "unquoted.csv", TABLE.encode() + b'"1,2,no\n', "", "quote"),
    ("a short record", "ragged.csv", with_row("1,no"), "", "line 10"),
    ("a long record", "long.csv", with_row("1,2,3,no"), "", "line 10"),
    ("a missing value", "missing.csv", with_row("1,,no"), "", "line 10"),
    ("NaN", "nan.csv", with_row("nan,2,no"), "", "line 10"),
    ("a number beyond floats", "large.csv", with_row("1e39,2,no"), "", "line 10"),
    ("a label column of words", "words.csv", TABLE.encode(), "--label class", ""),
    ("no column that is called a label", "unnamed.csv", TABLE.replace("class", "kind").encode(), "", "--label"),
    ("separated by semicolons", "semicolons.csv", TABLE.replace(",", ";").encode(), "", ""),
    ("decimal commas", "commas.csv", TABLE.replace(",", ";").replace("\n1;", "\n1,5;").encode(), "", "comma"),
    ("a gzipped table", "zipped.csv", gzip.compress(TABLE.encode()), "", ""),
    ("a gzipped table, cut short", "short.csv.gz", gzip.compress(TABLE.encode())[:-9], "", "truncated|cut short|ends"),
    ("an archive called a table", "archive.csv", npz(x=X, y=Y), "", "zip|archive"),
    ("Fortran's order", "fortran.npz", npz(x=numpy.asfortranarray(X), y=Y), "", ""),
    ("big-endian numbers", "big.npz", npz(x=X.astype(">f8"), y=Y.astype(">i4")), "", ""),
    ("Python objects", "objects.npz", npz(x=X.astype(object), y=Y), "", "object"),
    ("complex numbers", "complex.npz", npz(x=X.astype(complex), y=Y), "", "complex"),
    ("zip64", "zip64.npz", zip64("x.npy", npy(X)), "", ""),
    ("compressed with another method", "lzma.npz", None, "", "compress|method"),
    ("other names", "names.npz", npz(left=X, right=Y), "", "left"),
    ("fewer labels than samples", "fewer.npz", npz(x=X, y=Y[:20]), "", "20"),
    ("NaN in an array", "nan.npz", npz(x=numpy.where(X == X[5, 1], numpy.nan, X), y=Y), "", "nan|NaN|not finite"),
    ("no samples", "none.npz", npz(x=X[:0], y=Y[:0]), "", "no samples|empty"),
    ("a single number", "scalar.npz", npz(x=numpy.float32(1), y=Y), "", "first index must be the sample"),
    ("a header of NumPy that lies", "lies.npz", None, "", "truncated|ends|bytes|size"),
    ("a truncated array", "cut.npy", npy(X)[:-5], "--label 0", "truncated|ends|bytes"),
    ("a truncated archive", "cut.npz", npz(x=X, y=Y)[:-30], "", "zip|archive|truncated|damaged"),
    ("LIBSVM counted from 0", "zero.libsvm", "".join(f"{y} 0:{a} 2:{b}\n" for y, (a, b, _) in zip(Y, X)).encode(), "", ""),
    ("an index twice", "twice.libsvm", b"1 1:2 1:3\n0 1:1\n", "", "line 1"),
    ("several labels a sample", "several.libsvm", b"1,2 1:2\n0 1:1\n", "", "line 1"),
    ("a web page", "page.libsvm", b"<!DOCTYPE html><html></html>\n", "", "HTML|web page"),
]


def bytes_of(name, data):
    if data is not None:
        return data
    file = io.BytesIO()
    if name.startswith("lzma"):
        with zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA) as archive:
            archive.writestr("x.npy", npy(X))
            archive.writestr("y.npy", npy(Y))
        return file.getvalue()
    with zipfile.ZipFile(file, "w") as archive:  # 2^60 numbers in a few bytes
        header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1152921504606846976, 1), }\n"
        archive.writestr("x.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(64))
        archive.writestr("y.npy", npy(Y))
    return file.getvalue()


def tried(regrow, folder, name, data, options):
    """Exit code and what is said, without the folder."""
    file = pathlib.Path(folder, name)
    file.write_bytes(bytes_of(name, data))
    result = subprocess.run(
        [regrow, "train", "--data", str(file), *options.split(), "--epochs", "1", "--batch", "4", "--hidden", "6",
         "--device", "cpu", "--threads", "1", "--out", f"{folder}/run-{name}", "--quiet"],
        capture_output=True, text=True, check=False, timeout=60)
    return result.returncode, result.stderr.replace(f"{folder}/", "").replace("regrow: ", "")


def complaint(folder, name, expected, code, said):
    """Why this is not what was expected, or ""."""
    left = pathlib.Path(folder, f"run-{name}").exists()
    if expected == "":
        return "" if code == 0 and left else f"exit code {code}: {said}"
    if code not in (1, 2) or said.count("\n") != 1 or not said.startswith("error: "):
        return f"exit code {code}, not one line of error: {said}"
    if name.split(".")[0] not in said or not re.search(expected, said):
        return f"does not name {name} or {expected}: {said}"
    return "a folder is left behind" if left else ""


def main():
    out = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None
    rows, complaints = [], []
    with tempfile.TemporaryDirectory() as folder:
        for what, name, data, options, expected in ODD:
            code, said = tried(sys.argv[1], folder, name, data, options)
            problem = complaint(folder, name, expected, code, said)
            if problem:
                complaints.append(f"{what} ({name}): {problem}")
            said = said.strip().replace("|", "\\|") if code else "it trains"
            rows.append(f"| {what} | `{name}` {options} | {said} |")
    if out:
        out.write_text("| a file | named | what `regrow train` says |\n|---|---|---|\n" + "\n".join(rows) + "\n",
                       encoding="utf-8")
    if complaints:
        sys.exit("\n".join(complaints))
    print(f"{len(ODD)} odd files: each says what it should")


if __name__ == "__main__":
    main()

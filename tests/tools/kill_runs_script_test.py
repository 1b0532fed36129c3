#!/usr/bin/env python3
"""tests/faults/kill_runs.py: that it finds every kind of difference, and a program that does not go
on as it should; with made-up run folders, and with a stand-in for the program."""
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

from made_up_runs import EPOCHS, checkpoint, event, event_file, histogram, lines, make_run, run_files

FAULTS = pathlib.Path(run_files.__file__).parent


class Folders(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.run_folder, self.whole = self.folder / "run", self.folder / "whole"
        make_run(self.run_folder)
        make_run(self.whole)

    def write(self, name, content):
        (self.run_folder / name).write_bytes(content)

    def difference(self):
        return run_files.first_difference(self.run_folder, self.whole)

    def found(self, name, content):
        """What is said of a run that has this file, and nothing else, of its own."""
        path = self.run_folder / name
        before = path.read_bytes() if path.exists() else None
        path.write_bytes(content)
        difference = self.difference()
        path.unlink()
        if before is not None:
            path.write_bytes(before)
        self.assertEqual(self.difference(), "")
        return difference


class Differences(Folders):
    def test_equal_runs_have_none(self):
        self.assertEqual(self.difference(), "")

    def test_what_tells_the_time_is_none(self):
        self.write(run_files.TIMINGS, lines({"epoch": e, "seconds": {"train": e}} for e in range(EPOCHS)))
        self.write(run_files.EVENTS, event_file(*(event(e, 5.0 + e, seconds=7) for e in range(EPOCHS))))
        self.write(run_files.SUMMARY, json.dumps(
            {"epochs": EPOCHS, "accuracy": 0.5, "threads": 2, "seconds": 9, "seconds_per_epoch": 3}).encode())
        self.write("previous.safetensors", b"of any epoch")
        self.assertEqual(self.difference(), "")

    def test_a_single_bit_of_what_is_the_same_in_every_run_is_named(self):
        for name in (run_files.METRICS, run_files.LAST, run_files.BEST, run_files.INITIAL):
            content = (self.whole / name).read_bytes()
            for place in (0, len(content) // 2, len(content) - 1):
                damaged = bytearray(content)
                damaged[place] ^= 1
                with self.subTest(name, place=place):
                    self.assertIn(f"{name}: differs", self.found(name, bytes(damaged)))
            self.assertIn(f"{name}: differs", self.found(name, content[:-1]))
            self.assertIn(f"{name}: differs", self.found(name, content + b"\n"))

    def test_a_line_of_the_metrics_is_named(self):
        records = [json.loads(line) for line in run_files.whole_lines(self.whole / run_files.METRICS)]
        for said, changed in (("line 2 ", [records[0], {**records[1], "loss": 0.25}, records[2]]),
                              ("line 3 ", [*records[:2], records[1], records[2]]),
                              ("line 3 ", records[:2])):
            self.assertIn(said, self.found(run_files.METRICS, lines(changed)))

    def test_an_event_lost_repeated_or_out_of_order_is_named(self):
        for said, epochs in (("epoch 2 stands where 1", (0, 2)), ("epoch 1 stands where 2", (0, 1, 1, 2)),
                             ("epoch 1 stands where 0", (1, 0, 2)), ("2 epochs, and 3", (0, 1)),
                             ("4 epochs, and 3", (0, 1, 2, 3))):
            with self.subTest(epochs):
                self.assertIn(f"{run_files.EVENTS}: {said}",
                              self.found(run_files.EVENTS, event_file(*map(event, epochs))))

    def test_an_event_of_another_content_is_named(self):
        for tag, changed in (("loss/train", event(2, loss=0.25)), ("weights", event(2, weight=2)),
                             ("weights", event(2)[:-len(histogram("weights", 1))])):
            changed = bytearray(changed)
            changed[12] = len(changed) - 13  # the summary's length
            self.assertIn(f"epoch 2: {tag} is not",
                          self.found(run_files.EVENTS, event_file(event(0), event(1), bytes(changed))))

    def test_a_damaged_event_file_is_named(self):
        content = (self.whole / run_files.EVENTS).read_bytes()
        self.assertIn("after the last whole record", self.found(run_files.EVENTS, content[:-3]))
        self.assertIn("after the last whole record", self.found(run_files.EVENTS, content + b"12345"))
        for place in (9, len(content) - 10, len(content) - 1):  # checksums, and a payload
            damaged = bytearray(content)
            damaged[place] ^= 1
            self.assertIn("checksum", self.found(run_files.EVENTS, bytes(damaged)))

    def test_the_checksum_is_crc_32c(self):
        self.assertEqual(run_files.frame(b"123456789")[-4:],
                         struct.pack("<I", ((0xE3069283 >> 15 | 0xE3069283 << 17) + 0xA282EAD8)
                                     & 0xFFFFFFFF))

    def test_timings_lost_repeated_or_out_of_order_are_named(self):
        for said, epochs in (("epoch 2 stands where 1", (0, 2)), ("epoch 1 stands where 2", (0, 1, 1, 2)),
                             ("2 epochs, and 3", (0, 1)), ("0 epochs, and 3", ())):
            self.assertIn(f"{run_files.TIMINGS}: {said}",
                          self.found(run_files.TIMINGS, lines({"epoch": e} for e in epochs)))
        whole = (self.whole / run_files.TIMINGS).read_bytes()
        self.assertIn("no end", self.found(run_files.TIMINGS, whole[:-1]))
        self.assertIn("no epoch's", self.found(run_files.TIMINGS, whole + b"{}\n"))

    def test_a_summary_of_another_result_is_named(self):
        summary = json.loads((self.whole / run_files.SUMMARY).read_text())
        for key, changed in (("accuracy", {**summary, "accuracy": 0.25}), ("new", {**summary, "new": None}),
                             ("epochs", {"accuracy": 0.5})):
            self.assertIn(f"{run_files.SUMMARY}: {key} is not",
                          self.found(run_files.SUMMARY, json.dumps(changed).encode()))
        self.assertIn("no JSON", self.found(run_files.SUMMARY, b"{"))

    def test_files_left_behind_and_missing_ones_are_named(self):
        self.assertIn("last.safetensors.7.aside: left behind",
                      self.found("last.safetensors.7.aside", b""))
        self.assertIn("core: not a file of", self.found("core", b""))
        for name in (run_files.BEST, run_files.EVENTS, run_files.SUMMARY, "config.toml"):
            (self.run_folder / name).unlink()
            self.assertEqual(self.difference(), f"{name}: missing")
            shutil.copy(self.whole / name, self.run_folder)

    def test_an_extended_run_keeps_its_untrained_network(self):
        short = self.folder / "short"
        make_run(short)
        (short / run_files.INITIAL).write_bytes(checkpoint(0, tensors=b"epochs = 2"))
        compare = run_files.first_difference
        self.assertIn(run_files.INITIAL, compare(self.run_folder, self.whole, short))
        shutil.copy(short / run_files.INITIAL, self.run_folder)
        self.assertEqual(compare(self.run_folder, self.whole, short), "")
        self.assertIn(run_files.INITIAL, compare(self.run_folder, self.whole))


class KilledFolders(Folders):
    def test_progress_is_the_checkpoints(self):
        self.write(run_files.LAST, checkpoint(7, 3))
        last = self.run_folder / run_files.LAST
        self.assertEqual(run_files.progress_of(last), run_files.Progress(7, 3))
        self.assertIsNone(run_files.progress_of(self.folder / "nowhere" / run_files.LAST))
        for content in (b"", b"1234567", checkpoint(7)[:20]):
            self.write(run_files.LAST, content)
            with self.assertRaisesRegex(ValueError, "last.safetensors: no checkpoint"):
                run_files.progress_of(last)

    def test_unfinished_are_aside_files_and_records_cut_short(self):
        self.assertEqual(run_files.unfinished(self.run_folder), set())
        self.assertEqual(run_files.unfinished(self.folder / "nowhere"), set())
        expected = set()
        for name, content in (("last.safetensors.7.aside", b"12"), (run_files.METRICS, b'{}\n{"'),
                              (run_files.EVENTS, event_file(event(0))[:-1])):
            self.write(name, content)
            expected.add((name, len(content)))
            self.assertEqual(run_files.unfinished(self.run_folder), expected)

    def test_as_many_epochs_as_between_checkpoints_may_be_lost(self):
        lost = run_files.lost_epochs
        for epoch, recorded, interval in ((6, 5, 3), (6, 6, 3), (6, 9, 3), (6, 7, 1), (0, 500, None)):
            self.assertEqual(lost(run_files.Progress(epoch, 0), recorded, interval), "")
        self.assertIn("goes on in epoch 6 of 10", lost(run_files.Progress(6, 0), 10, 3))
        self.assertIn("goes on in epoch 6 of 8", lost(run_files.Progress(6, 0), 8, 1))
        for interval in (3, None):
            self.assertIn("records are lost", lost(run_files.Progress(6, 0), 4, interval))


# "Trains" by writing files: FAULT is what it does wrong.
STAND_IN = """
import json, os, pathlib, sys, time
sys.path.insert(0, {tests!r})
import made_up_runs as made
from made_up_runs import run_files

FAULT = {fault!r}
words = sys.argv[1:]
def value(flag, default):
    return words[words.index(flag) + 1] if flag in words else default
def fail(text):
    sys.exit("error: " + text)
def replace(path, content):
    aside = path.with_name(path.name + ".aside")
    aside.write_bytes(content)
    time.sleep(0.001)
    aside.rename(path)

if words[0] == "table":
    if FAULT == "two lines":
        fail("one\\ntwo")
    sys.exit()
if words[0] != "train":
    sys.exit(2)
run = pathlib.Path(value("--resume", value("--out", "")))
metrics, timings, last = run / run_files.METRICS, run / run_files.TIMINGS, run / run_files.LAST
if "--resume" in words:
    if not run.exists():
        fail(str(run) + ": there is no such run")
    if not last.exists():
        fail("it is empty" if FAULT == "no remedy" else
             "nothing was trained yet; start the run again with: regrow train")
    for aside in run.glob("*.aside"):
        aside.unlink()
    config = json.loads((run / "config.toml").read_text())
    config["epochs"] = int(value("--epochs", config["epochs"]))
    begin = run_files.progress_of(last).epoch
    if FAULT == "refuses" and 0 < begin < config["epochs"]:
        fail(str(run) + ": damaged")
    for path in (metrics, timings)[:1 if FAULT == "not cut" else 2]:
        kept = run_files.whole_lines(path)[:begin]
        path.write_bytes(b"".join(line + b"\\n" for line in kept))
    if FAULT == "skips" and 0 < begin < config["epochs"]:
        begin += 1
    if begin > 0:
        print(f"goes on in epoch {{begin + 1}} at step 0", flush=True)
else:
    run.mkdir(exist_ok=True)
    time.sleep(0.02)
    every = value("--checkpoint-every", "1")
    config = dict(epochs=int(value("--epochs", 0)), every=int(every), events=not "--tensorboard" in words)
    begin = 0
(run / "config.toml").write_text(json.dumps(config))
if not last.exists():
    (run / run_files.INITIAL).write_bytes(made.checkpoint(0))
    replace(last, made.checkpoint(0))
for epoch in range(begin, config["epochs"]):
    time.sleep(0.001)
    drift = epoch * (FAULT == "drifts" and "--resume" in words and begin > 0)
    for path in metrics, timings:
        with path.open("ab") as file:
            file.write(made.lines([dict(epoch=epoch, drift=drift)]))
    late = FAULT == "late" and epoch % 9
    if (epoch + 1) % config["every"] == 0 and not late or epoch + 1 == config["epochs"]:
        replace(last, made.checkpoint(epoch + 1))
    print(f"epoch {{epoch + 1}}/{{config['epochs']}}  loss", flush=True)
(run / run_files.BEST).write_bytes(made.checkpoint(1))
if config["events"]:
    replace(run / run_files.EVENTS, made.event_file(*map(made.event, range(config["epochs"]))))
(run / run_files.SUMMARY).write_text(json.dumps(dict(method="dynset", paused_epochs=1)))
"""


class WithAStandIn(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def call(self, fault="", kills=40):
        program = self.folder / "regrow"
        text = STAND_IN.format(tests=str(pathlib.Path(__file__).parent), fault=fault)
        program.write_text(f"#!{sys.executable} -BS\n{text}")
        program.chmod(0o755)
        self.out = self.folder / (fault or "none")
        return subprocess.run(
            [sys.executable, "-B", FAULTS / "kill_runs.py", "--regrow", program, "--kills", str(kills),
             "--out", self.out, "--seed", "3", "--jobs", "2"], capture_output=True, text=True, check=False)

    def test_a_program_that_goes_on_as_it_should_passes(self):
        done = self.call(kills=12)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"^12 kills: .*; [1-9]\d* runs ended, .*; differences: 0; ")
        self.assertEqual(list(self.out.glob("run-*")), [])

    def test_one_that_does_not_is_found_and_its_run_is_kept(self):
        for fault, said in (("drifts", "metrics.jsonl: differs"), ("not cut", "timings.jsonl: epoch"),
                            ("skips", "but its checkpoint stands in"), ("refuses", "ended with 1: error"),
                            ("late", "a checkpoint was due every"), ("two lines", "and said: error: one two"),
                            ("no remedy", "and said: error: it is empty")):
            with self.subTest(fault):
                done = self.call(fault)
                self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
                self.assertIn(said, done.stderr)
                kept = pathlib.Path(done.stderr.split("it is kept in ")[1].strip())
                self.assertEqual(kept.parent, self.out)

    def test_wrong_arguments_are_named(self):
        for arguments in (["--kills", "0"], ["--regrow", self.folder], ["--out", "/"]):
            done = subprocess.run([sys.executable, "-B", FAULTS / "kill_runs.py", "--regrow", sys.executable,
                                   *arguments], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 2)
            self.assertEqual(len(done.stderr.splitlines()), 1)
            self.assertIn(arguments[0], done.stderr)


if __name__ == "__main__":
    unittest.main()

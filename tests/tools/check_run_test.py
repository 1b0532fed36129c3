#!/usr/bin/env python3
"""tools/check_run.py: runs that the program has trained with every switch of an evolution are
right, and no number of theirs can be another one; what it says of files that are damaged.

usage: check_run_test.py PATH_OF_REGROW
"""
import copy
import json
import math
import pathlib
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHECK = ROOT / "tools/check_run.py"
FORMER = ROOT / "tests/train/former_runs"
sys.path.insert(0, str(CHECK.parent))
from check_run.replay import Replay  # noqa: E402
from check_run.run_files import WrongRun, metadata_of, read_run  # noqa: E402

PROGRAM = ""
# Eight steps an epoch.
SMALL = ("--dataset synthetic --synthetic-features 12 --synthetic-classes 3 --synthetic-train 90 "
         "--synthetic-test 20 --validation holdout:10 --hidden 16,14 --batch 10 --augment false "
         "--device cpu --threads 1 --tensorboard false --topology false --epochs 4 --density 0.4")
SWITCHES = {
    "every_epoch": "",
    "ended_early": "--epochs 60 --patience 3 --min-delta 0.05 --monitor acc --evolve-every 3",
    "every_other_epoch": "--evolve-every 2e --epochs 7",
    "steps": "--evolve-every 3",
    "steps_that_meet_an_epochs_end": "--evolve-every 4",
    "until": "--evolve-every 3 --evolve-until 0.6",
    "until_a_whole_step": "--evolve-every 1e --epochs 100 --evolve-until 0.07",
    "no_connections": "--connections 0,0 --density 0 --density-schedule cubic "
                      "--final-density 0.5 --drop magnitude",
    "evolution_epochs": "--evolve-every 3 --evolution-epochs 3 --zeta-schedule linear "
                        "--final-zeta 0.1",
    "evolution_epochs_beyond_the_last": "--evolve-every 4 --evolution-epochs 9 "
                                        "--density-schedule linear --final-density 0.2",
    "zeta_cosine": "--evolve-every 3 --zeta-schedule cosine",
    "zeta_exponential": "--evolve-every 3 --zeta-schedule exponential --final-zeta 0.05",
    "zeta_cubic": "--evolve-every 3 --zeta-schedule cubic --final-zeta 0.9",
    "density_falls": "--evolve-every 3 --density-schedule cubic --final-density 0.05 --zeta 0.02",
    "density_rises": "--evolve-every 3 --density-schedule linear --final-density 0.9",
    "density_of_magnitudes": "--evolve-every 3 --drop magnitude --density-schedule exponential "
                             "--final-density 0.05 --zeta 0.02",
    "density_of_all": "--evolve-every 3 --drop global_magnitude --density-schedule cosine "
                      "--final-density 0.1 --zeta 0.05",
    "magnitude": "--evolve-every 3 --drop magnitude --learning-rate 0.001",
    # So small a rate leaves what grows at 0.
    "zeros": "--evolve-every 3 --learning-rate 1e-60",
    "zeros_of_magnitudes": "--evolve-every 3 --drop magnitude --learning-rate 1e-60",
    "zeros_of_all": "--evolve-every 3 --drop global_magnitude --learning-rate 1e-60 "
                    "--zeta 0.5 --zeta-schedule linear --final-zeta 0.05",
    "global_magnitude": "--evolve-every 3 --drop global_magnitude --learning-rate 0.1",
    "grace": "--evolve-every 3 --grace 2 --zeta 0.6",
    "grace_of_magnitudes": "--evolve-every 3 --grace 1 --zeta 0.8 --drop magnitude",
    "grace_of_all": "--evolve-every 3 --grace 2 --zeta 0.6 --drop global_magnitude "
                    "--method lset --grow one_neighbour",
    "not_where_dropped": "--evolve-every 3 --density 0.9 --zeta 0.5 --regrow-dropped false "
                         "--grow one_neighbour",
    "more_than_fit": "--density 0.9 --delta removed --theta-scale 3 --theta-max 2",
    "removed": "--evolve-every 4 --delta removed --theta-scale 0.7",
    "rigl": "--method rigl --evolve-every 3",
    "gse": "--method gse --evolve-every 3 --candidate-ratio 0.5",
    "gradient_of_every_epoch": "--grow gradient --candidates uniform --grace 1",
    "gradient_with_pauses": "--method dynset --measure acc --grow gradient --evolve-every 2 "
                            "--pause-gap 1 --pause-min-history 2 --regrow-dropped false",
    "lset": "--method lset --evolve-every 3",
    "lset_of_validation": "--method lset --measure val_loss --initial-loss ln_classes --k 0.4",
    "accset": "--method accset --measure acc --evolve-every 4",
    "dynset": "--method dynset --measure val_acc --evolve-every 4 --pause-gap 1 "
              "--pause-min-history 2 --epochs 8",
    "static": "--method static",
    "dense": "--method dense",
}


def start(folder, arguments):
    return subprocess.Popen([PROGRAM, "train", *arguments.split(), "--quiet", "--out", folder],
                            stdout=subprocess.DEVNULL)


def resume(folder, *arguments):
    subprocess.run([PROGRAM, "train", "--resume", folder, *arguments, "--quiet"], check=True,
                   stdout=subprocess.DEVNULL)


def verify(folder):
    replay = Replay(read_run(folder))
    replay.play()
    return replay


def read_lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def write_lines(path, lines):
    """As the program writes them, without spaces: the checkpoint counts their bytes."""
    path.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))


def edit_metadata(run, key, edit):
    """Leaves a file without tensors."""
    metadata = metadata_of(run / "last.safetensors")
    value = json.loads(metadata[key])
    edit(value)
    header = json.dumps({"__metadata__": {**metadata, key: json.dumps(value)}}).encode()
    (run / "last.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)


def places(value, path=()):
    """The paths of all single values in a line."""
    if isinstance(value, (dict, list)):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))
    else:
        yield path


MOST = {"filled": "grown", "survived": "newborns"}


def changed(line, path):
    """A copy of the line in which one value is another one."""
    line = copy.deepcopy(line)
    inner = line
    for key in path[:-1]:
        inner = inner[key]
    value = inner[path[-1]]
    if value is None or isinstance(value, bool):
        inner[path[-1]] = not value
    elif path[-1] in MOST:  # of which it is only known how many there may be
        inner[path[-1]] = inner[MOST[path[-1]]] + 1
    elif path[-1] == "scored":  # the same, of layers much smaller than this
        inner[path[-1]] += 10 ** 9
    else:
        inner[path[-1]] = value + (1e-6 if path[-1] in ("theta", "zeta", "density") else 1)
    return line


# What a line of metrics.jsonl says of evolutions.
DECIDED = ("theta", "paused", "connections", "dropped", "grown", "evaluated", "newborns", "survived")


class OfTheProgram(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.runs = pathlib.Path(cls.temporary.name)
        started = [start(cls.runs / name, f"{SMALL} {arguments}")
                   for name, arguments in SWITCHES.items()]
        if any([process.wait() for process in started]):
            raise RuntimeError("the program has not trained every run")

    def copy_of(self, run):
        folder = tempfile.TemporaryDirectory(dir=self.runs)
        self.addCleanup(folder.cleanup)
        return pathlib.Path(shutil.copytree(run, pathlib.Path(folder.name) / "run"))

    def assert_wrong(self, folder, words=""):
        with self.assertRaisesRegex(WrongRun, words) as raised:
            verify(folder)
        self.assertNotIn("\n", str(raised.exception))

    def test_runs_with_every_switch_are_right(self):
        for name in SWITCHES:
            with self.subTest(name):
                replay = verify(self.runs / name)
                path = self.runs / name / "evolutions.jsonl"
                self.assertEqual(len(replay.paused), len(read_lines(path)) if path.exists() else 0)
                self.assertEqual(bool(replay.paused), name not in ("static", "dense"))

    def test_the_switches_make_what_they_are_for(self):
        def lines(name):
            return read_lines(self.runs / name / "evolutions.jsonl")

        self.assertEqual({line["paused"] for line in lines("dynset")}, {False, True})
        for name in ("zeros", "zeros_of_magnitudes", "zeros_of_all"):
            self.assertTrue(any(layer["dropped"]["zeros"] for line in lines(name)
                                for layer in line["layers"]), name)
        for name in ("grace", "grace_of_magnitudes", "grace_of_all"):
            self.assertTrue(any(layer["candidates"] != layer["present"] for line in lines(name)
                                for layer in line["layers"]), name)
        # The cells that are free are fewer than what is to grow.
        for name, cells in (("not_where_dropped", 12 * 16), ("more_than_fit", 12 * 16)):
            self.assertTrue(any(layer["grown"] == cells - sum(layer["present"].values())
                                + (name == "more_than_fit") * sum(layer["dropped"].values())
                                for line in lines(name) for layer in line["layers"][:1]), name)
        self.assertEqual({line["within_epoch"] for line in lines("steps_that_meet_an_epochs_end")},
                         {False, True})

    def test_no_number_of_an_evolution_can_be_another(self):
        for name in SWITCHES:
            path = self.runs / name / "evolutions.jsonl"
            lines = read_lines(path) if path.exists() else []
            if not lines:
                continue
            run = self.copy_of(self.runs / name)
            for number in {0, len(lines) // 2, len(lines) - 1}:
                for place in places(lines[number]):
                    with self.subTest(name, number=number, place=place):
                        others = [*lines]
                        others[number] = changed(lines[number], place)
                        write_lines(run / "evolutions.jsonl", others)
                        self.assert_wrong(run)

    def test_no_number_of_an_epoch_can_be_another(self):
        for name in SWITCHES:
            lines = read_lines(self.runs / name / "metrics.jsonl")
            run = self.copy_of(self.runs / name)
            for number in {0, len(lines) - 1}:
                for place in places(lines[number]):
                    if place[-1] not in DECIDED:
                        continue
                    with self.subTest(name, number=number, place=place):
                        others = [*lines]
                        others[number] = changed(lines[number], place)
                        write_lines(run / "metrics.jsonl", others)
                        self.assert_wrong(run)

    def test_the_losses_that_decide(self):
        run = self.copy_of(self.runs / "lset")
        lines = read_lines(run / "metrics.jsonl")
        for number in (0, 1):
            others = [*lines]
            others[number] = {**lines[number], "loss": lines[number]["loss"] * 0.999}
            write_lines(run / "metrics.jsonl", others)
            self.assert_wrong(run, r"evolution \d+: theta is")

    def test_the_signs_that_an_evolution_met(self):
        run = self.copy_of(self.runs / "every_epoch")
        lines = read_lines(run / "metrics.jsonl")
        lines[1]["layers"][0]["negatives"] += 1
        lines[1]["layers"][0]["positives"] -= 1
        write_lines(run / "metrics.jsonl", lines)
        self.assert_wrong(run, "evolution 1: layer 0: present: negatives is")

    def test_a_pause_in_which_something_changed(self):
        run = self.copy_of(self.runs / "dynset")
        lines = read_lines(run / "evolutions.jsonl")
        paused = next(line for line in lines if line["paused"])
        paused["layers"] = lines[0]["layers"]
        write_lines(run / "evolutions.jsonl", lines)
        self.assert_wrong(run, f"evolution {paused['number']}: layers is")

    def test_an_evolution_after_the_last_epoch(self):
        run = self.copy_of(self.runs / "evolution_epochs_beyond_the_last")
        lines = read_lines(run / "evolutions.jsonl")
        self.assertEqual(lines[-1]["step"], 28)
        last = {**lines[-1], "number": len(lines), "step": 32, "within_epoch": False}
        write_lines(run / "evolutions.jsonl", [*lines, last])
        self.assert_wrong(run, ":8: no evolution was due any more")

    def test_evolutions_that_are_missing_twice_or_too_many(self):
        run = self.copy_of(self.runs / "steps")
        lines = read_lines(run / "evolutions.jsonl")
        padding = {**lines[-1], "padding": "x" * 2000}  # as many bytes as the checkpoint counts
        middle = len(lines) // 2
        begin, other = lines[:middle], f"evolution {middle}: number"
        for others, words in ((lines[1:], "evolution 0: number is 1"),
                              ([*begin, *lines[middle + 1:]], other),
                              ([*begin, *lines[middle - 1:]], other),
                              ([*lines, lines[-1]], ":11: no evolution was due any more")):
            write_lines(run / "evolutions.jsonl", [*others[:-1], {**padding, **others[-1]}])
            self.assert_wrong(run, words)
        write_lines(run / "evolutions.jsonl", lines[:-1])
        self.assert_wrong(run, r"evolutions\.jsonl: \d+ bytes, but last\.safetensors counts")
        write_lines(run / "evolutions.jsonl", [*lines[:-2], {**lines[-2], **padding, **lines[-2]}])
        self.assert_wrong(run, r"evolutions\.jsonl: evolution 9, due after 30 steps, is missing")

    def test_a_checkpoint_that_stands_elsewhere(self):
        def more(*path):
            def edit(value):
                for key in path[:-1]:
                    value = value[key]
                value[path[-1]] += 1
            return edit

        for key, edit, words in (
                ("layers", more(1, "connections"), "layer 1: connections is"),
                ("evolution", more("due"), "evolutions due is"),
                ("evolution", more("performed"), "evolutions performed is"),
                ("evolution", more("young", 1), "layer 1: young is")):
            run = self.copy_of(self.runs / "grace")
            edit_metadata(run, key, edit)
            self.assert_wrong(run, f"last.safetensors: {words}")

    def test_runs_made_longer(self):
        for name in ("steps", "steps_that_meet_an_epochs_end", "density_falls", "dynset"):
            with self.subTest(name):
                run = self.copy_of(self.runs / name)
                resume(run, "--epochs", "10")
                before = len(read_lines(self.runs / name / "evolutions.jsonl"))
                self.assertGreaterEqual(len(verify(run).paused), before)
    
    def test_a_run_made_longer_before_it_goes_on(self):
        """As a kill leaves it: the last line is still the one before the evolution, or is gone."""
        run = self.copy_of(self.runs / "steps_that_meet_an_epochs_end")
        before = (run / "metrics.jsonl").read_text()
        resume(run, "--epochs", "5")
        after = (run / "metrics.jsonl").read_text().splitlines(keepends=True)
        evolutions = (run / "evolutions.jsonl").read_text().splitlines(keepends=True)
        last = (self.runs / "steps_that_meet_an_epochs_end/last.safetensors").read_bytes()
        # The header is as long as it was.
        last = last.replace(b"epochs = 4", b"epochs = 5")
        (run / "last.safetensors").write_bytes(last)
        due = len(read_lines(self.runs / "steps_that_meet_an_epochs_end/evolutions.jsonl"))
        for metrics in (before, "".join(after[:3]), "".join(after[:4]), "".join(after[:4]) + "{"):
            for count in (due, due + 1, due + 2):
                if count == due and metrics.startswith("".join(after[:4])):
                    continue  # evolutions are written first
                (run / "metrics.jsonl").write_text(metrics)
                (run / "evolutions.jsonl").write_text("".join(evolutions[:count]))
                self.assertEqual(len(verify(run).paused), count)

    def test_files_of_another_number_of_images(self):
        """What decides how many steps an epoch has."""
        data = self.runs / "data"
        data.mkdir()
        for name, count in (("train", 130), ("t10k", 20)):
            pixels = bytes((7 * i) % 251 for i in range(count * 12))
            (data / f"{name}-images-idx3-ubyte").write_bytes(
                struct.pack(">IIII", 0x803, count, 3, 4) + pixels)
            (data / f"{name}-labels-idx1-ubyte").write_bytes(
                struct.pack(">II", 0x801, count) + bytes(i % 10 for i in range(count)))
        for every, count in (("3", 11), ("7", 5), ("1e", 2), ("13", 2)):
            with self.subTest(every):
                run = self.runs / f"files{every}"
                arguments = f"--dataset mnist --data {data} --epochs 3 --evolve-every {every}"
                self.assertEqual(start(run, f"{SMALL} {arguments}").wait(), 0)
                self.assertEqual(len(verify(run).paused), count)
                lines = read_lines(run / "evolutions.jsonl")
                for number, line in enumerate(lines):
                    for key in ("step", "epoch", "within_epoch"):
                        others = [*lines]
                        others[number] = changed(line, [key])
                        write_lines(run / "evolutions.jsonl", others)
                        self.assert_wrong(run)

    def test_a_run_without_an_epoch(self):
        run = self.copy_of(self.runs / "steps")
        shutil.copy(run / "initial.safetensors", run / "last.safetensors")
        for name in ("metrics.jsonl", "evolutions.jsonl"):
            (run / name).write_text("")
        self.assertEqual(verify(run).paused, [])

    def test_evolutions_that_no_epoch_tells_of_yet(self):
        run = self.copy_of(self.runs / "lset")
        shutil.copy(run / "initial.safetensors", run / "last.safetensors")
        lines = read_lines(run / "metrics.jsonl")
        evolutions = read_lines(run / "evolutions.jsonl")
        for epochs in range(4):
            write_lines(run / "metrics.jsonl", lines[:epochs])
            self.assertEqual(len(verify(run).paused), len(evolutions))
        write_lines(run / "metrics.jsonl", [])
        for place in places(evolutions[-1]):
            if place[-1] in ("theta", "paused"):
                continue
            other = changed(evolutions[-1], place)
            write_lines(run / "evolutions.jsonl", [*evolutions[:-1], other])
            self.assert_wrong(run)

    def test_a_run_interrupted_within_an_epoch(self):
        run = self.runs / "interrupted"
        for _ in range(5):  # the signal may come at an epoch's end
            shutil.rmtree(run, ignore_errors=True)
            process = subprocess.Popen(
                [PROGRAM, "train", *SMALL.split(), "--synthetic-train", "2010", "--batch", "1",
                 "--evolve-every", "7", "--epochs", "100000", "--grace", "2", "--quiet", "--out",
                 run], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            metrics = run / "metrics.jsonl"
            while process.poll() is None and not (metrics.exists() and metrics.stat().st_size):
                time.sleep(0.01)
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(), 128 + signal.SIGTERM)
            progress = json.loads(metadata_of(run / "last.safetensors")["progress"])
            if "evolved" in progress:
                break
        self.assertIn("evolved", progress)
        within = [line for line in read_lines(run / "evolutions.jsonl")
                  if line["epoch"] == progress["epoch"]]
        self.assertEqual(len(within), progress["evolved"]["due"])
        verify(run)
        damaged = self.copy_of(run)
        lines = read_lines(run / "evolutions.jsonl")
        write_lines(damaged / "evolutions.jsonl",
                    [*lines[:-2], {"padding": "x" * 2000} | lines[-2]])
        self.assert_wrong(damaged, f"evolutions.jsonl: evolution {len(lines) - 1}, due after .* is "
                          "missing")
        for key in ("due", "paused", "theta", "dropped", "grown"):
            def edit(progress, key=key):
                evolved = progress["evolved"]
                (evolved if key in evolved else evolved["layers"][0])[key] += 1
            damaged = self.copy_of(run)
            edit_metadata(damaged, "progress", edit)
            self.assert_wrong(damaged, f"last.safetensors: evolved: .*{key}.* is")

    def test_runs_of_older_versions(self):
        for name in ("version_2", "version_3"):
            with self.subTest(name):
                run = self.copy_of(FORMER / name)
                self.assertEqual(verify(run).paused, [False, False])
                lines = read_lines(run / "metrics.jsonl")
                for number, place in ((n, place) for n in range(3) for place in places(lines[n])
                                      if place[-1] in DECIDED):
                    others = [*lines]
                    others[number] = changed(lines[number], place)
                    write_lines(run / "metrics.jsonl", others)
                    self.assert_wrong(run)
                write_lines(run / "metrics.jsonl", lines[:-1])
                self.assert_wrong(run, r"metrics\.jsonl: 2 epochs, but last\.safetensors counts 3;")
    
    def test_a_run_that_an_older_version_began(self):
        for name in ("version_2", "version_3"):
            with self.subTest(name):
                run = self.copy_of(FORMER / name)
                resume(run, "--epochs", "5")
                self.assertEqual(len(verify(run).paused), 4)
                lines = read_lines(run / "evolutions.jsonl")
                self.assertEqual([line["number"] for line in lines], [2, 3])
                for place in places(lines[0]):
                    write_lines(run / "evolutions.jsonl", [changed(lines[0], place), lines[1]])
                    self.assert_wrong(run)
                write_lines(run / "evolutions.jsonl", lines[1:])
                self.assert_wrong(run,
                                  r"evolutions\.jsonl: \d+ bytes, but last\.safetensors counts")
    

class OnTheCommandLine(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.run_folder = pathlib.Path(folder.name) / "run"
        shutil.copytree(FORMER / "version_3", self.run_folder)
        self.lines = read_lines(self.run_folder / "metrics.jsonl")

    def call(self, stdout=subprocess.PIPE):
        return subprocess.run([sys.executable, "-B", CHECK, self.run_folder], stdout=stdout,
                              stderr=subprocess.PIPE, text=True, check=False)

    def write(self, *lines):
        write_lines(self.run_folder / "metrics.jsonl", lines)

    def test_a_run_that_is_right(self):
        done = self.call()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout,
                         r"run: 3 epochs, 2 evolutions, \d+ numbers recomputed, all equal\n$")

    def test_a_number_that_differs(self):
        self.write(self.lines[0], {**self.lines[1], "connections": 99}, self.lines[2])
        done = self.call()
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"run: epoch 1: connections is 99, recomputed 58\n$")

    def test_epochs_that_are_twice_or_missing(self):
        first, second, third = self.lines
        for lines, words in (((first, second, second), "3: epoch 1, expected 2"),
                             ((first, third), "2: epoch 2, expected 1"),
                             ((second,), "1: epoch 1, expected 0")):
            self.write(*lines)
            done = self.call()
            self.assertEqual(done.returncode, 1)
            self.assertEqual(done.stdout, "")
            self.assertRegex(done.stderr, rf"^check_run\.py: \S+/metrics\.jsonl:{words}: [^\n]+\n$")

    def test_files_that_are_no_records(self):
        for text in ("1\n2\n3\n", "[]\n" * 3, "{}\n" * 3, "no JSON\n" * 3,
                     "".join(json.dumps(line | {"layers": None}) + "\n" for line in self.lines),
                     "".join(json.dumps(line | {"test_loss": math.nan}) + "\n"
                             for line in self.lines),
                     "".join(json.dumps(line).replace('"paused"', '"test_loss": 1e999, "paused"')
                             + "\n" for line in self.lines)):
            (self.run_folder / "metrics.jsonl").write_text(text)
            done = self.call()
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, r"^check_run\.py: [^\n]+\n$")

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
    PROGRAM = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main()

#!/usr/bin/env python3
"""Stage table2 of tools/gpu_check.py, with stand-ins for the program and the images."""
import json
import pathlib
import subprocess
from unittest import mock

from gpu_check_stand_ins import SOURCE, OnStandIns, main

from gpu_check import table2
from gpu_check.jobs import Ended


class Table2(OnStandIns):
    def test_the_faster_way_is_taken(self):
        for speed, faster in (("thread=1 process=2", "thread"), ("thread=2 process=1", "process")):
            out = self.machine.work / faster
            self.check("--out", out, "table2", "--seeds", "1", HAVE="PIL", ISOLATION=speed)
            trial = json.loads((out / "table2/trial.json").read_text())
            self.assertEqual(trial["chosen"], faster)
            self.assertEqual({trial[way]["epoch_seconds"] for way in ("thread", "process")}, {1, 2})
            self.assertGreater(trial["thread"]["seconds"], 0)
            log = (out / "table2/sweep-1.log").read_text()
            self.assertIn(f"--isolation {faster} ", log)
            self.assertRegex(log, "--jobs 6 --device cuda --quiet --topology false --tensorboard "
                                  "false .*--max-time [0-9]+s")

    def test_a_way_out_of_time_is_known_by_its_epochs(self):
        sweep = mock.Mock(folder=self.machine.work)
        sweep.command.return_value = []
        sweep.check.folder.return_value = self.machine.work

        def stopped(*_, **__):
            run = self.machine.work / "trial-thread/SET"
            run.mkdir(parents=True)
            lines = [json.dumps({"seconds": {"train": s, "evolve": 1}}) for s in (9, 9, 1, 2, 3)]
            (run / "timings.jsonl").write_text("\n".join(lines) + '\n{"sec')
            return Ended("thread", 124, 30, in_time=False)

        sweep.check.run_one.side_effect = stopped
        self.assertEqual(table2._Sweep.try_way(sweep, "thread"),
                         {"seconds": None, "epoch_seconds": 3,
                          "problem": "not finished in its time"})

    def test_a_run_that_failed_early_costs_the_others_no_epochs(self):
        sweep = mock.Mock(rows=6)
        sweep.finished.return_value = (0, 0)
        sweep.check.folder.return_value = self.machine.work
        for name, epochs in (("SET", 700), ("LSET", 690), ("AccSET", 3), ("DynSET", 0)):
            folder = self.machine.work / f"{name},seed=0"
            folder.mkdir()
            (folder / "metrics.jsonl").write_text("{}\n" * epochs)
        for failures, common in (([], 3), ([{"run": "AccSET,seed=0"}], 690)):
            sweep.failure_records.return_value = failures
            self.assertEqual(table2._Sweep.common_epochs(sweep), common)

    def test_a_program_without_threads_uses_processes(self):
        self.check("table2", "--seeds", "1", HAVE="PIL")
        self.assertEqual(json.loads(self.machine.text("table2/trial.json"))["chosen"], "process")
        self.assertNotIn("--isolation", self.machine.text("table2/sweep-1.log"))

    def test_it_goes_on_with_its_runs(self):
        self.check("table2", "--seeds", "2", code=3, HAVE="PIL", SWEEP_RUNS="4")
        self.expect("table2", "unfinished", "^4 of 12 runs finished, of seed 0 4 of 6")
        part = self.machine.text("table2/DynSET2,seed=0/metrics.jsonl")
        self.assertEqual(part.splitlines()[-1], '{"epoch":2}')  # no half a line
        self.assertFalse((self.machine.out / "table2/SET,seed=1").exists())
        # A row counts as far as all have come, and the table says so.
        self.assertIn("a csv table of 5 --epochs 3", self.machine.text("table2/table.csv"))
        self.resume("--seeds", "2", code=3, HAVE="PIL", SWEEP_RUNS="3")
        self.expect("table2", "unfinished", "^9 of 12 runs finished, of seed 0 6 of 6")
        self.resume("--seeds", "2", HAVE="PIL")
        self.expect("table2", "passed", "^12 of 12 runs")
        self.assertIn("a csv table of 12 --format csv", self.machine.text("table2/table.csv"))

    def test_what_an_earlier_machine_trained_is_not_overwritten_by_less(self):
        self.check("table2", "--seeds", "1", code=3, HAVE="PIL", SWEEP_RUNS="4")
        memory = pathlib.Path(self.machine.settings()["memory"])
        subprocess.run(["rm", "-r", memory], check=True)
        self.resume("--seeds", "1", code=3, HAVE="PIL", SWEEP_RUNS="1")
        self.expect("table2", "unfinished", "^1 of 6 ")
        self.assertIn("finished", self.machine.text("table2/AccSET,seed=0/summary.json"))
        self.assertEqual(len(self.machine.text("table2/AccSET,seed=0/metrics.jsonl").split()), 7)

    def test_a_sweep_that_fails_has_failed(self):
        self.check("table2", code=1, HAVE="PIL", SWEEP_CODE="1")
        self.expect("table2", "failed", "LSET,seed=0, SET,seed=0: the GPU was lost")

    def test_without_images_it_is_skipped(self):
        self.check("table2")
        self.expect("table2", "skipped", "unpack.py needs Pillow")
        unpacker = self.machine.work / "carry/cifar10/unpack.py"
        unpacker.write_text("raise SystemExit('bad archive')")
        self.resume(HAVE="PIL")
        self.expect("table2", "skipped", "unpack.py: bad archive")
        unpacker.unlink()
        self.resume(HAVE="PIL")
        self.expect("table2", "skipped", "no images in .*gpu_carry.py --cifar10")

    def test_the_sweep_is_table_2_with_more_seeds(self):
        text = (SOURCE / "experiments/table2/sweep.toml").read_text()
        more = table2.with_seeds(text, 3)
        self.assertEqual(more, text.replace("seed = [0]", "seed = [0, 1, 2]"))
        self.assertNotEqual(more, text)
        with self.assertRaisesRegex(ValueError, "no|not one"):
            table2.with_seeds(text + "seed = [1]\n", 3)

    def test_the_sweep_stops_when_it_should(self):
        for seconds in (50, 200, 1000):  # as a sweep reckons the end of its --max-time
            given = table2.max_time(seconds)
            self.assertAlmostEqual(given - min(30, given / 10), seconds, delta=1)


if __name__ == "__main__":
    main()

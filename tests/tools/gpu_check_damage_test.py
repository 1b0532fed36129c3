#!/usr/bin/env python3
"""tools/gpu_check.py with damaged folders and archives, full disks and odd machines: what one stage
or one file suffers from costs no other, and nothing that was not done is called passed."""
import errno
import json
import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections import namedtuple
from unittest import mock

from gpu_check_stand_ins import OnStandIns, by_the_clock, main

from gpu_check import jobs, machine, profile, records

IMAGES = {"HAVE": "PIL"}


class Damage(OnStandIns):
    def test_damaged_archives_are_said_and_cost_what_is_in_them(self):
        carry = self.machine.work / "carry"
        whole = (carry / "binaries.tar.gz").read_bytes()
        (carry / "binaries.tar.gz").write_bytes(whole[:len(whole) // 2])
        self.check("train", code=1)
        self.expect("build", "failed", "binaries cannot be unpacked .is damaged .*; cmake: error")
        (carry / "binaries.tar.gz").unlink()
        (carry / "packages.tar.gz").write_bytes(whole[:len(whole) // 2])
        self.resume("build", code=1)
        self.expect("build", "failed", "packages.tar.gz: is damaged")

    def test_damaged_images_cost_table_2_alone(self):
        cifar10 = self.machine.work / "carry/cifar10"
        (cifar10 / "unpack.py").unlink()
        (cifar10 / "cifar10.tar.gz").write_bytes(b"\x1f\x8b\x08, and no more")
        self.check("table2", "bench-wide", code=1, **IMAGES)
        self.expect("table2", "failed", "cifar10.tar.gz: is damaged")
        self.expect("bench-wide", "passed")

    def test_a_damaged_check_is_gone_on_with(self):
        self.check("train", "table2", "--seeds", "1", **IMAGES)
        damages = (
            {"check.json": "[]", "machine.json": "[]", "stages/train.json": "[1]",
             "table2/trial.json": "[]"},
            {"check.json": '{"stages": 3, "plan": [], "done": 4, "memory": 7}',
             "machine.json": "{}", "stages/train.json": '{"a": 1}', "table2/trial.json": "{}"},
            {"check.json": '{"sta', "machine.json": '{"d', "stages/train.json": '{"s',
             "table2/trial.json": ""})
        for damage in damages:
            with self.subTest(damage):
                for file, content in damage.items():
                    (self.machine.out / file).write_text(content)
                (self.machine.out / "stages/table2.json").unlink()
                self.resume("train", "table2", "--seeds", "1", **IMAGES)
                self.expect("train", "passed")
                self.expect("table2", "passed")

    def test_only_a_folder_of_its_own_is_emptied(self):
        self.check("train")
        other = self.machine.work / "other"
        other.mkdir()
        (other / "file").write_text("of somebody")
        settings = self.machine.settings()
        link = self.machine.work / "regrow-gpu-check-link"
        link.symlink_to(other)
        for memory in (other, link):
            (self.machine.out / "check.json").write_text(json.dumps(
                settings | {"memory": str(memory)}))
            self.resume("train")
            self.assertTrue((other / "file").exists())

    def test_a_stage_that_fails_in_no_foreseen_way_costs_only_itself(self):
        self.check("bench-paper", "train", code=1, BENCH_JSON="7")
        self.expect("bench-paper", "failed", "AttributeError: .*; see stages/bench-paper.err")
        self.assertIn("Traceback", self.machine.text("stages/bench-paper.err"))
        self.check("--out", self.machine.work / "two", "bench-paper", "profile", code=1,
                   BENCH_JSON="7")
        self.assertIn("profile: passed", (self.machine.work / "two/summary.txt").read_text())


class Disks(OnStandIns):
    def test_what_cannot_be_written_costs_no_stage(self):
        (self.machine.work / "all.tar.gz.part").mkdir()
        for name in ("summary.txt", "stages/train.json"):
            (self.machine.out / name).mkdir(parents=True)
        done = self.check("train", "test", "--archive", self.machine.work / "all.tar.gz")
        self.expect("test", "passed")
        for words in ("train cannot be written (Is a directory); the check goes on",
                      "summary.txt cannot be written", "all.tar.gz cannot be written",
                      "train: passed: runs repeat"):
            self.assertIn(words, done.stdout)

    def test_an_archive_replaces_nothing_but_a_file(self):
        pipe = self.machine.work / "pipe"
        os.mkfifo(pipe)
        said = self.check("train", "--archive", pipe, code=2).stderr
        self.assertEqual(said, f"gpu_check.py: --archive {pipe}: is there, and no file\n")
        self.assertTrue(pipe.is_fifo())
        self.assertFalse((self.machine.out / "check.json").exists())

    def test_a_sweep_outlives_a_copy_that_fails(self):
        (self.machine.out / "table2").mkdir(parents=True)
        (self.machine.out / "table2/AccSET,seed=0").write_text("a file")
        done = self.check("table2", "--seeds", "1", **IMAGES)
        self.assertIn("table2 cannot be written (File exists); the check goes on", done.stdout)
        self.expect("table2", "passed", "^6 of 6 runs finished")

    def test_memory_is_used_where_it_has_room(self):
        usage = namedtuple("usage", "free total")
        with tempfile.TemporaryDirectory() as name:
            shm, disk = pathlib.Path(name) / "shm", pathlib.Path(name) / "disk"
            shm.mkdir()
            for here, there, chosen in ((64 << 20, 9 << 30, disk), (4 << 30, 9 << 30, shm),
                                        (64 << 20, 1 << 20, shm), (0, 9 << 30, shm)):
                # One without a limit says that it has 0 bytes.
                free = {shm: usage(here, here), disk: usage(there, there)}
                with mock.patch.object(shutil, "disk_usage", free.get):
                    self.assertEqual(machine.memory_folder(shm, disk), chosen)
            self.assertEqual(machine.memory_folder(pathlib.Path(name) / "none", disk), disk)

    def test_a_long_log_is_archived_without_its_middle(self):
        self.machine.bring(one_gpu="echo begin; yes 0123456789 | head -c 9000000; echo; "
                                   "echo '[       OK ] A.B'")
        file = self.machine.work / "all.tar.gz"
        self.check("test", "--archive", file)
        self.expect("test", "passed", "^2 tests")
        with tarfile.open(file) as tar:
            text = tar.extractfile("test/one_gpu.log").read().decode()
        self.assertLess(len(text), 1.1e6)
        self.assertTrue(text.startswith("begin\n") and text.endswith("[       OK ] A.B\n"))
        self.assertIn("\n[left out]\n", text)


class Vacuous(OnStandIns):
    def test_runs_that_record_nothing_do_not_agree(self):
        self.check("train", "test", code=1, RECORDS_NOTHING="1")
        self.expect("train", "failed", "one, two, plain, bf16: recorded 0 of 4 epochs; check-cuda")
        self.expect("test", "skipped", "train failed")

    def test_a_bench_without_figures_has_failed(self):
        for report in ("null",
                       '{"sizes": [{"size": "paper", "devices": [{"device": "cuda:bf16"}]}]}',
                       '{"sizes": [{"size": "paper", "devices": [{"device": "cuda"}]}]}'):
            out = self.machine.work / str(len(report))
            self.check("--out", out, "bench-paper", code=1, BENCH_JSON=report)
            self.assertIn("no figure of cuda at paper in bench.json",
                          (out / "summary.txt").read_text())
            shutil.rmtree(out)


    def test_pytorch_without_regrow_beside_it_has_failed(self):
        for lost, status, code in (("pytorch fused bf16", "passed", 0), ("regrow cuda", "failed", 1)):
            report = {"variants": [{"name": lost, "not_measured": "it gave up"}, {"name": "x"}]}
            self.check("--out", self.machine.work / status, "baseline", code=code,
                       COMPARED=json.dumps(report), HAVE="torch")
            self.assertIn(f"see pytorch.txt; not measured: {lost}: it gave up",
                          (self.machine.work / status / "summary.txt").read_text())

    def test_damaged_results_of_the_sanitizer_are_made_again(self):
        (self.machine.out / "sanitize").mkdir(parents=True)
        (self.machine.out / "sanitize/results.json").write_text("[1]")
        self.check("sanitize")
        self.expect("sanitize", "passed", "^6 of 6")


class OddMachines(OnStandIns):
    def test_a_terminal_without_letters_and_one_that_is_gone(self):
        self.machine.bring(one_gpu=r"printf 'error: \303\251 \377\n'; exit 1")
        done = self.check("test", code=1, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0",
                          PYTHONIOENCODING="ascii")
        self.assertIn(r"failed: one_gpu (error: ", done.stdout)
        self.machine.bring(one_gpu='echo "[       OK ] A.B"')
        command = self.machine.command("--resume", self.machine.out, "test", "--build",
                                       self.machine.work / "again")
        process = subprocess.Popen(list(map(str, command)), env=self.machine.environment({}),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        process.stdout.close()
        self.assertEqual(process.stderr.read(), "")
        process.stderr.close()
        self.assertEqual(process.wait(), 0)
        self.expect("test", "passed")

    def test_scripts_need_no_mode(self):
        """A copy of the tree may have lost it: bash runs tools/profile.sh."""
        check = mock.MagicMock()
        profile.run(check)
        self.assertEqual([call.args[1][0] for call in check.run_one.call_args_list], ["bash"] * 2)

    @by_the_clock
    def test_its_start_counts_towards_the_limit(self):
        self.machine.tool("nvidia-smi", "sleep 1.2; echo 'Made-up GPU, 1.0, 2 MiB'")
        self.check("bench-paper", "--time-limit", "3", code=3)
        self.expect("build", "unfinished", "no time left")

    def test_where_files_cannot_be_locked_nobody_is_kept_out(self):
        with tempfile.TemporaryFile() as file:
            for error, free in ((errno.ENOLCK, True), (errno.EWOULDBLOCK, False)):
                with mock.patch("fcntl.flock", side_effect=OSError(error, os.strerror(error))):
                    self.assertEqual(records.lock(file), free)

    def test_what_cannot_be_killed_is_left_to_itself(self):
        """A process that hangs in a driver does not end, whatever it is sent."""
        hung = mock.Mock(pid=2 ** 30)
        hung.poll.return_value = None
        with mock.patch.object(subprocess, "Popen", return_value=hung), \
                mock.patch.object(jobs, "_LOST_S", 0.2):
            job = jobs.Job("hung", ["x"], self.machine.work / "log", grace=0.1)
            ended = jobs.Jobs().run([job], time.monotonic() + 0.1)
        self.assertEqual([(one.name, one.in_time) for one in ended], [("hung", False)])
        hung.terminate.assert_called_once()
        hung.kill.assert_called()


if __name__ == "__main__":
    main()

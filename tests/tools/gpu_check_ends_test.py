#!/usr/bin/env python3
"""tools/gpu_check.py killed, stopped, out of time or called twice: what had finished is kept."""
import os
import signal
import subprocess
import time

from gpu_check_stand_ins import OnStandIns, by_the_clock, is_alive, main


class Ends(OnStandIns):
    """However the check ends, what was finished is there."""

    SLOW = 'echo $$ >"$PIDS"; exec sleep 60'

    def setUp(self):
        super().setUp()
        self.pids = self.machine.work / "pids"
        self.machine.bring(one_gpu=self.SLOW)

    def until_it_tests(self, *arguments):
        process = self.machine.start("train", "test", *arguments, PIDS=str(self.pids))
        return process, int(self.wait_for(self.pids))

    def dies(self, pid):
        for _ in range(250):
            if not is_alive(pid):
                return
            time.sleep(0.02)
        self.fail("a program outlives the check")

    def goes_on(self):
        self.expect("train", "passed")
        self.expect("test", "unfinished")
        self.assertTrue(self.machine.text("train/metrics.jsonl"))
        before = self.machine.text("stages/train.json")
        self.machine.bring(one_gpu='echo "[       OK ] A.B"')
        self.resume("--build", self.machine.work / "again")
        self.expect("test", "passed")
        self.assertEqual(self.machine.text("stages/train.json"), before)

    def test_the_whole_group_is_killed(self):
        process, test = self.until_it_tests()
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.dies(test)
        self.goes_on()

    def test_the_check_alone_is_killed(self):
        process, test = self.until_it_tests()
        process.kill()
        process.wait()
        self.dies(test)

    def test_a_signal_ends_it_in_an_orderly_way(self):
        process, test = self.until_it_tests("--archive", self.machine.work / "all.tar.gz")
        process.terminate()
        self.assertEqual(process.wait(20), 128 + signal.SIGTERM)
        self.assertFalse(is_alive(test))
        self.expect("test", "unfinished", "stopped by a signal")
        self.assertIn("train: passed", self.machine.text("summary.txt"))
        self.assertIn("test: unfinished", self.machine.text("summary.txt"))
        listed = subprocess.run(["tar", "-tzf", self.machine.work / "all.tar.gz"], text=True,
                                capture_output=True, check=True).stdout
        self.assertIn("train/metrics.jsonl", listed)
        self.goes_on()

    @by_the_clock
    def test_the_time_is_up(self):
        start = time.monotonic()
        self.check("test", "bench-paper", "--time-limit", "6", code=3, PIDS=str(self.pids))
        self.assertLess(time.monotonic() - start, 9)
        self.expect("test", "unfinished", "not finished in its time: one_gpu")
        self.expect("bench-paper", "unfinished", "no time left; go on with --resume")

    def test_two_calls_do_not_meet(self):
        process, _ = self.until_it_tests()
        for how, words in ((["--out"], "another check is writing there"),
                           (["--resume"], "another check is writing there")):
            said = self.check(*how, self.machine.out, "bench-paper", code=2).stderr
            self.assertIn(words, said)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        before = self.machine.text("stages/train.json")
        said = self.check("train", code=2).stderr
        self.assertIn(f"already holds a check; go on with it by --resume {self.machine.out}", said)
        self.assertEqual(said.count("\n"), 1)
        self.assertEqual(self.machine.text("stages/train.json"), before)

    def test_a_folder_without_a_check_cannot_be_resumed(self):
        said = self.resume(code=2).stderr
        self.assertIn("holds no check", said)
        self.assertFalse(self.machine.out.exists())

    def test_a_check_of_another_gpu_is_left_alone(self):
        self.check("bench-paper")
        self.machine.tool("nvidia-smi", 'echo "Another GPU, 1.0, 2 MiB"')
        self.assertIn("of another GPU (Made-up GPU)", self.resume(code=2).stderr)


if __name__ == "__main__":
    main()

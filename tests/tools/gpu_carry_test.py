#!/usr/bin/env python3
"""tools/gpu_carry.py with stand-ins for the packages and the build: what it carries and refuses."""
import os
import subprocess
import sys
import tarfile
import unittest

from gpu_check_stand_ins import SOURCE, StandIns

from gpu_check.sources import hash_of_sources, tracked_files

BATCHES = [f"data_batch_{i}.bin" for i in range(1, 6)] + ["test_batch.bin"]


class Carry(unittest.TestCase):
    def setUp(self):
        self.machine = StandIns()
        self.addCleanup(self.machine.close)
        self.work = self.machine.work
        self.folder = self.work / "new"
        header = self.work / "header.h"
        self.machine.tool("dpkg", f'echo {header}; echo /usr/share/doc/x; echo /usr/bin/env')
        self.machine.tool("cmake", 'mkdir -p "$6/tests"')
        self.machine.tool("ninja", '''case "$*" in *targets*) echo "one_gpu: phony" ;; *)
            for f in regrow libregrow_cuda.so tests/one_gpu; do
              printf '#!/bin/sh\\necho "[       OK ] A.B"\\n' >"$2/$f"
              chmod +x "$2/$f"
            done ;; esac''')
        self.machine.tool("strip", "")
        (self.work / "libfmt.so.9").write_text("a library")
        self.machine.tool("ldd", f'echo "x => {self.work}/libfmt.so.9 (0x1)"; '
                                 'echo "y => /lib/libc.so.6 (0x2)"')

    def carry(self, *arguments, code=0):
        done = subprocess.run(
            [sys.executable, "-B", SOURCE / "tools/gpu_carry.py", "--carry", self.folder, "--build",
             self.work / "tree", *map(str, arguments)], cwd=self.work, text=True,
            env=self.machine.environment({}), capture_output=True, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout if code == 0 else done.stderr

    def refused(self, words, *arguments):
        said = self.carry(*arguments, code=1)
        self.assertIn(words, said)
        self.assertEqual(said.count("\n"), 1, said)
        self.assertFalse(self.folder.with_name("new.part").exists())

    def batches(self, size):
        folder = self.work / "cifar/cifar-10-batches-bin"
        folder.mkdir(parents=True)
        for name in BATCHES:
            (folder / name).write_bytes(os.urandom(size))
        return folder

    def test_a_folder_of_something_else_is_left_alone(self):
        self.folder.mkdir()
        self.carry("--no-build")
        self.carry("--no-build")  # once more into its own
        (self.folder / "commit.txt").unlink()
        self.refused("new: holds something else; give a new folder", "--no-build")
        self.assertTrue((self.folder / "packages.tar.gz").is_file())

    def test_the_check_uses_what_is_carried(self):
        images = self.work / "jpeg"
        images.mkdir()
        (images / "unpack.py").write_text("a program")
        (images / "images.tar.xz").write_text("images")
        self.assertIn("of 60 MiB", self.carry("--cifar10", images))
        self.assertEqual((self.folder / "sources.txt").read_text().strip(), hash_of_sources())
        self.assertTrue((self.folder / "commit.txt").read_text().strip())
        with tarfile.open(self.folder / "binaries.tar.gz") as tar:
            self.assertLessEqual({"./regrow", "./libregrow_cuda.so", "./one_gpu",
                                  "./lib/libfmt.so.9"}, set(tar.getnames()))
            self.assertNotIn("./lib/libc.so.6", tar.getnames())
        with tarfile.open(self.folder / "packages.tar.gz") as tar:
            self.assertEqual(tar.getnames(), ["usr/bin/env"])
        self.assertEqual((self.folder / "cifar10/images.tar.xz").read_text(), "images")
        done = self.machine.check("--carry", self.folder, "test")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("build: passed: carried binaries", done.stdout)
        self.assertIn("test: passed: 1 tests", done.stdout)

    def test_the_data_sets_own_files_are_packed(self):
        folder = self.batches(1000)
        for place in (folder, folder.parent):
            self.carry("--no-build", "--cifar10", place)
            self.assertFalse((self.folder / "binaries.tar.gz").exists())
            with tarfile.open(self.folder / "cifar10/cifar10.tar.gz") as tar:
                self.assertEqual(tar.getnames(),
                                 [f"cifar-10-batches-bin/{name}" for name in BATCHES])

    def test_what_is_too_large_is_refused_before_the_build(self):
        self.machine.tool("cmake", 'echo "a build has begun"; exit 1')
        folder = self.batches(400_000)
        self.refused("packed, the images exceed --limit-mib 1 alone", "--cifar10", folder,
                     "--limit-mib", 1)
        (folder / "unpack.py").write_text("a program")
        self.refused("2.3 MiB, more than --limit-mib 1", "--cifar10", folder, "--limit-mib", 1)

    def test_the_sources_count_too(self):
        if tracked_files() is None:
            self.skipTest("no git")
        self.refused("more than --limit-mib 0.5: packages.tar.gz", "--no-build", "--limit-mib", 0.5)

    def test_bad_input_leaves_what_was_carried(self):
        self.carry("--no-build")
        self.refused("no such folder", "--cifar10", self.work / "none")
        self.refused("holds neither data_batch_1.bin and its like nor an unpack.py", "--cifar10",
                     self.work / "bin")
        self.machine.tool("dpkg", "exit 1")
        said = self.carry("--no-build", code=1)
        self.assertIn("libcli11-dev is not installed; run tools/install_packages.sh", said)
        self.assertTrue((self.folder / "packages.tar.gz").exists())

    def test_a_build_that_fails_is_shown(self):
        self.machine.tool("ninja", 'echo "a.cu: error: no"; exit 1')
        said = self.carry(code=1)
        self.assertIn("a.cu: error: no", said)
        self.assertIn("ninja failed (see above)", said)
        self.assertFalse(self.folder.exists())


if __name__ == "__main__":
    unittest.main()

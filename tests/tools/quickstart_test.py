#!/usr/bin/env python3
"""Tests of tools/quickstart.sh with stand-ins for all that it calls: what it asks of CMake."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "tools" / "quickstart.sh"
SAID = "CUDA back end: off"


class Quickstart(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.tool("bin/cmake", f'echo "$*" >cmake.log; echo "-- Found all"; echo "-- {SAID}"')
        self.tool("bin/ninja", "")
        self.tool("bin/nvidia-smi", "exit 9")
        self.tool("tools/install_packages.sh", "")
        self.tool("build/regrow", 'echo "$*"')
        shutil.copy(SCRIPT, self.root / "tools")

    def tool(self, name, text):
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def asked(self, code=0):
        """What CMake was asked for of CUDA."""
        environment = {**os.environ, "PATH": f"{self.root / 'bin'}:{os.environ['PATH']}"}
        done = subprocess.run([self.root / "tools/quickstart.sh", "3"], env=environment,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False)
        self.assertEqual(done.returncode, code, done.stdout)
        self.said = done.stdout
        arguments = (self.root / "cmake.log").read_text().split()
        return [one for one in arguments if "CUDA" in one]

    def test_without_a_gpu_it_leaves_cuda_out_and_shows_what_cmake_says_of_it(self):
        self.assertEqual(self.asked(), ["-DREGROW_CUDA=OFF"])
        self.assertIn(SAID, self.said)
        self.assertNotIn("Found all", self.said)
        for method in "dense", "set", "dynset":
            self.assertIn(f"train --dataset fashion_mnist --method {method} --epochs 3", self.said)

    def test_a_build_with_cuda_keeps_it_where_there_is_no_gpu(self):
        (self.root / "build/CMakeCache.txt").write_text("REGROW_CUDA:STRING=ON\n")
        self.assertEqual(self.asked(), [])
        self.assertIn(SAID, self.said)

    def test_beside_a_gpu_it_builds_for_it_whatever_was_left_out_before(self):
        self.tool("bin/nvidia-smi", "")
        (self.root / "build/CMakeCache.txt").write_text("REGROW_CUDA:STRING=OFF\n")
        self.assertEqual(self.asked(), ["-DREGROW_CUDA=AUTO", "-DCMAKE_CUDA_ARCHITECTURES=native"])

    def test_a_failed_configuration_ends_it(self):
        self.tool("bin/cmake", f'echo "$*" >cmake.log; echo "-- {SAID}"; exit 4')
        self.asked(code=4)
        self.assertNotIn("train", self.said)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""tools/gpu_check.py on a machine of stand-ins: what it leaves, whatever fails or kills it."""
import contextlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import unittest
from unittest import mock

from gpu_check_stand_ins import OnStandIns, by_the_clock, main

from gpu_check import command_line, machine, plans, sources

EVERYTHING = {"HAVE": "torch PIL"}


class Plans(OnStandIns):
    def test_all_three_from_a_bare_environment(self):
        """The dry run: each plan in its limit, and every file where a reader looks for it."""
        self.machine.tool("nvcc", "echo 'Cuda compilation tools, release 13.0, V13.0.88'")
        self.check("--plan", "smoke", **EVERYTHING)
        self.assertIn("rounds 2", self.machine.text("bench-paper/bench.txt"))
        self.assertEqual(self.machine.stage("table2"), (None, None))
        self.resume("--plan", "measure", "--seeds", "2", **EVERYTHING)
        self.assertIn("rounds 7", self.machine.text("bench-paper/bench.txt"))
        done = self.resume("--plan", "rest", **EVERYTHING)
        for stage in plans.NAMES:
            self.expect(stage, "passed")
        facts = json.loads(self.machine.text("machine.json"))
        self.assertEqual(list(facts), ["date", "commit", "sources", "gpu", "driver", "memory",
                                       "toolkit", "cores", "system", "python", "torch"])
        self.assertEqual([facts[key] for key in ("gpu", "driver", "memory", "torch", "toolkit")],
                         ["Made-up GPU", "1.0", "2 MiB", "9.9", "CUDA 13.0.88"])
        for file in ("train/metrics.jsonl", "train/timings.jsonl", "test/one_gpu.log",
                     "bench-paper/bench.json", "bench-paper/bench.txt", "table2/table.md",
                     "table2/table.csv", "table2/trial.json", "profile/kernels.csv",
                     "profile/profile.nsys-rep", "bench-wide/bench.json", "bench-wide/bench.txt",
                     "baseline/pytorch.json", "baseline/pytorch.txt",
                     "sanitize/memcheck-one_gpu.log", "sanitize/racecheck-one_gpu.log"):
            self.assertTrue(self.machine.text(file), file)
        for row in ("SET", "AccSET", "LSET", "DynSET", "DynSET2", "DynSET3"):
            for seed in (0, 1):
                for file in ("config.toml", "metrics.jsonl", "timings.jsonl", "summary.json"):
                    self.assertTrue(self.machine.text(f"table2/{row},seed={seed}/{file}"))
        for words in ("a table of paper", "a markdown table of 12", "sanitize: passed"):
            self.assertIn(words, self.machine.text("summary.txt"))
        self.assertIn("sanitize: passed", done.stdout)
        self.assertFalse(os.path.exists(self.machine.settings()["memory"]), "memory is left full")

    def test_libraries_are_for_regrow_alone(self):
        wheels = self.machine.work / "nvidia"
        (wheels / "cu13/lib").mkdir(parents=True)
        self.check("bench-paper", "baseline", NVIDIA=str(wheels), **EVERYTHING)
        binaries = self.machine.work / "build" / sources.hash_of_sources()[:12]
        ours = (f"libraries {binaries}/lib:/usr/local/cuda/lib64:/usr/local/nvidia/lib64:"
                f"{wheels}/cu13/lib\n")
        self.assertIn(ours, self.machine.text("bench-paper/bench.txt"))
        self.assertIn("libraries of PyTorch: none", self.machine.text("baseline/pytorch.txt"))
        self.assertIn(ours, self.machine.text("baseline/pytorch.txt"))

    def test_budgets(self):
        smoke, measure = plans.PLANS["smoke"], plans.PLANS["measure"]
        self.assertEqual(plans.seconds_for(smoke, "train", ["test"], 100), 60)
        self.assertEqual(plans.seconds_for(smoke, "train", ["test"], 7), 7)
        later = ["profile", "bench-wide"]
        self.assertEqual(plans.seconds_for(measure, "table2", later, 380), 380 - 45 - 60)
        self.assertEqual([plans.PLANS[name].limit for name in ("smoke", "measure")], [120, 420])
        self.assertGreaterEqual(plans.seconds_for(measure, "table2", later, 420 - 60), 240)
        for name in plans.NAMES:
            self.assertIn(name, plans.listing())


class CommandLine(unittest.TestCase):
    def refused(self, *arguments):
        said = io.StringIO()
        with contextlib.redirect_stderr(said), self.assertRaises(SystemExit) as stopped:
            command_line.parse(list(arguments))
        self.assertEqual(stopped.exception.code, 2)
        self.assertEqual(said.getvalue().count("\n"), 1, said.getvalue())
        return said.getvalue()

    def test_a_tree_that_is_read_only_is_not_written_to(self):
        for writable, home in ((True, sources.ROOT), (False, pathlib.Path.cwd())):
            with mock.patch("os.access", return_value=writable):
                options = command_line.parse([])
            self.assertEqual((options.build, options.out),
                             (home / "build-gpu-check", home / "gpu_check_out"))

    def test_bad_input_is_one_line(self):
        for arguments, words in (
                (["tset"], "unknown stage 'tset'; there are build, train"),
                (["--plan", "smok"], "'smok'"),
                (["--plan", "smoke", "test"], "a plan or stages, not both"),
                (["--time-limit", "soon"], "'soon' is no number of seconds"),
                (["--time-limit", "-1"], "-1"),
                (["--time-limit", "nan"], "'nan' is no number of seconds"),
                (["--seeds", "0"], "'0' is no number of seeds"),
                (["--out", "a", "--resume", "b"], "not allowed with"),
                (["--speed", "7"], "--speed")):
            with self.subTest(arguments):
                self.assertIn(words, self.refused(*arguments))


class Machines(OnStandIns):
    def test_without_a_gpu_nothing_is_begun(self):
        self.machine.tool("nvidia-smi", "exit 9")
        done = self.check(code=2)
        self.assertIn("gpu_check.py: no GPU: nvidia-smi ", done.stderr)
        self.assertFalse(self.machine.out.exists())

    def test_binaries_of_a_later_architecture_are_not_used(self):
        architecture = self.machine.work / "carry/architecture.txt"
        architecture.write_text("100\n")
        self.check("build", code=1)
        self.expect("build", "failed", "for sm_100 and later, and this GPU is sm_90; cmake")
        architecture.write_text("80\n")
        self.resume("build")
        self.expect("build", "passed", "^carried binaries")

    def test_a_build_needs_no_gpu_and_goes_on_without_one(self):
        self.machine.tool("nvidia-smi", "exit 9")
        self.machine.bring(sources="other")
        self.check("build", code=1)
        self.expect("build", "failed", "the carried binaries are of other sources")
        self.machine.bring()
        self.resume("build")
        self.expect("build", "passed", "^carried binaries")
        self.assertIn("no GPU", self.resume("test", code=2).stderr)
        self.assertIn("\ngpu: none\n", self.machine.text("summary.txt"))

    def test_binaries_of_other_sources_are_not_used(self):
        self.machine.bring(sources="other")
        self.check("test", code=1)
        self.expect("build", "failed", "of other sources; cmake: error: a stand-in")
        self.expect("test", "skipped", "no build")

    def test_binaries_that_do_not_run_are_not_used(self):
        self.check("test", code=1, VERSION_FAILS="no such loader")
        self.expect("build", "failed", r"do not run here \(no such loader\); cmake")

    def test_without_binaries_it_builds_with_what_is_carried(self):
        (self.machine.work / "carry/binaries.tar.gz").unlink()
        header = self.machine.work / "a.h"
        header.write_text("// a header")
        with tarfile.open(self.machine.work / "carry/packages.tar.gz", "w:gz") as tar:
            tar.add(header, arcname="usr/include/a.h")
        self.machine.tool("cmake", 'echo "$*"; mkdir -p "$6/tests"')
        self.machine.tool("ninja", """case "$*" in *targets*) echo "one_gpu: phony" ;; *)
            echo "$*"
            for f in regrow tests/one_gpu; do
              printf '#!/bin/sh\\necho "[       OK ] A.B"\\n' >"$2/$f"
              chmod +x "$2/$f"
            done ;; esac""")
        self.check("test", "--architecture", "80")
        self.expect("build", "passed", "built here from source: no binaries in carry")
        self.expect("test", "passed", "^1 tests passed$")
        build = self.machine.work / "build"
        self.assertTrue((build / "packages/usr/include/a.h").is_file())
        self.assertRegex(self.machine.text("build/cmake.log"),
                         f"ARCHITECTURES=80 .*-DCMAKE_PREFIX_PATH={build}/packages/usr")
        self.assertIn("regrow_cuda_library one_gpu", self.machine.text("build/ninja.log"))
        self.check("--out", self.machine.work / "second", "test")
        self.assertIn("binaries of these sources were there",
                      (self.machine.work / "second/summary.txt").read_text())

    def test_ignored_files_are_no_sources(self):
        for has_git in (False, True):
            with self.subTest(has_git=has_git), tempfile.TemporaryDirectory() as name:
                root = pathlib.Path(name)
                if has_git:
                    subprocess.run(["git", "init", "--quiet", root], check=True)
                    (root / ".gitignore").write_text("made.*\n*.pyc\n")
                (root / "host").mkdir()
                (root / "host/a.cpp").write_text("int a;")
                alone = sources.hash_of_sources(root)
                (root / "host/a.pyc").write_text("x")
                (root / "host/a_test.py").write_text("x")
                if has_git:
                    (root / "host/made.h").write_text("x")
                self.assertEqual(sources.hash_of_sources(root), alone)
                (root / "host/b.cpp").write_text("int b;")
                self.assertNotEqual(sources.hash_of_sources(root), alone)


class Modules(unittest.TestCase):
    def test_a_module_is_found_without_an_import(self):
        with tempfile.TemporaryDirectory() as name:
            for module, version in (("made_up_a", None), ("made_up_b", "1.2")):
                folder = pathlib.Path(name) / module
                folder.mkdir()
                (folder / "__init__.py").write_text("raise SystemExit('it was imported')")
                if version:
                    facts = pathlib.Path(name) / f"{module}-{version}.dist-info"
                    facts.mkdir()
                    (facts / "METADATA").write_text(f"Name: {module}\nVersion: {version}\n")
            with mock.patch.dict(os.environ, PYTHONPATH=name):
                here = machine.Machine(sys.executable)
                self.assertEqual(here.module_version("made_up_a"), "of unknown version")
                self.assertEqual(here.module_version("made_up_b"), "1.2")
                self.assertIsNone(here.module_version("made_up_c"))


class Train(OnStandIns):
    def test_a_failure_of_the_trainer_stops(self):
        self.check("train", "test", "sanitize", code=1, FAIL="check-cuda")
        self.expect("train", "failed", "check-cuda: error: the loss is not finite")
        self.expect("test", "skipped", "^train failed$")
        self.expect("sanitize", "skipped", "^train failed$")
        self.assertTrue(self.machine.text("train/metrics.jsonl"))
        self.resume(code=1)  # a failed stage is kept
        self.expect("test", "skipped", "^train failed$")
        self.resume("train", "test")  # but done again where it is named
        self.expect("train", "passed")
        self.expect("test", "passed")

    def test_runs_that_differ_stop(self):
        for run, words in (("two", "two runs with one seed differ"),
                           ("plain", "with and without a graph differ")):
            out = self.machine.work / run
            self.check("--out", out, "train", "test", code=1, DIFFER=run)
            self.assertIn(words, (out / "summary.txt").read_text())
            self.assertIn("test: skipped: train failed", (out / "summary.txt").read_text())

    def test_what_is_not_the_trainer_fails_but_does_not_stop(self):
        self.check("train", "test", code=1, FAIL="bf16 check-cuda-dense")
        self.expect("train", "failed", "^bf16, check-cuda-dense: error: the loss")
        self.expect("test", "passed")

    def test_runs_by_gradient_that_differ_fail_but_do_not_stop(self):
        self.check("train", "test", code=1, DIFFER="rigl-again")
        self.expect("train", "failed", "^two runs of rigl with one seed differ")
        self.expect("test", "passed", "tests passed")

    def test_a_missing_library_costs_what_needs_it(self):
        self.machine.bring(cuda_library_test_gpu="echo 'error while loading shared libraries: "
                           "libcusparse.so.12: cannot open shared object file'; exit 127")
        self.check("train", "test", "bench-paper", NO_LIBRARY="1")
        self.expect("train", "passed", r"cuda, cuda-dense, cuda-rigl, cuda-gse agree.*"
                    "checked: cuda-cusparse: libcublas")
        self.expect("test", "passed", r"^1 tests passed; not run: cuda_library_test_gpu \(libcusp")
        self.expect("bench-paper", "passed", "not measured: cuda-cusparse at paper: no cuSPARSE")

    def test_another_missing_library_is_a_failure(self):
        self.machine.bring(one_gpu="echo 'error while loading shared libraries: libfmt.so.9: "
                           "cannot open shared object file'; exit 127")
        self.check("test", code=1)
        self.expect("test", "failed", "failed: one_gpu .*libfmt")


class Programs(OnStandIns):
    def test_tests_that_fail_or_skip_themselves(self):
        self.machine.bring(one_gpu='echo "[       OK ] A.B"; echo "[  FAILED  ] A.C"; exit 1',
                           none_gpu='echo "[  SKIPPED ] A.B"')
        self.check("test", code=1)
        self.expect("test", "failed", r"failed: one_gpu \(\[  FAILED  \] A.C\); "
                                      "skipped themselves: none_gpu")

    def test_what_a_program_skips_is_counted(self):
        self.machine.bring(one_gpu='echo "[       OK ] A.B (1 ms)"; for t in C D; do '
                           'echo "[  SKIPPED ] A.$t (0 ms)"; done; '
                           'echo "[  SKIPPED ] 2 tests, listed below:"; echo "[  SKIPPED ] A.C"')
        self.check("test")
        self.expect("test", "passed", "^2 tests passed; skipped themselves: 2 of one_gpu$")

    def test_only_tests_that_skip_themselves_have_not_passed(self):
        self.machine.bring(one_gpu="true", cuda_library_test_gpu="true")
        self.check("test")
        self.expect("test", "skipped", "skipped themselves")

    def test_temporary_files_are_in_memory(self):
        self.machine.bring(one_gpu='echo "[       OK ] A.B"; echo "tmp $TMPDIR"')
        self.check("test")
        self.assertIn(f"tmp {machine.memory_folder()}/", self.machine.text("test/one_gpu.log"))

    def test_a_bench_without_cuda_fails(self):
        self.check("bench-paper", code=1, NO_CUDA="1")
        self.expect("bench-paper", "failed", "not measured: cuda at paper: no GPU")

    def test_the_sanitizer_finds(self):
        self.machine.tool("compute-sanitizer", 'case "$*" in *racecheck*one_gpu*) exit 99 ;; esac; '
                          'echo "[       OK ] A.B"')
        self.check("sanitize", code=1)
        self.expect("sanitize", "failed", "5 of 6 program runs clean; racecheck-one_gpu: errors")

    @by_the_clock
    def test_the_sanitizer_goes_on_with_what_is_unfinished(self):
        self.machine.tool("compute-sanitizer", 'case "$*" in *initcheck*) exec sleep 60 ;; esac; '
                          'echo "[       OK ] A.B"')
        self.check("sanitize", "--time-limit", "5", code=3)
        self.expect("sanitize", "unfinished", "^4 of 6 .*not finished: initcheck-")
        self.machine.tool("compute-sanitizer", 'echo again; echo "[       OK ] A.B"')
        self.resume()
        self.expect("sanitize", "passed", "^6 of 6")
        self.assertNotIn("again", self.machine.text("sanitize/memcheck-one_gpu.log"))

    def test_tools_that_refuse_the_machine_are_skipped(self):
        self.machine.tool("compute-sanitizer", 'echo "========= Error: Device not supported"; '
                          "exit 1")
        self.machine.tool("ncu", 'echo "==ERROR== Failed to initialize the profiler: '
                          'LibraryNotLoaded"; exit 1')
        self.machine.tool("nsys", 'echo "The profiler cannot be initialized" >&2; exit 1')
        self.check("profile", "sanitize", "baseline")
        self.expect("profile", "skipped", "nsys: .*cannot be initialized.*LibraryNotLoaded")
        self.expect("sanitize", "skipped", "compute-sanitizer: Error: Device not supported")
        self.expect("baseline", "skipped", "no PyTorch")

    def test_a_tool_that_fails_otherwise_has_failed(self):
        self.machine.tool("ncu", 'echo "error: launch failed" >&2; exit 1')
        self.check("profile", code=1)
        self.expect("profile", "failed", "^profile.nsys-rep; ncu: error: launch failed")


if __name__ == "__main__":
    main()

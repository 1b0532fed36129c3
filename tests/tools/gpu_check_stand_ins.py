"""A machine with a GPU, made of scripts, for the tests of tools/gpu_check.py."""
import concurrent.futures
import io
import json
import multiprocessing
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
CHECK = SOURCE / "tools/gpu_check.py"
sys.path.insert(0, str(SOURCE / "tools"))
sys.dont_write_bytecode = True

from gpu_check.sources import hash_of_sources  # noqa: E402

# What the variables mean: FAIL and DIFFER name runs of stage train; NO_LIBRARY: no cuBLAS; a sweep
# knows --isolation where ISOLATION gives the seconds of an epoch, such as "thread=1 process=2";
# SWEEP_RUNS: how many runs a call trains; SWEEP_CODE: how it ends then; COMPARED: what compare.py
# reports.
_REGROW = r'''
import json, os, pathlib, re, sys, time
words = sys.argv[1:]
def value(flag):
    return words[words.index(flag) + 1]
def write(folder, epochs, seconds=1, status="finished"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text("x = 1\n")
    (folder / "metrics.jsonl").write_text("".join(f'{{"epoch":{i}}}\n' for i in range(epochs)))
    (folder / "timings.jsonl").write_text("".join(
        f'{{"epoch":{i},"seconds":{{"train":{seconds}}}}}\n' for i in range(epochs)))
    (folder / "summary.json").write_text(json.dumps({"status": status}))
environment = os.environ
if words[0] == "--version":
    sys.exit(environment.get("VERSION_FAILS"))
elif words[0] == "train":
    out = pathlib.Path(value("--out"))
    if out.name in environment.get("FAIL", "").split():
        sys.exit("error: the loss is not finite")
    if "cusparse" in value("--device") and environment.get("NO_LIBRARY"):
        sys.exit("error: device 'cuda-cusparse': no GPU: libregrow_cuda_library.so does not load: "
                 "libcublas.so.13: cannot open shared object file: No such file")
    recorded = 0 if "RECORDS_NOTHING" in environment else int(value("--epochs"))
    write(out, recorded + (out.name in environment.get("DIFFER", "").split()))
elif words[0] == "bench":
    devices = [{"device": name, "step_seconds": {"rounds": [1]}} for name in value("--device").split(",")]
    if environment.get("NO_LIBRARY"):
        devices[3]["not_measured"] = "no cuSPARSE"
    if environment.get("NO_CUDA"):
        devices[0]["not_measured"] = "no GPU"
    pathlib.Path(value("--json")).write_text(environment.get("BENCH_JSON", json.dumps({"sizes": [
        {"size": size, "devices": devices} for size in value("--size").split(",")]})))
    print("a table of", value("--size"), "rounds", value("--rounds"))
    print("libraries", environment["LD_LIBRARY_PATH"])
    time.sleep(float(environment.get("BENCH_S", 0)))
elif words[0] == "table":
    runs = list(pathlib.Path(words[1]).glob("*/summary.json"))
    print("a", value("--format"), "table of", len(runs), *words[-2:])
elif "--help" in words:
    print("--topology --tensorboard", "--isolation" if "ISOLATION" in environment else "")
elif words[0] == "sweep":
    print(*words, flush=True)
    out, text = pathlib.Path(value("--out")), pathlib.Path(words[1]).read_text()
    seeds = re.search(r"seed = \[(.*)\]", text)[1].split(", ")
    names = re.findall(r'name = "(\w+)"', text)
    speed = dict(word.split("=") for word in environment.get("ISOLATION", "").split())
    if "trial" in out.name:
        write(out / "SET", 12, speed[value("--isolation")])
        sys.exit()
    if environment.get("SWEEP_CODE"):
        (out / "failures").mkdir(parents=True, exist_ok=True)
        for run in ("SET,seed=0", "LSET,seed=0"):
            (out / "failures" / f"{run}.json").write_text(
                json.dumps({"run": run, "exit_code": 1, "message": "the GPU was lost"}))
        sys.exit(int(environment["SWEEP_CODE"]))
    trained = 0
    for seed in seeds:
        for name in names:
            run = out / f"{name},seed={seed}"
            if (run / "summary.json").exists() and "finished" in (run / "summary.json").read_text():
                continue
            if trained == int(environment.get("SWEEP_RUNS", 100)):
                write(run, 3, status="running")
                with open(run / "metrics.jsonl", "a") as file:
                    file.write('{"epo')
                sys.exit(3)
            write(run, 7)
            trained += 1
'''

_SMI = ('case "$*" in *compute_cap*) echo 9.0 ;; '
        '*query*) echo "Made-up GPU, 1.0, 2 MiB" ;; esac')
_OK = 'echo "[       OK ] A.B (1 ms)"'
# The interpreter: has PyTorch and Pillow where HAVE says so.
_PYTHON = f'''case "$*" in
  *compare.py*)
    while [ $# -gt 1 ]; do
      case "$1" in --json) echo "${{COMPARED-null}}" >"$2" ;; --text) text=$2 ;; --regrow) regrow=$2 ;; esac
      shift
    done
    {{
      echo "libraries of PyTorch: ${{LD_LIBRARY_PATH:-none}}"
      "$regrow" bench --device a --size paper --rounds 1 --json /dev/null
    }} >"$text" ;;
  *"import nvidia"*) echo "$NVIDIA" ;;
  *"'torch'"*) case "$HAVE" in *torch*) echo 9.9 ;; *) exit 1 ;; esac ;;
  *"'PIL'"*) case "$HAVE" in *PIL*) echo 9.9 ;; *) exit 1 ;; esac ;;
  *) exec {sys.executable} "$@" ;;
esac'''
_UNPACK = '''import pathlib, sys, time
pathlib.Path(sys.argv[1]).mkdir()
'''


def script(path, body, interpreter="/bin/sh"):
    path.write_text(f"#!{interpreter}\n{body}\n")
    path.chmod(0o755)


class StandIns:
    """A bare environment, a folder of stand-ins on its PATH, and what gpu_carry.py would bring."""

    def __init__(self):
        self.work = pathlib.Path(tempfile.mkdtemp())
        for name in ("bin", "carry/cifar10"):
            (self.work / name).mkdir(parents=True)
        self.out = self.work / "out"
        self.programs = {"regrow": (_REGROW, f"{sys.executable} -SE"), "one_gpu": (_OK, "/bin/sh"),
                         "cuda_library_test_gpu": (_OK, "/bin/sh")}
        self.tool("nvidia-smi", _SMI)
        self.tool("python", _PYTHON)
        for name in ("cmake", "ninja", "nvcc"):  # nothing is ever really built
            self.tool(name, "echo error: a stand-in; exit 1")
        self.tool("compute-sanitizer", 'echo "$*"; ' + _OK)
        self.tool("ncu", 'case "$*" in *--import*) echo \'"0","a kernel"\' ;; *) while [ $# -gt 0 ]; '
                  'do case "$1" in --export) echo a report >"$2.ncu-rep" ;; esac; shift; done ;; esac')
        self.tool("nsys", 'case "$1" in profile) echo a report >"$3.nsys-rep" ;; esac')
        (self.work / "carry/cifar10/unpack.py").write_text(_UNPACK)
        self.bring()

    def close(self):
        memory = self.settings().get("memory")
        shutil.rmtree(self.work)
        if memory:
            shutil.rmtree(memory, ignore_errors=True)

    def tool(self, name, body):
        script(self.work / "bin" / name, body)

    def bring(self, sources=None, **programs):
        """Packs the carried binaries; keywords add or replace a program, by its shell script."""
        for name, body in programs.items():
            self.programs[name] = (body, "/bin/sh")
        with tarfile.open(self.work / "carry/binaries.tar.gz", "w:gz") as tar:
            for name, (body, interpreter) in self.programs.items():
                content = f"#!{interpreter}\n{body}\n".encode()
                member = tarfile.TarInfo(name)
                member.size, member.mode = len(content), 0o755
                tar.addfile(member, io.BytesIO(content))
        (self.work / "carry/sources.txt").write_text(sources or hash_of_sources())

    def command(self, *arguments):
        where = [] if {"--out", "--resume"} & set(arguments) else ["--out", self.out]
        return [sys.executable, "-SB", CHECK, "--carry", self.work / "carry", "--build",
                self.work / "build", "--python", self.work / "bin/python", *where, *arguments]

    def environment(self, variables):
        return {"PATH": f"{self.work}/bin:/usr/bin:/bin", **variables}

    def check(self, *arguments, **variables):
        """Runs the check to its end; upper-case keywords become variables."""
        empty = self.work / "empty"
        empty.mkdir(exist_ok=True)
        return subprocess.run(list(map(str, self.command(*arguments))), cwd=empty, text=True,
                              env=self.environment(variables), capture_output=True, check=False,
                              timeout=60)

    def start(self, *arguments, **variables):
        """Starts the check in a process group of its own."""
        return subprocess.Popen(list(map(str, self.command(*arguments))),
                                env=self.environment(variables), stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, start_new_session=True)

    def settings(self):
        path = self.out / "check.json"
        return json.loads(path.read_text()) if path.exists() else {}

    def stage(self, name):
        """(status, text) of a stage; (None, None) where it left no record."""
        path = self.out / "stages" / f"{name}.json"
        if not path.exists():
            return None, None
        record = json.loads(path.read_text())
        assert list(record) == ["stage", "status", "text", "seconds", "began"], record
        return record["status"], record["text"]

    def text(self, path):
        return (self.out / path).read_text()


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    # A zombie waits only for its parent.
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


class OnStandIns(unittest.TestCase):
    """A test with such a machine of its own."""

    def setUp(self):
        self.machine = StandIns()
        self.addCleanup(self.machine.close)

    def check(self, *arguments, code=0, **variables):
        done = self.machine.check(*arguments, **variables)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def resume(self, *arguments, **more):
        return self.check("--resume", self.machine.out, *arguments, **more)

    def expect(self, stage, status, text=""):
        found = self.machine.stage(stage)
        self.assertEqual(found[0], status, found)
        self.assertRegex(found[1], text or ".")

    def wait_for(self, path):
        for _ in range(600):
            if path.exists() and path.read_text():
                return path.read_text()
            time.sleep(0.02)
        self.fail(f"{path} never came")


_AT_ONCE = 4


def by_the_clock(test):
    """Marks a test that gives a check seconds to do something in: it runs alone."""
    test.by_the_clock = True
    return test


def _tests_of(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from _tests_of(test)
        else:
            yield test


def _problems_of(name):
    """Runs the test of this name: what failed in it, as text."""
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromName(name, sys.modules["__main__"]).run(result)
    return [text for _, text in result.failures + result.errors]


def main():
    """unittest.main(), but with tests side by side, each in a process that may patch what it likes:
    they wait for others more than they compute."""
    if len(sys.argv) > 1:
        unittest.main()
    everything = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    tests = {True: [], False: []}
    for test in _tests_of(everything):
        is_timed = hasattr(getattr(test, test._testMethodName), "by_the_clock")
        tests[is_timed].append(test.id().removeprefix("__main__."))
    failed = 0
    for is_timed, names in tests.items():
        with concurrent.futures.ProcessPoolExecutor(
                1 if is_timed else _AT_ONCE,
                mp_context=multiprocessing.get_context("fork")) as pool:
            for name, problems in zip(names, pool.map(_problems_of, names)):
                failed += bool(problems)
                print(f"{'FAIL' if problems else 'ok'}: {name}")
                for problem in problems:
                    print(problem)
    names = tests[True] + tests[False]
    print(f"{len(names)} tests, {failed} failed")
    sys.exit(1 if failed or not names else 0)

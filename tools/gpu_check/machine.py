"""What this machine has: its GPU, tools and libraries."""
import glob
import os
import pathlib
import platform
import re
import shutil
import subprocess
import tempfile
import time

_CUDA = pathlib.Path("/usr/local/cuda")
_ROOM = 2 << 30  # for images, and for runs with their checkpoints
_DRIVER = pathlib.Path("/usr/local/nvidia")  # where containers often have the driver's part

# What tools say that do not work on this machine, whatever they are asked.
_REFUSALS = re.compile(
    r"Device not supported|LibraryNotLoaded|ERR_NVGPUCTRPERM|Failed to initialize|"
    r"[Cc]ould not (?:be )?initiali[sz]e|cannot be initiali[sz]ed|Unable to find injection|"
    r"not supported on (?:the|this) (?:device|system|machine|platform|GPU)|"
    r"Insufficient driver|driver is not compatible|Operation not permitted")
_MISSING = re.compile(r"(lib[\w+.-]*\.so[\w.]*): cannot open shared object file")
_NO_PLUGIN = re.compile(r"libregrow_cuda_library\.so (does not load: .*|is not in .*)")


def _text_of(path):
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def refusal(*logs):
    """The line in which a tool refuses this machine, or None."""
    for log in logs:
        for line in _text_of(log).splitlines():
            if _REFUSALS.search(line):
                return line.strip(" =")[:200]
    return None


def missing_library(log):
    """cuBLAS or cuSPARSE where a program did not start, or a plugin did not load, for want of it:
    only what needs it is lost. Else None."""
    text = _text_of(log)
    found = _MISSING.search(text)
    if found and re.match(r"lib(cublas|cusparse|nvJitLink)", found[1]):
        return f"{found[1]} is missing"
    found = _NO_PLUGIN.search(text)
    return f"libregrow_cuda_library.so {found[1]}"[:200] if found else None


def last_words(*logs):
    """The last line of a log that says something, an error's before others; for a summary."""
    for log in logs:
        lines = [line.strip() for line in _text_of(log).splitlines() if line.strip()]
        errors = [line for line in lines if re.search(r"\b([Ee]rror|FAILED|refused)\b.*", line)]
        if lines:
            return (errors or lines)[-1][:300]
    return "it said nothing"


def _output(*command, seconds=20):
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace",
                              timeout=seconds, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


class Machine:
    """`python` is the interpreter that has PyTorch, if one has."""

    def __init__(self, python):
        self.python = python
        smi = self.tool("nvidia-smi")
        query = "--query-gpu=name,driver_version,memory.total"
        # Without its answer nothing is done at all, and a driver that wakes up first may be slow.
        answer = _output(smi, query, "--format=csv,noheader", seconds=60) if smi else ""
        fields = [part.strip() for part in answer.splitlines()[0].split(",")] if answer else []
        self.gpu, self.driver, self.memory = fields if len(fields) == 3 else (None, None, None)
        self.cores = len(os.sched_getaffinity(0))
        # CUDA's libraries may be there only as a part of PyTorch.
        wheels = _output(python, "-c", "import nvidia; print(*nvidia.__path__, sep='\\n')")
        self._wheels = [folder for place in wheels.splitlines()
                        for folder in sorted(glob.glob(glob.escape(place) + "/*/lib"))]

    def search_path(self):
        """PATH, and after it where CUDA, the driver and Python's packages put their programs."""
        more = [_CUDA / "bin", _DRIVER / "bin", pathlib.Path(self.python).parent]
        return os.pathsep.join([os.environ.get("PATH", os.defpath), *map(str, more)])

    def tool(self, name):
        return shutil.which(name, path=self.search_path())

    def library_path(self, *folders):
        """For regrow and its tests alone: PyTorch brings libraries of its own, which this variable
        would take from it."""
        places = [*map(str, folders), os.environ.get("LD_LIBRARY_PATH", ""),
                  str(_CUDA / "lib64"), str(_DRIVER / "lib64")]
        places += self._wheels
        return os.pathsep.join(place for place in places if place)

    def module_version(self, name):
        """Without an import, which takes seconds for PyTorch. None: there is no such module."""
        code = (f"import importlib.util as u, importlib.metadata as m\n"
                f"if u.find_spec({name!r}) is None: raise SystemExit(1)\n"
                f"try: print(m.version({name!r}))\n"
                f"except m.PackageNotFoundError: print('of unknown version')")
        return _output(self.python, "-c", code) or None

    def architecture(self):
        """The GPU's compute capability as nvcc names it, such as "90"; None where that is unknown."""
        smi = self.tool("nvidia-smi")
        answer = _output(smi, "--query-gpu=compute_cap", "--format=csv,noheader") if smi else ""
        found = re.match(r"(\d+)\.(\d)$", answer.partition("\n")[0].strip())
        return found[1] + found[2] if found else None

    def toolkit(self):
        nvcc = self.tool("nvcc")
        found = re.search(r"release [\d.]+, V([\d.]+)", _output(nvcc, "--version") if nvcc else "")
        return f"CUDA {found[1]}" if found else None

    def facts(self, commit, sources):
        """machine.json."""
        return {"date": time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()), "commit": commit,
                "sources": sources, "gpu": self.gpu, "driver": self.driver, "memory": self.memory,
                "toolkit": self.toolkit(), "cores": self.cores,
                "system": f"{platform.system()} {platform.release()}",
                "python": platform.python_version(), "torch": self.module_version("torch")}


def memory_folder(shm=pathlib.Path("/dev/shm"), disk=None):
    """Where temporary files cost no writes to a disk, if there is such a place and it has room: in
    containers it often has 64 MB. Else the roomier one."""
    disk = disk or pathlib.Path(tempfile.gettempdir())
    if not os.access(shm, os.W_OK | os.X_OK):
        return disk
    there = shutil.disk_usage(shm)
    if there.total == 0 or there.free >= _ROOM:  # 0: without a limit
        return shm
    return shm if there.free >= shutil.disk_usage(disk).free else disk

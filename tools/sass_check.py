#!/usr/bin/env python3
"""What nvcc makes of the step's kernels, held to budgets: no GPU is needed.

The speed of a step hangs on facts that no test on a CPU sees: how many registers a kernel takes,
and so how many warps a multiprocessor holds; that nothing is spilled to memory; and that a lane has
many loads under way before it begins to add. ptxas tells the first two. The third is read from the
machine code, where nvdisasm is found (tools/install_packages.sh test brings it).
"""
import argparse
import concurrent.futures
import dataclasses
import glob
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = ("load_batch", "forward", "output", "output_loss", "backward", "weight_gradient", "optimiser")
ARCHITECTURE = "sm_90"
# Those of cmake/cuda.cmake that change the code, and a Release build's.
FLAGS = ["-std=c++20", "-O3", "-DNDEBUG", "-ftz=true", "--expt-relaxed-constexpr"]
SKIPPED = 77


@dataclasses.dataclass(frozen=True)
class Budget:
    """registers: of a thread; in_flight: loads of 16 bytes between two additions (the median)."""
    registers: int
    in_flight: int = 0
    spilled: int = 0  # bytes of stores and loads, of a thread


# The registers are those of nvcc 13.0, rounded up to what the hardware gives a warp (multiples of
# 8). 64 let 8 blocks of 128 threads on a multiprocessor, 96 let 5. The last argument of forward and
# backward kernels: of any activation, or of those that need no pre-activation; of output_loss: of any
# loss, or of plain cross-entropy.
BUDGETS = {
    "load_batch_kernel<float, ByteSource>": Budget(40),
    "load_batch_kernel<BFloat16, ByteSource>": Budget(40),
    "load_batch_kernel<float, FloatSource>": Budget(48),
    "load_batch_kernel<BFloat16, FloatSource>": Budget(48),
    "load_batch_kernel<float, SparseSource>": Budget(40),
    "load_batch_kernel<BFloat16, SparseSource>": Budget(40),
    "forward_kernel<float, false>": Budget(64, in_flight=8),
    "forward_kernel<BFloat16, false>": Budget(64, in_flight=8),
    "multiply_output_kernel<float>": Budget(128),
    "multiply_output_kernel<BFloat16>": Budget(128),
    "output_loss_kernel<float, 4, false>": Budget(32),
    "output_loss_kernel<BFloat16, 4, false>": Budget(32),
    "backward_output_kernel<float, false>": Budget(64, in_flight=8),
    # One register of 64 is kept in memory over the loop, once a row.
    "backward_output_kernel<BFloat16, false>": Budget(64, in_flight=8, spilled=8),
    "backward_input_kernel<float, false>": Budget(64, in_flight=8),
    "backward_input_kernel<BFloat16, false>": Budget(64, in_flight=8),
    "forward_kernel<float, true>": Budget(64, in_flight=8),
    "forward_kernel<BFloat16, true>": Budget(80, in_flight=8),
    "backward_output_kernel<float, true>": Budget(64, in_flight=8),
    "backward_output_kernel<BFloat16, true>": Budget(64, in_flight=8, spilled=8),
    "backward_input_kernel<float, true>": Budget(64, in_flight=8),
    "backward_input_kernel<BFloat16, true>": Budget(64, in_flight=8),
    "apply_kernel": Budget(40),
    # Fused with sgd's step, and keeping the gradients.
    "weight_gradient_kernel<float, true>": Budget(96, in_flight=8),
    "weight_gradient_kernel<BFloat16, true>": Budget(96, in_flight=8),
    "weight_gradient_kernel<float, false>": Budget(96, in_flight=8),
    "weight_gradient_kernel<BFloat16, false>": Budget(96, in_flight=8),
}


@dataclasses.dataclass
class Kernel:
    """What ptxas tells of one, and nvdisasm: in_flight is None without it."""
    registers: int = 0
    stack: int = 0
    spilled: int = 0
    shared: int = 0
    in_flight: int | None = None


def find_nvcc():
    """The path of nvcc, or None."""
    return shutil.which("nvcc") or shutil.which("/usr/local/cuda/bin/nvcc")


def find_nvdisasm():
    """The path of nvdisasm, from PATH or from the tests' Python packages, or None."""
    brought = glob.glob(str(ROOT / ".deps/python/lib/python3*/site-packages/nvidia/*/bin/nvdisasm"))
    return shutil.which("nvdisasm") or (brought[0] if brought else None)


def plain_name(mangled):
    """A kernel's name and template arguments, without namespaces and parameters."""
    full = subprocess.run(["c++filt", mangled], capture_output=True, text=True, check=True).stdout
    short = re.sub(r"regrow::cuda::|\(anonymous namespace\)::|^void ", "", full.strip())
    return re.sub(r"(\d)u\b", r"\1", short.partition("(")[0])


def read_ptxas(text):
    """The kernels that ptxas -v tells of."""
    kernels = {}
    for mangled, told in re.findall(r"Compiling entry function '(\w+)'(.*?)(?=Compiling entry|\Z)",
                                    text, re.DOTALL):
        def number(pattern, told=told):
            found = re.search(pattern, told)
            return int(found[1]) if found else 0
        kernels[plain_name(mangled)] = Kernel(
            registers=number(r"Used (\d+) registers"),
            stack=number(r"(\d+) bytes stack frame"),
            spilled=number(r"(\d+) bytes spill stores") + number(r"(\d+) bytes spill loads"),
            shared=number(r"(\d+) bytes smem"))
    return kernels


def loads_in_flight(code):
    """By kernel, the median number of 16-byte loads that follow one another without an addition."""
    result = {}
    for mangled, body in re.findall(r"\n\.text\.(\w+):(.*?)(?=\n\.text\.|\Z)", code, re.DOTALL):
        runs = [0]
        for operation in re.findall(r"\*/\s+(?:@!?U?P\w+\s+)?(LDG\.E\.128|FFMA)", body):
            if operation != "FFMA":
                runs[-1] += 1
            elif runs[-1] > 0:
                runs.append(0)
        del runs[-1]  # what no addition follows
        result[plain_name(mangled)] = statistics.median_low(runs) if runs else 0
    return result


def compile_source(tree, name, folder, nvcc, nvdisasm):
    """The kernels of one source of cuda/step."""
    binary = pathlib.Path(folder) / (name + ".cubin")
    done = subprocess.run(
        [nvcc, "-cubin", "-arch=" + ARCHITECTURE, *FLAGS, "-Xptxas=-v", "-o", str(binary),
         *(f"-I{tree / part}" for part in ("include", "host", "cuda")),
         str(tree / "cuda/step" / (name + ".cu"))], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{name}.cu does not compile:\n{done.stderr}")
    kernels = read_ptxas(done.stdout + done.stderr)
    if nvdisasm:
        code = subprocess.run([nvdisasm, "-c", str(binary)], capture_output=True, text=True,
                              check=True).stdout
        for kernel, loads in loads_in_flight(code).items():
            kernels[kernel].in_flight = loads
    return kernels


def compile_step(tree, nvcc, nvdisasm=None, sources=SOURCES):
    """All kernels of cuda/step in the sources at `tree`, by name."""
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(compile_source, tree, name, folder, nvcc, nvdisasm)
                for name in sources]
        return {name: kernel for job in jobs for name, kernel in job.result().items()}


def broken_budgets(kernels, budgets):
    """What is not as it must be, a line each. Kernels without a budget may not spill either."""
    lines = [f"{name}: has a budget, but is not there" for name in budgets if name not in kernels]
    for name, kernel in kernels.items():
        budget = budgets.get(name, Budget(registers=255))
        if kernel.registers > budget.registers:
            lines.append(f"{name}: {kernel.registers} registers, at most {budget.registers}")
        if kernel.spilled > budget.spilled:
            lines.append(f"{name}: {kernel.spilled} bytes spilled, at most {budget.spilled}")
        if kernel.stack > 0 and budget.spilled == 0:
            lines.append(f"{name}: {kernel.stack} bytes of stack, none is allowed")
        if kernel.in_flight is not None and kernel.in_flight < budget.in_flight:
            lines.append(f"{name}: {kernel.in_flight} loads in flight, at least "
                         f"{budget.in_flight}")
    return lines


def main():
    """Returns the exit code: 0 within the budgets, 1 beyond, 77 where nvcc is missing."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tree", type=pathlib.Path, default=ROOT, help="sources to compile (default: these)")
    arguments = parser.parse_args()
    nvcc, nvdisasm = find_nvcc(), find_nvdisasm()
    if nvcc is None or shutil.which("c++filt") is None:
        print("skipped: nvcc and c++filt are needed")
        return SKIPPED
    kernels = compile_step(arguments.tree, nvcc, nvdisasm)
    for name, kernel in sorted(kernels.items()):
        loads = "" if kernel.in_flight is None else f"{kernel.in_flight:4} loads in flight"
        print(f"{name:40} {kernel.registers:4} registers {kernel.shared:6} bytes shared "
              f"{kernel.spilled:3} spilled {loads}")
    if nvdisasm is None:
        print("loads in flight are not checked: there is no nvdisasm "
              "(tools/install_packages.sh test)")
    lines = broken_budgets(kernels, BUDGETS)
    for line in lines:
        print("BROKEN", line)
    return 1 if lines else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as error:
        sys.exit(f"sass_check.py: {error}")

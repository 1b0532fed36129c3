#!/usr/bin/env python3
"""A MODEL of one training step on a GPU, in arithmetic: no time in it was measured.

The network is the paper's on CIFAR-10. Of each launch it takes the bytes that the kernel must move
(as cuda/bench/step_primitives.cpp counts them), the warps that fit a multiprocessor (by the registers
and the shared memory that ptxas reports for these sources), and the loads that wait for one another
in a warp (read off the sources). Each wave of blocks, the last one too, takes the longer of two
times: its bytes at the L2 cache's bandwidth, and its loads in a row × the latency of one. Then comes
the way to the next launch. Such a model can argue which of two variants is better, not how fast they
are.
"""
import argparse
import dataclasses
import math
import pathlib
import subprocess
import sys
import tempfile

import sass_check

# Assumptions about the GPU: an H100 or H200 (SXM).
MULTIPROCESSORS = 132
REGISTERS, SHARED_BYTES, THREADS, BLOCKS = 65536, 228 * 1024, 2048, 32  # of a multiprocessor
L2_BYTES_PER_US = 5.5e6  # random rows of 200 to 400 bytes
LATENCY_US = 0.4         # of a load from L2 that many others compete with
TO_NEXT_LAUNCH_US = 1.0  # between the kernels of a graph; once more from graph to graph

# The network.
FEATURES, PIXELS, HIDDEN, CLASSES, EPSILON, BATCH = 3072, 1024, (4000, 1000, 4000), 10, 20, 100
LD = (BATCH + 7) // 8 * 8


@dataclasses.dataclass
class Layer:
    """A sparse layer with its number of connections, by Erdős and Rényi."""
    inputs: int
    outputs: int

    @property
    def connections(self):
        return EPSILON * (self.inputs + self.outputs)


LAYERS = [Layer(a, b) for a, b in zip((FEATURES, *HIDDEN[:-1]), HIDDEN)]


@dataclasses.dataclass
class Launch:
    """gathered, streamed: bytes; rounds: loads of a warp that wait for one another."""
    name: str
    kernel: str
    blocks: int
    threads: int
    gathered: float
    streamed: float
    rounds: float
    dynamic_shared: int = 0


def warps_per_row(rows, most):
    warps = 1
    while warps < most and rows * warps < 2048:
        warps *= 2
    return warps


def gather_rounds(connections, group):
    """Where the row begins; a chunk's indices, then its rows, a group at a time; the epilogue."""
    chunks = math.ceil(connections / 32)
    return 1 + chunks + math.ceil(connections / group) + 1


def update_rounds(connections, turns, chained):
    """turns: of four rows each that are loaded at once; chained: biases, weights and momentum are
    loaded when they are needed, and not while others are on their way."""
    rounds = 3 if chained else 1
    while connections > 0:
        rounds += (2 if chained else 1) + math.ceil(min(connections, 32) / (4 * turns))
        connections -= 32
    return rounds


def step_launches(value_bytes, update_in_flight):
    """The launches of a step. update_in_flight: loads of 16 bytes of a lane in the update's kernel."""
    gathered = math.ceil(BATCH * value_bytes / 16) * 16  # of a row
    streamed = LD * value_bytes
    group = 8 * (4 // value_bytes)  # rows that the forward kernel loads at once
    vectors = 128 // (16 // value_bytes) // 8  # of a lane in a row that the update loads
    chained = update_in_flight == vectors
    last = HIDDEN[-1]
    slices = math.ceil(last / 32)

    def gather_launch(name, kernel, rows, connections, bytes_of_row, more):
        warps = warps_per_row(rows, 16)
        block = max(4, warps)
        return Launch(name, kernel, math.ceil(rows * warps / block), block * 32,
                      connections * gathered, connections * bytes_of_row + rows * more,
                      gather_rounds(connections / rows / warps, group),
                      block * 512 if warps > 1 else 0)

    launches = [Launch("load_batch", "load_batch", PIXELS // 32 * (LD // 8), 256, 0,
                       FEATURES * (BATCH + streamed), 3)]
    for index, layer in enumerate(LAYERS):
        launches.append(gather_launch(f"forward {index + 1}", "forward", layer.outputs,
                                      layer.connections, 8, streamed + 8))
    launches.append(Launch("multiply_output", "multiply_output", slices, 128, 0,
                           last * (streamed + 4 * CLASSES) + slices * CLASSES * LD * 4, 2))
    launches.append(Launch("softmax", "softmax", LD // 4, 512, 0,
                           CLASSES * (slices * LD * 4 + streamed), 3, 4 * CLASSES * 4))
    output = gather_launch("backward_output", "backward_output", last, CLASSES * last, 4,
                           2 * streamed)
    output.gathered = CLASSES * streamed  # ten rows that all read
    launches.append(output)
    for index in range(len(LAYERS) - 1, 0, -1):
        layer = LAYERS[index]
        launches.append(gather_launch(f"backward {index + 1}", "backward_input", layer.inputs,
                                      layer.connections, 12, 2 * streamed + 4))
    turns = max(1, update_in_flight // vectors)
    warps, rounds = last, last * update_rounds(CLASSES, turns, chained)
    update = Launch("update", "update", 0, 128, 0,
                    last * (streamed + 16 * CLASSES) + CLASSES * streamed, 0)
    for layer in LAYERS:
        parts = warps_per_row(layer.outputs, 64)
        warps += layer.outputs * parts
        rounds += layer.outputs * parts * update_rounds(
            layer.connections / layer.outputs / parts, turns, chained)
        update.gathered += layer.connections * gathered
        update.streamed += layer.connections * 20 + layer.outputs * (streamed + 20)
    update.blocks, update.rounds = math.ceil(warps / 4), rounds / warps
    return launches + [update]


@dataclasses.dataclass
class Cost:
    registers: int
    waves: float
    us: float


def kernel_of(launch, kernels, storage):
    """The launch's kernel, by the name that it has in these sources, or in a revision before."""
    names = {"load_batch": (f"load_batch_kernel<{storage}, ByteSource>",
                            f"load_batch_kernel<{storage}>"),
             "softmax": (f"output_loss_kernel<{storage}, 4, false>", f"softmax_kernel<{storage}, 4>"),
             "update": (f"weight_gradient_kernel<{storage}, true>", f"update_kernel<{storage}>")}
    usual = (f"{launch.kernel}_kernel<{storage}, false>", f"{launch.kernel}_kernel<{storage}>")
    return next(kernels[name] for name in names.get(launch.kernel, usual) if name in kernels)


def cost_of(launch, kernels, storage):
    kernel = kernel_of(launch, kernels, storage)
    shared = kernel.shared + launch.dynamic_shared + 1024  # the system's own part of each block
    resident = min(REGISTERS // (math.ceil(kernel.registers / 8) * 8 * launch.threads),
                   SHARED_BYTES // shared, THREADS // launch.threads, BLOCKS)
    waves = launch.blocks / (MULTIPROCESSORS * resident)
    bytes_of_wave = (launch.gathered + launch.streamed) / waves
    whole, part = divmod(waves, 1)
    us = sum(count * max(share * bytes_of_wave / L2_BYTES_PER_US, launch.rounds * LATENCY_US)
             for count, share in ((whole, 1), (math.ceil(part), part)))
    return Cost(kernel.registers, waves, us + TO_NEXT_LAUNCH_US)


def print_table(storage, value_bytes, before, after):
    """before, after: the kernels of both sources, by name."""
    rows = []
    for old, new in zip(step_launches(value_bytes, 128 // (16 // value_bytes) // 8),
                        step_launches(value_bytes, 8)):
        rows.append((new, old.rounds, cost_of(old, before, storage),
                     cost_of(new, after, storage)))
    print(f"| {'fp32' if value_bytes == 4 else 'bf16'} | blocks × threads | MB gathered | "
          "MB streamed | registers | waves | loads in a row | model µs |")
    print("|---|---|---|---|---|---|---|---|")
    for new, rounds, a, b in rows:
        print(f"| {new.name} | {new.blocks} × {new.threads} | {new.gathered / 1e6:.1f} | "
              f"{new.streamed / 1e6:.1f} | {a.registers} → {b.registers} | "
              f"{a.waves:.2f} → {b.waves:.2f} | {rounds:.1f} → {new.rounds:.1f} | "
              f"{a.us:.1f} → {b.us:.1f} |")
    total = [sum(row[i].us for row in rows) + TO_NEXT_LAUNCH_US for i in (2, 3)]
    print(f"| **{len(rows)} launches** | | {sum(r[0].gathered for r in rows) / 1e6:.1f} | "
          f"{sum(r[0].streamed for r in rows) / 1e6:.1f} | | | | "
          f"**{total[0]:.0f} → {total[1]:.0f}** |\n")


def main():
    """Prints a table for each kind of storage, of the sources of a revision and of these."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", metavar="REVISION", help="revision to compare with, 11119bf or an older one: its "
                        "update kernel loads one row after the other")
    arguments = parser.parse_args()
    nvcc = sass_check.find_nvcc()
    if nvcc is None:
        sys.exit("step_model.py: nvcc is needed: it tells how many registers a kernel takes")
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(["git", "-C", sass_check.ROOT, "archive", arguments.before, "cuda",
                                  "host", "include"], capture_output=True, check=False)
        if archive.returncode != 0:
            sys.exit(f"step_model.py: git has no revision '{arguments.before}' here; name another, "
                     "or clone with the whole history")
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
        steps = pathlib.Path(folder, "cuda/step")
        before = sass_check.compile_step(
            pathlib.Path(folder), nvcc,
            sources=sorted(source.stem for source in steps.glob("*.cu")))
    after = sass_check.compile_step(sass_check.ROOT, nvcc)
    print_table("float", 4, before, after)
    print_table("BFloat16", 2, before, after)


if __name__ == "__main__":
    main()

"""Made-up check folders, as tools/gpu_check.py leaves them, with numbers chosen for the tests."""
import json

MACHINE = {"date": "2026-01-02 03:04:05 UTC", "commit": "abc1234", "sources": "digest",
           "gpu": "Made-up GPU", "driver": "1.2", "memory": "3 MiB", "toolkit": "CUDA 4.5",
           "cores": 6, "system": "Linux 7", "python": "3.11.0", "torch": None}
# regrow's seconds of a step by round; the others' ratios to them are whole numbers.
CUDA, BF16 = [100e-6, 102e-6, 98e-6], [70e-6, 72e-6, 74e-6]
CONFIG = """preset = "paper"
[data]
dataset = "cifar10"
data_seed = 0
[training]
epochs = 3
seed = {seed}
[evolution]
method = "set"
measure = "auto"
pause = "none"
grow = "random"
zeta = 0.3
[run]
device = "cuda"
"""
KERNELS = """==PROF== Connected to process 1
"ID","Process ID","Kernel Name","Section Name","Metric Name","Metric Unit","Metric Value"
"0","1","void regrow::cuda::forward_kernel<float>(regrow::Rows, int)","Speed","Duration","us","12.5"
"0","1","void regrow::cuda::forward_kernel<float>(regrow::Rows, int)","M","L2 Hit Rate","%","98.6"
"1","1","void regrow::cuda::update_kernel<float>(int)","Speed","Duration","ns","29,000"
==WARNING== something
"2","1","void regrow::cuda::forward_kernel<float>(regrow::Rows, int)","Speed","Duration","us","8.5"
"""


def rounds(values):
    return {"median": 0, "least": 0, "most": 0, "rounds": values}  # only the rounds are believed


def timed(key, name, step, epoch=True):
    record = {key: name, "step_seconds": rounds(step)}
    if epoch:
        record["epoch_seconds"] = rounds([500 * s for s in step])
    return record


def size(name, devices):
    return {"size": name, "layers": "3072-9-10", "connections": 123456, "batch": 100,
            "steps_per_epoch": 500, "devices": devices}


def bench(sizes, count=3, primitives=()):
    return {"rounds": count, "sizes": sizes, "primitives": list(primitives)}


PAPER = bench([size("paper", [
    timed("device", "cuda", CUDA), timed("device", "cuda:bf16", BF16),
    timed("device", "cuda-cusparse", [3 * s for s in CUDA]),
    {"device": "cuda-dense", "not_measured": "/opt/lib/libcublas.so.13 is missing"}])],
    primitives=[{"device": "cuda", "primitives": [
        {"name": "gather 400 B", "storage": "fp32", "seconds": rounds([1e-6]), "bytes": 5000000},
        {"name": "forward 1", "storage": "fp32", "seconds": rounds([2e-6, 4e-6]), "bytes": 6000000,
         "ceiling": "gather 400 B", "share_of_ceiling": 0.4}]}])
WIDE = bench([size("wide64k", [timed("device", "cuda", [1e-3], False),
                               timed("device", "cuda-dense", [19e-3], False)])], count=1)
PYTORCH = {"torch": "2.9", "device": "Made-up GPU", "size": "paper", "batch": 100, "steps": 500,
           "rounds": 3, "finished": False, "ratios_to": "regrow cuda", "variants": [
               timed("name", "regrow cuda", CUDA), timed("name", "regrow cuda:bf16", BF16),
               timed("name", "pytorch graph fp32", [2 * s for s in CUDA]),
               {"name": "pytorch fused fp32", "not_measured": "the compiler gave up"},
               timed("name", "pytorch eager fp32", [5 * s for s in CUDA[:2]]),
               timed("name", "pytorch eager bf16", [3 * s for s in BF16])]}


def write_check(parent, name, stages=(), **machine):
    """`stages` are (name, status, text)."""
    folder = parent / name
    (folder / "stages").mkdir(parents=True)
    (folder / "machine.json").write_text(json.dumps(MACHINE | machine))
    for stage, status, text in stages:
        (folder / stage).mkdir()
        (folder / "stages" / f"{stage}.json").write_text(json.dumps(
            {"stage": stage, "status": status, "text": text, "seconds": 12.4, "began": "then"}))
    return folder


def write_whole_check(parent):
    folder = write_check(parent, "measure", [
        ("train", "passed", "agrees"), ("bench-paper", "passed", "see bench.txt"),
        ("table2", "unfinished", "1 of 2"), ("profile", "passed", "kernels.csv"),
        ("bench-wide", "passed", "ok"), ("baseline", "unfinished", "time"),
        ("sanitize", "skipped", "no /usr/local/cuda/bin/compute-sanitizer")])
    (folder / "bench-paper" / "bench.json").write_text(json.dumps(PAPER))
    (folder / "bench-wide" / "bench.json").write_text(json.dumps(WIDE))
    (folder / "baseline" / "pytorch.json").write_text(json.dumps(PYTORCH))
    (folder / "profile" / "kernels.csv").write_text(KERNELS)
    (folder / "table2" / "table.md").write_text("| method | accuracy |\n|---|---|\n| set | 1 |\n")
    (folder / "table2" / "trial.json").write_text(json.dumps(
        {"epochs": 12, "process": {"seconds": 9.5, "epoch_seconds": 0.125},
         "thread": {"seconds": None, "epoch_seconds": None, "problem": "/a/b/regrow: no"},
         "chosen": "process"}))
    write_run_of(folder, "SET,seed=0", 0, 3)
    write_run_of(folder, "SET,seed=1", 1, 2)
    return folder


def write_run_of(check, name, seed, epochs):
    folder = check / "table2" / name
    folder.mkdir()
    (folder / "config.toml").write_text(CONFIG.format(seed=seed))
    lines = [json.dumps({
        "epoch": e, "loss": 2.123456789 - e, "accuracy": 0.25, "val_loss": 1.5,
        "val_accuracy": 0.5, "test_loss": 1.5, "test_accuracy": 0.5,
        "theta": None if e == 0 else 0.75, "paused": e == 1, "connections": 340000 + e,
        "layers": []}) for e in range(epochs)]
    (folder / "metrics.jsonl").write_text("".join(line + "\n" for line in lines) + '{"epoch": 9')

"""The runs that run_hashes.py trains: names, flags, and the images that some of them learn."""
import pathlib
import zlib

DEVICES = ("cpu", "reference", "cuda-emulated")
STEERED = ("set", "accset", "lset", "dynset")
RULES = ("random", "one_neighbour", "most_neighbours", "pixel_neighbour")
DROPS = ("per_sign", "magnitude")

# Six epochs evolve five times. The last batch of an epoch is a short one. Of checkpoints, those of
# the last and of the best epoch are enough.
_ALWAYS = ("--simd portable --threads 2 --tensorboard false --checkpoint-every 1000 "
           "--epochs 6 --batch 30 ")
_CLUSTERS = ("--dataset synthetic --synthetic-features 21 --synthetic-classes 3 "
             "--synthetic-train 150 --synthetic-test 40 --validation holdout:50 "
             "--hidden 26,17 --epsilon 4 --lr 0.3 ")
_IMAGES = ("--dataset mnist --data {images} --validation holdout:50 --hidden 26,17 --epsilon 4 "
           "--lr 0.1 ")
# 70·90, 50·70 and 130·50 cells: several blocks of a GPU's kernels, several vectors of a CPU's.
_LARGER = ("--dataset synthetic --synthetic-features 90 --synthetic-classes 7 "
           "--synthetic-train 130 --synthetic-test 40 --validation holdout:40 "
           "--hidden 70,50,130 --epsilon 8 --lr 0.1 ")
# The pixels of a row are equal: what grows in one epoch from them to one neuron stays equal.
_STRIPES = _IMAGES.replace("{images}", "{stripes}") + "--method set --grow-tie by_index "
# At such rates weights that grow stay at zero: many are equal. Twice as many grow as drop, so that
# not all of the equal ones drop. Reals of 32 and of 64 bits.
_TIES = "--delta removed --theta-scale 2 --theta-max 2 --momentum 0 --lr "
# Fewer connections than have neighbours enough to grow by: the rest grows anywhere.
_FEW = "--delta removed --theta-scale 4 --theta-max 4 "
# So restless that some epochs are worse than the one before.
_PAUSING = " --lr 0.6 --pause-gap 1 --pause-min-history 2"


def _images_for(rule: str) -> str:
    return _IMAGES if rule == "pixel_neighbour" else _CLUSTERS


def _side_switches() -> dict[str, str]:
    runs = {
        "static": _CLUSTERS + "--method static",
        "static-magnitude-one_neighbour":
            _CLUSTERS + "--method static --drop magnitude --grow one_neighbour",
        "dense": _CLUSTERS + "--method dense --lr 0.05",
        "dense-images-augmented":
            _IMAGES + "--method dense --augment true --flip-probability 0.5 --weight-decay 0.01",
        "grow_value-fresh": _CLUSTERS + "--method set --grow-value fresh",
        "grow_value-fresh-glorot-most_neighbours":
            _CLUSTERS + "--method lset --grow most_neighbours --grow-value fresh "
            "--weight-init glorot_dense",
        "grow_value-fresh-he-pixel_neighbour":
            _IMAGES + "--method set --grow pixel_neighbour --grow-value fresh "
            "--weight-init he_sparse",
        "momentum_reset-never": _CLUSTERS + "--method set --momentum-reset never",
        "momentum_reset-never-zeta-high":
            _CLUSTERS + "--method set --momentum-reset never --zeta 0.9 --grow one_neighbour",
        "momentum_reset-epoch": _CLUSTERS + "--method set --momentum-reset epoch",
        "measure-acc": _CLUSTERS + "--method accset --measure acc",
        "measure-val_loss": _CLUSTERS + "--method lset --measure val_loss --k 0.4",
        "measure-val_acc-dynset": _CLUSTERS + "--method dynset --measure val_acc --lr 0.6",
        "pause-gap-1":
            _CLUSTERS + "--method dynset --measure val_loss" + _PAUSING,
        "pause-gap-2-accset":
            _CLUSTERS + "--method accset --pause val_acc --pause-gap 2 --pause-min-history 3 "
            "--lr 0.8",
        "initial_loss-ln_classes": _CLUSTERS + "--method lset --initial-loss ln_classes --k -0.5",
        "initial_loss-number": _CLUSTERS + "--method dynset --initial-loss 2.5",
        "zeta-0": _CLUSTERS + "--method set --zeta 0",
        "zeta-1": _CLUSTERS + "--method set --zeta 1",
        "zeta-1-magnitude-most_neighbours":
            _CLUSTERS + "--method lset --zeta 1 --drop magnitude --grow most_neighbours",
        "weight_decay": _CLUSTERS + "--method set --weight-decay 0.02",
        "bernoulli-schedule-no_dropout":
            _CLUSTERS + "--method set --sparse-init bernoulli --schedule cosine --warmup-epochs 1 "
            "--dropout 0 --momentum 0.5",
        "no_topology-test_split": _CLUSTERS.replace("holdout:50", "test")
            + "--method dynset --topology false",
        "teacher": _CLUSTERS + "--synthetic-kind teacher --method dynset --pause-gap 1 --lr 0.6",
        "longer": _CLUSTERS + "--method dynset --epochs 16 --lr 0.4",
        "removed-theta_scale-1.7":
            _CLUSTERS + "--method set --delta removed --theta-scale 1.7 --theta-max 3",
        "removed-until-full":
            _CLUSTERS + "--method set --delta removed --theta-scale 40 --theta-max 40 "
            "--grow one_neighbour",
        "initial-theta_scale-3": _CLUSTERS + "--method lset --theta-scale 3 --theta-max 2.5",
        "neighbours-synthetic-pixel": _CLUSTERS + "--method set --grow pixel_neighbour",
        "images-augmented-pixel_neighbour":
            _IMAGES + "--method dynset --grow pixel_neighbour --augment true",
        "larger-random": _LARGER + "--method dynset",
        "larger-most_neighbours-magnitude":
            _LARGER + "--method accset --grow most_neighbours --drop magnitude",
        "larger-one_neighbour-by_index":
            _LARGER + "--method set --grow one_neighbour --grow-tie by_index",
    }
    for rule in RULES:
        few = _images_for(rule) + f"--method set --grow {rule} --epsilon 0.3 "
        runs[f"grow_tie-by_index-{rule}"] = (
            _images_for(rule) + f"--method lset --grow {rule} --grow-tie by_index")
        # Where most cells are connections, cells that are none have up to eight neighbours.
        runs[f"crowded-{rule}"] = (
            _images_for(rule) + f"--method set --grow {rule} --epsilon 9 --zeta 0.05")
        runs[f"few-{rule}"] = few + _FEW
        runs[f"few-by_index-{rule}"] = few + _FEW + "--grow-tie by_index --drop magnitude"
    for rule in RULES[1:]:
        for around in ("cross4", "diagonal4"):
            runs[f"{around}-{rule}"] = (
                _images_for(rule) + f"--method set --grow {rule} --neighbourhood {around}")
    for drop in DROPS:
        runs[f"ties-{drop}"] = _STRIPES + f"--drop {drop}"
        runs[f"ties-most-{drop}"] = _STRIPES + f"--drop {drop} --zeta 0.6 --momentum 0"
        for bits, rate in ((32, "1e-43"), (64, "1e-321")):
            runs[f"zeros-{bits}-{drop}"] = _CLUSTERS + f"--method set --drop {drop} {_TIES}{rate}"
    return runs


_BF16 = {"bf16": _CLUSTERS + "--method dynset --activation-dtype bf16"}
# Of 33 to 48 samples 32 are in pairs and the others floats; of 30, all are in pairs.
_OF_A_CPU = _BF16 | {
    "bf16-batch-40": _LARGER + "--method accset --activation-dtype bf16 --batch 40 --dropout 0",
    "bf16-images-augmented-srelu-adam":
        _IMAGES + "--method set --activation-dtype bf16 --augment true --activation srelu "
        "--optimiser adam --lr 0.01 --label-smoothing 0.1",
    "bf16-larger-gelu-gse":
        _LARGER + "--method gse --activation-dtype bf16 --evolve-every 4 --activation gelu "
        "--optimiser nesterov --lr 0.02 --clip-norm 1",
}
_OF_A_GPU = _BF16 | {
    "no_graph": _CLUSTERS + "--method set --cuda-graph false",
}
_OF_A_DEVICE = {"cpu": _OF_A_CPU, "cuda-emulated": _OF_A_GPU}


def all_runs() -> dict[str, str]:
    """The flags of each run, by DEVICE/NAME; `{images}` and `{stripes}` are folders of
    images."""
    named = {f"{method}-{rule}-{drop}":
             _images_for(rule) + f"--method {method} --grow {rule} --drop {drop}"
             + (_PAUSING if method == "dynset" else "")
             for method in STEERED for rule in RULES for drop in DROPS}
    named |= _side_switches()
    runs = {}
    for device in DEVICES:
        for name, flags in (named | _OF_A_DEVICE.get(device, {})).items():
            # A flag given twice has the later value. The seed is another one in every run, but the
            # same on every device.
            seed = zlib.crc32(name.encode()) % 10_000
            runs[f"{device}/{name}"] = f"{_ALWAYS}{flags} --seed {seed} --device {device}"
    return runs


def write_images(folder: pathlib.Path, is_striped: bool, height: int = 7, width: int = 9) -> None:
    """Files as MNIST's: a bar for each class under noise, the last column always black. Striped ones
    have bars and noise that are the same in a whole row."""
    folder.mkdir()

    def write(name: str, dimensions: list[int], values: bytes) -> None:
        header = (0x800 + len(dimensions)).to_bytes(4, "big")
        header += b"".join(one.to_bytes(4, "big") for one in dimensions)
        (folder / name).write_bytes(header + values)

    state = 12345
    for part, count in (("train", 150), ("t10k", 40)):
        pixels = bytearray()
        labels = bytes(image * 7 % 10 for image in range(count))
        for label in labels:
            for row in range(height):
                for column in range(width):
                    if column == 0 or not is_striped:
                        state = (state * 1103515245 + 12345) % 2**31
                    lit = row == label if label < height else column == 2 * (label - height) + 1
                    if is_striped:
                        lit = row in (label % height, label * 3 % height)
                    pixels.append(0 if column == width - 1 else (state >> 16) % 90 + 150 * lit)
        write(f"{part}-images-idx3-ubyte", [count, height, width], bytes(pixels))
        write(f"{part}-labels-idx1-ubyte", [count], labels)

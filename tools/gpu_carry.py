#!/usr/bin/env python3
"""Fills a folder with all that tools/gpu_check.py needs on a machine that can fetch nothing.

The program, its plugins and the GPU tests, built here for one architecture; the headers and
libraries that they are built with, should the binaries not run there; CIFAR-10's images; the commit
and a digest of the sources. Needs Debian's or Ubuntu's dpkg, and for the build nvcc 12 or newer.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

from gpu_check.build import programs_in
from gpu_check.images import PACKED, UNPACKER
from gpu_check.sources import ROOT, commit, hash_of_sources, tracked_files

_PACKAGES = ("libcli11-dev", "libtomlplusplus-dev", "libtomlplusplus3", "nlohmann-json3-dev",
             "libfmt-dev", "libfmt9", "libhwy-dev", "libhwy1", "libpng-dev", "libpng16-16",
             "libprotozero-dev", "libturbojpeg0-dev", "libturbojpeg0", "libutf8proc-dev",
             "libutf8proc2", "libxxhash-dev", "libzip-dev", "libzip4", "zlib1g-dev", "libgtest-dev",
             "librapidcheck-dev")
# Of the shared libraries those that not every machine has; CUDA's are where the GPU is.
_LIBRARIES = re.compile(r"=> (/\S*lib(?:fmt|hwy|png16|tomlplusplus|turbojpeg|utf8proc|z|zip|"
                        r"gtest|gtest_main)\.so\S*) ")
_CIFAR10 = tuple(f"data_batch_{i}.bin" for i in range(1, 6)) + ("test_batch.bin",)
_CIFAR10_FOLDER = "cifar-10-batches-bin"
_MIB = 1 << 20


class CarryError(Exception):
    """One line: what is wrong, where, and the remedy."""


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"gpu_carry.py: {message}; see --help\n")


def parse(arguments):
    parser = _Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cifar10", type=pathlib.Path, metavar="DIR",
                        help="CIFAR-10's binary files, which take about 165 MiB (see --limit-mib); "
                             f"or an archive with an {UNPACKER} that is called with the folder to "
                             "fill; without: no Table 2 there")
    parser.add_argument("--no-build", action="store_true", help="carry the packages alone")
    parser.add_argument("--carry", type=pathlib.Path, metavar="DIR", default=ROOT / "gpu_carry",
                        help="the folder to fill (default: gpu_carry)")
    parser.add_argument("--build", type=pathlib.Path, metavar="DIR", default=ROOT / "build-gpu",
                        help="the build's folder (default: build-gpu)")
    parser.add_argument("--architecture", default="90", help="of the GPU (default: 90)")
    parser.add_argument("--limit-mib", type=float, metavar="MIB", default=60,
                        help="of the folder and the sources together (default: 60)")
    options = parser.parse_args(arguments)
    if not options.limit_mib > 0:
        parser.error(f"--limit-mib {options.limit_mib:g} is no size")
    return options


def call(*command):
    """Runs a tool; its own words are shown where it fails."""
    try:
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    except OSError as error:
        raise CarryError(f"{command[0]}: {error.strerror}; run tools/install_packages.sh build "
                         "test") from None
    if done.returncode != 0:
        words = (done.stdout + done.stderr).strip()
        print(words[-4000:], file=sys.stderr)
        raise CarryError(f"{command[0]} failed (see above)")
    return done.stdout


def size_of(paths):
    return sum(path.stat().st_size for path in paths)


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def pack_packages(target):
    """Of the packages' files those that a compiler or linker reads."""
    if shutil.which("dpkg") is None:
        raise CarryError("dpkg: not here; the libraries are found by Debian's or Ubuntu's packages")
    names = set()
    for package in _PACKAGES:
        try:
            listed = call("dpkg", "-L", package)
        except CarryError:
            raise CarryError(f"the package {package} is not installed; run "
                             "tools/install_packages.sh build test") from None
        names |= {name for name in listed.splitlines()
                  if name.startswith("/usr/") and os.path.isfile(name)
                  and not name.startswith(("/usr/share/doc/", "/usr/share/man/"))}
    with tarfile.open(target, "w:gz", dereference=True) as tar:
        for name in sorted(names):
            tar.add(name, arcname=name[1:])


def carry_images(folder, target, limit):
    """Copies an archive that brings its own unpack.py; packs the data set's own files."""
    if not folder.is_dir():
        raise CarryError(f"--cifar10 {folder}: no such folder")
    target.mkdir()
    if (folder / UNPACKER).is_file():
        files = [path for path in folder.iterdir() if path.is_file()]
        if size_of(files) > limit:
            raise CarryError(f"--cifar10 {folder}: {size_of(files) / _MIB:.1f} MiB, more than "
                             f"--limit-mib {limit / _MIB:g}")
        for path in files:
            shutil.copyfile(path, target / path.name)
        return
    for place in (folder / _CIFAR10_FOLDER, folder):
        if all((place / name).is_file() for name in _CIFAR10):
            break
    else:
        raise CarryError(f"--cifar10 {folder}: holds neither {_CIFAR10[0]} and its like nor an "
                         f"{UNPACKER}; tools/get_cifar10.sh fetches the data set")
    with tarfile.open(target / PACKED, "w:gz") as tar:
        for name in (*_CIFAR10, "batches.meta.txt"):
            if (place / name).is_file():
                tar.add(place / name, arcname=f"{_CIFAR10_FOLDER}/{name}")
            if (target / PACKED).stat().st_size > limit:
                raise CarryError(f"--cifar10 {folder}: packed, the images exceed --limit-mib "
                                 f"{limit / _MIB:g} alone; give --limit-mib 250, or a folder with "
                                 f"a smaller archive and its {UNPACKER}")


def build(options, target):
    """Builds and packs; returns the digest of the sources it was made of."""
    if shutil.which("nvcc") is None and not pathlib.Path("/usr/local/cuda/bin/nvcc").exists():
        raise CarryError("no nvcc here; --no-build carries the packages alone")
    sources = hash_of_sources()
    tree = options.build
    call("cmake", "-G", "Ninja", "-S", ROOT, "-B", tree, "-DCMAKE_BUILD_TYPE=Release",
         "-DREGROW_CUDA=ON", "-DREGROW_TESTS=ON", "-DREGROW_EMULATION=OFF",
         f"-DCMAKE_CUDA_ARCHITECTURES={options.architecture}")
    listed = call("ninja", "-C", tree, "-t", "targets", "all")
    tests = re.findall(r"^(?!cmake_)(\w+_gpu): ", listed, re.MULTILINE)
    call("ninja", "-C", tree, "regrow", "regrow_cuda", "regrow_cuda_library", *tests)
    with tempfile.TemporaryDirectory() as name:
        stage = pathlib.Path(name)
        (stage / "lib").mkdir()
        programs = [pathlib.Path(shutil.copy2(path, stage)) for path in programs_in(tree)]
        call("strip", *programs)
        libraries = {path for program in programs
                     for path in _LIBRARIES.findall(call("ldd", program))}
        for path in sorted(libraries):
            shutil.copy(path, stage / "lib")
        with tarfile.open(target, "w:gz") as tar:
            tar.add(stage, arcname=".")
    if hash_of_sources() != sources:
        raise CarryError("sources changed while they were being built; run it again")
    return sources


def fill(options, part):
    # It is replaced in the end, so it has to be a folder that this script has filled, or a new one.
    if (options.carry.exists() and not (options.carry / "commit.txt").is_file()
            and (not options.carry.is_dir() or any(options.carry.iterdir()))):
        raise CarryError(f"--carry {options.carry}: holds something else; give a new folder")
    limit = int(options.limit_mib * _MIB)
    # Before the build: what cannot fit is said before minutes are spent.
    if options.cifar10 is not None:
        carry_images(options.cifar10, part / "cifar10", limit)
    pack_packages(part / "packages.tar.gz")
    (part / "commit.txt").write_text(commit(part) + "\n")
    if not options.no_build:
        sources = build(options, part / "binaries.tar.gz")
        (part / "sources.txt").write_text(sources + "\n")
        (part / "architecture.txt").write_text(options.architecture + "\n")
    carried = size_of(files_in(part))
    tracked = size_of(ROOT / name for name in tracked_files() or ())
    if carried + tracked > limit:
        parts = ", ".join(f"{path.relative_to(part)} {path.stat().st_size / _MIB:.1f}"
                          for path in sorted(files_in(part), key=lambda path: -path.stat().st_size))
        raise CarryError(f"{(carried + tracked) / _MIB:.1f} MiB with the sources' "
                         f"{tracked / _MIB:.1f}, more than --limit-mib {options.limit_mib:g}: "
                         f"{parts}; leave out --cifar10 or give --no-build")
    return carried, carried + tracked


def main(arguments=None):
    options = parse(arguments)
    options.carry = options.carry.absolute()
    part = options.carry.with_name(options.carry.name + ".part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        carried, everything = fill(options, part)
        # What was carried before goes only when all is there.
        shutil.rmtree(options.carry, ignore_errors=True)
        os.replace(part, options.carry)
    except CarryError as error:
        print(f"gpu_carry.py: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"gpu_carry.py: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(part, ignore_errors=True)
    print(f"{options.carry}: {carried / _MIB:.1f} MiB; with the sources {everything / _MIB:.1f} of "
          f"{options.limit_mib:g} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())

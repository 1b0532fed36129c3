"""CIFAR-10, which gpu_carry.py has taken along, as the program reads it."""
import os
import shutil

from .jobs import Job
from .machine import last_words
from .records import unpack

PACKED = "cifar10.tar.gz"  # the data set's own files
UNPACKER = "unpack.py"  # beside an archive of its own; called with the folder to fill


class Images:
    """Unpacked beside other work, for that may take a while."""

    def __init__(self, check):
        self._check = check
        self._running = None
        self._carried = check.carry / "cifar10"

    def _folder(self):
        return self._check.memory / "images"

    def _part(self):
        return self._check.memory / "images.part"

    def start(self):
        if self._folder().is_dir() or not (self._carried / UNPACKER).is_file():
            return
        if self._check.machine.module_version("PIL") is None:
            return
        shutil.rmtree(self._part(), ignore_errors=True)
        log = self._check.out.path / "table2" / "images.log"
        command = [self._check.machine.python, self._carried / UNPACKER, self._part()]
        self._running = self._check.jobs.start(Job("images", command, log, seconds=300))

    def wait(self):
        """(folder, None) or (None, why there are none)."""
        if self._folder().is_dir():
            return self._folder(), None
        if (self._carried / PACKED).is_file():
            shutil.rmtree(self._part(), ignore_errors=True)
            unpack(self._carried / PACKED, self._part())
        elif not (self._carried / UNPACKER).is_file():
            return None, (f"no images in {self._carried}; carry them with tools/gpu_carry.py "
                          "--cifar10 DIR")
        elif self._running is None:
            return None, (f"{UNPACKER} needs Pillow, which {self._check.machine.python} has not; "
                          "give --python one that has it")
        else:
            ended = self._check.jobs.wait_for(self._running, self._check.deadline)
            if ended.code != 0:
                words = last_words(self._check.out.path / "table2" / "images.log")
                return None, f"{UNPACKER}: {words if ended.in_time else 'not finished in its time'}"
        os.replace(self._part(), self._folder())
        return self._folder(), None

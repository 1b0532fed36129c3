"""Compares recorded numbers with recomputed ones, and counts them."""
import pathlib

from check_run.run_files import WrongRun


class Numbers:
    def __init__(self, folder: pathlib.Path) -> None:
        self.folder, self.compared = folder, 0

    def same(self, what: str, found: object, expected: object) -> None:
        self._require(found == expected, what, found, f"recomputed {expected}")

    def near(self, what: str, found: float, expected: float, tolerance: float) -> None:
        self._require(abs(found - expected) <= tolerance, what, found, f"recomputed {expected}")

    def at_most(self, what: str, found: int, most: int) -> None:
        """Of a count that nothing else is recorded of."""
        self._require(0 <= found <= most, what, found, f"which must be from 0 to {most}")

    def _require(self, holds: bool, what: str, found: object, wanted: str) -> None:
        self.compared += 1
        if not holds:
            raise WrongRun(f"{self.folder}: {what} is {found}, {wanted}")

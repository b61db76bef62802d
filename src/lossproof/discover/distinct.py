"""How many different values there are, without the values: a scan holds millions of identifiers until it has counted them."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

_FEW = 1_000


class Distinct:
    """A growing set of 64-bit hashes, 8 to 16 bytes each; a `set` of them takes some 90. Two values with one hash count as one."""

    __slots__ = ("_hashes", "_settled")

    def __init__(self) -> None:
        self._hashes = array("q")
        self._settled = 0

    def add(self, key: int) -> None:
        """Add the hash of a value."""
        self._hashes.append(key)
        if len(self._hashes) > 2 * self._settled + _FEW:
            self._settle()

    def update(self, other: Distinct) -> None:
        """Add every hash of another."""
        self._hashes.extend(other._hashes)  # of its own class
        if len(self._hashes) > 2 * self._settled + _FEW:
            self._settle()

    def __len__(self) -> int:
        """How many different hashes."""
        self._settle()
        return self._settled

    def __iter__(self) -> Iterator[int]:
        """Each hash once, in order."""
        self._settle()
        return iter(self._hashes)

    def _settle(self) -> None:
        if self._settled < len(self._hashes):
            self._hashes = array("q", sorted(set(self._hashes)))
            self._settled = len(self._hashes)

"""A set of byte ranges: which parts of a volume somebody has laid claim to.

Kept merged and sorted at all times, 16 bytes a range, so that the clusters of a million files that lie one after
another cost nothing, and so that "does this deleted file overlap a live one?" is a binary search.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator


class Ranges:
    """Disjoint byte ranges in ascending order; touching ranges are one."""

    __slots__ = ("_ends", "_starts")

    def __init__(self) -> None:
        self._starts = array("Q")
        self._ends = array("Q")

    def __len__(self) -> int:
        return len(self._starts)

    def add(self, offset: int, size: int) -> None:
        """Add `size` bytes at `offset`, both not negative; overlap with what is there is merged."""
        if size <= 0:
            return
        start, end = offset, offset + size
        first = bisect_left(self._ends, start)
        last = bisect_right(self._starts, end)
        if first < last:
            start = min(start, self._starts[first])
            end = max(end, self._ends[last - 1])
        self._starts[first:last] = array("Q", (start,))
        self._ends[first:last] = array("Q", (end,))

    def covered_bytes(self, offset: int, size: int) -> int:
        """How many of the `size` bytes at `offset` are in the set."""
        end = offset + size
        covered = 0
        for index in range(bisect_right(self._ends, offset), bisect_left(self._starts, end)):
            covered += min(end, self._ends[index]) - max(offset, self._starts[index])
        return covered

    def ranges(self) -> list[tuple[int, int]]:
        """(offset, size) of every range, in order."""
        return [(start, end - start) for start, end in zip(self._starts, self._ends, strict=True)]

    def gaps(self, total_bytes: int) -> list[tuple[int, int]]:
        """(offset, size) of what is not in the set, from 0 to `total_bytes`, in order."""
        gaps: list[tuple[int, int]] = []
        position = 0
        for start, end in zip(self._starts, self._ends, strict=True):
            if start >= total_bytes:
                break
            if start > position:
                gaps.append((position, start - position))
            position = end
        if position < total_bytes:
            gaps.append((position, total_bytes - position))
        return gaps


def within(ranges: Iterable[tuple[int, int]], offset: int, size: int) -> Iterator[tuple[int, int]]:
    """What of each range (offset, size) lies in the `size` bytes at `offset`; nothing of one that does not."""
    for start, length in ranges:
        low, high = max(start, offset), min(start + length, offset + size)
        if low < high:
            yield low, high - low


def pieces(ranges: Iterable[tuple[int, int]], most_bytes: int) -> Iterator[tuple[int, int]]:
    """The ranges in ascending order, those of more than `most_bytes` in several."""
    for start, size in sorted(ranges):
        for at in range(start, start + size, most_bytes):
            yield at, min(most_bytes, start + size - at)

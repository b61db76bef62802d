"""A source that reads each sector once, keeps it, and stops at a budget: what lets forty schemes look at one volume
cheaply.

The budget bounds what is read and, as every sector read is kept, what is held in memory.
"""

from __future__ import annotations

from collections.abc import Iterator

from lossproof.block.source import Source
from lossproof.errors import FormatError

SECTOR_BYTES = 512
MAX_HOLES = 1 << 13
MAX_READ_BYTES = 1 << 24


class CachedSource:
    """`inner`, read at most once a sector and at most `budget_bytes` in all (None: no limit).

    `exhausted` is set once a read was refused for the budget, `unreadable` once the medium failed to give bytes; the
    read itself raises `FormatError` in both cases.
    """

    __slots__ = ("_holes", "_sectors", "budget_bytes", "exhausted", "inner", "spent_bytes", "unreadable")

    def __init__(self, inner: Source, budget_bytes: int | None = None) -> None:
        self.inner = inner
        self.budget_bytes = budget_bytes
        self.spent_bytes = 0
        self.exhausted = False
        self.unreadable = False
        self._sectors: dict[int, bytes] = {}
        self._holes: list[tuple[int, int]] | None = None

    @property
    def size_bytes(self) -> int:
        """Length in bytes."""
        return self.inner.size_bytes

    @property
    def left_bytes(self) -> int:
        """What the budget still allows."""
        return 2**63 if self.budget_bytes is None else max(0, self.budget_bytes - self.spent_bytes)

    def read_at(self, offset: int, size: int) -> bytes:
        """See `Source`. At most 16 MiB at a time: more is what a lying header asks for."""
        size = min(size, self.size_bytes - offset)
        if offset < 0 or size <= 0:
            return b""
        if size > MAX_READ_BYTES:
            raise FormatError("the headers ask for more bytes than a verdict may read")
        first, last = offset // SECTOR_BYTES, (offset + size - 1) // SECTOR_BYTES
        self._fetch(first, last)
        data = b"".join([self._sectors[number] for number in range(first, last + 1)])
        start = offset - first * SECTOR_BYTES
        return data[start : start + size]

    def read_once(self, offset: int, size: int) -> bytes:
        """`size` bytes from `offset`, counted but not kept: for reading a long range from end to end."""
        size = min(size, self.size_bytes - offset)
        return self._spend(offset, size) if offset >= 0 and size > 0 else b""

    def holes(self) -> Iterator[tuple[int, int]]:
        """The inner source's holes, the first 8,192 of them; asked for once."""
        return iter(self._known_holes())

    def data_ranges(self, offset: int, size: int) -> Iterator[tuple[int, int]]:
        """(offset, size) of what in the range from `offset` is not a known hole, in order."""
        position, end = offset, offset + size
        for start, length in self._known_holes():
            if start >= end:
                break
            if start > position:
                yield position, start - position
            position = max(position, start + length)
        if position < end:
            yield position, end - position

    def _known_holes(self) -> list[tuple[int, int]]:
        if self._holes is None:
            self._holes = [hole for hole, _ in zip(self.inner.holes(), range(MAX_HOLES), strict=False)]
        return self._holes

    def _fetch(self, first: int, last: int) -> None:
        """Fill the cache for sectors `first` to `last`, each run of missing ones in one read."""
        run: list[int] = []
        for number in range(first, last + 1):
            if number in self._sectors:
                self._load(run)
                run = []
            else:
                run.append(number)
        self._load(run)

    def _load(self, run: list[int]) -> None:
        if not run:
            return
        offset = run[0] * SECTOR_BYTES
        wanted = min(len(run) * SECTOR_BYTES, self.size_bytes - offset)
        data = self._spend(offset, wanted)
        if len(data) != wanted:
            self.unreadable = True
            raise FormatError(f"the medium ends early at byte {offset + len(data)}")
        for index, number in enumerate(run):
            self._sectors[number] = data[index * SECTOR_BYTES : (index + 1) * SECTOR_BYTES]

    def _spend(self, offset: int, size: int) -> bytes:
        if size > self.left_bytes:
            self.exhausted = True
            raise FormatError("the headers send the reader further than a verdict may read")
        self.spent_bytes += size
        try:
            return self.inner.read_at(offset, size)
        except FormatError:
            self.unreadable = True
            raise

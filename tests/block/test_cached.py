from __future__ import annotations

import os
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.block.cached import CachedSource
from lossproof.block.source import BytesSource, FileSource
from lossproof.errors import FormatError


@dataclass
class Medium:
    """Bytes that count how often each was read, with a range that cannot be, and holes."""

    data: bytes
    broken: range = range(0)
    gaps: tuple[tuple[int, int], ...] = ()
    reads: int = 0

    @property
    def size_bytes(self):
        return len(self.data)

    def read_at(self, offset, size):
        self.reads += 1
        if any(at in self.broken for at in (offset, offset + size - 1)):
            raise FormatError("cannot read at byte 0: input/output error")
        return self.data[offset : offset + size]

    def holes(self):
        return iter(self.gaps)


@given(
    st.binary(min_size=1, max_size=5000),
    st.lists(st.tuples(st.integers(-10, 6000), st.integers(-10, 6000)), max_size=12),
)
def test_reads_are_those_of_the_source_and_no_sector_is_read_twice(data, reads):
    source = CachedSource(BytesSource(data))
    for offset, size in reads:
        wanted = data[offset : offset + size] if offset >= 0 and size > 0 else b""
        assert source.read_at(offset, size) == wanted
    assert source.spent_bytes <= len(data)


def test_the_budget_is_never_passed():
    medium = Medium(bytes(10_000))
    source = CachedSource(medium, budget_bytes=2048)
    source.read_at(0, 1024)
    source.read_at(512, 512)
    assert (source.spent_bytes, source.left_bytes, source.exhausted) == (1024, 1024, False)
    with pytest.raises(FormatError):
        source.read_at(4096, 2000)
    assert (source.spent_bytes, source.exhausted) == (1024, True)
    assert source.read_at(1024, 1024) == bytes(1024)


def test_one_read_of_more_than_sixteen_mebibytes_is_refused():
    with pytest.raises(FormatError, match="more bytes than a verdict may read"):
        CachedSource(Medium(bytes(1 << 25))).read_at(0, (1 << 24) + 1)


def test_a_sector_that_cannot_be_read_is_remembered_as_such():
    source = CachedSource(Medium(bytes(4096), broken=range(1024, 2048)))
    assert source.read_at(0, 512) == bytes(512)
    with pytest.raises(FormatError):
        source.read_at(1024, 100)
    assert source.unreadable


def test_a_medium_that_ends_before_its_size_is_unreadable_there():
    medium = Medium(bytes(4096))
    source = CachedSource(medium)
    assert source.read_at(0, 4096) == bytes(4096)
    short = CachedSource(FileSource(os.open(os.devnull, os.O_RDONLY), 4096))
    try:
        with pytest.raises(FormatError, match="ends early at byte 0"):
            short.read_at(0, 512)
    finally:
        os.close(short.inner.fd)
    assert short.unreadable


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(1, 20)), max_size=8), st.integers(0, 150), st.integers(1, 150)
)
def test_what_is_no_hole_is_given_in_order(steps, offset, size):
    gaps, position = [], 0
    for skip, length in steps:
        gaps.append((position + skip, length))
        position += skip + length
    source = CachedSource(Medium(bytes(1000), gaps=tuple(gaps)))
    wanted = [at for at in range(offset, offset + size) if not any(low <= at < low + length for low, length in gaps)]
    found = [at for start, length in source.data_ranges(offset, size) for at in range(start, start + length)]
    assert found == wanted


def test_reading_once_gives_nothing_from_outside_the_source():
    source = CachedSource(Medium(bytes(4096)))
    for offset, size in ((-1, 10), (0, 0), (0, -1), (4096, 10), (5000, 10)):
        assert source.read_once(offset, size) == b""
    assert source.read_once(4090, 100) == bytes(6)
    assert source.spent_bytes == 6


def test_reading_once_keeps_nothing():
    medium = Medium(bytes(4096))
    source = CachedSource(medium)
    source.read_once(0, 4096)
    source.read_once(0, 4096)
    assert (medium.reads, source.spent_bytes) == (2, 8192)

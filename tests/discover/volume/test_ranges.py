"""A set of byte ranges, against a plain set of bytes."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lossproof.discover.volume.ranges import Ranges, pieces, within

PIECES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=30)


@given(pieces=PIECES, asked=st.tuples(st.integers(0, 80), st.integers(0, 40)), total=st.integers(0, 90))
def test_it_is_a_set_of_bytes(pieces: list[tuple[int, int]], asked: tuple[int, int], total: int) -> None:
    ranges, plain = Ranges(), set[int]()
    for offset, size in pieces:
        ranges.add(offset, size)
        plain.update(range(offset, offset + size))
    found = ranges.ranges()
    assert {byte for offset, size in found for byte in range(offset, offset + size)} == plain
    assert all(one + size < other for (one, size), (other, _) in pairwise(found))
    assert len(ranges) == len(found)
    assert ranges.covered_bytes(*asked) == len(plain & set(range(asked[0], asked[0] + asked[1])))
    gaps = {byte for offset, size in ranges.gaps(total) for byte in range(offset, offset + size)}
    assert gaps == set(range(total)) - plain


def test_a_size_below_zero_adds_nothing() -> None:
    ranges = Ranges()
    ranges.add(5, -3)
    assert ranges.ranges() == []
    assert ranges.gaps(4) == [(0, 4)]


@given(ranges=st.lists(st.tuples(st.integers(-9, 60), st.integers(-9, 2**64)), max_size=9), offset=st.integers(0, 30))
def test_ranges_cut_to_a_window_lie_in_it(ranges: list[tuple[int, int]], offset: int) -> None:
    found = list(within(ranges, offset, 20))
    assert all(offset <= start < start + size <= offset + 20 for start, size in found)
    wanted = [{byte for byte in range(offset, offset + 20) if start <= byte < start + size} for start, size in ranges]
    assert [set(range(start, start + size)) for start, size in found] == [bytes_of for bytes_of in wanted if bytes_of]


@given(ranges=PIECES, most=st.integers(1, 9))
def test_pieces_are_small_and_lose_nothing(ranges: list[tuple[int, int]], most: int) -> None:
    found = list(pieces(ranges, most))
    assert all(0 < size <= most for _, size in found)
    assert sum(size for _, size in found) == sum(size for _, size in ranges)
    assert [start for start, _ in found] == [
        at for start, size in sorted(ranges) for at in range(start, start + size, most)
    ]

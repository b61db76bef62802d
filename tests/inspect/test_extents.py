from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lossproof.inspect.extents import common, lay_out, merged
from lossproof.model.volume import Content

SIZE = 40
spans = st.lists(st.tuples(st.integers(0, SIZE + 5), st.integers(0, SIZE)), max_size=6)
coats = st.lists(st.tuples(st.sampled_from(list(Content)), spans), max_size=4)


def bytes_of(pieces) -> set[int]:
    return {at for offset, size in pieces for at in range(offset, offset + size)}


@given(coats)
def test_every_byte_holds_what_the_last_coat_over_it_says(painted):
    expected = [Content.CIPHERTEXT] * SIZE
    for content, pieces in painted:
        for at in bytes_of(pieces):
            if at < SIZE:
                expected[at] = content
    extents = lay_out(SIZE, Content.CIPHERTEXT, painted)
    assert [extent.content for extent in extents for _ in range(extent.size_bytes)] == expected
    assert all(one.content is not other.content for one, other in pairwise(extents))
    assert all(one.offset_bytes + one.size_bytes == other.offset_bytes for one, other in pairwise(extents))


@given(spans)
def test_merged_spans_hold_the_same_bytes_with_gaps_between(pieces):
    result = merged(pieces)
    assert bytes_of(result) == bytes_of(pieces)
    assert all(sum(one) < other[0] for one, other in pairwise(result))


@given(spans, spans)
def test_what_two_series_have_in_common(first, second):
    assert bytes_of(common(merged(first), merged(second))) == bytes_of(first) & bytes_of(second)


def test_nothing_has_no_extents():
    assert lay_out(0, Content.BLANK, ()) == ()

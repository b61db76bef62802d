from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.block.cached import CachedSource
from lossproof.block.source import BytesSource
from lossproof.inspect.content import entropy_bits
from lossproof.inspect.ranges import PLAIN_BITS, SECTOR_BYTES, common, findings_of_sample, lay_out, merged
from lossproof.model.volume import Content

VOLUME = 1 << 19
NOISE = random.Random(2009).randbytes(VOLUME)
TEXT = (b"Dear made-up person, " * 1000)[:4096]


def look(data: bytes) -> list[str]:
    return findings_of_sample(BytesSource(data), 0, len(data))


def test_random_bytes_and_blank_ones_say_nothing():
    assert look(NOISE) == []
    assert look(bytes(VOLUME)) == []
    assert look(b"\xff" * VOLUME) == []
    assert look(b"") == []


@pytest.mark.parametrize("at", [0, 1024, 65536])
def test_plain_bytes_where_a_file_system_begins_are_seen(at):
    assert look(NOISE[:at] + TEXT[:1024] + NOISE[at + 1024 :]) == ["ciphertext_looks_plain"]


@pytest.mark.parametrize("part", [1, 2, 3])
def test_plain_bytes_further_on_are_seen(part):
    at = VOLUME * part // 4
    assert look(NOISE[:at] + TEXT + NOISE[at + 4096 :]) == ["plaintext_in_data_area"]


def test_little_is_read():
    source = CachedSource(BytesSource(NOISE), None)
    findings_of_sample(source, 0, VOLUME)
    assert source.spent_bytes <= 5 * 4096


def test_a_budget_that_is_used_up_is_said():
    assert findings_of_sample(CachedSource(BytesSource(NOISE), 4096), 0, VOLUME) == ["not_sampled"]


def test_no_random_sector_falls_under_the_bound():
    chance = random.Random(1)
    assert min(entropy_bits(chance.randbytes(SECTOR_BYTES)) for _ in range(2000)) > PLAIN_BITS + 0.5


@given(st.binary(max_size=2048), st.integers(-10, 4096), st.integers(-10, 4096))
def test_any_range_is_answered(data, offset, size):
    assert set(findings_of_sample(BytesSource(data), offset, size)) <= {
        "ciphertext_looks_plain",
        "plaintext_in_data_area",
    }


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

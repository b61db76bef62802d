"""Digit runs are those of a regular expression, and positions are those of the text as it was given."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossproof.discover import runs as room
from lossproof.discover.runs import LEFT, RIGHT, compact, digit_runs, encode, joined_spans, no_spans, normalise, strings
from lossproof.errors import FormatError

TODAY = date(2026, 11, 23)
any_text = st.text(st.characters(codec=None), max_size=60) | st.text("0123456789 -./abC_é£\u2013\uff17\n", max_size=60)


@settings(deadline=None)
@given(any_text)
def test_runs_are_where_a_regular_expression_finds_them(text: str) -> None:
    runs = digit_runs(text, TODAY)
    expected = [match.span() for match in re.finditer("[0-9]+", normalise(text))]
    count = len(expected)
    assert list(zip(runs.starts[:count].tolist(), runs.ends[:count].tolist(), strict=True)) == expected
    assert (runs.lengths[count:] == 0).all()
    assert runs.lengths[:count].tolist() == [min(end - start, 255) for start, end in expected]
    for at, (start, end) in enumerate(expected):
        put_together = runs.digits[runs.rank[at] : runs.rank[at] + end - start].tobytes().decode()
        assert put_together == normalise(text)[start:end]


@settings(deadline=None)
@given(any_text)
def test_every_character_becomes_one_byte(text: str) -> None:
    assert len(encode(text)) == len(normalise(text)) == len(text)
    assert normalise(normalise(text)) == normalise(text)


@settings(deadline=None)
@given(st.text(st.characters(max_codepoint=0xFF), max_size=60))
def test_the_short_ways_of_encoding_agree_with_the_long_one(text: str) -> None:
    assert encode(text + "\u2603")[:-1] == encode(text)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("443\u00a0476\u20095914", "443 476 5914"),
        ("20\u201300\u201100", "20-00-00"),
        ("\uff14\uff14\uff13\uff14", "4434"),
        ("O\u2019Brien", "O'Brien"),
        ("\u0141ukasz", "\u00ffukasz"),
        ("\U0001f600\u4e2d", "??"),
        ("\u20ac5", "$5"),
        ("\ud800x", "?x"),
    ],
)
def test_odd_characters_become_their_plain_ones(written: str, plain: str) -> None:
    assert normalise(written) == plain


@settings(deadline=None)
@given(any_text, st.integers(0, 60), st.integers(0, 60))
def test_the_guards_are_those_of_the_patterns(text: str, one: int, other: int) -> None:
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    plain = normalise(text)
    expected = bool(re.compile(LEFT).match(plain, start) and re.compile(RIGHT).match(plain, end))
    free = digit_runs(text, TODAY).free(np.array([start]), np.array([end]))
    assert free.tolist() == [expected]


def test_a_shape_is_joined_by_one_and_the_same_separator() -> None:
    runs = digit_runs("443 476 5914, 443-476-5914, 443 476-5914, 443  476 5914", TODAY)
    assert runs.starts[runs.shape((3, 3, 4), b" -")].tolist() == [0, 14]


def test_a_text_that_begins_and_ends_with_digits_has_its_runs() -> None:
    runs = digit_runs("12a34", TODAY)
    assert runs.starts[:2].tolist() == [0, 3]
    assert runs.ends[:2].tolist() == [2, 5]
    assert runs.bytes[-1] == ord("\n"), "what stands before the first character is a line's end"


def test_compact_drops_blanks_quotes_and_a_final_zero() -> None:
    assert compact(" '443-476 5914.0\t", " -") == "4434765914"
    with pytest.raises(FormatError):
        compact("1" * 65, "")


def test_rows_become_strings_without_the_zeros_at_their_end() -> None:
    assert strings(np.array([list(b"AB1"), list(b"AB\0")], dtype=np.uint8)) == ["AB1", "AB"]
    assert strings(np.zeros((0, 4))) == []


def test_spans_are_joined_in_order_of_their_starts() -> None:
    one = np.array([1, 9]), np.array([3, 12])
    other = np.array([4]), np.array([6])
    starts, ends = joined_spans(one, other, no_spans())
    assert (starts.tolist(), ends.tolist()) == ([1, 4, 9], [3, 6, 12])
    assert [part.tolist() for part in joined_spans()] == [[], []]


def test_memory_stays_within_a_few_bytes_a_character() -> None:
    runs = digit_runs("12 " * 100_000, TODAY)
    held = sum(
        getattr(runs, name).nbytes for name in ("bytes", "starts", "ends", "lengths", "separators", "digits", "rank")
    )
    assert held < 12 * 300_000
    assert room.digit_runs("", TODAY).starts.tolist() == [0] * 8

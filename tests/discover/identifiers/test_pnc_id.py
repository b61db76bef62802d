"""PNC ids: the check letter is over the last two digits of the year and the serial."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discover.reference_engine import TODAY
from lossproof.discover import engine
from lossproof.discover.identifiers import pnc_id
from lossproof.errors import FormatError


def found(text: str) -> list[str]:
    return [hit.value for hit in engine.find(text, TODAY) if hit.kind == "pnc_id"]


def test_the_examples_of_the_docstring_hold() -> None:
    assert doctest.testmod(pnc_id).attempted
    assert not doctest.testmod(pnc_id).failed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("PNC 2004/0012345D", "2004/0012345D"),
        ("04/12345D", "2004/0012345D"),
        ("1979/0163001B", "1979/0163001B"),
        ("79/163001B", "1979/0163001B"),
        ("20040012345D", "2004/0012345D"),
        ("040012345D", "2004/0012345D"),
        ("2004/0012345d", "2004/0012345D"),
    ],
)
def test_it_is_found_in_every_written_form(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "2004/0012345E",
        "2004/0012345",
        "2104/0012345D",
        "1804/0012345D",
        "204/12345D",
        "2004/00012345D",
        "x2004/0012345D",
        "2004/0012345DD",
        "11/01ZD/01/448754K",
        "01/2004/0012345D",
        "2004-0012345D",
    ],
)
def test_what_only_looks_like_it_is_not_found(text: str) -> None:
    assert found(text) == []


@settings(deadline=None)
@given(st.integers(1900, 2026), st.integers(0, 9_999_999))
def test_one_letter_is_right_and_short_and_long_forms_agree(year: int, serial: int) -> None:
    right = [letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if found(f"{year}/{serial:07d}{letter}")]
    assert len(right) == 1
    assert right[0] not in "IOS"
    value = f"{year}/{serial:07d}{right[0]}"
    assert pnc_id.validate(f"{year}{serial:07d}{right[0]}", today=TODAY) == value
    if year >= 1927:
        assert found(f"{year % 100:02d}/{serial}{right[0]}") == [value]


def test_the_century_is_decided_by_the_day_given() -> None:
    assert pnc_id.validate("04/12345D", today=TODAY.replace(year=2003)) == "1904/0012345D"
    with pytest.raises(FormatError):
        pnc_id.validate("2004/0012345D", today=TODAY.replace(year=2003))

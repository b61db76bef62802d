"""Taxpayer references: the first digit is the check."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discover.reference_engine import TODAY
from lossproof.discover import engine
from lossproof.discover.identifiers import utr
from lossproof.errors import FormatError


def found(text: str) -> list[str]:
    return [hit.value for hit in engine.find(text, TODAY) if hit.kind == "utr"]


def test_the_examples_of_the_docstring_hold() -> None:
    assert doctest.testmod(utr).attempted
    assert not doctest.testmod(utr).failed


@pytest.mark.parametrize(
    ("text", "value"), [("UTR 1955839661", "1955839661"), ("19558 39661", "1955839661"), ("1955839661K", "1955839661")]
)
def test_it_is_found_in_every_written_form(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize("text", ["2955839661", "1955839662", "195583966", "1955839661X", "195 583 9661"])
def test_what_only_looks_like_it_is_not_found(text: str) -> None:
    assert found(text) == []


@settings(deadline=None)
@given(st.integers(0, 999_999_999))
def test_one_first_digit_at_most_is_right(rest: int) -> None:
    assert len(found(", ".join(f"{first}{rest:09d}" for first in range(10)))) == 1


def test_other_texts_are_refused() -> None:
    with pytest.raises(FormatError):
        utr.validate("not a number")

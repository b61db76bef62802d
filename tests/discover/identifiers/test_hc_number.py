"""Health and Care numbers: the range of Northern Ireland and the check digit."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discover.reference_engine import TODAY
from lossproof.discover import engine
from lossproof.discover.identifiers import hc_number
from lossproof.errors import FormatError


def found(text: str) -> list[str]:
    return [hit.value for hit in engine.find(text, TODAY) if hit.kind == "hc_number"]


def test_the_examples_of_the_docstring_hold() -> None:
    assert doctest.testmod(hc_number).attempted
    assert not doctest.testmod(hc_number).failed


@pytest.mark.parametrize(
    ("text", "value"),
    [("HCN 3200000015", "3200000015"), ("320 000 0015", "3200000015"), ("320-000-0015", "3200000015")],
)
def test_it_is_found_in_every_written_form(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize("text", ["3200000016", "3200000007", "4434765914", "3000000003", "32000000150", "320 0000015"])
def test_what_only_looks_like_it_is_not_found(text: str) -> None:
    assert found(text) == []


@settings(deadline=None)
@given(st.integers(320_000_001, 399_999_999))
def test_one_last_digit_at_most_is_right(nine: int) -> None:
    right = found(", ".join(f"{nine}{last}" for last in range(10)))
    assert len(right) <= 1


def test_the_first_number_of_the_range_is_the_one_after_a_round_one() -> None:
    with pytest.raises(FormatError):
        hc_number.validate("3200000000")

"""CHI numbers: a date, and one of two check digits."""

from __future__ import annotations

import doctest
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discover.reference_engine import TODAY
from lossproof.discover import engine
from lossproof.discover.identifiers import chi_number
from lossproof.errors import FormatError


def found(text: str) -> list[str]:
    return [hit.value for hit in engine.find(text, TODAY) if hit.kind == "chi_number"]


def test_the_examples_of_the_docstring_hold() -> None:
    assert doctest.testmod(chi_number).attempted
    assert not doctest.testmod(chi_number).failed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("CHI 1904851231", "1904851231"),
        ("190485 1231", "1904851231"),
        ("190485-1231", "1904851231"),
        ("2902201230", "2902201230"),
        ("0101900033", "0101900033"),
    ],
)
def test_it_is_found_in_every_written_form(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "3002201230",
        "1913851231",
        "190485.1231",
        "1904851232",
        "19048512310",
        "x190485 1231",
        "2902211234",
        "0000000000",
    ],
)
def test_what_only_looks_like_it_is_not_found(text: str) -> None:
    assert found(text) == []


@settings(deadline=None)
@given(st.dates(), st.integers(0, 999))
def test_every_date_has_numbers_with_either_check_digit(born: date, serial: int) -> None:
    nine = f"{born:%d%m}{born.year % 100:02d}{serial:03d}"
    right = [last for last in range(10) if found(f"{nine}{last}")]
    assert 1 <= len(right) <= 2
    for last in right:
        assert chi_number.validate(f"{nine}{last}") == f"{nine}{last}"


def test_a_lost_zero_is_put_back_only_where_it_is_asked_for() -> None:
    assert chi_number.validate("101900033", lost_zero=True) == "0101900033"
    with pytest.raises(FormatError):
        chi_number.validate("101900033")

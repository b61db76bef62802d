"""Driver numbers hold a birth date, and that must be one."""

from __future__ import annotations

import doctest
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discover.reference_engine import TODAY
from lossproof.discover import engine
from lossproof.discover.identifiers import driving_licence
from lossproof.errors import FormatError


def found(text: str) -> list[str]:
    return [hit.value for hit in engine.find(text, TODAY) if hit.kind == "driving_licence"]


def test_the_examples_of_the_docstring_hold() -> None:
    assert doctest.testmod(driving_licence).attempted
    assert not doctest.testmod(driving_licence).failed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("DL MORGA753116SM9IJ", "MORGA753116SM9IJ"),
        ("MORGA 753116 SM9IJ", "MORGA753116SM9IJ"),
        ("FOX99761019J99AB", "FOX99761019J99AB"),
        ("FOX99 761019 J99AB", "FOX99761019J99AB"),
        ("MORGA753116SM9IJ 35", "MORGA753116SM9IJ"),
    ],
)
def test_it_is_found_in_every_written_form(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "MORGA793116SM9IJ",
        "MORGA753336SM9IJ",
        "99999753116SM9IJ",
        "MO9GA753116SM9IJ",
        "MORGA753116SM9I",
        "XMORGA753116SM9IJ",
        "morga753116sm9ij",
        "MORGA753116999IJ",
    ],
)
def test_what_only_looks_like_it_is_not_found(text: str) -> None:
    assert found(text) == []


@settings(deadline=None)
@given(st.dates(min_value=date(1930, 1, 1)), st.booleans())
def test_the_birth_date_is_read_back(born: date, woman: bool) -> None:
    year = f"{born.year % 100:02d}"
    number = f"SMITH{year[0]}{born.month + 50 * woman:02d}{born.day:02d}{year[1]}AB9CD"
    assert found(number) == [number]
    assert driving_licence.birth_date(number) == (born.year % 100, born.month, born.day)


def test_the_issue_s_number_behind_it_is_left_out() -> None:
    assert driving_licence.validate("MORGA753116SM9IJ 35") == "MORGA753116SM9IJ"
    with pytest.raises(FormatError):
        driving_licence.validate("12345678")

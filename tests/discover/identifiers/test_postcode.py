"""Postcodes: the position rules and the areas in use."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discover.reference_engine import TODAY
from lossproof.discover import engine
from lossproof.discover.identifiers import postcode
from lossproof.errors import FormatError


def found(text: str) -> list[str]:
    return [hit.value for hit in engine.find(text, TODAY) if hit.kind == "postcode"]


def test_the_examples_of_the_docstring_hold() -> None:
    assert doctest.testmod(postcode).attempted
    assert not doctest.testmod(postcode).failed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("SW1A 1AA", "SW1A 1AA"),
        ("sw1a 1aa", "SW1A 1AA"),
        ("SW1A1AA", "SW1A 1AA"),
        ("M1 1AE", "M1 1AE"),
        ("M1  1AE", "M1 1AE"),
        ("B338TH", "B33 8TH"),
        ("CR2 6XH,", "CR2 6XH"),
        ("DN55 1PT", "DN55 1PT"),
        ("W1P 1HQ", "W1P 1HQ"),
        ("London EC1A 1BB.", "EC1A 1BB"),
    ],
)
def test_it_is_found_in_every_written_form(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "QX1 1AA",
        "SW1I 1AA",
        "W1I 1AA",
        "M1 1CE",
        "M1-1AE",
        "Sw1A 1aa",
        "sw1a1aa",
        "M1 1AEX",
        "XM1 1AE1",
        "M123 1AE",
        "M1   1AE",
        "N1 2nd",
        "A4 2ND",
    ],
)
def test_what_only_looks_like_it_is_not_found(text: str) -> None:
    assert found(text) == []


@settings(deadline=None)
@given(st.from_regex("[A-Z]{1,2}[0-9]{1,2} [0-9][A-Z]{2}", fullmatch=True))
def test_the_area_and_the_last_letters_decide(code: str) -> None:
    area = code.split(" ", maxsplit=1)[0].rstrip("0123456789")
    good = area in postcode.AREAS and not set(code[-2:]) & set("CIKMOV")
    assert found(code) == ([code] if good else [])
    assert found(code.replace(" ", "")) == found(code)


def test_there_are_124_areas() -> None:
    assert len(postcode.AREAS) == 124
    with pytest.raises(FormatError):
        postcode.validate("SW1A")

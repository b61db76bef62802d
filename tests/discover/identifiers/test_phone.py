"""Telephone numbers: areas in use, grouped as people group them."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discover.reference_engine import TODAY
from lossproof.discover import engine
from lossproof.discover.identifiers import phone
from lossproof.errors import FormatError


def found(text: str) -> list[str]:
    return [hit.value for hit in engine.find(text, TODAY) if hit.kind == "phone"]


def test_the_examples_of_the_docstring_hold() -> None:
    assert doctest.testmod(phone).attempted
    assert not doctest.testmod(phone).failed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Tel 0161 496 0123", "01614960123"),
        ("(0161) 496 0123", "01614960123"),
        ("07700 900123", "07700900123"),
        ("07700900123", "07700900123"),
        ("+44 7700 900123", "07700900123"),
        ("+44 (0)161 496 0123", "01614960123"),
        ("+44(0)1414960336", "01414960336"),
        ("00441614960123", "01614960123"),
        ("447700900123", "07700900123"),
        ("020 7946 0123 ext 12", "02079460123"),
        ("07700 900123x5", "07700900123"),
        ("01204 12345", "0120412345"),
        ("0161-496-0123/4", "01614960123"),
        ("(0)161 496 0123", "01614960123"),
        ("07 700 900 123", "07700900123"),
        ("020.7946.0123", "02079460123"),
    ],
)
def test_it_is_found_in_every_written_form(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "0461 496 0123",
        "0161 496 012",
        "0161 496 01234",
        "x01614960123",
        "01614960123a",
        "01-12-2008 12:30",
        "07-12-2008 123",
        "0 1 6 1 4 9 6 0 1 2 3",
        "+353 1 496 0123",
        "2009-01-28 09:12",
        "1-0161-496-0123",
        "01614960123.5",
        "01 12 20 08 12 3",
    ],
)
def test_what_only_looks_like_it_is_not_found(text: str) -> None:
    assert found(text) == []


@settings(deadline=None)
@given(st.from_regex("7[0-9]{9}", fullmatch=True))
def test_all_forms_mean_the_same(national: str) -> None:
    forms = (
        f"0{national}",
        f"+44{national}",
        f"+44 (0){national}",
        f"0044 {national}",
        f"44{national}",
        f"0{national[:4]} {national[4:]}",
    )
    for text in forms:
        assert found(text) == [f"0{national}"], text
        assert phone.validate(text) == f"0{national}"


def test_a_lost_zero_is_put_back_only_where_it_is_asked_for() -> None:
    assert phone.validate("7700900123", lost_zero=True) == "07700900123"
    with pytest.raises(FormatError):
        phone.validate("7700900123")

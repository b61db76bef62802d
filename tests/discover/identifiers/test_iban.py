"""IBANs: the country decides the length, modulo 97 the rest."""

from __future__ import annotations

import doctest

import pytest
import stdnum.iban
from hypothesis import given, settings
from hypothesis import strategies as st

from discover.reference_engine import TODAY
from lossproof.discover import engine
from lossproof.discover.identifiers import iban
from lossproof.errors import FormatError


def found(text: str) -> list[str]:
    return [hit.value for hit in engine.find(text, TODAY) if hit.kind == "iban"]


def test_the_examples_of_the_docstring_hold() -> None:
    assert doctest.testmod(iban).attempted
    assert not doctest.testmod(iban).failed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("GB82 WEST 1234 5698 7654 32", "GB82WEST12345698765432"),
        ("GB82WEST12345698765432", "GB82WEST12345698765432"),
        ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        ("IBAN: GB82 WEST 1234 5698 7654 32 AND THEN", "GB82WEST12345698765432"),
    ],
)
def test_it_is_found_in_every_written_form(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "GB82 WEST 1234 5698 7654 33",
        "GB82WEST1234569876543",
        "ZZ82WEST12345698765432",
        "XGB82WEST12345698765432",
        "gb82west12345698765432",
        "GB82WEST123456987654321",
    ],
)
def test_what_only_looks_like_it_is_not_found(text: str) -> None:
    assert found(text) == []


@settings(deadline=None)
@given(st.from_regex("[A-Z]{4}[0-9]{14}", fullmatch=True), st.integers(0, 99))
def test_the_check_digits_are_those_of_another_implementation(account: str, check: int) -> None:
    number = f"GB{check:02d}{account}"
    assert found(number) == ([number] if stdnum.iban.is_valid(number, check_country=False) else [])


def test_other_texts_are_refused() -> None:
    with pytest.raises(FormatError):
        iban.validate("GB82")

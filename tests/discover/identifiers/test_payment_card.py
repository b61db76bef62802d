"""Payment cards: issuer, length and the Luhn check."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discover.reference_engine import TODAY
from lossproof.discover import engine
from lossproof.discover.identifiers import payment_card
from lossproof.errors import FormatError


def found(text: str) -> list[str]:
    return [hit.value for hit in engine.find(text, TODAY) if hit.kind == "payment_card"]


def test_the_examples_of_the_docstring_hold() -> None:
    assert doctest.testmod(payment_card).attempted
    assert not doctest.testmod(payment_card).failed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Card 4111 1111 1111 1111", "4111111111111111"),
        ("4111111111111111", "4111111111111111"),
        ("5555-5555-5555-4444", "5555555555554444"),
        ("3782 822463 10005", "378282246310005"),
        ("3056 930902 5904", "30569309025904"),
        ("6759649826438453", "6759649826438453"),
    ],
)
def test_it_is_found_in_every_written_form(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1112",
        "1111111111111117",
        "4111 1111-1111 1111",
        "41111111111111111",
        "4111 1111 1111 1111-2",
        "x4111111111111111",
        "0000000000000000",
    ],
)
def test_what_only_looks_like_it_is_not_found(text: str) -> None:
    assert found(text) == []


@settings(deadline=None)
@given(st.from_regex("4[0-9]{14}", fullmatch=True))
def test_one_last_digit_is_right(digits: str) -> None:
    right = [last for last in "0123456789" if found(digits + last)]
    assert len(right) == 1
    assert payment_card.validate(digits + right[0]) == digits + right[0]


def test_other_texts_are_refused() -> None:
    with pytest.raises(FormatError):
        payment_card.validate("4111")

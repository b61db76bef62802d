"""Passport numbers: nine digits, which prove nothing, and the machine-readable line, which does."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discover.reference_engine import TODAY
from lossproof.discover import engine
from lossproof.discover.identifiers import passport
from lossproof.errors import FormatError


def found(text: str) -> list[str]:
    return [hit.value for hit in engine.find(text, TODAY) if hit.kind == "passport"]


def test_the_examples_of_the_docstring_hold() -> None:
    assert doctest.testmod(passport).attempted
    assert not doctest.testmod(passport).failed


@pytest.mark.parametrize(
    ("text", "value"),
    [("Passport 925665416", "925665416"), ("9256654166GBR8203121F2709117<<<<<<<<<<<<<<02", "925665416")],
)
def test_it_is_found_in_every_written_form(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "92566541",
        "9256654161",
        "925-665-416",
        "A123456",
        "123456A",
        "000000000",
        "9256654165GBR8203121F2709117<<<<<<<<<<<<<<02",
        "x925665416",
    ],
)
def test_what_only_looks_like_it_is_not_found(text: str) -> None:
    assert found(text) == []


@settings(deadline=None)
@given(st.from_regex("[0-9]{9}", fullmatch=True), st.integers(0, 9))
def test_the_machine_readable_line_has_one_right_check_digit(number: str, check: int) -> None:
    line = f"{number}{check}GBR8203121F2709117<<<<<<<<<<<<<<02"
    right = sum(int(digit) * weight for digit, weight in zip(number, (7, 3, 1) * 3, strict=True)) % 10
    assert found(line) == ([number] if check == right and number.strip("0") else [])


def test_a_column_s_cell_may_hold_an_older_number() -> None:
    assert passport.validate("123456a") == "123456A"
    assert passport.validate("A123456") == "A123456"
    with pytest.raises(FormatError):
        passport.validate("12345678")

"""National Insurance numbers: prefixes that are issued, digits solid or in pairs, a suffix that may be missing."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discover.reference_engine import TODAY
from lossproof.discover import engine
from lossproof.discover.identifiers import nino
from lossproof.errors import FormatError


def found(text: str) -> list[str]:
    return [hit.value for hit in engine.find(text, TODAY) if hit.kind == "nino"]


def test_the_examples_of_the_docstring_hold() -> None:
    assert doctest.testmod(nino).attempted
    assert not doctest.testmod(nino).failed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NI No AB123456C", "AB123456C"),
        ("AB 12 34 56 C", "AB123456C"),
        ("AB 123456 C", "AB123456C"),
        ("AB-12-34-56-C", "AB123456C"),
        ("ab123456c", "AB123456C"),
        ("AB123456", "AB123456"),
        ("AB 12 34 56", "AB123456"),
        ("AB123456C.pdf", "AB123456C"),
        ("PP123456A", "PP123456A"),
    ],
)
def test_it_is_found_in_every_written_form(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "QQ123456C",
        "GB123456C",
        "BG123456C",
        "TN123456A",
        "DA123456A",
        "AO123456A",
        "FY123456A",
        "AB12345C",
        "AB1234567C",
        "XAB123456C",
        "AB123456E",
        "ab123456",
        "AB 123456",
        "AB123456CX",
        "AB123456-a1b2",
        "1AB123456C",
    ],
)
def test_what_only_looks_like_it_is_not_found(text: str) -> None:
    assert found(text) == []


@settings(deadline=None)
@given(st.from_regex("[A-Z]{2}[0-9]{6}[A-D]", fullmatch=True))
def test_letters_that_are_never_used_are_refused(number: str) -> None:
    never = set(number[:2]) & set("DFIQUV") or number[1] == "O"
    never = never or number[:2] in {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}
    assert found(number) == ([] if never else [number])


def test_only_a_whole_number_of_a_person_s_prefix_is_certain_alone() -> None:
    assert [nino.alone(number, number) for number in ("AB123456C", "AB123456", "PP123456A")] == [True, False, False]


def test_a_column_s_cell_may_be_written_anyhow() -> None:
    assert nino.validate(" ab 12 34 56 c ") == "AB123456C"
    with pytest.raises(FormatError):
        nino.validate("n/a")

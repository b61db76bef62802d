"""Prison numbers: a shape without a check."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discover.reference_engine import TODAY
from lossproof.discover import engine
from lossproof.discover.identifiers import prison_number
from lossproof.errors import FormatError


def found(text: str) -> list[str]:
    return [hit.value for hit in engine.find(text, TODAY) if hit.kind == "prison_number"]


def test_the_examples_of_the_docstring_hold() -> None:
    assert doctest.testmod(prison_number).attempted
    assert not doctest.testmod(prison_number).failed


@pytest.mark.parametrize(("text", "value"), [("NOMS A1234CE", "A1234CE"), ("G0001AA", "G0001AA")])
def test_it_is_found_in_every_written_form(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize(
    "text", ["A0000AA", "A1234B", "A12345BC", "a1234bc", "XA1234BC", "A1234BCD", "A1234-BC", "AB1234", "A1234bc"]
)
def test_what_only_looks_like_it_is_not_found(text: str) -> None:
    assert found(text) == []


@settings(deadline=None)
@given(st.from_regex("[A-Z][0-9]{4}[A-Z]{2}", fullmatch=True))
def test_every_number_of_the_shape_is_one(number: str) -> None:
    assert found(number) == ([] if "0000" in number or number in prison_number.EXAMPLES else [number])


@pytest.mark.parametrize("number", ["A9999AA", "A1234AA", "A1234BC", "A0000AA"])
def test_what_manuals_print_as_an_example_is_nobodys(number: str) -> None:
    assert found(f"Prison numbers look like {number}.") == []
    with pytest.raises(FormatError):
        prison_number.validate(number)


def test_a_column_s_cell_may_hold_an_older_number() -> None:
    assert prison_number.validate("ff1234") == "FF1234"
    with pytest.raises(FormatError):
        prison_number.validate("FF123")

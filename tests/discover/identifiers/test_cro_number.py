"""CRO numbers: the serial is padded under the check letter in the standard form alone."""

from __future__ import annotations

import doctest
from string import ascii_uppercase

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discover.reference_engine import TODAY
from lossproof.discover import engine
from lossproof.discover.identifiers import cro_number
from lossproof.errors import FormatError


def found(text: str) -> list[str]:
    return [hit.value for hit in engine.find(text, TODAY) if hit.kind == "cro_number"]


def test_the_examples_of_the_docstring_hold() -> None:
    assert doctest.testmod(cro_number).attempted
    assert not doctest.testmod(cro_number).failed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("CRO 265416/21G", "265416/21G"),
        ("65656/91H", "065656/91H"),
        ("SF05/482703J", "SF05/482703J"),
        ("SF83/50058Z", "SF83/50058Z"),
        ("265416/21g", "265416/21G"),
    ],
)
def test_it_is_found_in_every_written_form(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "85227/65G",
        "SF83/50058B",
        "265416/21H",
        "265416/2021G",
        "2654161/21G",
        "XSF05/482703J",
        "11/01ZD/01/448754K",
        "265416-21G",
    ],
)
def test_what_only_looks_like_it_is_not_found(text: str) -> None:
    assert found(text) == []


@settings(deadline=None)
@given(st.integers(0, 99), st.integers(1, 999_999))
def test_one_letter_is_right_in_each_form(year: int, serial: int) -> None:
    standard = found(", ".join(f"{serial}/{year:02d}{letter}" for letter in ascii_uppercase))
    small = found(", ".join(f"SF{year:02d}/{serial}{letter}" for letter in ascii_uppercase))
    assert len(standard) == len(small) == 1
    assert found(standard[0]) == standard


def test_a_number_may_be_a_pnc_id_and_a_cro_number() -> None:
    both = [
        c
        for c in "ABCDEFGHJKLMNPQRTUVWXYZ"
        if {h.kind for h in engine.find(f"12/34{c}", TODAY)} & {"pnc_id", "cro_number"}
    ]
    assert len(both) == 2, "each reading has its own letter"
    with pytest.raises(FormatError):
        cro_number.validate("12/34")

"""NHS numbers: the issued ranges and the check digit decide."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discover.reference_engine import TODAY
from lossproof.discover import engine
from lossproof.discover.identifiers import nhs_number
from lossproof.errors import FormatError


def found(text: str) -> list[str]:
    return [hit.value for hit in engine.find(text, TODAY) if hit.kind == "nhs_number"]


def test_the_examples_of_the_docstring_hold() -> None:
    assert doctest.testmod(nhs_number).attempted
    assert not doctest.testmod(nhs_number).failed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NHS No: 4434765914", "4434765914"),
        ("443 476 5914", "4434765914"),
        ("443-476-5914", "4434765914"),
        ("443.476.5914", "4434765914"),
        ("(600 000 0006)", "6000000006"),
        ("443\xa0476\xa05914", "4434765914"),
        ("4434765914.0", "4434765914"),
        ("4434765914.", "4434765914"),
        ("300 000 0003", "3000000003"),
        ('="4434765914"', "4434765914"),
    ],
)
def test_it_is_found_in_every_written_form(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "4434765915",
        "943 476 5919",
        "999 000 0018",
        "2000000002",
        "44347659140",
        "443 476-5914",
        "x4434765914",
        "4434765914a",
        "id_4434765914",
        "1-4434765914",
        "4434765914-2",
        "443.476.5914.1",
        "£4434765914",
        "0.4434765914",
        "443\n476\n5914",
    ],
)
def test_what_only_looks_like_it_is_not_found(text: str) -> None:
    assert found(text) == []


@settings(deadline=None)
@given(
    st.integers(400_000_000, 499_999_999) | st.integers(600_000_000, 799_999_999), st.integers(0, 9), st.integers(1, 9)
)
def test_one_last_digit_at_most_is_right_and_no_other_digit_may_change(nine: int, place: int, change: int) -> None:
    right = [f"{nine}{last}" for last in range(10) if found(f"{nine}{last}")]
    assert len(right) == (
        0 if (11 - sum(int(d) * w for d, w in zip(str(nine), range(10, 1, -1), strict=True)) % 11) == 10 else 1
    )
    for number in right:
        digits = list(number)
        digits[place] = str((int(digits[place]) + change) % 10)
        assert number not in found("".join(digits))
        with pytest.raises(FormatError):
            nhs_number.validate("".join(digits))

"""Check digits agree with another implementation, one at a time and in bulk."""

from __future__ import annotations

import numpy as np
import stdnum.gb.nhs
import stdnum.luhn
from hypothesis import given, settings
from hypothesis import strategies as st

from lossproof.discover.check_digits import letter_23, luhn, luhn_rows, mod_11, mod_11_rows


def rows(digits: str) -> np.ndarray:
    return np.array([list(digits)], dtype=np.uint8)


@settings(deadline=None)
@given(st.from_regex("[0-9]{10}", fullmatch=True))
def test_modulus_11_is_that_of_the_nhs_number(digits: str) -> None:
    assert mod_11(digits) == stdnum.gb.nhs.is_valid(digits) == mod_11_rows(rows(digits))[0]


@settings(deadline=None)
@given(st.from_regex("[0-9]{2,19}", fullmatch=True))
def test_luhn_is_that_of_payment_cards(digits: str) -> None:
    assert luhn(digits) == stdnum.luhn.is_valid(digits) == luhn_rows(rows(digits))[0]


@settings(deadline=None)
@given(st.integers(0, 999_999_999), st.integers(0, 8), st.integers(1, 9))
def test_the_check_letter_sees_every_wrong_digit(number: int, place: int, change: int) -> None:
    digits = list(f"{number:09d}")
    digits[place] = str((int(digits[place]) + change) % 10)
    assert letter_23(int("".join(digits))) != letter_23(number)


def test_the_check_letter_of_published_numbers() -> None:
    assert [letter_23(number) for number in (40012345, 790163001, 21265416, 91065656)] == ["D", "B", "G", "H"]

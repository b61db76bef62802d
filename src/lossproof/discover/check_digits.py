"""Check digits and letters that several identifiers share: of one number, and of a matrix of numbers at once.

Matrices hold one number a row, a digit of value 0 to 9 a column.
"""

from __future__ import annotations

import numpy as np

from lossproof.discover.runs import BoolArray, ByteArray

LETTERS_23 = b"ZABCDEFGHJKLMNPQRTUVWXY"
"""Check letters of the Police National Computer, no I, O or S: the number modulo 23 is the index."""

_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def letter_23(number: int) -> str:
    """The check letter of a PNC or CRO serial with its year (Criminal Justice Hub data standards)."""
    return chr(LETTERS_23[number % 23])


def mod_11(digits: str) -> bool:
    """Whether ten digits end in the check digit of the NHS Data Dictionary: weights 10 to 2, 11 less the remainder, never 10."""
    return (
        sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) + int(digits[9])
    ) % 11 == 0


def luhn(digits: str) -> bool:
    """Whether digits end in a Luhn check digit (ISO/IEC 7812-1, annex B)."""
    total = sum(int(digit) for digit in digits[-1::-2]) + sum(_DOUBLED[int(digit)] for digit in digits[-2::-2])
    return total % 10 == 0


def mod_11_rows(rows: ByteArray) -> BoolArray:
    """`mod_11` of each row of ten."""
    valid: BoolArray = rows @ np.array((10, 9, 8, 7, 6, 5, 4, 3, 2, 1), dtype=np.int32) % 11 == 0
    return valid


def luhn_rows(rows: ByteArray) -> BoolArray:
    """`luhn` of each row."""
    doubled = np.array(_DOUBLED, dtype=np.uint8)[rows[:, -2::-2]]
    valid: BoolArray = (rows[:, ::-2].sum(axis=1) + doubled.sum(axis=1)) % 10 == 0
    return valid

"""CHI number: Scotland; birth date as DDMMYY, two digits, a digit for the sex (odd male, even female), a check digit.

The check digit is modulo 11, or since February 2026 modulo 10 (Luhn): either is taken. The century is not in the number, so
29 February is taken in every year that can be a leap year.

>>> validate("190485 1231")
'1904851231'
>>> validate("0101900033")
'0101900033'
>>> validate("101900033", lost_zero=True)
'0101900033'
>>> validate("3102851231")
Traceback (most recent call last):
lossproof.errors.FormatError: not a CHI number: it does not begin with a date
"""

from __future__ import annotations

import re

import numpy as np

from lossproof.discover.check_digits import luhn, luhn_rows, mod_11, mod_11_rows
from lossproof.discover.identifiers.nhs_number import ten_digits
from lossproof.discover.runs import LEFT, RIGHT, BoolArray, ByteArray, IntArray, Runs, Spans, compact, no_spans, strings
from lossproof.errors import FormatError

NAME = "chi_number"
SOURCE = "Public Health Scotland, phsmethods (chi_check); the second check digit of February 2026"
CATEGORY: str | None = None
STRONG = True
# A date and two chances of a check digit leave one random number in 150: a word beside it is wanted.
ALONE = False
YIELDS_TO = ("phone",)
CONTEXT = (
    "chi",
    "patient",
    "nhs scotland",
    "hospital",
    "clinic",
    "gp",
    "ward",
    "health board",
    "community health index",
)
HEADERS = (
    "chi", "chi no", "chino", "chi num", "chi number", "chinumber", "patient chi", "patient chi no", "patient chi number",
    "community health index", "community health index number", "upi", "upi number", "chi upi", "chi id", "pat chi",
    "chi number upi", "mother chi", "baby chi", "child chi",
)  # fmt: skip
PATTERN = re.compile(rf"{LEFT}(?:[0-9]{{10}}|[0-9]{{3}}([ .-])[0-9]{{3}}\1[0-9]{{4}}|[0-9]{{6}}[ -][0-9]{{4}}){RIGHT}")

_DAYS = np.array((0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), dtype=np.uint8)


def _dates(rows: ByteArray) -> BoolArray:
    """Whether each row of ten digits begins with DDMMYY."""
    day, month, year = (rows[:, at] * np.uint8(10) + rows[:, at + 1] for at in (0, 2, 4))
    in_year: BoolArray = (month >= 1) & (month <= 12)
    in_month: BoolArray = (day >= 1) & (day <= _DAYS[np.where(in_year, month, 0)])
    no_leap: BoolArray = (month == 2) & (day == 29) & (year % 4 > 0)
    return in_year & in_month & ~no_leap


def candidates(runs: Runs) -> Spans:
    """Spans that begin with a date and end in either check digit."""
    k, starts, ends = ten_digits(runs)
    halves = np.flatnonzero(runs.lengths == 6)
    halves = halves[(runs.lengths[halves + 1] == 4) & np.isin(runs.separators[halves], (32, 45))]
    k = np.concatenate((k, halves))
    if not len(k):
        return no_spans()
    starts, ends = np.concatenate((starts, runs.starts[halves])), np.concatenate((ends, runs.ends[halves + 1]))
    rows = runs.digits_of(k, 10)
    good = _dates(rows)
    good[good] = mod_11_rows(rows[good]) | luhn_rows(rows[good])
    good[good] = runs.free(starts[good], ends[good])
    order = np.argsort(starts[good], kind="stable")
    return starts[good][order], ends[good][order]


def values(runs: Runs, starts: IntArray, ends: IntArray) -> list[str]:  # noqa: ARG001
    """Canonical values of candidates, which are wholly checked."""
    return strings(runs.digits_of(runs.starting_at(starts), 10) + 48)


def validate(text: str, *, lost_zero: bool = False) -> str:
    """Ten digits, or `FormatError`. With `lost_zero`, nine are taken for ten whose first was a zero, as spreadsheets make them."""
    digits = compact(text, " .-")
    if lost_zero and len(digits) == 9:
        digits = "0" + digits
    if len(digits) != 10 or not digits.isdigit():
        raise FormatError("not a CHI number: not ten digits")
    if not _dates(np.array([list(digits)], dtype=np.uint8))[0]:
        raise FormatError("not a CHI number: it does not begin with a date")
    if not (mod_11(digits) or luhn(digits)):
        raise FormatError("not a CHI number: wrong check digit")
    return digits

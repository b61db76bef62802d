"""British passport number: nine digits; and the second line of a passport's machine-readable zone, whose digits are checked.

A number belongs to the booklet, so two different numbers are no sign of two people. `validate` alone takes the older shapes
too (a letter and six digits, six digits and a letter), for columns that say what they hold; in running text they are every
second serial number. Left out: passports of other countries, and the first line of the zone, which holds the names.

>>> validate("925 665 416")
'925665416'
>>> validate("9256654166GBR8203121F2709117<<<<<<<<<<<<<<02")
'925665416'
>>> validate("123456A")
'123456A'
>>> validate("12345")
Traceback (most recent call last):
lossproof.errors.FormatError: not a passport number: wrong shape
"""

from __future__ import annotations

import re

import numpy as np

from lossproof.discover.runs import LEFT, RIGHT, IntArray, Runs, Spans, compact, joined_spans, strings
from lossproof.errors import FormatError

NAME = "passport"
SOURCE = "Criminal Justice Hub data standards; ICAO Doc 9303 part 4 (machine-readable zone)"
CATEGORY: str | None = None
STRONG = True
# Nine digits without a check are any number of nine digits.
ALONE = False
YIELDS_TO = ("bank_account", "payment_card", "phone")
CONTEXT = ("passport", "visa", "nationality", "right to work", "travel document", "hmpo", "ukvi")
HEADERS = (
    "passport", "passport no", "passportno", "passport num", "passport number", "passportnumber", "ppt no", "pass no",
    "british passport no", "uk passport no", "uk passport number", "british passport number", "passport id", "passport ref",
    "travel document no", "travel document number",
)  # fmt: skip
PATTERN = re.compile(
    rf"{LEFT}(?:[0-9]{{10}}[A-Z]{{3}}[0-9]{{7}}[MFX<][0-9]{{7}}[A-Z0-9<]{{14}}[0-9<][0-9]|[0-9]{{9}}){RIGHT}"
)

_MACHINE_READABLE = re.compile(r"([0-9]{9})([0-9])[A-Z]{3}[0-9]{7}[MFX<][0-9]{7}[A-Z0-9<]{14}[0-9<][0-9]")
_OLDER = re.compile(r"[0-9]{9}|[0-9]{6}[A-Z]|[A-Z][0-9]{6}")


def candidates(runs: Runs) -> Spans:
    """Spans of nine digits, and of second lines of machine-readable zones whose check digit is right."""
    k = runs.shape((9,))
    starts, ends = runs.starts[k], runs.ends[k]
    good = runs.free(starts, ends) & runs.digits_of(k, 9).any(axis=1)
    lines = runs.shape((10,))
    lines = lines[runs.lengths[lines + 1] == 7]
    rows = runs.digits_of(lines, 10)
    lines = lines[(rows[:, :9] @ np.array((7, 3, 1) * 3, dtype=np.int32) % 10 == rows[:, 9]) & rows[:, :9].any(axis=1)]
    return joined_spans((starts[good], ends[good]), runs.match(PATTERN, runs.starts[lines]))


def values(runs: Runs, starts: IntArray, ends: IntArray) -> list[str]:  # noqa: ARG001
    """Canonical values of candidates, which are wholly checked."""
    return strings(runs.bytes_of(starts, 9))


def validate(text: str) -> str:
    """Nine digits (or an older number of seven characters), or `FormatError`."""
    value = compact(text, " -")
    line = _MACHINE_READABLE.fullmatch(value)
    if line is not None:
        total = sum(int(digit) * weight for digit, weight in zip(line[1], (7, 3, 1) * 3, strict=True))
        if str(total % 10) != line[2]:
            raise FormatError("not a passport number: wrong check digit")
        value = line[1]
    if _OLDER.fullmatch(value) is None or value.strip("0") == "":
        raise FormatError("not a passport number: wrong shape")
    return value

"""Health and Care number: Northern Ireland; ten digits whose first nine are 320 000 001 to 399 999 999, check modulo 11.

>>> validate("320 000 0015")
'3200000015'
>>> validate("3100000015")
Traceback (most recent call last):
lossproof.errors.FormatError: not a Health and Care number: outside the issued range
"""

from __future__ import annotations

import re

import numpy as np

from lossproof.discover.check_digits import mod_11, mod_11_rows
from lossproof.discover.identifiers.nhs_number import ten_digits
from lossproof.discover.runs import LEFT, RIGHT, IntArray, Runs, Spans, compact, no_spans, strings
from lossproof.errors import FormatError

NAME = "hc_number"
SOURCE = "the nhs-number package's documentation of the Northern Ireland range"
CATEGORY: str | None = None
STRONG = True
# One random number of ten digits in 140 lies in the range with a right check digit.
ALONE = False
YIELDS_TO = ("phone",)
CONTEXT = (
    "h&c",
    "hcn",
    "health and care",
    "health and social care",
    "hsc",
    "patient",
    "hospital",
    "clinic",
    "gp",
    "ward",
)
HEADERS = (
    "hcn", "hc", "h c", "hc no", "h c no", "hcno", "hc number", "h c number", "hcnumber", "health and care number",
    "health care number", "health and care no", "hsc no", "hsc number", "hscn", "hcn number", "patient hcn", "hc id",
)  # fmt: skip
PATTERN = re.compile(rf"{LEFT}3(?:[0-9]{{9}}|[0-9]{{2}}([ .-])[0-9]{{3}}\1[0-9]{{4}}){RIGHT}")


def candidates(runs: Runs) -> Spans:
    """Spans whose range and check digit are right."""
    k, starts, ends = ten_digits(runs)
    if not len(k):
        return no_spans()
    rows = runs.digits_of(k, 10)
    nine = rows[:, :9] @ (10 ** np.arange(8, -1, -1))
    good = (nine >= 320_000_001) & (nine <= 399_999_999)
    good[good] = mod_11_rows(rows[good]) & runs.free(starts[good], ends[good])
    return starts[good], ends[good]


def values(runs: Runs, starts: IntArray, ends: IntArray) -> list[str]:  # noqa: ARG001
    """Canonical values of candidates, which are wholly checked."""
    return strings(runs.digits_of(runs.starting_at(starts), 10) + 48)


def validate(text: str) -> str:
    """Ten digits, or `FormatError`."""
    digits = compact(text, " .-")
    if len(digits) != 10 or not digits.isdigit():
        raise FormatError("not a Health and Care number: not ten digits")
    if not 320_000_001 <= int(digits[:9]) <= 399_999_999:
        raise FormatError("not a Health and Care number: outside the issued range")
    if not mod_11(digits):
        raise FormatError("not a Health and Care number: wrong check digit")
    return digits

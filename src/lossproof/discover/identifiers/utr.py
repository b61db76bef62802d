"""Unique Taxpayer Reference: ten digits, the first a check digit over the others; sometimes written 5-5 or with a final K.

>>> validate("19558 39661")
'1955839661'
>>> validate("2955839661")
Traceback (most recent call last):
lossproof.errors.FormatError: not a taxpayer reference: wrong check digit
"""

from __future__ import annotations

import re

import numpy as np

from lossproof.discover.runs import LEFT, RIGHT, IntArray, Runs, Spans, compact, joined_spans, no_spans, strings
from lossproof.errors import FormatError

NAME = "utr"
SOURCE = "OECD, tax identification numbers of the United Kingdom; the check as implemented by python-stdnum"
CATEGORY: str | None = None
# A partnership or company has one too.
STRONG = False
# One random number of ten digits in ten passes.
ALONE = False
YIELDS_TO = ("phone",)
CONTEXT = ("utr", "tax", "taxpayer", "hmrc", "self assessment", "inland revenue", "cis", "subcontractor")
HEADERS = (
    "utr", "utr no", "utr number", "utrno", "utr num", "unique taxpayer reference", "unique tax reference", "taxpayer reference",
    "tax reference", "tax ref", "tax ref no", "tax reference number", "sa utr", "sautr", "self assessment reference",
    "self assessment utr", "cis utr", "hmrc reference", "tax id", "taxpayer ref",
)  # fmt: skip
PATTERN = re.compile(rf"{LEFT}[0-9]{{5}} ?[0-9]{{5}}K?{RIGHT}")

_WEIGHTS = (6, 7, 8, 9, 10, 5, 4, 3, 2)
_CHECK = "21987654321"


def candidates(runs: Runs) -> Spans:
    """Spans whose check digit is right."""
    solid, grouped = runs.shape((10,)), runs.shape((5, 5), b" ")
    k = np.concatenate((solid, grouped))
    if not len(k):
        return no_spans()
    starts, ends = runs.starts[k], runs.ends[np.concatenate((solid, grouped + 1))]
    ends = ends + (runs.bytes[ends] == ord("K"))
    rows = runs.digits_of(k, 10)
    check = np.array([int(digit) for digit in _CHECK], dtype=np.uint8)
    good = check[rows[:, 1:] @ np.array(_WEIGHTS, dtype=np.int32) % 11] == rows[:, 0]
    good[good] = runs.free(starts[good], ends[good])
    return joined_spans((starts[good], ends[good]))


def values(runs: Runs, starts: IntArray, ends: IntArray) -> list[str]:  # noqa: ARG001
    """Canonical values of candidates, which are wholly checked."""
    return strings(runs.digits_of(runs.starting_at(starts), 10) + 48)


def validate(text: str) -> str:
    """Ten digits, or `FormatError`."""
    digits = compact(text, " ").removesuffix("K")
    if len(digits) != 10 or not digits.isdigit():
        raise FormatError("not a taxpayer reference: not ten digits")
    total = sum(int(digit) * weight for digit, weight in zip(digits[1:], _WEIGHTS, strict=True))
    if digits[0] != _CHECK[total % 11]:
        raise FormatError("not a taxpayer reference: wrong check digit")
    return digits

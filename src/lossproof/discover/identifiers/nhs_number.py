"""NHS number: England, Wales and the Isle of Man; ten digits, the last a check digit modulo 11.

Ranges read as issued: 400 000 000 to 499 999 999, 600 000 000 to 799 999 999, and the newer 300 000 000 to 319 999 999
(whose start is also that of a CHI number of the 30th or 31st: both are reported). 999 is for tests and never issued.
Left out: numbers of the old style, before 1996 (letters and digits without a check).

>>> validate("943 476 5919")
Traceback (most recent call last):
lossproof.errors.FormatError: not an NHS number: outside the issued ranges
>>> validate("443-476-5914")
'4434765914'
>>> validate("4434765915")
Traceback (most recent call last):
lossproof.errors.FormatError: not an NHS number: wrong check digit
"""

from __future__ import annotations

import re

import numpy as np

from lossproof.discover.check_digits import mod_11, mod_11_rows
from lossproof.discover.runs import LEFT, RIGHT, IntArray, Runs, Spans, compact, no_spans, strings
from lossproof.errors import FormatError

NAME = "nhs_number"
SOURCE = "NHS Data Model and Dictionary, attribute NHS NUMBER; ranges as read in the nhs-number package"
CATEGORY: str | None = None
STRONG = True
# One in eleven random numbers of ten digits has a right check digit: a lone one wants a word beside it.
ALONE = False
# Ten digits inside a telephone number in its international form are no number of their own.
YIELDS_TO = ("phone",)
CONTEXT = ("nhs", "patient", "hospital", "clinic", "gp", "surgery", "ward", "medical record", "referral", "recall")
HEADERS = (
    "nhs", "nhs no", "nhsno", "nhs num", "nhs number", "nhsnumber", "nhs nbr", "nhs id", "nhsid", "nhs ref", "new nhs no",
    "new nhs number", "newnhsno", "nnn", "patient nhs no", "patient nhs number", "pt nhs no", "pt nhs", "pat nhs no",
    "nhs number verified", "verified nhs number", "nhs number traced", "traced nhs number", "nhs no new", "nhs identifier",
    "patient nhs", "baby nhs no", "baby nhs number", "mother nhs number", "mothers nhs no", "child nhs number",
    "nhs number baby", "nhs number mother", "client nhs number", "service user nhs number", "nhs unique number",
)  # fmt: skip
PATTERN = re.compile(rf"{LEFT}(?:[0-9]{{10}}|[0-9]{{3}}([ .-])[0-9]{{3}}\1[0-9]{{4}}){RIGHT}")


def ten_digits(runs: Runs) -> tuple[IntArray, IntArray, IntArray]:
    """Runs that begin ten digits, solid or 3-3-4, with the spans: shared by the NHS, CHI and H&C numbers."""
    solid, grouped = runs.shape((10,)), runs.shape((3, 3, 4), b" .-")
    k = np.sort(np.concatenate((solid, grouped)))
    last = np.where(runs.lengths[k] == 10, k, k + 2)
    return k, runs.starts[k], runs.ends[last]


def candidates(runs: Runs) -> Spans:
    """Spans whose range and check digit are right."""
    k, starts, ends = ten_digits(runs)
    if not len(k):
        return no_spans()
    good = runs.free(starts, ends)
    rows = runs.digits_of(k[good], 10)
    first, second = rows[:, 0], rows[:, 1]
    issued = (first == 4) | (first == 6) | (first == 7) | ((first == 3) & (second <= 1))
    valid = issued & mod_11_rows(rows)
    return starts[good][valid], ends[good][valid]


def values(runs: Runs, starts: IntArray, ends: IntArray) -> list[str]:  # noqa: ARG001
    """Canonical values of candidates, which are wholly checked."""
    return strings(runs.digits_of(runs.starting_at(starts), 10) + 48)


def validate(text: str) -> str:
    """Ten digits, or `FormatError`."""
    digits = compact(text, " .-")
    if len(digits) != 10 or not digits.isdigit():
        raise FormatError("not an NHS number: not ten digits")
    if not (digits[0] in "467" or digits[:2] in ("30", "31")):
        raise FormatError("not an NHS number: outside the issued ranges")
    if not mod_11(digits):
        raise FormatError("not an NHS number: wrong check digit")
    return digits

"""National Insurance number: two letters, six digits (solid or in pairs), a suffix A to D that may be missing.

There is no check digit. Refused: letters never used (D F I Q U V in either place, O in the second; so QQ, HMRC's example) and
prefixes not allocated (BG GB KN NK NT TN ZZ). Prefixes for administrative use (CR MW NC PP PY PZ) are taken, because they
stand where a person's number should, but are not certain alone; neither is a number without its suffix: `alone` says so. In
running text lower case is taken only with its suffix. Left out: temporary numbers (TN with a birth date) and TRNs.

>>> validate("ab 12 34 56 c")
'AB123456C'
>>> validate("AB123456")
'AB123456'
>>> validate("QQ123456C")
Traceback (most recent call last):
lossproof.errors.FormatError: not a National Insurance number: a prefix that is not issued
"""

from __future__ import annotations

import re
from functools import cache
from itertools import product
from string import ascii_uppercase

import numpy as np

from lossproof.discover.runs import LEFT, RIGHT, BoolArray, IntArray, Runs, Spans, compact, no_spans, strings
from lossproof.errors import FormatError

NAME = "nino"
SOURCE = "HMRC National Insurance Manual, NIM39110"
CATEGORY: str | None = None
STRONG = True
# Letters of two restricted alphabets, six digits and a suffix of four: 1 in 700,000 random strings of that length.
ALONE = True
YIELDS_TO: tuple[str, ...] = ()
CONTEXT = ("national insurance", "nino", "ni no", "ni number", "ni num", "nat ins", "n.i.", "payroll", "hmrc", "paye")
HEADERS = (
    "ni", "nino", "ni no", "nino no", "ni num", "ni number", "ninumber", "nino number", "nat ins", "nat ins no", "natins",
    "nat ins number", "national insurance", "national insurance no", "national insurance num", "national insurance number",
    "national ins no", "national ins number", "nationalinsuranceno", "nationalinsurancenumber", "n i", "n i no", "n i number",
    "ni code", "ni ref", "employee ni", "employee ni no", "employee nino", "staff nino", "nat insurance no", "nat insurance",
)  # fmt: skip
PATTERN = re.compile(
    rf"{LEFT}(?:[A-Za-z]{{2}}[ ./-]?[0-9]{{6}}[ ./-]?[A-Da-d]|[A-Za-z]{{2}}[ ./-]?[0-9]{{2}}([ ./-])[0-9]{{2}}\1[0-9]{{2}}"
    rf"[ ./-]?[A-Da-d]|[A-Z]{{2}}(?:[0-9]{{6}}|[ ./-]?[0-9]{{2}}([ ./-])[0-9]{{2}}\2[0-9]{{2}})(?![-/.][A-Za-z])){RIGHT}"
)

_SHAPE = re.compile(r"[A-Z]{2}[0-9]{6}[A-D]?")
_PREFIX = re.compile(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]")
_NOT_ISSUED = frozenset(["BG", "GB", "KN", "NK", "NT", "TN", "ZZ"])
_ADMINISTRATIVE = frozenset(["CR", "MW", "NC", "PP", "PY", "PZ"])


@cache
def _issued() -> BoolArray:
    """Whether two letters, five bits each, are a prefix that is issued."""
    table = np.zeros(1 << 10, dtype=np.bool_)
    for one, two in product(ascii_uppercase, repeat=2):
        table[(ord(one) & 31) << 5 | ord(two) & 31] = (
            one + two not in _NOT_ISSUED and _PREFIX.match(one + two) is not None
        )
    return table


def candidates(runs: Runs) -> Spans:
    """Spans of the shape with a prefix that is issued; the suffix belongs to it where one stands."""
    k = np.sort(np.concatenate((runs.shape((6,)), runs.shape((2, 2, 2), b" ./-"))))
    if not len(k):
        return no_spans()
    solid = runs.lengths[k] == 6
    apart = runs.member(runs.starts[k] - 1, b" ./-")
    starts = runs.starts[k] - 2 - apart
    good = runs.letter(starts) & runs.letter(starts + 1)
    good &= _issued()[(runs.bytes[starts].astype(np.int64) & 31) << 5 | runs.bytes[starts + 1] & 31]
    k, solid, apart, starts = k[good], solid[good], apart[good], starts[good]
    ends = runs.ends[np.where(solid, k, k + 2)]
    suffix_ends = ends + 1 + runs.member(ends, b" ./-")
    suffixed = runs.member(suffix_ends - 1, b"ABCDabcd") & runs.free(starts, suffix_ends)
    bare = runs.upper(starts) & runs.upper(starts + 1) & ~(solid & apart) & runs.free(starts, ends)
    bare &= ~(runs.member(ends, b"-/.") & runs.letter(ends + 1))
    good = suffixed | bare
    return starts[good], np.where(suffixed, suffix_ends, ends)[good]


def values(runs: Runs, starts: IntArray, ends: IntArray) -> list[str]:
    """Canonical values of candidates, which are wholly checked."""
    rows = np.zeros((len(starts), 9), dtype=np.uint8)
    rows[:, :2] = runs.bytes_of(starts, 2) & 0xDF
    rows[:, 2:8] = runs.digits_of(np.searchsorted(runs.starts, starts), 6) + 48
    rows[:, 8] = np.where(runs.letter(ends - 1), runs.bytes[ends - 1] & 0xDF, 0)
    return strings(rows)


def alone(value: str, written: str) -> bool:  # noqa: ARG001
    """Whether a value is certain without a word beside it: without its suffix it has the shape of many serial numbers."""
    return len(value) == 9 and value[:2] not in _ADMINISTRATIVE


def validate(text: str) -> str:
    """Two letters, six digits and the suffix where there is one, or `FormatError`."""
    value = compact(text, " ./-")
    if _SHAPE.fullmatch(value) is None:
        raise FormatError("not a National Insurance number: wrong shape")
    if _PREFIX.match(value) is None or value[:2] in _NOT_ISSUED:
        raise FormatError("not a National Insurance number: a prefix that is not issued")
    return value

"""Payment card number: 13 to 19 digits of a known issuer range and length, Luhn check; solid, 4-4-4-4, 4-6-5 or 4-6-4.

>>> validate("4111 1111 1111 1111")
'4111111111111111'
>>> validate("4111111111111112")
Traceback (most recent call last):
lossproof.errors.FormatError: not a card number: wrong check digit
>>> validate("1111111111111117")
Traceback (most recent call last):
lossproof.errors.FormatError: not a card number: no such issuer
"""

from __future__ import annotations

import re

import numpy as np

from lossproof.discover.check_digits import luhn, luhn_rows
from lossproof.discover.runs import LEFT, RIGHT, IntArray, Runs, Spans, compact, joined_spans, no_spans
from lossproof.errors import FormatError

NAME = "payment_card"
SOURCE = "ISO/IEC 7812-1 (Luhn); issuer ranges as the schemes publish them"
CATEGORY: str | None = None
# A person has several, and a company card is of no one person.
STRONG = False
# One number of sixteen digits in forty passes range and Luhn together: database keys and references would.
ALONE = False
YIELDS_TO: tuple[str, ...] = ("iban",)
CONTEXT = (
    "card", "visa", "mastercard", "amex", "american express", "maestro", "debit", "credit", "expiry", "cvv", "cvc", "payment",
)  # fmt: skip
HEADERS = (
    "card", "card no", "cardno", "card num", "card number", "cardnumber", "credit card", "credit card no", "credit card number",
    "debit card", "debit card no", "debit card number", "payment card", "payment card number", "pan", "cc no", "cc number", "ccno",
    "cc num", "long card number", "creditcard", "creditcardnumber",
)  # fmt: skip
PATTERN = re.compile(
    rf"{LEFT}(?:[0-9]{{13,19}}|[0-9]{{4}}([ -])(?:[0-9]{{4}}\1[0-9]{{4}}\1[0-9]{{4}}|[0-9]{{6}}\1[0-9]{{4,5}})){RIGHT}"
)

# (first, last, lengths): ranges of the first four digits.
_ISSUERS = (
    (4000, 4999, (13, 16, 19)), (5100, 5599, (16,)), (2221, 2720, (16,)), (3400, 3499, (15,)), (3700, 3799, (15,)),
    (6011, 6011, (16, 19)), (6440, 6599, (16, 19)), (3528, 3589, (16, 19)), (3000, 3059, (14,)), (3600, 3699, (14,)),
    (3800, 3999, (14,)), (6200, 6299, (16, 17, 18, 19)), (5000, 5099, (13, 15, 16, 18, 19)), (5600, 5899, (13, 15, 16, 18, 19)),
    (6304, 6304, (16, 18, 19)), (6759, 6763, (16, 18, 19)),
)  # fmt: skip


def candidates(runs: Runs) -> Spans:
    """Spans of a known issuer's range and length whose check digit is right."""
    parts = []
    solid = np.flatnonzero((runs.lengths >= 13) & (runs.lengths <= 19))
    for length in np.unique(runs.lengths[solid]).tolist():
        k = solid[runs.lengths[solid] == length]
        parts.append(_valid(runs, k, k, length))
    for groups in ((4, 4, 4, 4), (4, 6, 5), (4, 6, 4)):
        k = runs.shape(groups, b" -")
        parts.append(_valid(runs, k, k + len(groups) - 1, sum(groups)))
    return joined_spans(*parts)


def _valid(runs: Runs, first: IntArray, last: IntArray, length: int) -> Spans:
    if not len(first):
        return no_spans()
    rows = runs.digits_of(first, length)
    issuer = rows[:, :4] @ np.array((1000, 100, 10, 1), dtype=np.int64)
    good = np.zeros(len(first), dtype=np.bool_)
    for low, high, lengths in _ISSUERS:
        if length in lengths:
            good |= (issuer >= low) & (issuer <= high)
    good[good] = luhn_rows(rows[good])
    starts, ends = runs.starts[first[good]], runs.ends[last[good]]
    free = runs.free(starts, ends)
    return starts[free], ends[free]


def validate(text: str) -> str:
    """13 to 19 digits, or `FormatError`."""
    digits = compact(text, " -")
    if not 13 <= len(digits) <= 19 or not digits.isdigit():
        raise FormatError("not a card number: not 13 to 19 digits")
    if not any(low <= int(digits[:4]) <= high and len(digits) in lengths for low, high, lengths in _ISSUERS):
        raise FormatError("not a card number: no such issuer")
    if not luhn(digits):
        raise FormatError("not a card number: wrong check digit")
    return digits

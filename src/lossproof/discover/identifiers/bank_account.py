"""United Kingdom sort code and account number: six digits and eight, next to each other in the text.

Either alone is any number of its length. Left out: the modulus check of Pay.UK, whose table of weights stands under its own
licence, and so any doubt it could remove; and building-society roll numbers.

>>> validate("20-00-00 12345678")
'200000 12345678'
>>> validate("Account: 12345678, sort code 20-00-00")
'200000 12345678'
>>> sort_code("2-00 00")
Traceback (most recent call last):
lossproof.errors.FormatError: not a sort code: not six digits
>>> account_number("1234567", lost_zero=True)
'01234567'
"""

from __future__ import annotations

import re

import numpy as np

from lossproof.discover.runs import LEFT, RIGHT, ByteArray, IntArray, Runs, Spans, compact, no_spans, normalise, strings
from lossproof.errors import FormatError

NAME = "bank_account"
SOURCE = "Pay.UK, sort codes and account numbers (shape only)"
CATEGORY: str | None = None
# Joint accounts belong to two people, and many to no person at all.
STRONG = False
# Two numbers without a check.
ALONE = False
YIELDS_TO = ("iban", "payment_card", "phone")
CONTEXT = (
    "sort code",
    "sortcode",
    "account",
    "a/c",
    "acc no",
    "bank",
    "bacs",
    "payroll",
    "building society",
    "direct debit",
)
HEADERS = (
    "bank account", "bank account no", "bank account number", "bank details", "account", "account no", "account num",
    "account number", "accountno", "accountnumber", "acc", "acc no", "acc num", "acc number", "accno", "acct", "acct no",
    "acct number", "acctno", "a c", "a c no", "a c number", "ac no", "bank acc", "bank acc no", "bank ac", "bank ac no", "bank acct",
    "bank acct no", "bank a c", "bank a c no", "sort code", "sortcode", "sort", "bank sort code", "bank sort", "sc", "s code",
)  # fmt: skip
_DASHED = "[0-9]{2}-[0-9]{2}-[0-9]{2}"
PATTERN = re.compile(
    rf"{LEFT}(?:{_DASHED}[^0-9]{{1,40}}[0-9]{{8}}|[0-9]{{8}}[^0-9]{{1,40}}{_DASHED}"
    rf"|(?:[0-9]{{6}}|[0-9]{{2}} [0-9]{{2}} [0-9]{{2}})"
    rf"(?:[^0-9A-Za-z]{{1,3}}|[^0-9]{{0,20}}(?:[Aa]cc|ACC|[Aa]/[Cc])[^0-9]{{0,20}})[0-9]{{8}}){RIGHT}"
)

_REACH = 44


def candidates(runs: Runs) -> Spans:
    """Spans of a sort code and an account number, either first."""
    solid = runs.shape((6,))
    solid = solid[runs.lengths[solid + 1] == 8]
    pairs = runs.shape((2, 2, 2), b"- ")
    pairs = pairs[runs.lengths[pairs + 3] == 8]
    account = runs.shape((8,))
    account = account[(runs.lengths[account + 1] == 2) & (runs.starts[account + 1] - runs.ends[account] < _REACH)]
    starts, ends = runs.match(PATTERN, runs.starts[np.concatenate((solid, pairs, account))])
    if not len(starts):
        return no_spans()
    code, number = _digits(runs, starts)
    good = code.any(axis=1) & number.any(axis=1)
    return starts[good], ends[good]


def _digits(runs: Runs, starts: IntArray) -> tuple[ByteArray, ByteArray]:
    """Digits of the sort codes and of the account numbers of spans that start here."""
    k = runs.starting_at(starts)
    rows = runs.digits_of(k, 14)
    account_first = (runs.lengths[k] == 8)[:, None]
    return np.where(account_first, rows[:, 8:], rows[:, :6]), np.where(account_first, rows[:, :8], rows[:, 6:])


def values(runs: Runs, starts: IntArray, ends: IntArray) -> list[str]:  # noqa: ARG001
    """Canonical values of candidates, which are wholly checked."""
    code, number = _digits(runs, starts)
    return strings(np.hstack((code + 48, np.full((len(starts), 1), 32), number + 48)))


def sort_code(text: str, *, lost_zero: bool = False) -> str:
    """Six digits, or `FormatError`. With `lost_zero`, five are taken for six whose first was a zero."""
    digits = compact(text, " -")
    if lost_zero and len(digits) == 5:
        digits = "0" + digits
    if len(digits) != 6 or not digits.isdigit() or digits == "000000":
        raise FormatError("not a sort code: not six digits")
    return digits


def account_number(text: str, *, lost_zero: bool = False) -> str:
    """Eight digits, or `FormatError`. With `lost_zero`, six and seven are taken for eight that began with zeros."""
    digits = compact(text, " -")
    if lost_zero and len(digits) in (6, 7):
        digits = digits.zfill(8)
    if len(digits) != 8 or not digits.isdigit() or digits == "00000000":
        raise FormatError("not an account number: not eight digits")
    return digits


def validate(text: str) -> str:
    """`SSSSSS AAAAAAAA` from a text that holds both, or `FormatError`."""
    if len(text) > 2 * _REACH:
        raise FormatError("not a bank account: too long")
    runs = re.findall("[0-9]+", normalise(text))
    if runs and len(runs[0]) == 8:
        runs = [*runs[1:], runs[0]]
    digits = "".join(runs)
    if len(digits) != 14 or len(runs[-1]) not in (8, 14):
        raise FormatError("not a bank account: not six digits and eight")
    return f"{sort_code(digits[:6])} {account_number(digits[6:])}"

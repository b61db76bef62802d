"""United Kingdom telephone number: 0 or +44 or 0044 and nine or ten digits, in any common grouping, without its extension.

Numbers begin 01, 02, 03, 05, 07 or 08 with a second or third digit that is in use; nine digits after the 0 only where such
numbers exist (01, 0500, 0800). Canonical: the national form, 0 and nine or ten digits. Left out: short codes, 09 (premium
rate) and numbers of other countries.

>>> validate("+44 (0)161 496 0123")
'01614960123'
>>> validate("07700 900-123")
'07700900123'
>>> validate("7700900123", lost_zero=True)
'07700900123'
>>> validate("0461 496 0123")
Traceback (most recent call last):
lossproof.errors.FormatError: not a telephone number: no such area or service
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

import numpy as np

from lossproof.discover.runs import WORD, BoolArray, IntArray, Runs, Spans, no_spans, normalise, strings
from lossproof.errors import FormatError

NAME = "phone"
SOURCE = "Ofcom, the National Telephone Numbering Plan"
CATEGORY: str | None = None
# Households and switchboards share a number.
STRONG = False
# The shape is narrow, but whose number it is, and whether a person's, only the words beside it say.
ALONE = False
YIELDS_TO = ("payment_card", "iban")
CONTEXT = (
    "tel", "telephone", "phone", "mobile", "mob", "call", "contact", "ring", "fax", "text", "landline", "home", "number", "ext",
)  # fmt: skip
HEADERS = (
    "tel", "tel no", "telno", "tel num", "tel number", "tel 1", "tel 2", "tel1", "tel2", "tel home", "tel work", "tel mobile",
    "telephone", "telephone no", "telephone num", "telephone number", "telephone 1", "telephone 2", "telephonenumber",
    "telephone home", "home telephone", "phone", "phone no", "phoneno", "phone num", "phone number", "phonenumber", "phone 1",
    "phone 2", "phone1", "phone2", "phone home", "phone work", "home phone", "home tel", "home tel no", "home number", "work phone",
    "work tel", "work telephone", "work number", "day phone", "daytime phone", "daytime telephone", "daytime tel", "evening phone",
    "evening tel", "mobile", "mobile no", "mobileno", "mobile num", "mobile number", "mobilenumber", "mobile phone",
    "mobile phone no", "mobile phone number", "mobile tel", "mobile telephone", "mob", "mob no", "mob number", "cell", "cell no",
    "cell phone", "contact no", "contactno", "contact num", "contact number", "contactnumber", "contact tel", "contact tel no",
    "contact telephone", "contact phone", "contact phone number", "landline", "landline no", "landline number", "fax", "fax no",
    "next of kin tel", "nok tel", "nok phone", "nok contact no", "emergency contact number", "emergency tel", "patient tel",
    "patient phone", "patient telephone", "pt tel", "parent phone", "ph", "ph no", "preferred phone", "preferred contact number",
    "telephone mobile", "alternative tel", "other phone", "main phone", "sms", "sms number",
)  # fmt: skip
_GAP = r"[ ().-]{0,2}"
_EXTENSION = r"(?i:x|ext)\.? ?[0-9]"
PATTERN = re.compile(
    rf"(?<![{WORD}£$])(?<![0-9][-.])(?:(?<!\+)0(?!0)(?:{_GAP}[0-9]){{9,10}}|(?<!\+)447[0-9]{{9}}"
    rf"|(?:\+|(?<!\+)00)44(?:{_GAP}0)?{_GAP}[1-9](?:{_GAP}[0-9]){{8,9}})"
    rf"(?![0-9])(?:(?={_EXTENSION})|(?![{WORD}]))(?![-.:][0-9])"
)

_NUMBER = re.compile(
    r"0(?:1[1-9]|2[03489]|3[0347]|5[056]|7[0-9]|8[0247])[0-9]{8}|0(?:1(?!1|[0-9]1)[2-9]|[58]00)[0-9]{5,7}"
)
_NATIONAL_DIGITS = (10, 11)
_MOST_GROUPS = 5


@cache
def _areas() -> BoolArray:
    """Whether a number of ten digits after the 0 may begin with two, by tens and units."""
    return np.array([_NUMBER.fullmatch(f"0{two:02d}22222222") is not None for two in range(100)])


class _Written(NamedTuple):
    """How numbers are written: their first and last runs, the digits before the national ones, and how many digits in all."""

    first: IntArray
    last: IntArray
    prefix: IntArray
    size: IntArray


def _written(runs: Runs, starts: IntArray, ends: IntArray) -> _Written:
    """The parts of spans of `PATTERN`. The prefix is 44 or 0044 with the 0 that may follow it, or a national number's 0."""
    first = runs.starting_at(starts + (runs.bytes[starts] == ord("+")))
    last = np.searchsorted(runs.ends, ends)
    rows = runs.digits_of(first, 5)
    prefix = np.where(rows[:, 0] == 4, 2, np.where(rows[:, 1] == 0, 4, 1))
    # A national number in brackets, (0)161, begins with a lone 0 too.
    prefix[(runs.lengths[first] == 1) & (rows[:, 0] == 0)] = 1
    prefix += (prefix > 1) & (rows[np.arange(len(rows)), prefix] == 0)
    return _Written(first, last, prefix, runs.rank[last + 1] - runs.rank[first])


def _in_use(runs: Runs, written: _Written) -> BoolArray:
    """Whether the national digits begin as those of a number in use."""
    at = runs.rank[written.first] + written.prefix
    one, two, three = (runs.digits[at + ahead].astype(np.int64) - 48 for ahead in range(3))
    short = written.size - written.prefix == _NATIONAL_DIGITS[0] - 1
    geographic = (one == 1) & (two > 1) & (three != 1)
    free = ((one == 5) | (one == 8)) & (two == 0) & (three == 0)
    used: BoolArray = np.where(short, geographic | free, _areas()[one * 10 + two])
    return used


def _grouped(runs: Runs, written: _Written) -> BoolArray:
    """Whether the groups of digits are those of a number; see `_groups_are_plausible`."""
    size = len(written.first)
    groups, leading = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    smallest = np.full(size, 99)
    before = np.where(written.prefix > 1, written.prefix, 0)
    for step in range(_MOST_GROUPS + 3):
        k = np.minimum(written.first + step, written.last)
        length = runs.lengths[k].astype(np.int64)
        there = written.first + step <= written.last
        # The prefix is no group of its own, nor is a bracketed 0; a 0 that the area's digits follow at once is of their group.
        taken = np.minimum(length, before)
        before, length = before - taken, length - taken
        length += (taken > 0) & (length > 0) & (runs.bytes[runs.starts[k] + taken - 1] == ord("0"))
        counted = (
            there
            & (length > 0)
            & ~((length == 1) & (runs.lengths[k] == 1) & (step == 0) & (runs.bytes[runs.ends[k]] == ord(")")))
        )
        smallest = np.where(counted & (groups > 0), np.minimum(smallest, length), smallest)
        leading = np.where(counted & (groups == 0), length, leading)
        groups += counted
    few = (groups <= _MOST_GROUPS) & (written.last - written.first < _MOST_GROUPS + 3)
    well: BoolArray = few & (leading >= 2) & (smallest >= 2) & ((groups == 1) | (leading > 2) | (smallest > 2))
    return well


def candidates(runs: Runs) -> Spans:
    """Spans of numbers in use, grouped as people group them."""
    real = slice(0, len(runs.starts) - 1)
    starts, ends, lengths = runs.starts[real], runs.ends[real], runs.lengths[real]
    first, before = runs.bytes[starts], runs.bytes[starts - 1]
    national = (first == ord("0")) & (runs.member(ends, b" ().-") | ((lengths >= 10) & (lengths <= 15)))
    plus = (before == ord("+")) & (first == ord("4"))
    bare = (lengths == 12) & (first == ord("4"))
    free = ~runs.word(starts - 1) & ~(runs.member(starts - 1, b"-.") & runs.digit(starts - 2))
    starts, ends = runs.match(PATTERN, np.concatenate((starts[(national | bare) & free], starts[plus] - 1)))
    if not len(starts):
        return no_spans()
    written = _written(runs, starts, ends)
    good = _in_use(runs, written) & _grouped(runs, written)
    return starts[good], ends[good]


def values(runs: Runs, starts: IntArray, ends: IntArray) -> list[str]:
    """Canonical values of candidates, which are wholly checked."""
    written = _written(runs, starts, ends)
    rows = runs.digits[(runs.rank[written.first] + written.prefix)[:, None] + np.arange(-1, 10)]
    rows[:, 0] = ord("0")
    rows[written.size - written.prefix < 10, 10] = 0
    return strings(rows)


def _groups_are_plausible(groups: list[str], *, bracketed: bool) -> bool:
    """Whether digits are grouped as people group a number, and not as a table or a date does."""
    if groups[0] == "0" and bracketed:
        groups = groups[1:]
    if len(groups) > _MOST_GROUPS or any(len(group) < 2 for group in groups):
        return False
    return len(groups) == 1 or len(groups[0]) > 2 or all(len(group) > 2 for group in groups[1:])


def validate(text: str, *, lost_zero: bool = False) -> str:
    """The national number, 0 and nine or ten digits, or `FormatError`.

    With `lost_zero`, ten digits that do not begin with 0 are taken for eleven that did, as spreadsheets make them.
    """
    if len(text) > 64:
        raise FormatError("not a telephone number: too long")
    plain = re.split(_EXTENSION, normalise(text).strip(" \t\r\n\"'"), maxsplit=1)[0].rstrip(" ,;#")
    if re.fullmatch(r"\(?\+?[0-9][0-9 ()./-]*", plain) is None:
        raise FormatError("not a telephone number: wrong shape")
    abroad = re.match(r"\(?(?:\+|00)44\)?|44(?=7[0-9]{9}$)", plain)
    national = plain[abroad.end() :] if abroad else plain
    groups = re.findall("[0-9]+", national)
    digits = "".join(groups)
    if abroad:
        digits = "0" + digits.removeprefix("0")
        groups = groups[1:] if groups and groups[0] == "0" else groups
    elif lost_zero and len(digits) == 10 and digits[0] != "0":
        digits = "0" + digits
    if len(digits) not in _NATIONAL_DIGITS or not groups or "+" in national:
        raise FormatError("not a telephone number: wrong length")
    if _NUMBER.fullmatch(digits) is None:
        raise FormatError("not a telephone number: no such area or service")
    if not _groups_are_plausible(groups, bracketed=bool(abroad) or ")" in plain[:4]):
        raise FormatError("not a telephone number: not grouped as one")
    return digits

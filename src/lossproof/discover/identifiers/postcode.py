"""Postcode of the United Kingdom and the Crown dependencies: area, district, sector and unit, by Royal Mail's position rules.

The area must be one of the 124 in use. In running text the space may be missing (then upper case only) or double, and both
halves are of one case. Canonical: upper case with one space. Left out: whether the postcode exists (the list changes monthly),
GIR 0AA, and the overseas territories.

>>> validate("sw1a1aa")
'SW1A 1AA'
>>> validate("M1  1AE")
'M1 1AE'
>>> validate("QX1 1AA")
Traceback (most recent call last):
lossproof.errors.FormatError: not a postcode: no such area
"""

from __future__ import annotations

import re
from functools import cache

import numpy as np

from lossproof.discover.runs import WORD, BoolArray, IntArray, Runs, Spans, compact, no_spans, strings
from lossproof.errors import FormatError

NAME = "postcode"
SOURCE = "Royal Mail, PAF Programmers' Guide (position rules); Office for National Statistics (areas)"
CATEGORY: str | None = None
# About fifteen households share one.
STRONG = False
# It is certain to be a postcode and says nothing of whose.
ALONE = False
YIELDS_TO = ("driving_licence", "iban")
CONTEXT = (
    "address",
    "postcode",
    "post code",
    "road",
    "street",
    "lane",
    "avenue",
    "close",
    "lives at",
    "home",
    "house",
    "flat",
    "crescent",
    "drive",
    "gardens",
    "terrace",
    "grove",
    "mews",
    "court",
    "place",
    "cottage",
    "square",
    "resides at",
    "residing at",
    "living at",
    "moved to",
)
HEADERS = (
    "postcode", "post code", "post codes", "postcodes", "pcode", "p code", "pc", "pcd", "pcds", "postal code", "postalcode", "zip",
    "zip code", "zipcode", "zip postcode", "home postcode", "home post code", "address postcode", "postcode of residence",
    "patient postcode", "pt postcode", "postcode home", "post cd", "postcd", "post code home", "current postcode",
    "postcode of usual address", "address post code", "correspondence postcode", "client postcode", "postcode usual address",
    "last known postcode", "release postcode",
)  # fmt: skip
PATTERN = re.compile(
    rf"(?<![{WORD}£$])(?<![0-9][-./])(?:[A-Z]{{1,2}}[0-9][0-9A-Z]? {{0,2}}[0-9][A-Z]{{2}}"
    rf"|[a-z]{{1,2}}[0-9][0-9a-z]? {{1,2}}[0-9][a-z]{{2}})(?![{WORD}])(?!-[0-9])"
)

_AREA_NAMES = (
    "AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY G GL GU GY HA "
    "HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR "
    "RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE"
)
AREAS = frozenset(_AREA_NAMES.split())
"""The letters that a postcode may begin with."""
_INWARD = b"ABDEFGHJLNPQRSTUWXYZabdefghjlnpqrstuwxyz"
_THIRD = b"ABCDEFGHJKPSTUWabcdefghjkpstuw"
_FOURTH = b"ABEHMNPRVWXYabehmnprvwxy"
_SHAPE = re.compile(
    "([A-Z]{1,2})(?:[0-9]{1,2}|(?<![A-Z][A-Z])[0-9][ABCDEFGHJKPSTUW]|(?<=[A-Z][A-Z])[0-9][ABEHMNPRVWXY])[0-9][ABD-HJLNP-UW-Z]{2}"
)


@cache
def _area_table() -> BoolArray:
    """Whether two letters, five bits each and the second possibly none, are an area."""
    table = np.zeros(1 << 10, dtype=np.bool_)
    for area in AREAS:
        table[(ord(area[0]) & 31) << 5 | (ord(area[1]) & 31 if len(area) == 2 else 0)] = True
    return table


def candidates(runs: Runs) -> Spans:
    """Spans of a postcode by the position rules, of a known area."""
    k = np.flatnonzero(runs.lengths <= 3)
    ends = runs.ends[k]
    good = runs.member(ends, _INWARD) & runs.member(ends + 1, _INWARD) & ~runs.word(ends + 2)
    k, ends = k[good], ends[good] + 2
    if not len(k):
        return no_spans()
    inward = ends - 3
    spaces = ((runs.lengths[k] == 1) & (runs.bytes[inward - 1] == 32)).astype(np.int64)
    spaces += (spaces > 0) & (runs.bytes[inward - 2] == 32)
    last = inward - spaces - 1  # of the outward code
    lettered = runs.letter(last)
    last_digit = last - lettered
    first_digit = last_digit - (runs.digit(last_digit - 1) & ~lettered)
    two = runs.letter(first_digit - 2)
    starts = first_digit - 1 - two
    good = runs.digit(last_digit) & runs.letter(first_digit - 1)
    good &= ~lettered | runs.member(last, _THIRD) & ~two | runs.member(last, _FOURTH) & two
    area = (runs.bytes[starts].astype(np.int64) & 31) << 5 | np.where(two, runs.bytes[starts + 1] & 31, 0)
    good &= _area_table()[area]
    upper = runs.upper(starts)
    for letters in (first_digit - 1, np.where(lettered, last, starts), ends - 2, ends - 1):
        good &= runs.upper(letters) == upper
    good &= upper | (spaces > 0)
    good &= ~runs.word(starts - 1) & ~runs.member(starts - 1, "£$".encode("latin-1"))
    good &= ~(runs.member(starts - 1, b"-./") & runs.digit(starts - 2))
    good &= ~((runs.bytes[ends] == ord("-")) & runs.digit(ends + 1))
    return starts[good], ends[good]


def values(runs: Runs, starts: IntArray, ends: IntArray) -> list[str]:
    """Canonical values of candidates, which are wholly checked."""
    spaces = (runs.bytes_of(ends - 5, 2) == 32).sum(axis=1)
    outward = ends - 3 - spaces - starts
    rows = np.zeros((len(starts), 8), dtype=np.uint8)
    for length in (2, 3, 4):
        these = np.flatnonzero(outward == length)
        rows[these, :length] = runs.bytes_of(starts[these], length)
        rows[these, length] = 32
        rows[these, length + 1 : length + 4] = runs.bytes_of(ends[these] - 3, 3)
    return strings(np.where((rows >= 97) & (rows <= 122), rows - 32, rows))


def validate(text: str) -> str:
    """Outward code, a space, inward code, upper case, or `FormatError`."""
    value = compact(text, " ")
    shape = _SHAPE.fullmatch(value)
    if shape is None:
        raise FormatError("not a postcode: wrong shape")
    if shape[1] not in AREAS:
        raise FormatError("not a postcode: no such area")
    return f"{value[:-3]} {value[-3:]}"

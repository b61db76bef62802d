"""Police National Computer id: a year, a serial of up to seven digits, and a check letter over both.

Written YYYY/NNNNNNND, YY/N..ND, or without the slash and then with all seven digits. A two-digit year up to the current one
is of this century. Canonical: four-digit year, padded serial.

>>> validate("2004/0012345D")
'2004/0012345D'
>>> validate("79/163001b")
'1979/0163001B'
>>> validate("2004/0012345E")
Traceback (most recent call last):
lossproof.errors.FormatError: not a PNC id: wrong check letter
"""

from __future__ import annotations

import re
from datetime import date

import numpy as np

from lossproof.discover.check_digits import LETTERS_23, letter_23
from lossproof.discover.runs import LEFT, RIGHT, WORD, IntArray, Runs, Spans, compact, no_spans, strings
from lossproof.errors import FormatError

NAME = "pnc_id"
SOURCE = "Criminal Justice Hub data standards; ministryofjustice/hmpps-person-record"
CATEGORY: str | None = "criminal_offence"
STRONG = True
# A year, a slash and a check letter of 23: chance strings of this shape are rare, and one in 23 of those passes.
ALONE = True
YIELDS_TO: tuple[str, ...] = ()
CONTEXT = ("pnc", "police", "custody", "offender", "arrest", "conviction", "prison", "probation", "court")
HEADERS = (
    "pnc", "pnc id", "pncid", "pnc no", "pncno", "pnc num", "pnc number", "pncnumber", "pnc ref", "pnc reference", "pnc idno",
    "police national computer", "police national computer id", "police national computer number", "pnc id number", "pnc uid",
    "offender pnc", "subject pnc", "nominal pnc", "pnc id no",
)  # fmt: skip
PATTERN = re.compile(
    rf"{LEFT}(?<![{WORD}]/)(?:(?:[0-9]{{4}}|[0-9]{{2}})/[0-9]{{1,7}}|[0-9]{{11}}|[0-9]{{9}})[A-Za-z]{RIGHT}"
)

_SHAPE = re.compile(r"((?:19|20)?[0-9]{2})(?:/([0-9]{1,7})|([0-9]{7}))([A-HJ-NP-RT-Z])")


def alone(value: str, written: str) -> bool:  # noqa: ARG001
    """Whether an id is certain without a word beside it: with its slash and a serial of five digits or more. `12/345A` is how many
    references look, and one in 23 of them has the right letter."""
    serial = written.partition("/")[2]
    return sum(character.isdigit() for character in serial) >= 5


def _parts(runs: Runs, k: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Year, serial and end of the digits of ids that begin at these runs."""
    solid = runs.lengths[k] >= 9
    last = np.where(solid, k, k + 1)
    year_digits = np.where(solid, runs.lengths[k] - 7, runs.lengths[k])
    rows = runs.digits_of(k, 11).astype(np.int64)
    long_year = year_digits == 4
    year = np.where(long_year, rows[:, :4] @ (1000, 100, 10, 1), rows[:, :2] @ (10, 1))
    this_year = runs.today.year
    year += np.where(long_year, 0, np.where(year <= this_year % 100, 2000, 1900))
    digits = np.where(long_year[:, None], rows[:, 4:11], rows[:, 2:9])
    serial_digits = np.where(solid, 7, runs.lengths[last]).astype(np.int64)
    serial = digits @ (10 ** np.arange(6, -1, -1)) // 10 ** (7 - serial_digits)
    return year, serial, runs.ends[last]


def candidates(runs: Runs) -> Spans:
    """Spans whose check letter is right, of a year that has come."""
    slash = np.flatnonzero((runs.separators == ord("/")) & ((runs.lengths == 2) | (runs.lengths == 4)))
    slash = slash[(runs.lengths[slash + 1] <= 7) & runs.letter(runs.ends[slash + 1])]
    solid = np.flatnonzero((runs.lengths == 9) | (runs.lengths == 11))
    solid = solid[runs.letter(runs.ends[solid])]
    k = np.sort(np.concatenate((slash, solid)))
    if not len(k):
        return no_spans()
    year, serial, ends = _parts(runs, k)
    letter = np.frombuffer(LETTERS_23, dtype=np.uint8)[(year % 100 * 10_000_000 + serial) % 23]
    good = (letter == runs.bytes[ends] & 0xDF) & (year >= 1900) & (year <= runs.today.year)
    starts, ends = runs.starts[k[good]], ends[good] + 1
    free = runs.free(starts, ends) & ~((runs.bytes[starts - 1] == ord("/")) & runs.word(starts - 2))
    return starts[free], ends[free]


def values(runs: Runs, starts: IntArray, ends: IntArray) -> list[str]:
    """Canonical values of candidates, which are wholly checked."""
    year, serial, _ = _parts(runs, runs.starting_at(starts))
    rows = np.full((len(starts), 13), ord("/"), dtype=np.uint8)
    rows[:, :4] = year[:, None] // (1000, 100, 10, 1) % 10 + 48
    rows[:, 5:12] = serial[:, None] // (10 ** np.arange(6, -1, -1)) % 10 + 48
    rows[:, 12] = runs.bytes[ends - 1] & 0xDF
    return strings(rows)


def validate(text: str, *, today: date | None = None) -> str:
    """`YYYY/NNNNNNND`, or `FormatError`. `today` says which century a two-digit year is of."""
    shape = _SHAPE.fullmatch(compact(text, " "))
    if shape is None:
        raise FormatError("not a PNC id: wrong shape")
    year, serial, letter = shape[1], (shape[2] or shape[3]).zfill(7), shape[4]
    if letter_23(int(year[-2:] + serial)) != letter:
        raise FormatError("not a PNC id: wrong check letter")
    this_year = (today or date.today()).year
    if len(year) == 2:
        year = f"{20 if int(year) <= this_year % 100 else 19}{year}"
    if int(year) > this_year:
        raise FormatError("not a PNC id: a year to come")
    return f"{year}/{serial}{letter}"

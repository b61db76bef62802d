"""Driver number of Great Britain, sixteen characters: surname, birth date, initials, and two characters and two letters more.

Characters 1 to 5 are the surname filled up with 9s; 6 to 11 the decade, month (plus 50 for women), day and year of birth; 12
and 13 the initials (9 for none); 14 a digit or letter, 15 and 16 letters, whose rule is not public. It is also written 5-6-5
with spaces. Left out: numbers of Northern Ireland, eight digits without a check.

>>> validate("MORGA 753116 SM9IJ")
'MORGA753116SM9IJ'
>>> birth_date("MORGA753116SM9IJ")
(76, 3, 11)
>>> validate("MORGA793116SM9IJ")
Traceback (most recent call last):
lossproof.errors.FormatError: not a driver number: no such birth date
"""

from __future__ import annotations

import re

import numpy as np

from lossproof.discover.runs import LEFT, RIGHT, Runs, Spans, compact
from lossproof.errors import FormatError

NAME = "driving_licence"
SOURCE = "DVLA driver number format as described by ukdriving.org.uk and by presidio-analyzer"
CATEGORY: str | None = None
STRONG = True
# Sixteen characters of a narrow shape with a birth date inside: nothing else looks so.
ALONE = True
YIELDS_TO: tuple[str, ...] = ()
CONTEXT = ("driving", "driver", "licence", "license", "dvla", "dl no")
HEADERS = (
    "driving licence", "driving licence no", "driving licence number", "driving license", "driving license no",
    "driving license number", "driver number", "driver no", "driver licence", "driver licence no", "driver licence number",
    "drivers licence", "drivers licence no", "drivers license", "dl no", "dl number", "dln", "dvla no", "dvla number",
    "licence no", "licence number", "license no", "license number", "dvla driver number", "drivinglicence", "drivinglicenceno",
)  # fmt: skip
PATTERN = re.compile(
    rf"{LEFT}(?=[A-Z]{{1,5}}9{{0,4}} ?[0-9]{{6}} ?[A-Z])[A-Z][A-Z9]{{4}}"
    rf"(?:[0-9]{{6}}[A-Z][A-Z9][A-Z0-9][A-Z]{{2}}| [0-9]{{6}} [A-Z][A-Z9][A-Z0-9][A-Z]{{2}}){RIGHT}"
)

_SHAPE = re.compile(r"(?=[A-Z]+9*[0-9]{6}[A-Z])[A-Z][A-Z9]{4}([0-9]{6})[A-Z][A-Z9][A-Z0-9][A-Z]{2}")
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def candidates(runs: Runs) -> Spans:
    """Spans of the shape; the birth date is left to `validate`."""
    positions = []
    for nines in range(5):
        # A surname's 9s and the date after them are one run, unless a space stands between.
        solid = runs.starts[runs.lengths == 6 + nines] + (nines - 5)
        apart = np.flatnonzero((runs.lengths == 6) if not nines else (runs.lengths == nines))
        spaced = runs.starts[apart[runs.separators[apart] == 32]] + (nines - 5)
        if not nines:
            spaced = runs.starts[apart] - 6
        starts = np.concatenate((solid, spaced))
        positions.append(starts[runs.letter(starts) & runs.letter(starts + 4 - nines) & ~runs.word(starts - 1)])
    return runs.match(PATTERN, np.concatenate(positions))


def birth_date(value: str) -> tuple[int, int, int]:
    """Two-digit year, month and day that a canonical driver number holds. Raises `FormatError` for an impossible date."""
    digits = value[5:11]
    year, month, day = int(digits[0] + digits[5]), int(digits[1:3]), int(digits[3:5])
    month -= 50 if month > 50 else 0
    if not (1 <= month <= 12 and 1 <= day <= _DAYS[month - 1]) or (month == 2 and day == 29 and year % 4):
        raise FormatError("not a driver number: no such birth date")
    return year, month, day


def validate(text: str) -> str:
    """Sixteen characters, or `FormatError`."""
    value = compact(text, " ")
    # The card prints the number of the card's issue, two digits, behind the driver's.
    if len(value) == 18 and value[16:].isdigit():
        value = value[:16]
    if _SHAPE.fullmatch(value) is None:
        raise FormatError("not a driver number: wrong shape")
    birth_date(value)
    return value

"""A calendar date that can be a date of birth: from 1900 to today, in any form that people and systems write.

Numbers: day, month, year of four digits or two with `/`, `-` or `.` between; year, month, day. Day before month unless the
middle number cannot be a month. Names: `12 March 2008`, `12th of Mar 80`, `March 12th, 2008`, `12-MAR-1980`, `12MAR1980`. A
two-digit year beyond the current one is of the last century. `read` takes more, for cells of a column that says what it
holds: `12031980`, `1980-03-12 00:00:00`, `12 03 1980`, and month before day where the caller knows that the column is so.
Left out: dates before 1900, months in other languages than English, and Excel's day numbers.

>>> validate("12/03/1980")
'1980-03-12'
>>> validate("12th of March, 1980")
'1980-03-12'
>>> read("03/12/1980", day_first=False)
datetime.date(1980, 3, 12)
>>> validate("31/02/1980")
Traceback (most recent call last):
lossproof.errors.FormatError: not a date of birth
"""

from __future__ import annotations

import re
from datetime import date
from functools import cache

import numpy as np

from lossproof.discover.runs import WORD, BoolArray, IntArray, Runs, Spans, byte_set, joined_spans, normalise, strings
from lossproof.errors import FormatError

NAME = "date_of_birth"
SOURCE = "ISO 8601 and the habits of British writers"
CATEGORY: str | None = None
STRONG = False
# Any date has this shape: only a column or a word beside it makes it one of birth.
ALONE = False
YIELDS_TO: tuple[str, ...] = ("phone",)
CONTEXT = ("date of birth", "birth date", "birthdate", "dob", "d.o.b", "born", "birthday", "born on", "aged", "d o b")
HEADERS = (
    "dob", "d o b", "dob d", "date of birth", "dateofbirth", "date birth", "birth date", "birthdate", "birth dt", "birthday", "born",
    "born on", "birth", "patient dob", "pt dob", "pat dob", "patient date of birth", "person birth date", "person date of birth",
    "child dob", "childs dob", "baby dob", "mother dob", "mothers dob", "client dob", "service user dob", "employee dob", "staff dob",
    "offender dob", "prisoner dob", "dte of birth", "dt of birth", "date of bth", "dob dd mm yyyy", "date of birth dd mm yyyy",
    "dd mm yyyy", "d of b", "date b", "birth date dd mm yyyy", "dob date of birth", "dob of patient", "subject dob", "member dob",
    "student dob", "pupil dob", "dob 1", "date of birth dob",
)  # fmt: skip

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?)"
)
_YEAR = "(?:[0-9]{4}|[0-9]{2}(?!:[0-9]))"
_DAY_MONTH = {
    "/": "[0-9]{1,2}/[0-9]{1,2}/",
    "-": "[0-9]{1,2}-[0-9]{1,2}-",
    # Version numbers: a short year wants a day and month of two digits.
    ".": r"[0-9]{1,2}\.[0-9]{1,2}\.(?=[0-9]{4})|[0-9]{2}\.[0-9]{2}\.",
}
_NUMERIC = "|".join(
    rf"(?<![0-9][{mark}])(?:(?:{day_month}){_YEAR}|[0-9]{{4}}[{mark}][0-9]{{1,2}}[{mark}][0-9]{{1,2}})(?![{mark}]?[0-9])"
    for mark, day_month in _DAY_MONTH.items()
)
_NAMED = (
    rf"(?i:[0-9]{{1,2}}(?:st|nd|rd|th)?(?: of)?[ ,./-]{{0,2}}{_MONTH}[ ,./'-]{{0,2}}{_YEAR}"
    rf"|{_MONTH}[ .-]{{1,2}}[0-9]{{1,2}}(?:st|nd|rd|th)?[ ,-]{{1,2}}[0-9]{{4}})(?![0-9])"
)
_BEFORE = rf"(?<![{WORD}£$])"
_BEHIND = rf"(?:(?![{WORD}])|(?=T[0-9]{{2}}:))"
PATTERN = re.compile(rf"{_BEFORE}(?:{_NUMERIC}|(?<![0-9][-./]){_NAMED}){_BEHIND}")

_NAMED_AT = re.compile(rf"{_BEFORE}(?<![0-9][-./]){_NAMED}{_BEHIND}")
_MONTH_BEHIND = re.compile(rf"(?i:{_MONTH})[ .-]{{1,2}}$")
_DAY_MONTH_YEAR = re.compile(r"([0-9]{1,2})([/. -])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})")
_YEAR_MONTH_DAY = re.compile(r"([0-9]{4})([/. -])([0-9]{1,2})\2([0-9]{1,2})")
_MONTH_NAME = re.compile(_MONTH, re.IGNORECASE)
_WHOLE_NAMED = re.compile(_NAMED)
_TIME = re.compile(r"[T ][0-9]{1,2}:[0-9]{2}.*$", re.DOTALL)
_FIRST_YEAR = 1900
_DAYS = np.array((0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), dtype=np.int64)


@cache
def _month_table() -> IntArray:
    """The month that three letters, five bits each, begin the name of; 0 for none."""
    table = np.zeros(1 << 15, dtype=np.int64)
    for month, name in enumerate(_MONTHS, 1):
        one, two, three = (ord(letter) & 31 for letter in name)
        table[one << 10 | two << 5 | three] = month
    return table


def _month_at(runs: Runs, positions: IntArray) -> IntArray:
    """The month whose name begins at each position, 0 for none."""
    rows = runs.bytes_of(positions, 3).astype(np.int64) & 31
    letters = runs.letter(positions) & runs.letter(positions + 1) & runs.letter(positions + 2)
    months: IntArray = _month_table()[rows @ (1 << 10, 1 << 5, 1)] * letters
    return months


def _month_after(runs: Runs, ends: IntArray) -> IntArray:
    """The month whose name begins within seven characters, behind a day's `th` and `of`."""
    month = np.zeros(len(ends), dtype=np.int64)
    for ahead in range(8):
        month = np.where(month > 0, month, _month_at(runs, ends + ahead))
    return month


def _numbers(runs: Runs, k: IntArray) -> IntArray:
    """The values of runs of one, two or four digits."""
    rows = runs.digits_of(k, 4).astype(np.int64)
    length, two = runs.lengths[k], rows[:, 0] * 10 + rows[:, 1]
    found: IntArray = np.where(
        length == 1, rows[:, 0], np.where(length == 2, two, two * 100 + rows[:, 2] * 10 + rows[:, 3])
    )
    return found


def _calendar(year: IntArray, month: IntArray, day: IntArray, short: BoolArray, today: date) -> IntArray:
    """Dates as YYYYMMDD, 0 where there is no such date from 1900 to today. `short` marks years of two digits."""
    last = today.year * 10000 + today.month * 100 + today.day
    this_century = (year + 2000) * 10000 + month * 100 + day <= last
    year = np.where(short, year + np.where(this_century, 2000, 1900), year)
    leap: BoolArray = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    good = (month >= 1) & (month <= 12) & (year >= _FIRST_YEAR)
    good &= (day >= 1) & (day <= _DAYS[np.where(good, month, 0)]) & ~((month == 2) & (day == 29) & ~leap)
    whole = year * 10000 + month * 100 + day
    found: IntArray = np.where(good & (whole <= last), whole, 0)
    return found


def _numeric_dates(runs: Runs, k: IntArray) -> IntArray:
    """The dates, as `_calendar` gives them, of runs that each begin three joined ones."""
    one, two, three = _numbers(runs, k), _numbers(runs, k + 1), _numbers(runs, k + 2)
    year_first = runs.lengths[k] == 4
    swapped = ~year_first & (two > 12) & (one <= 12)
    year, month = np.where(year_first, one, three), np.where(swapped, one, two)
    day = np.where(year_first, three, np.where(swapped, two, one))
    return _calendar(year, month, day, ~year_first & (runs.lengths[k + 2] == 2), runs.today)


def _named_dates(runs: Runs, starts: IntArray) -> IntArray:
    """The dates, as `_calendar` gives them, of spans with a month's name."""
    k = runs.starting_at(starts)
    month = np.where(runs.starts[k] == starts, _month_after(runs, runs.ends[k]), _month_at(runs, starts))
    return _calendar(_numbers(runs, k + 1), month, _numbers(runs, k), runs.lengths[k + 1] == 2, runs.today)


def _numeric(runs: Runs) -> IntArray:
    """Indices of runs that begin a date of numbers."""
    length, separator = runs.lengths, runs.separators
    k = np.flatnonzero(byte_set(b"/.-")[separator])
    if not len(k):
        return k
    k = k[(separator[k + 1] == separator[k]) & (length[k + 1] <= 2)]
    first, last = length[k], length[k + 2]
    short = (first <= 2) & (last == 2)
    dotted = (separator[k] == ord(".")) & ((first == 1) | (length[k + 1] == 1))
    k = k[((first <= 2) & (last == 4)) | ((first == 4) & (last <= 2)) | (short & ~dotted)]
    starts, ends, mark = runs.starts[k], runs.ends[k + 2], separator[k]
    before, after = runs.bytes[starts - 1], runs.bytes[ends]
    good = ~runs.word(starts - 1) & ~runs.member(starts - 1, "£$".encode("latin-1"))
    good &= ~((before == mark) & runs.digit(starts - 2))
    good &= ~((after == mark) & runs.digit(ends + 1))
    clock = (after == ord("T")) & (runs.bytes[ends + 3] == ord(":"))
    clock &= runs.digit(ends + 1) & runs.digit(ends + 2)
    good &= ~runs.word(ends) | clock
    hour = (after == ord(":")) & runs.digit(ends + 1)
    good &= ~(hour & (length[k] <= 2) & (length[k + 2] == 2))
    chosen: IntArray = k[good]
    return chosen


def _named(runs: Runs) -> Spans:
    """Spans of dates with a month's name."""
    k = np.flatnonzero(runs.lengths[:-2] <= 2)
    gap = runs.starts[k + 1] - runs.ends[k]
    day_first = k[(gap >= 3) & (gap <= 19) & ((runs.lengths[k + 1] == 4) | (runs.lengths[k + 1] == 2))]
    if len(day_first):
        day_first = day_first[_month_after(runs, runs.ends[day_first]) > 0]
    positions = runs.starts[day_first].tolist()
    month_first = k[(gap >= 1) & (gap <= 4) & (runs.lengths[k + 1] == 4)]
    before = runs.starts[month_first] - 2
    month_first = month_first[runs.member(before + 1, b" .-") & (runs.letter(before) | runs.letter(before - 1))]
    for start in runs.starts[month_first].tolist():
        month = _MONTH_BEHIND.search(runs.text[max(0, start - 12) : start])
        if month is not None:
            positions.append(start - len(month[0]))
    starts, ends = runs.match(_NAMED_AT, np.array(positions, dtype=np.int64))
    if not len(starts):
        return starts, ends
    real = _named_dates(runs, starts) > 0
    return starts[real], ends[real]


def candidates(runs: Runs) -> Spans:
    """Spans of dates from 1900 to today."""
    k = _numeric(runs)
    if len(k):
        k = k[_numeric_dates(runs, k) > 0]
    return joined_spans((runs.starts[k], runs.ends[k + 2]), _named(runs))


def values(runs: Runs, starts: IntArray, ends: IntArray) -> list[str]:
    """Canonical values of candidates, which are wholly checked."""
    k = runs.starting_at(starts)
    numeric = (runs.starts[k] == starts) & (runs.ends[k + 2] == ends) & byte_set(b"/.-")[runs.separators[k]]
    whole = np.zeros(len(k), dtype=np.int64)
    whole[numeric] = _numeric_dates(runs, k[numeric])
    if not numeric.all():
        whole[~numeric] = _named_dates(runs, starts[~numeric])
    rows = np.full((len(k), 10), ord("-"), dtype=np.uint8)
    rows[:, [0, 1, 2, 3, 5, 6, 8, 9]] = whole[:, None] // (10 ** np.arange(7, -1, -1)) % 10 + 48
    return strings(rows)


def _century(year: int, month: int, day: int, today: date) -> int:
    """The four-digit year of a two-digit one: of this century if that date has come."""
    return 2000 + year if (2000 + year, month, day) <= (today.year, today.month, today.day) else 1900 + year


def _parts(plain: str, *, day_first: bool) -> tuple[str, int, int] | None:
    """Year as written, month and day of a date in one of the forms that `read` knows."""
    if re.fullmatch("[0-9]{8}", plain):
        if plain[:2] in ("19", "20") and int(plain[4:6]) <= 12:
            return plain[:4], int(plain[4:6]), int(plain[6:])
        plain = f"{plain[:2]}/{plain[2:4]}/{plain[4:]}"
    year_first, numbers = _YEAR_MONTH_DAY.fullmatch(plain), _DAY_MONTH_YEAR.fullmatch(plain)
    if year_first:
        return year_first[1], int(year_first[3]), int(year_first[4])
    if numbers:
        one, two = int(numbers[1]), int(numbers[3])
        one, two = (one, two) if day_first else (two, one)
        return (numbers[4], one, two) if two > 12 else (numbers[4], two, one)
    if _WHOLE_NAMED.fullmatch(plain) is None:
        return None
    name = _MONTH_NAME.search(plain)
    first, last = re.findall("[0-9]+", plain)
    return (last, _MONTHS.index(name[0][:3].lower()) + 1, int(first)) if name else None


def read(text: str, day_first: bool = True, *, today: date | None = None) -> date | None:
    """The date in a cell of a column of dates, or None where there is none from 1900 to today.

    `day_first` says how to read 03/04/1980; a number over 12 decides for itself.
    """
    if len(text) > 64:
        return None
    now = today or date.today()
    plain = normalise(text).strip(" \t\r\n\"'")
    parts = _parts(plain, day_first=day_first) or _parts(_TIME.sub("", plain), day_first=day_first)
    if parts is None:
        return None
    year, month, day = parts
    number = int(year) if len(year) == 4 else _century(int(year), month, day, now)
    try:
        found = date(number, month, day)
    except ValueError:
        return None
    return found if date(_FIRST_YEAR, 1, 1) <= found <= now else None


def validate(text: str, *, today: date | None = None) -> str:
    """The date as `YYYY-MM-DD`, or `FormatError`."""
    found = read(text, today=today)
    if found is None:
        raise FormatError("not a date of birth")
    return found.isoformat()

"""How people are written down: short forms, initials, slips of the pen, dates and numbers in many shapes."""

from __future__ import annotations

from datetime import date

from lossproof.sample import names
from lossproof.sample.people import Person
from lossproof.sample.stream import Stream

_MONTHS = ("January February March April May June July August September October November December").split()  # noqa: SIM905


def forename(stream: Stream, person: Person) -> str:
    """The forename as somebody in a hurry puts it: mostly in full, at times a short form or an initial."""
    shorts = names.short_forms(person.forename)
    if shorts and stream.chance(0.08):
        return stream.pick(shorts)
    return person.forename[0] if stream.chance(0.025) else person.forename


def surname(stream: Stream, person: Person) -> str:
    """The surname, one time in ninety with a slip of the pen: two letters swapped, one lost, or one doubled."""
    word = person.surname
    if len(word) < 5 or not stream.chance(0.011):
        return word
    at = stream.between(1, len(word) - 3)
    return stream.pick(
        (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
        )
    )


def nhs_number(stream: Stream, ten: str) -> str:
    """An NHS number solid, or in groups of 3, 3 and 4 with spaces, hyphens or dots."""
    separator = stream.pick((" ", " ", "", "-", "."))
    return separator.join((ten[:3], ten[3:6], ten[6:]))


def wrong(stream: Stream, ten: str) -> str:
    """The number with another last digit, as it stands after a slip of the pen."""
    return f"{ten[:9]}{(int(ten[9]) + stream.between(1, 9)) % 10}"


def short_pnc_id(pnc_id: str) -> str:
    """A PNC id with two digits of its year: `94/8012345K`."""
    return pnc_id[2:]


def nino(stream: Stream, number: str) -> str:
    """A NINO solid or in pairs."""
    pairs = (number[:2], number[2:4], number[4:6], number[6:8], number[8])
    return " ".join(pairs) if stream.chance(0.5) else number


def phone(stream: Stream, number: str) -> str:
    """A telephone number in groups, solid, or with the country's code."""
    return stream.pick((number, number, number.replace(" ", ""), f"+44 {number[1:]}"))


def slashes(day: date) -> str:
    """`03/04/1961`, day first."""
    return f"{day.day:02}/{day.month:02}/{day.year}"


def dots(day: date) -> str:
    """`3.4.1961`, day first."""
    return f"{day.day}.{day.month}.{day.year}"


def dashes(day: date) -> str:
    """`03-04-1961`, day first."""
    return f"{day.day:02}-{day.month:02}-{day.year}"


def short_month(day: date) -> str:
    """`3 Apr 1961`."""
    return f"{day.day} {_MONTHS[day.month - 1][:3]} {day.year}"


def long_month(day: date) -> str:
    """`3 April 1961`."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def ordinal(day: date) -> str:
    """`3rd April 1961`."""
    suffix = "th" if day.day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10, "th")
    return f"{day.day}{suffix} {_MONTHS[day.month - 1]} {day.year}"


def two_digit_year(day: date) -> str:
    """`03.04.61` where the century is not in doubt (1945 to 1999), otherwise all four digits."""
    if 1945 <= day.year <= 1999:
        return f"{day.day:02}.{day.month:02}.{day.year % 100:02}"
    return f"{day.day:02}.{day.month:02}.{day.year}"


def any_date(stream: Stream, day: date) -> str:
    """A date in one of the ways in which letters give it."""
    return stream.pick((slashes, long_month, dots, short_month, dashes, ordinal, date.isoformat))(day)

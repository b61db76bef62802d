"""Names at the head of an address: the first name-like line of each block of short lines that ends in a postcode."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lossproof.discover import names
from lossproof.discover.name_shapes import ADDRESSED, ORGANISATION, SURNAMES_TOO, WrittenName, read, written

_STREET = re.compile(
    r"^\s*(?:(?:flat|unit|studio|apartment|apt|room|suite|plot|no)\.?\s*)?\d+[A-Za-z]{0,2}(?:[-/]\d+)?,?\s+[^\W\d_]",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"^\s*\d{1,2}(?:st|nd|rd|th)?[\s/.-]+(?:\d|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)", re.IGNORECASE
)
_MOST_LINES, _LONGEST_LINE, _MOST_WORDS = 8, 60, 5


def find(text: str, postcode_lines: frozenset[int]) -> Iterator[WrittenName]:
    """The names; `postcode_lines` are the numbers of the lines that hold a postcode."""
    if not postcode_lines:
        return
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    for at in postcode_lines:
        first = at
        while (
            first > 0
            and at - first < _MOST_LINES
            and lines[first - 1].strip()
            and len(lines[first - 1]) < _LONGEST_LINE
        ):
            first -= 1
        for number in range(first, at + 1):
            line = lines[number]
            if _STREET.match(line) and not _DATE.match(line):
                break  # what follows the street is a town
            if _names_somebody(line.strip().rstrip(",")):
                yield from written(line, starts[number], ADDRESSED, alone=True)
                break


def _names_somebody(line: str) -> bool:
    """Whether a line is a person's name and nothing else."""
    if ":" in line or any(character.isdigit() for character in line) or len(names.words(line)) > _MOST_WORDS:
        return False
    found = read(line, alone=True)
    if found is None or not found[0].forename or found[2] < len(line) - 1:
        return False
    words = names.words(line)
    unlike = ORGANISATION.search(" ".join(words[:-1]) if names.normalise(words[-1]) in SURNAMES_TOO else line)
    if unlike:
        return False
    return (
        bool(found[3])
        or names.normalise(words[-1]) not in SURNAMES_TOO
        or len(found[0].forename) == 1
        or (found[0].forename in names.forenames())
    )

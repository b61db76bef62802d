"""Criminal Records Office number: a serial, a slash, a two-digit year and a check letter; or SF, year, slash, serial, letter.

The letter is over the year and the serial, padded to six digits in the standard form and not padded in the SF form (small
files, without fingerprints). Canonical: padded in the standard form only.

>>> validate("265416/21G")
'265416/21G'
>>> validate("65656/91H")
'065656/91H'
>>> validate("SF83/50058Z")
'SF83/50058Z'
>>> validate("85227/65G")
Traceback (most recent call last):
lossproof.errors.FormatError: not a CRO number: wrong check letter
"""

from __future__ import annotations

import re

import numpy as np

from lossproof.discover.check_digits import letter_23
from lossproof.discover.runs import LEFT, RIGHT, WORD, Runs, Spans, compact, joined_spans, no_spans
from lossproof.errors import FormatError

NAME = "cro_number"
SOURCE = "Criminal Justice Hub data standards; ministryofjustice/hmpps-person-record"
CATEGORY: str | None = "criminal_offence"
STRONG = True
# One reference of this shape in 23 passes, and the shape (12/34A) is that of many references.
ALONE = False
YIELDS_TO: tuple[str, ...] = ()
CONTEXT = ("cro", "criminal record", "police", "pnc", "offender", "conviction", "custody", "prison", "fingerprint")
HEADERS = (
    "cro", "cro no", "crono", "cro num", "cro number", "cronumber", "cro ref", "cro id", "cro reference", "criminal records office",
    "criminal records office no", "criminal records office number", "criminal record office number", "cro sf no", "cro sf number",
    "criminal record no", "criminal record number", "offender cro",
)  # fmt: skip
PATTERN = re.compile(rf"{LEFT}(?<![{WORD}]/)(?:[0-9]{{1,6}}/[0-9]{{2}}|SF[0-9]{{2}}/[0-9]{{1,6}})[A-Za-z]{RIGHT}")

_STANDARD = re.compile(r"([0-9]{1,6})/([0-9]{2})([A-HJ-NP-RT-Z])")
_SMALL_FILE = re.compile(r"SF([0-9]{2})/([0-9]{1,6})([A-HJ-NP-RT-Z])")


def candidates(runs: Runs) -> Spans:
    """Spans of both shapes; the check letter is left to `validate`."""
    k = np.flatnonzero((runs.separators == ord("/")) & (runs.lengths <= 6))
    k = k[runs.letter(runs.ends[k + 1])]
    if not len(k):
        return no_spans()
    standard = k[runs.lengths[k + 1] == 2]
    small = k[runs.lengths[k] == 2]
    before = runs.starts[small] - 2
    small_starts = before[(runs.bytes[before] == ord("S")) & (runs.bytes[before + 1] == ord("F"))]
    return joined_spans(runs.match(PATTERN, runs.starts[standard]), runs.match(PATTERN, small_starts))


def validate(text: str) -> str:
    """`NNNNNN/YYD` or `SFYY/N..ND`, or `FormatError`."""
    value = compact(text, " ")
    standard, small = _STANDARD.fullmatch(value), _SMALL_FILE.fullmatch(value)
    if standard is not None:
        serial, year, letter = standard[1].zfill(6), standard[2], standard[3]
        canonical = f"{serial}/{year}{letter}"
    elif small is not None:
        year, serial, letter = small.groups()
        canonical = f"SF{year}/{serial}{letter}"
    else:
        raise FormatError("not a CRO number: wrong shape")
    if letter_23(int(year + serial)) != letter:
        raise FormatError("not a CRO number: wrong check letter")
    return canonical

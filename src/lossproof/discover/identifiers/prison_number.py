"""Prison number of England and Wales (NOMIS): a letter, four digits, two letters; in order of issue from A0001AA.

There is no check digit. What manuals and forms print as an example is refused. `validate` alone takes the older shape, two
letters and four digits, for columns that say what they hold. Left out: numbers of Scotland and Northern Ireland, and
probation's case reference numbers (a letter and six digits).

>>> validate("a1234ce")
'A1234CE'
>>> validate("FF1234")
'FF1234'
>>> validate("A0000AA")
Traceback (most recent call last):
lossproof.errors.FormatError: not a prison number: wrong shape
"""

from __future__ import annotations

import re

import numpy as np

from lossproof.discover.runs import LEFT, RIGHT, IntArray, Runs, Spans, compact, no_spans, strings
from lossproof.errors import FormatError

NAME = "prison_number"
SOURCE = "ministryofjustice prison-visits repositories"
CATEGORY: str | None = "criminal_offence"
STRONG = True
# No check digit, and part numbers of shops and makers look the same.
ALONE = False
YIELDS_TO: tuple[str, ...] = ()
CONTEXT = (
    "prison", "prisoner", "noms", "nomis", "hmp", "hmyoi", "offender", "inmate", "custody", "sentence", "parole", "oasys",
    "cell", "wing", "release", "convicted",
)  # fmt: skip
HEADERS = (
    "prison no", "prisonno", "prison num", "prison number", "prisonnumber", "prisoner no", "prisoner num", "prisoner number",
    "prisonerno", "prisoner id", "noms", "noms no", "noms id", "nomsid", "noms num", "noms number", "nomsno", "noms nr", "nomis",
    "nomis no", "nomis id", "nomis number", "nomis num", "nomisno", "offender no", "offender num", "offender number",
    "offenderno", "offender id", "offender noms id", "inmate no", "inmate number", "hmp no", "hmp number", "p nomis no",
    "p nomis number", "pnomis no", "pris no", "prison ref", "prison reference", "prison id", "lids no", "lids number",
    "offender prison no",
)  # fmt: skip
PATTERN = re.compile(rf"{LEFT}[A-Z][0-9]{{4}}[A-Z]{{2}}{RIGHT}")

EXAMPLES = frozenset({"A9999AA", "A1234AA", "A1234BC"})
"""What manuals and forms print to show the shape."""

_SHAPE = re.compile(r"[A-Z](?!0000)[0-9]{4}[A-Z]{2}|[A-Z]{2}(?!0000)[0-9]{4}")


def candidates(runs: Runs) -> Spans:
    """Spans of the shape."""
    k = runs.shape((4,))
    if not len(k):
        return no_spans()
    starts, ends = runs.starts[k] - 1, runs.ends[k] + 2
    good = runs.upper(starts) & runs.upper(ends - 2) & runs.upper(ends - 1)
    k, starts, ends = k[good], starts[good], ends[good]
    good = runs.free(starts, ends) & runs.digits_of(k, 4).any(axis=1)
    starts, ends = starts[good], ends[good]
    real = np.array([value not in EXAMPLES for value in values(runs, starts, ends)], dtype=np.bool_)
    return starts[real], ends[real]


def values(runs: Runs, starts: IntArray, ends: IntArray) -> list[str]:  # noqa: ARG001
    """Canonical values of candidates, which are wholly checked."""
    return strings(runs.bytes_of(starts, 7))


def validate(text: str) -> str:
    """`A9999AA` (or the older `AA9999`), or `FormatError`."""
    value = compact(text, " ")
    if _SHAPE.fullmatch(value) is None:
        raise FormatError("not a prison number: wrong shape")
    if value in EXAMPLES:
        raise FormatError("not a prison number: an example of forms and manuals")
    return value

"""Names, streets and towns from which made-up people are put together.

The words stand in `names.txt`, grouped by tradition so that a forename and a surname usually go together. All can be
written in cp1252 but some Polish and Romanian ones, whose marks are dropped where an encoding lacks them.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from typing import NamedTuple

from lossproof.sample.stream import Stream

_STROKED = {"ł": "l", "Ł": "L", "Ø": "O", "ø": "o"}


class Tradition(NamedTuple):
    """Forenames of women and men, and surnames, that go together; `share` is its part of the population."""

    share: float
    women: tuple[str, ...]
    men: tuple[str, ...]
    surnames: tuple[str, ...]


@cache
def _sections() -> dict[str, dict[str, tuple[str, ...]]]:
    """`names.txt` as heading -> key -> words."""
    sections: dict[str, dict[str, tuple[str, ...]]] = {}
    section: dict[str, tuple[str, ...]] = {}
    for line in Path(__file__).with_name("names.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            section = sections.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            key, _, words = line.partition(": ")
            section[key] = section.get(key, ()) + tuple(word.replace("_", " ") for word in words.split())
    return sections


@cache
def traditions() -> tuple[Tradition, ...]:
    """Every tradition, the largest share first; the shares add up to 1."""
    return tuple(
        Tradition(float(heading.split()[1]), words["women"], words["men"], words["surnames"])
        for heading, words in _sections().items()
        if "women" in words
    )


def short_forms(forename: str) -> tuple[str, ...]:
    """What people of this forename are called in everyday life; empty where nothing is usual."""
    return _sections()["short 0"].get(forename, ())


def towns() -> tuple[str, ...]:
    """Every invented town."""
    return _sections()["places 0"]["towns"]


def street(stream: Stream) -> str:
    """An invented house number and street."""
    places = _sections()["places 0"]
    return f"{stream.between(1, 180)} {stream.pick(places['streets'])} {stream.pick(places['kinds'])}"


def full_name(stream: Stream, sex: str) -> tuple[str, str]:
    """A forename and a surname; in one case of ten they come from two traditions."""
    tradition = _tradition(stream)
    surnames = _tradition(stream) if stream.chance(0.10) else tradition
    return stream.common(tradition.women if sex == "F" else tradition.men), stream.common(surnames.surnames)


def _tradition(stream: Stream) -> Tradition:
    draw = stream.below(10_000) / 10_000
    for tradition in traditions():
        if draw < tradition.share:
            return tradition
        draw -= tradition.share
    return traditions()[0]


def written_in(encoding: str, text: str) -> str:
    """The text as a clerk would type it where the encoding lacks a letter: without its marks."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(_letter(encoding, letter) for letter in text)
    return text


def _letter(encoding: str, letter: str) -> str:
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        plain = _STROKED.get(letter) or unicodedata.normalize("NFKD", letter)[0]
        return plain if plain.isascii() else "?"
    return letter

"""Names of people: normalised, split into forename and surname, and compared.

Normalised names are upper-case A to Z with nothing else (O'Brien = OBRIEN, José = JOSE). The lists of forenames and short
forms in `lexicons/` only guess which word is the forename; a name is never refused because it is not in them.
The comparison rules are those by which people are counted (`people.py`): forenames are compatible when either is missing, they
are equal or short forms of one another, one is the other's initial, or they share three first letters and a
Jaro-Winkler similarity of at least .90; surnames are close when equal, or longer than three letters and one edit apart.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from rapidfuzz.distance import OSA, JaroWinkler

LEXICONS = Path(__file__).parent / "lexicons"

TITLES = frozenset(
    [
        "MR",
        "MRS",
        "MS",
        "MISS",
        "MX",
        "MASTER",
        "SIR",
        "LADY",
        "DAME",
        "LORD",
        "DR",
        "DOCTOR",
        "PROF",
        "PROFESSOR",
        "REV",
        "REVD",
        "REVEREND",
        "FR",
        "SISTER",
        "SR",
        "NURSE",
        "PC",
        "DC",
        "DS",
        "SGT",
        "CPL",
        "PTE",
        "CAPT",
        "MAJ",
        "COL",
        "LT",
        "INSP",
        "SUPT",
        "CLLR",
    ]
)
CLINICIAN_TITLES = frozenset(
    [
        "DR",
        "DOCTOR",
        "PROF",
        "PROFESSOR",
        "SISTER",
        "NURSE",
        "PC",
        "DC",
        "DS",
        "SGT",
        "INSP",
        "SUPT",
        "CLLR",
        "REV",
        "REVD",
        "REVEREND",
    ]
)
_SUFFIXES = frozenset(
    [
        "JR",
        "JNR",
        "SNR",
        "MBE",
        "OBE",
        "CBE",
        "PHD",
        "MBBS",
        "FRCS",
        "FRCP",
        "MRCGP",
        "MRCP",
        "BSC",
        "RGN",
        "RMN",
        "DECD",
        "DECEASED",
    ]
)
_PARTICLES = frozenset(
    [
        "VAN",
        "VON",
        "DE",
        "DER",
        "DEN",
        "DI",
        "DA",
        "DOS",
        "DU",
        "LA",
        "LE",
        "MAC",
        "MC",
        "ST",
        "BIN",
        "IBN",
        "AL",
        "EL",
        "BEN",
        "O",
        "AP",
    ]
)
_NOT_LETTERS = re.compile(r"[^A-Z]+")
_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_WORD = re.compile(r"[^\W\d_]+(?:['’.\-‐‑][^\W\d_]+)*\.?", re.UNICODE)


class PersonName(NamedTuple):
    """A normalised surname and first forename (or initial); either may be empty."""

    surname: str
    forename: str


@lru_cache(maxsize=8192)
def normalise(text: str) -> str:
    """Upper-case A to Z only: accents folded, marks and spaces dropped."""
    folded = unicodedata.normalize(
        "NFKD", text.replace("ß", "ss").replace("ł", "l").replace("Ł", "L").replace("ø", "o").replace("Ø", "O")
    )
    return _NOT_LETTERS.sub("", folded.upper())


@cache
def forenames() -> frozenset[str]:
    """Normalised forenames of the lexicon."""
    lines = (LEXICONS / "forenames.txt").read_text("utf-8").splitlines()
    return frozenset(
        normalise(word) for line in lines if not line.startswith("#") for word in line.split()
    ) | frozenset(_short_forms())


@cache
def _short_forms() -> dict[str, frozenset[str]]:
    """Short form -> the full forms that it may stand for."""
    full: dict[str, set[str]] = {}
    for line in (LEXICONS / "nicknames.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, shorts = line.partition(":")
            for short in shorts.split():
                full.setdefault(normalise(short), set()).add(normalise(name))
    return {short: frozenset(names) for short, names in full.items()}


def full_forms(forename: str) -> frozenset[str]:
    """The forename itself and every full form that it may be short for."""
    return _short_forms().get(forename, frozenset()) | {forename}


@lru_cache(maxsize=16384)
def compatible(one: str, other: str) -> bool:
    """Whether two normalised forenames may be one person's."""
    if not one or not other or one == other:
        return True
    if len(one) == 1 or len(other) == 1:
        return one[0] == other[0]
    if full_forms(one) & full_forms(other):
        return True
    return one[:3] == other[:3] and JaroWinkler.similarity(one, other) >= 0.90


@lru_cache(maxsize=16384)
def close(one: str, other: str) -> bool:
    """Whether two normalised surnames are the same but for one slip of the pen."""
    if one == other:
        return bool(one)
    return len(one) > 3 and len(other) > 3 and OSA.distance(one, other, score_cutoff=1) <= 1


def words(text: str) -> list[str]:
    """The words of a name as written, without what stands in brackets."""
    return [match.group().rstrip(".") for match in _WORD.finditer(_BRACKETS.sub(" ", text))]


def titled(text: str) -> str:
    """The leading title, normalised, or an empty string."""
    first = words(text)[:1]
    return normalise(first[0]) if first and normalise(first[0]) in TITLES else ""


def split(text: str, surname_first: bool | None = None) -> PersonName | None:
    """Read one full name as written; None when it does not look like one.

    `SURNAME, Forename` and a surname in capitals among mixed case are recognised; otherwise `surname_first` decides, and
    where it is None the forename comes first unless only the second word is a known forename.
    """
    before, comma, after = text.partition(",")
    if comma and words(before):
        surname, rest = _without_titles(words(before)), _without_titles(words(after))
        if rest and _surname_like(surname) and normalise(rest[0]) not in _SUFFIXES:
            return PersonName(normalise("".join(surname)), normalise(rest[0]))
        text = before
    parts = _without_titles(words(text))
    if not 1 <= len(parts) <= 6:
        return None
    if len(parts) == 1:
        return PersonName(normalise(parts[0]), "") if len(normalise(parts[0])) > 1 else None
    if surname_first is None:
        surname_first = _capitals_first(parts)
    if surname_first is None:
        surname_first = not _forename_like(parts[0]) and all(_forename_like(part) for part in parts[1:])
    if surname_first:
        cut = _particles(parts, 0)
        return PersonName(
            normalise("".join(parts[: cut + 1])), normalise(parts[cut + 1]) if cut + 1 < len(parts) else ""
        )
    start = len(parts) - 1
    while start > 1 and normalise(parts[start - 1]) in _PARTICLES:
        start -= 1
    return PersonName(normalise("".join(parts[start:])), normalise(parts[0]))


def _without_titles(parts: list[str]) -> list[str]:
    kept = list(parts)
    while kept and normalise(kept[0]) in TITLES:
        kept.pop(0)
    while len(kept) > 1 and (
        normalise(kept[-1]) in _SUFFIXES or normalise(kept[-1]) in TITLES - {"MASTER", "LORD", "COL"}
    ):
        kept.pop()
    return [part for part in kept if normalise(part)]


def _particles(parts: list[str], at: int) -> int:
    while at < len(parts) - 2 and normalise(parts[at]) in _PARTICLES:
        at += 1
    return at


def _surname_like(parts: list[str]) -> bool:
    """Whether the words before a comma are a surname, and not a whole name with a job behind it."""
    if not parts:
        return False
    return (
        len(parts) == 1
        or all(part.isupper() for part in parts)
        or normalise(parts[0]) in _PARTICLES
        or not _forename_like(parts[0])
    )


def _forename_like(part: str) -> bool:
    return len(normalise(part)) == 1 or normalise(part) in forenames()


def _capitals_first(parts: list[str]) -> bool | None:
    """True when only the first word is in capitals, False when only the last is, None when that tells nothing."""
    first, last = (len(part) > 1 and part.isupper() for part in (parts[0], parts[-1]))
    if first == last or not any(part[1:].islower() for part in parts):
        return None
    return first

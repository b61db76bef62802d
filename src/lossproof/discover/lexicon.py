"""Finds the words of special categories and offences in a text, in one pass over its words.

A term is a word or a phrase of a category's list, or a word with one of its endings (drug names are built so). The longest
phrase wins. A term is no hit where it is denied (`no history of asthma`) or part of an organisation's or a subject's name
(`Mental Health Trust`, `Cancer Research`). Codes are looked for only where a word of their context stands in the text.

Left out: other languages than English, spelling mistakes, and what a sentence means. Measured on made-up text only.
"""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import NamedTuple, Protocol, cast

import numpy as np

from lossproof.discover.runs import encode

_FOLDER = "lossproof.discover.categories"
_ENDING_LETTERS = 7
_PLURAL_LETTERS = 4
_TAIL = 4
_CODE_REACH = 300
_LONGEST_GAP = 3
_LONGEST_DENIAL = 4

# Lower case; everything that is no letter or digit is a space, an apostrophe too.
_PLAIN = bytes(ord(c.lower()) if (c := chr(code)).isalnum() and len(c.lower()) == 1 else 32 for code in range(256))
_DENIALS = frozenset(b"no not denies denied denying without nil never negative excluded exclude".split())
_BETWEEN = frozenset(
    b"history evidence of sign signs known any previous past current for family the a an symptoms suggestion or significant "
    b"been have has having convictions record further being".split()
)
_ORGANISATIONS = frozenset(
    b"trust research uk society foundation foundations charity association awareness week campaign policy policies nhs guidance "
    b"guideline guidelines leaflet conference committee strategy programme bill journal department directorate helpline prevention "
    b"office squad management training course team service services board network alliance institute college council federation "
    b"partnership support statistics day act action matters scotland wales detection reduction".split()
)
_JOINTS = frozenset(b" -,/'\n\r\t()")


class Term(NamedTuple):
    """A term in a text: its category, where it stands (characters, end exclusive), and the term as the category lists it."""

    category: str
    start: int
    end: int
    term: str


class Category(Protocol):
    """What a file in `discover/categories` defines.

    `HEADERS` are column headings, normalised, that make every filled cell below evidence. A file may also define `ENDINGS`, the
    last letters of words of seven letters or more, `CODE_CONTEXT`, words without which its codes mean nothing, and
    `codes(text)`, the spans of its codes.
    """

    NAME: str
    BASIS: str
    HEADERS: tuple[str, ...]
    TERMS: tuple[str, ...]


class _Phrase(NamedTuple):
    """A term as its words."""

    words: tuple[bytes, ...]
    category: str
    term: str


class _Lexicon(NamedTuple):
    """All categories' phrases by first word, longest first; the words that may open one; and the endings with their tails."""

    phrases: Mapping[bytes, Sequence[_Phrase]]
    openings: Mapping[bytes, bytes]
    endings: Sequence[tuple[bytes, str]]
    tails: frozenset[bytes]


class _Words(NamedTuple):
    """A text's words in order, and where they stand in `plain`, the text with one byte a character."""

    plain: bytes
    words: list[bytes]
    starts: list[int]
    ends: list[int]

    def joined(self, at: int) -> bool:
        """Whether nothing but a little space or a joint stands between the word at `at` and the next."""
        gap = self.plain[self.ends[at] : self.starts[at + 1]]
        return len(gap) <= _LONGEST_GAP and _JOINTS.issuperset(gap)


@cache
def all_categories() -> tuple[Category, ...]:
    """Every category, found by folder, in order of file name."""
    names = sorted(module.name for module in pkgutil.iter_modules(import_module(_FOLDER).__path__))
    return tuple(cast(Category, import_module(f"{_FOLDER}.{name}")) for name in names)


@cache
def _lexicon() -> _Lexicon:
    phrases: dict[bytes, list[_Phrase]] = {}
    endings: list[tuple[bytes, str]] = []
    for category in all_categories():
        for term in category.TERMS:
            words = tuple(encode(term).translate(_PLAIN).split())
            phrases.setdefault(words[0], []).append(_Phrase(words, category.NAME, term))
        endings += [(ending.encode(), category.NAME) for ending in getattr(category, "ENDINGS", ())]
    for found in phrases.values():
        found.sort(key=lambda phrase: -len(phrase.words))
    openings = {_plural(word): word for word in phrases} | {word: word for word in phrases}
    tails = frozenset((ending + plural)[-_TAIL:] for ending, _ in endings for plural in (b"", b"s"))
    return _Lexicon(phrases, openings, endings, tails)


def _plural(word: bytes) -> bytes:
    return word[:-1] + b"ies" if word.endswith(b"y") else word + b"s"


def _singular(word: bytes) -> bytes:
    if len(word) <= _PLURAL_LETTERS or not word.endswith(b"s"):
        return word
    return word[:-3] + b"y" if word.endswith(b"ies") else word[:-1]


def _openings(vocabulary: set[bytes]) -> dict[bytes, bytes]:
    """The words that may begin a term, with the first word of its phrases (nothing for a word with an ending)."""
    lexicon = _lexicon()
    endings = tuple(ending for ending, _ in lexicon.endings)
    tailed = [word for word in vocabulary if word[-_TAIL:] in lexicon.tails and len(word) >= _ENDING_LETTERS]
    found = {word: b"" for word in tailed if _singular(word).endswith(endings)}
    return found | {word: lexicon.openings[word] for word in vocabulary & lexicon.openings.keys()}


def find_terms(text: str) -> list[Term]:
    """Every term of every category, in order; none inside another of its category. Time grows with the text's length only."""
    plain = encode(text)
    folded = plain.translate(_PLAIN)
    words = folded.split()
    vocabulary = set(words)
    openings = _openings(vocabulary)
    found: list[Term] = []
    if openings:
        spaces = np.frombuffer(b" " + folded + b" ", dtype=np.uint8) == 32
        edges = np.flatnonzero(spaces[1:] != spaces[:-1])
        placed = _Words(plain, words, edges[0::2].tolist(), edges[1::2].tolist())
        for at, word in enumerate(words):
            if word in openings:
                found += _terms_at(placed, at, openings[word])
    found = _without_nested(found)
    found += _codes(text, folded, vocabulary)
    return sorted(found, key=lambda term: (term.start, -term.end, term.category))


def _terms_at(placed: _Words, at: int, opening: bytes) -> Iterator[Term]:
    """The longest term of each category that begins with the word at `at`."""
    lexicon, start, seen = _lexicon(), placed.starts[at], set()
    for phrase in lexicon.phrases.get(opening, ()):
        last = at + len(phrase.words) - 1
        if phrase.category not in seen and _says(placed, at, phrase.words):
            seen.add(phrase.category)
            if not (_denied(placed, at) or _organisational(placed, last)):
                yield Term(phrase.category, start, placed.ends[last], phrase.term)
    if not opening:
        for ending, category in lexicon.endings:
            if category not in seen and _singular(placed.words[at]).endswith(ending):
                seen.add(category)
                if not _denied(placed, at):
                    yield Term(category, start, placed.ends[at], f"-{ending.decode()}")


def _says(placed: _Words, at: int, words: Sequence[bytes]) -> bool:
    """Whether the words stand here one after another, the last one in the plural at most."""
    written = placed.words[at : at + len(words)]
    if len(written) < len(words) or any(one != other for one, other in zip(written[:-1], words[:-1], strict=True)):
        return False
    if written[-1] != words[-1] and _singular(written[-1]) != words[-1]:
        return False
    return all(placed.joined(before) for before in range(at, at + len(words) - 1))


def _denied(placed: _Words, at: int) -> bool:
    """Whether the words before deny the term."""
    for before in range(at - 1, max(-1, at - 2 - _LONGEST_DENIAL), -1):
        if not placed.joined(before):
            return False
        if placed.words[before] in _DENIALS:
            return True
        if placed.words[before] not in _BETWEEN:
            return False
    return False


def _organisational(placed: _Words, last: int) -> bool:
    """Whether the term is part of an organisation's or a subject's name."""
    following = placed.words[last + 1] if last + 1 < len(placed.words) else b""
    return following in _ORGANISATIONS and placed.plain[placed.ends[last] : placed.starts[last + 1]] in (
        b" ",
        b"-",
        b"\n",
    )


def _without_nested(terms: list[Term]) -> list[Term]:
    """Terms that are not within one of their category that begins before them."""
    furthest: dict[str, int] = {}
    kept = []
    for term in terms:
        if term.end > furthest.get(term.category, -1):
            furthest[term.category] = term.end
            kept.append(term)
    return kept


def _codes(text: str, folded: bytes, vocabulary: set[bytes]) -> Iterator[Term]:
    """Codes that stand within reach of a word of their context."""
    for category in all_categories():
        codes, context = getattr(category, "codes", None), tuple(getattr(category, "CODE_CONTEXT", ()))
        words = tuple(word.encode() for word in context)
        if codes is None or not any(word.startswith(words) for word in vocabulary):
            continue
        near = np.array([match.start() for match in re.finditer(b"|".join(words), folded)])
        for start, end in codes(text):
            after = int(np.searchsorted(near, start - _CODE_REACH))
            if after < len(near) and near[after] <= end + _CODE_REACH:
                yield Term(category.NAME, start, end, "code")

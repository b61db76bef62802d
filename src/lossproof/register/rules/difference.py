"""What is other in one set of rules than in another, word for word: only the sentences that differ, and in them which words. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from typing import NamedTuple

from lossproof.policy.describe import Word, sentences_of
from lossproof.policy.rule import Rule

_WORD = re.compile(r"\s*\d+ [a-z]+|\s*\w+|\s*[^\w\s]")
"""A word or a mark with the space before it; a number is one with what it counts."""
_TOGETHER = 3
"""Fewer words than this between two changes are changed with them: words that happen to agree tell nobody anything."""
_BESIDE = 10
"""How many words of the rest are shown on each side of a change."""


class Fate(StrEnum):
    """What becomes of words, and of a rule."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


class Piece(NamedTuple):
    """A run of words of a sentence."""

    fate: Fate
    text: str


class Difference(NamedTuple):
    """One rule: `fate` is that of the whole rule; `sentences` are those that differ, none where no words do."""

    fate: Fate
    title: tuple[Piece, ...]
    sentences: tuple[tuple[Piece, ...], ...]


def differences(before: Iterable[Rule], after: Iterable[Rule], word: Word = str) -> list[Difference]:
    """The rules that are other, new or gone, in the order of both sets; `word` as `policy.describe` takes it."""
    old, new = {one.id: one for one in before}, {one.id: one for one in after}
    return [
        _difference(old.get(name), new.get(name), word)
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    ]


def _difference(old: Rule | None, new: Rule | None, word: Word) -> Difference:
    if old is not None and new is not None:
        told = _changed(sentences_of(old, word), sentences_of(new, word))
        return Difference(Fate.SAME, pieces(word(old.title), word(new.title)), tuple(told))
    one, fate = (new, Fate.NEW) if new is not None else (old, Fate.GONE)
    assert one is not None  # noqa: S101  for the type checker: an id comes from one of the two
    whole = tuple((Piece(fate, sentence),) for sentence in sentences_of(one, word))
    return Difference(fate, (Piece(Fate.SAME, word(one.title)),), whole)


def _changed(old: Sequence[str], new: Sequence[str]) -> Iterable[tuple[Piece, ...]]:
    """The sentences that are not the same in both, those that stand in each other's place against each other."""
    for what, first, last, begin, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        was, becomes = old[first:last], new[begin:end]
        pairs = zip(was, becomes, strict=True) if len(was) == len(becomes) else [(" ".join(was), " ".join(becomes))]
        for one, other in pairs:
            yield _shortened(pieces(one, other))


def pieces(old: str, new: str) -> tuple[Piece, ...]:
    """Two texts against each other, word for word; what is gone stands before what takes its place."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    matched = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    found: list[Piece] = []
    gone: list[str] = []
    come: list[str] = []
    for place, (what, first, last, begin, end) in enumerate(matched):
        between = 0 < place < len(matched) - 1 and last - first < _TOGETHER
        if what != "equal" or between:
            gone += before[first:last]
            come += after[begin:end]
        else:
            found += [*_exchange("".join(gone), "".join(come)), Piece(Fate.SAME, "".join(before[first:last]))]
            gone, come = [], []
    return (*found, *_exchange("".join(gone), "".join(come)))


def _exchange(gone: str, come: str) -> list[Piece]:
    """Words that go and words that take their place; a space before both is neither's."""
    both = gone[:1].isspace() and come[:1].isspace()
    gone, come = (gone.lstrip(), come.lstrip()) if both else (gone, come)
    found = [Piece(Fate.SAME, " " * both), Piece(Fate.GONE, gone), Piece(Fate.NEW, come)]
    return [one for one in found if one.text]


def _shortened(whole: Sequence[Piece]) -> tuple[Piece, ...]:
    """Without the words that are the same and far from every change."""
    last = len(whole) - 1
    return tuple(
        Piece(one.fate, _around(one.text, place > 0, place < last)) if one.fate is Fate.SAME else one
        for place, one in enumerate(whole)
    )


def _around(text: str, after: bool, before: bool) -> str:
    """Words that stand after a change, before one, or both: the nearest, and a sign where others are left out."""
    words = _WORD.findall(text)
    head, tail = _BESIDE * after, _BESIDE * before
    if len(words) <= head + tail + _TOGETHER:
        return text
    return f"{''.join(words[:head])}{' ' if head else ''}…{''.join(words[len(words) - tail :])}"

"""Which hits of the engine count: one meaning for each stretch of characters, and only where it is certain.

A hit is certain when its kind stands alone, when a word that names it stands within 300 characters, when the label before it
says so, when it is one of a list of its kind, or when it has a check digit and stands right behind a name.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence

from lossproof.discover import engine, headings
from lossproof.discover.engine import Hit

CONTEXT_CHARACTERS = 300
"""How near a word must stand to make a lone number certain (Microsoft Purview's distance for the NHS number)."""

PRIORITY = {kind: at for at, kind in enumerate((
    "nhs_number", "chi_number", "hc_number", "nino", "pnc_id", "cro_number", "prison_number", "driving_licence", "iban", "payment_card",
    "email", "phone", "date_of_birth", "postcode", "utr", "passport", "bank_account",
))}  # fmt: skip
"""Kinds by how likely each is the meaning of characters that could be several."""

_CHECKED = frozenset({"nhs_number", "chi_number", "hc_number"})
"""Kinds with a check digit of 1 in 11 and a narrow range: right behind a name they need no other word."""
_LISTS = ("nhs_number", "chi_number", "hc_number", "cro_number")
_LABEL_BEFORE = re.compile(r"([^\W\d_][\w /.'()-]{0,40}?)\s*[:=#]?\s*$")
RIGHT_AFTER_NAME = re.compile(r"^[\s,;(\[\-–—]{0,4}(?:b\.?\s?)?$")
"""What may stand between a name and what belongs to it."""


def certain(text: str, hits: Sequence[Hit], names_end: Sequence[int] = ()) -> list[Hit]:
    """The hits that count, one meaning for each stretch of characters. `names_end` says where names end, in order."""
    listed = _listed(text, hits)
    named = {hit.start for hit in hits if hit.kind in _CHECKED and _follows_name(text, hit.start, names_end)}
    lower = text.lower()
    if len(lower) != len(text):  # a few capitals have two small letters, and would move what follows
        lower = "".join(letter.lower()[:1] for letter in text)
    near = {
        kind: _near(text, lower, kind, [hit for hit in hits if hit.kind == kind]) for kind in {hit.kind for hit in hits}
    }
    kept: list[Hit] = []
    group: list[Hit] = []
    end = -1
    for hit in sorted(hits, key=lambda hit: hit.start):
        if hit.start >= end and group:
            kept.extend(_best(text, group, near, listed, named))
            group = []
        group.append(hit)
        end = max(end if group[:-1] else -1, hit.end)
    return kept + _best(text, group, near, listed, named)


def _follows_name(text: str, start: int, names_end: Sequence[int]) -> bool:
    at = bisect_left(names_end, start + 1) - 1
    return at >= 0 and bool(RIGHT_AFTER_NAME.match(text[names_end[at] : start]))


def _near(text: str, lower: str, kind: str, hits: Sequence[Hit]) -> list[int]:
    """Where the words stand that make lone hits of a kind certain. `lower` is the text in lower case."""
    if kind == "date_of_birth" or all(engine.alone(kind, hit.value, text[hit.start : hit.end]) for hit in hits):
        return []
    places: list[int] = []
    for word in engine.identifiers()[kind].CONTEXT:
        at = lower.find(word)
        while at >= 0:
            if at == 0 or not lower[at - 1].isalnum():
                places.append(at)
            at = lower.find(word, at + 1)
    return sorted(places)


def _best(text: str, group: list[Hit], near: dict[str, list[int]], listed: str, named: set[int]) -> list[Hit]:
    """The likeliest meaning of overlapping hits: what the label before says, then what is certain, then by priority."""
    if not group or all(hit.kind == "date_of_birth" for hit in group):
        return group[:1]
    label = _LABEL_BEFORE.search(text, max(0, group[0].start - 48), group[0].start)
    role = headings.role(label[1].rsplit("\n", 1)[-1].rsplit("  ", 1)[-1]) if label else ""

    def certain(hit: Hit) -> bool:
        if hit.kind in {role, listed, "date_of_birth"} or (hit.kind in _CHECKED and hit.start in named):
            return True
        if engine.alone(hit.kind, hit.value, text[hit.start : hit.end]):
            return True
        places = near.get(hit.kind, [])
        at = bisect_left(places, hit.start - CONTEXT_CHARACTERS)
        return at < len(places) and places[at] <= hit.end + CONTEXT_CHARACTERS

    candidates = [hit for hit in group if certain(hit)]
    if not candidates:
        return []
    best = min(
        candidates, key=lambda hit: (hit.kind != role, hit.kind != listed, PRIORITY.get(hit.kind, 99), hit.start)
    )
    rest = [hit for hit in group if hit.end <= best.start or hit.start >= best.end]
    return [
        *_best(text, [hit for hit in rest if hit.end <= best.start], near, listed, named),
        best,
        *_best(text, [hit for hit in rest if hit.start >= best.end], near, listed, named),
    ]


def _listed(text: str, hits: Sequence[Hit]) -> str:
    """The kind of which the text is a plain list, one to a line, or an empty string. A check digit makes three enough."""
    if sum(1 for hit in hits if hit.kind in _LISTS) < 3:
        return ""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    numbers = sum(1 for line in lines if any(character.isdigit() for character in line))
    whole: dict[str, int] = defaultdict(int)
    for hit in hits:
        start = text.rfind("\n", 0, hit.start) + 1
        end = text.find("\n", hit.end)
        line = text[start : end if end >= 0 else len(text)].strip(" \t\r,;.\"'")
        if len(line) <= hit.end - hit.start + 1:
            whole[hit.kind] += 1
    for kind in _LISTS:
        if whole[kind] >= 3 and whole[kind] >= 0.8 * numbers:
            return kind
    return ""

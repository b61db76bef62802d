"""Which hits of the engine count: one meaning for each stretch of characters, and only where it is certain.

A hit is certain when its kind stands alone, when a word that names it stands within 300 characters, when the label before it
says so, when it is one of a list of its kind, when it has a check digit and stands right behind a name, or when it is a
postcode and ends an address.
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
_RIGHT_AFTER_NAME = re.compile(
    r"^(?:,?[ \t]*aged?[ \t]+\d{1,3}(?:[ \t]?(?:yrs?|years?)(?: old)?)?)?[\s,;()\[\]\-–—|]{0,4}(?:b\.?\s?)?$",
    re.IGNORECASE,
)
_MOST_BETWEEN = 30
_EXAMPLE_BEFORE = re.compile(
    r"\b(?:examples?|e\.g\.?|for instance|specimen|dummy)(?: is| are| number)?[ \t:=(,'\"]{0,4}$", re.IGNORECASE
)
# A postcode with its space that stands by itself, in its own column, or behind a town or a comma and before the line's end.
_ROW = re.compile(r"[\s,;|/]{1,4}(?:and |& )?")
_TEN_DIGITS = re.compile(r"(?<!\d)\d{10}(?!\d)")
_FEW_NUMBERS = 3
_POSTCODE_ENDS = re.compile(r"[ \t]?[.,;)]?(?:[ \t]*(?:\r?\n|$)|[ \t]{2,}|[ \t]*\|)|[,;]")
_TOWN_BEFORE = re.compile(r"(?:^|\n|[ \t]{2,}|\t|[|,][ \t]?|[^\W\d_a-z][^\W\d_]+[.,]?[ \t]{1,2})$")


def certain(text: str, hits: Sequence[Hit], names_end: Sequence[int] = ()) -> list[Hit]:
    """The hits that count, one meaning for each stretch of characters. `names_end` says where names end, in order."""
    listed = _listed(text, hits)
    named = {hit.start for hit in hits if hit.kind in _CHECKED and follows_name(text, hit.start, names_end)}
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
            kept.extend(_best(text, group, near, listed, named | _follows_its_like(text, group, kept)))
            group = []
        group.append(hit)
        end = max(end if group[:-1] else -1, hit.end)
    return kept + _best(text, group, near, listed, named | _follows_its_like(text, group, kept))


def possible(text: str, hits: Sequence[Hit], kept: Sequence[Hit]) -> int:
    """How many numbers have a good check digit and yet were not kept: somebody's, perhaps. None among many that fail it."""
    taken = [(hit.start, hit.end) for hit in kept]
    left = [
        hit
        for hit in hits
        if hit.kind in _CHECKED
        and not any(start < hit.end and hit.start < end for start, end in taken[_before(taken, hit.start) :][:3])
        and not _EXAMPLE_BEFORE.search(text, max(0, hit.start - 24), hit.start)
    ]
    if len(left) < _FEW_NUMBERS:
        return len(left)
    return len(left) if 2 * len(left) > sum(1 for _ in _TEN_DIGITS.finditer(text)) else 0


def _before(taken: list[tuple[int, int]], start: int) -> int:
    return max(0, bisect_left(taken, (start, 0)) - 1)


def _follows_its_like(text: str, group: Sequence[Hit], kept: Sequence[Hit]) -> set[int]:
    """Starts of hits that stand right behind a certain one of their kind: a list goes on as it began."""
    if not kept or kept[-1].kind not in _CHECKED:
        return set()
    last = kept[-1]
    return {hit.start for hit in group if hit.kind == last.kind and _ROW.fullmatch(text, last.end, hit.start)}


def follows_name(text: str, start: int, names_end: Sequence[int]) -> bool:
    """Whether a name ends right before `start`: no more between than marks, or how old the person is."""
    at = bisect_left(names_end, start + 1) - 1
    if at < 0 or start - names_end[at] > _MOST_BETWEEN:
        return False
    return bool(_RIGHT_AFTER_NAME.match(text[names_end[at] : start]))


def _ends_address(text: str, hit: Hit) -> bool:
    """Whether a postcode stands where one ends an address, so that no word need say what it is."""
    if hit.kind != "postcode" or text[hit.end - 4] not in " \u00a0":
        return False
    return bool(_POSTCODE_ENDS.match(text, hit.end) and _TOWN_BEFORE.search(text, max(0, hit.start - 24), hit.start))


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
        if hit.kind != "date_of_birth" and _EXAMPLE_BEFORE.search(text, max(0, hit.start - 24), hit.start):
            return False
        if hit.kind in {role, listed, "date_of_birth"} or (hit.kind in _CHECKED and hit.start in named):
            return True
        if engine.alone(hit.kind, hit.value, text[hit.start : hit.end]) or _ends_address(text, hit):
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

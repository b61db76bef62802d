"""How many distinct people a set of mentions is about: a point, an honest range, and which rule each join rests on.

Five rules, applied in this order (why each: docs/explanation/counting-people.md). Each joins two mentions unless what is
already known of the two conflicts.

    R1   one strong identifier
    R2   birth date and postcode (R2b: phone), surname close, forename compatible
    R3   birth date and surname, forename compatible; R3b: birth date and full forename, surname close
    R4   surname and phone, e-mail or postcode; both full forenames, compatible; birth dates do not disagree
    R5   a name alone: attached if exactly one person bears it

*Hard conflict*: both sides have numbers of one issued kind and share none. *Soft conflict* (not for R1): the same for the PNC
id and birth date, or both have full forenames and no pair is compatible.

The count is of groups with a strong identifier, or a surname with a birth date. Names alone are never in it.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from lossproof.discover.mention import Mention
from lossproof.discover.names import close, compatible, full_forms
from lossproof.model.holding import People

ISSUED = ("nhs_number", "chi_number", "hc_number", "nino", "prison_number")
"""Kinds of which one person has one number: two different ones are two people."""

_BEARERS = 20
"""A postcode, phone or e-mail that stands beside more different surnames than this is a default, not a person's."""

_LARGEST_BLOCK = 200
"""Near misses are looked for among so many who share a birth date or a name; beyond it they are coincidences."""

_STRONG_ORDER = (
    "nhs_number", "chi_number", "hc_number", "nino", "pnc_id", "cro_number", "prison_number", "passport", "driving_licence",
)  # fmt: skip


@dataclass(slots=True)
class _Group:
    """What is known of one supposed person. Tuples, not sets: most hold one value."""

    size: int
    numbers: tuple[tuple[str, str], ...]
    born: tuple[str, ...]
    forenames: tuple[str, ...]
    named: bool
    counts: bool
    identified: bool

    def conflicts(self, other: _Group, *, hard_only: bool = False) -> bool:
        """Whether the two cannot be one person."""
        if self.numbers and other.numbers:
            for kind in {kind for kind, _ in self.numbers} & {kind for kind, _ in other.numbers}:
                if (kind in ISSUED or not hard_only) and not any(
                    number in other.numbers for number in self.numbers if number[0] == kind
                ):
                    return True
        if hard_only:
            return False
        if self.born and other.born and not any(born in other.born for born in self.born):
            return True
        if not self.forenames or not other.forenames:
            return False
        return not any(compatible(one, two) for one in self.forenames for two in other.forenames)

    def absorb(self, other: _Group) -> None:
        """Take over what is known of `other`."""
        self.size += other.size
        self.numbers = _union(self.numbers, other.numbers)
        self.born = _union(self.born, other.born)
        self.forenames = _union(self.forenames, other.forenames)
        self.named |= other.named
        self.counts |= other.counts
        self.identified |= other.identified


_Value = TypeVar("_Value")


def _union(one: tuple[_Value, ...], other: tuple[_Value, ...]) -> tuple[_Value, ...]:
    return one + tuple(value for value in other if value not in one)


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """The result of linking.

    `person[i]` is the number of mention i's person, from 0, or -1 where it is of nobody in the count. `named_only` counts different
    names that belong to nobody in the count; `rests_on` counts joins by rule.
    """

    person: list[int]
    people: People
    named_only: int
    rests_on: dict[str, int]


def link(mentions: Sequence[Mention]) -> Linked:
    """Link mentions into people by R1 to R5. Deterministic for a given order; about linear in the number of mentions."""
    return _Linker(mentions).run()


class _Linker:
    """One linking run: union-find over the mentions with what is known of each group at its root.

    `groups` holds None for a mention that was joined to another, and for one that stands alone: what is known of that is what it
    says itself (`group`). Millions of mentions fit in memory because so little is kept of each.
    """

    def __init__(self, mentions: Sequence[Mention]) -> None:
        self.mentions = mentions
        self.parent = array("q", range(len(mentions)))
        self.groups: list[_Group | None] = [None] * len(mentions)
        self.rests_on: Counter[str] = Counter()
        self.doubtful = 0
        self.defaults = _defaults(mentions)

    def find(self, index: int) -> int:
        """The root of a mention's group."""
        parent = self.parent
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    def group(self, root: int) -> _Group:
        """What is known of the group with this root."""
        return self.groups[root] or _group(self.mentions[root])

    def join(self, one: int, other: int, rule: str, *, hard_only: bool = False) -> bool:
        """Join two groups unless they conflict; True when they are one group afterwards."""
        one, other = self.find(one), self.find(other)
        if one == other:
            return True
        larger, smaller = self.group(one), self.group(other)
        if larger.conflicts(smaller, hard_only=hard_only):
            return False
        if larger.size < smaller.size:
            one, other, larger, smaller = other, one, smaller, larger
        self.parent[other] = one
        both_count = larger.counts and smaller.counts
        larger.absorb(smaller)
        self.groups[one], self.groups[other] = larger, None
        self.rests_on[rule] += 1
        if both_count and rule in {"R3", "R3b", "R4"}:
            self.doubtful += 1
        return True

    def run(self) -> Linked:
        """Apply the rules in order and count."""
        self._strong()
        self._pairs("R2", lambda m: (m.born, self._known("postcode", m)), _name_close)
        self._pairs("R2b", lambda m: (m.born, self._known("phone", m)), _name_close)
        self._pairs("R3", lambda m: (m.born, m.surname), _forename_compatible)
        self._pairs("R3b", lambda m: (m.born, m.forename if len(m.forename) > 1 else ""), _surname_close)
        for kind in ("phone", "email", "postcode"):
            self._pairs("R4", lambda m, kind=kind: (m.surname, self._known(kind, m)), _both_full)  # type: ignore[misc]
        named_only = self._names_alone()
        return self._count(named_only)

    def _known(self, kind: str, mention: Mention) -> str:
        value: str = getattr(mention, kind)
        return "" if (kind, value) in self.defaults else value

    def _strong(self) -> None:
        for kind in (*_STRONG_ORDER, "local"):
            first: dict[str, int | list[int]] = {}
            for index, mention in enumerate(self.mentions):
                values = mention.local if kind == "local" else [value for name, value in mention.strong if name == kind]
                for value in values:
                    held = first.setdefault(value, index)
                    holders = held if isinstance(held, list) else [held]
                    if not any(self.join(holder, index, "R1", hard_only=kind != "local") for holder in holders):
                        first[value] = [*holders[1 - _LARGEST_BLOCK :], index]

    def _pairs(
        self, rule: str, key: Callable[[Mention], tuple[str, str]], test: Callable[[Mention, Mention], bool]
    ) -> None:
        """Join mentions that share a complete key and pass the test, each tried against every group of its block.

        A block of more groups than `_LARGEST_BLOCK` is a default value, such as a birth date of 1 January 1900: only the latest
        of its groups are tried, so that the time stays linear.
        """
        for block in self._blocks(key):
            apart: list[int] = []
            for index in block:
                joined = False
                for earlier in apart:
                    if self.find(earlier) == self.find(index):
                        joined = joined or _same_name(self.mentions[earlier], self.mentions[index])
                    elif test(self.mentions[earlier], self.mentions[index]):
                        self.join(earlier, index, rule)
                if not joined:
                    apart[:] = [*apart[1 - _LARGEST_BLOCK :], index]

    def _names_alone(self) -> int:
        """R5: attach names to the one person who bears them; the number of different names that belong to nobody."""
        alone = [
            index
            for index, mention in enumerate(self.mentions)
            if mention.surname and not self.group(self.find(index)).counts
        ]
        bearers = self._bearers(alone)
        nobody: set[tuple[str, str]] = set()
        for index in alone:
            mention = self.mentions[index]
            if self.group(self.find(index)).counts:
                continue  # joined meanwhile, with another of its group
            roots = {self.find(root) for name in _full_names(mention) for root in bearers[name]}
            if len(roots) == 1 and self.join(roots.pop(), index, "R5"):
                continue
            if not roots:
                nobody.add((mention.surname, mention.forename))
        return len(nobody)

    def _bearers(self, alone: list[int]) -> dict[tuple[str, str], set[int]]:
        """For every full name that the mentions `alone` may be short for: the groups in the count that bear it."""
        bearers: dict[tuple[str, str], set[int]] = {
            name: set() for index in alone for name in _full_names(self.mentions[index])
        }
        for index, mention in enumerate(self.mentions) if bearers else ():
            if mention.surname and len(mention.forename) > 1:
                for name in _full_names(mention):
                    if name in bearers and self.group(root := self.find(index)).counts:
                        bearers[name].add(root)
        return bearers

    def _count(self, named_only: int) -> Linked:
        counted: list[int] = []
        bare = unnumbered = 0
        for root, parent in enumerate(self.parent):
            if root == parent and (group := self.group(root)).counts:
                counted.append(root)
                bare += not group.named
                unnumbered += group.named and not group.identified
        number = {root: at for at, root in enumerate(counted)}
        low = max(1, len(counted) - min(bare, unnumbered) - self._near_misses()) if counted else 0
        return Linked(
            person=[number.get(self.find(index), -1) for index in range(len(self.mentions))],
            people=People(low=low, point=len(counted), high=len(counted) + self.doubtful),
            named_only=named_only,
            rests_on=dict(self.rests_on),
        )

    def _near_misses(self) -> int:
        """How many of the counted may be others of the counted, though no rule joins them: for the low end of the range.

        One birth date and compatible forenames with one postcode or close surnames (a marriage, a slip of the pen); or one name with
        day and month the other way round, or one postcode and a birth date with one wrong digit.
        """
        missed: set[int] = set()
        for key in _NEAR_KEYS:
            for block in self._blocks(key):
                self._near_misses_among(block[:_LARGEST_BLOCK], missed)
        return len(missed)

    def _near_misses_among(self, block: list[int], missed: set[int]) -> None:
        for at, index in enumerate(block):
            root = self.find(index)
            for earlier in block[:at]:
                other = self.find(earlier)
                if root == other or root in missed or other in missed:
                    continue
                one, two = self.group(root), self.group(other)
                alike = one.counts and two.counts and _nearly(self.mentions[index], self.mentions[earlier])
                if alike and not one.conflicts(two, hard_only=True):
                    missed.add(root)

    def _blocks(self, key: Callable[[Mention], tuple[str, str]]) -> Iterator[list[int]]:
        """The mentions that share a complete key, in order, where there are two or more. One number a lone mention, not a list."""
        blocks: dict[tuple[str, str], int | list[int]] = {}
        for index, mention in enumerate(self.mentions):
            pair = key(mention)
            if pair[0] and pair[1]:
                held = blocks.setdefault(pair, index)
                if isinstance(held, list):
                    held.append(index)
                elif held != index:
                    blocks[pair] = [held, index]
        return (block for block in blocks.values() if isinstance(block, list))


_NEAR_KEYS: tuple[Callable[[Mention], tuple[str, str]], ...] = (
    lambda mention: (mention.surname and mention.born, "born"),
    lambda mention: (mention.born and mention.surname, mention.forename[1:] and mention.forename),
    lambda mention: (mention.born and mention.surname, mention.postcode),
)


def _nearly(one: Mention, other: Mention) -> bool:
    if not compatible(one.forename, other.forename):
        return False
    same_place = bool(one.postcode) and one.postcode == other.postcode
    if one.born == other.born:
        return same_place or close(one.surname, other.surname)
    year, month, day = one.born.split("-")
    if other.born == f"{year}-{day}-{month}":
        return one.surname == other.surname
    return same_place and sum(mine != theirs for mine, theirs in zip(one.born, other.born, strict=True)) == 1


def _group(mention: Mention) -> _Group:
    return _Group(
        size=1,
        numbers=tuple(number for number in mention.strong if number[0] in ISSUED or number[0] == "pnc_id"),
        born=(mention.born,) if mention.born else (),
        forenames=(mention.forename,) if len(mention.forename) > 1 else (),
        named=bool(mention.surname),
        counts=mention.counts,
        identified=bool(mention.strong),
    )


def _defaults(mentions: Sequence[Mention]) -> set[tuple[str, str]]:
    """(kind, value) of contact details that stand beside too many different surnames to be a person's."""
    found: set[tuple[str, str]] = set()
    for kind in ("postcode", "phone", "email"):
        beside: dict[str, str | set[str]] = {}
        for mention in mentions:
            value = getattr(mention, kind)
            if not value:
                continue
            held = beside.setdefault(value, mention.surname)
            if isinstance(held, set):
                if len(held) <= _BEARERS:
                    held.add(mention.surname)
            elif held != mention.surname:
                beside[value] = {held, mention.surname}
        found |= {(kind, value) for value, held in beside.items() if isinstance(held, set) and len(held) > _BEARERS}
    return found


def _full_names(mention: Mention) -> list[tuple[str, str]]:
    """(surname, forename) with every full form that the forename may be short for."""
    return [(mention.surname, form) for form in full_forms(mention.forename)]


def _same_name(one: Mention, other: Mention) -> bool:
    return one.surname == other.surname and one.forename == other.forename


def _name_close(one: Mention, other: Mention) -> bool:
    return close(one.surname, other.surname) and compatible(one.forename, other.forename)


def _forename_compatible(one: Mention, other: Mention) -> bool:
    return compatible(one.forename, other.forename)


def _surname_close(one: Mention, other: Mention) -> bool:
    return close(one.surname, other.surname)


def _both_full(one: Mention, other: Mention) -> bool:
    return len(one.forename) > 1 and len(other.forename) > 1 and compatible(one.forename, other.forename)

"""Rules, versions and previews in words, as pages say them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from django.utils.translation import gettext as _

from lossproof.errors import FormatError, UnsupportedError
from lossproof.ledger.store import Ledger
from lossproof.model.standing import BAD_TO_GOOD, Standing
from lossproof.policy.describe import describe
from lossproof.policy.preview import Change, Preview
from lossproof.policy.rule import Rule, Source
from lossproof.policy.rules import parse_rules
from lossproof.register.devices import named
from lossproof.register.devices.words import KNOWN_BY, STANDINGS
from lossproof.register.rules.versions import Version
from lossproof.register.web.translating import translated

WIDTH = 1000
"""How wide drawings of counts are."""


class Said(NamedTuple):
    """One rule in English. `recalled`: its citations are from memory."""

    id: str
    title: str
    sentences: str
    recalled: bool


class Adopted(NamedTuple):
    """A version with who adopted it, in words."""

    version: Version
    who: str
    how: str
    begun: bool


class Share(NamedTuple):
    """How many devices have a standing, and how they are drawn: `place` and `width` of 1000; `more` than with the other rules."""

    standing: str
    words: str
    devices: int
    more: int
    place: int
    width: int


class Move(NamedTuple):
    """How many devices go from one standing to another; `width` of 1000 is the most that go one way."""

    before: str
    before_words: str
    after: str
    after_words: str
    devices: int
    width: int


class Drawn(NamedTuple):
    """A preview as it is drawn: the estate now and then, what moves (the worst end first), and how many devices change while their
    standing stays."""

    now: tuple[Share, ...]
    then: tuple[Share, ...]
    moves: tuple[Move, ...]
    others: int


def drawn(seen: Preview) -> Drawn:
    """The counts of a preview as numbers to be drawn."""
    now: Counter[Standing] = Counter()
    then: Counter[Standing] = Counter()
    for (before, after), devices in seen.moved.items():
        now[before] += devices
        then[after] += devices
    rank = {standing: at for at, standing in enumerate(BAD_TO_GOOD)}
    ways = sorted((way for way in seen.moved if way[0] != way[1]), key=lambda way: (rank[way[1]], rank[way[0]]))
    most = max((seen.moved[way] for way in ways), default=1)
    moves = tuple(_move(*way, seen.moved[way], most) for way in ways)
    return Drawn(_shares(now, then), _shares(then, now), moves, seen.changed - sum(one.devices for one in moves))


def _move(before: Standing, after: Standing, devices: int, most: int) -> Move:
    width = max(10, devices * WIDTH // most)
    return Move(before.value, str(STANDINGS[before]), after.value, str(STANDINGS[after]), devices, width)


def _shares(counted: Counter[Standing], other: Counter[Standing]) -> tuple[Share, ...]:
    """The worst first, beside each other without a gap; standings that only the other has are listed with none."""
    every = max(1, counted.total())
    found, before = [], 0
    for standing in BAD_TO_GOOD:
        devices = counted[standing]
        if devices or other[standing]:
            place = before * WIDTH // every
            width = (before + devices) * WIDTH // every - place
            more = devices - other[standing]
            found.append(Share(standing.value, str(STANDINGS[standing]), devices, more, place, width))
        before += devices
    return tuple(found)


class Changed(NamedTuple):
    """A device of the preview, in words."""

    subject: str
    name: str
    before: str
    before_words: str
    after: str
    after_words: str
    kept: str
    why: str


def devices_of(ledger: Ledger, shown: Iterable[Change]) -> list[Changed]:
    """The devices of a preview, by what they are called."""
    changes = list(shown)
    names = named.called(ledger, [one.device for one in changes])
    return [
        Changed(
            subject=one.device,
            name=names[one.device].text(one.device),
            before=one.before.standing.value,
            before_words=str(STANDINGS[one.before.standing]),
            after=one.after.standing.value,
            after_words=str(STANDINGS[one.after.standing]),
            kept=_("keeps to the rules") if one.after.compliant else _("does not keep to the rules"),
            why=_why(one),
        )
        for one in changes
    ]


def _why(change: Change) -> str:
    """The reasons that are new; all of them where none is."""
    new = [reason.text for reason in change.after.reasons if reason not in change.before.reasons]
    return " ".join(dict.fromkeys(map(translated, new or [reason.text for reason in change.after.reasons])))


def said(some: Iterable[Rule]) -> list[Said]:
    """Rules in English."""
    return [
        Said(
            one.id, translated(one.title), describe(one, translated), bool(one.cites) and one.source is Source.RECALLED
        )
        for one in some
    ]


def said_if_known(text: bytes) -> list[Said]:
    """The rules of a kept text; none where this lossproof no longer knows its words."""
    try:
        return said(parse_rules(text).rules)
    except (FormatError, UnsupportedError):
        return []


def adopted(some: Iterable[Version], now: int) -> list[Adopted]:
    """Versions with who adopted them; `now` is in UTC epoch seconds."""
    listed = list(some)
    who = named.people([one.by for one in listed])
    return [
        Adopted(
            version=one,
            who=who.get(one.by or "", _("the owner of the register's keys")),
            how=str(KNOWN_BY.get(one.authenticated, "")),
            begun=one.effective_at <= now,
        )
        for one in listed
    ]

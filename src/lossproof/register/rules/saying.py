"""Rules, versions and previews in words, as pages say them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.utils.translation import gettext as _

from lossproof.errors import FormatError, UnsupportedError
from lossproof.ledger.store import Ledger
from lossproof.model.standing import BAD_TO_GOOD
from lossproof.policy.describe import describe
from lossproof.policy.preview import Change, Preview
from lossproof.policy.rule import Rule, Source
from lossproof.policy.rules import parse_rules
from lossproof.register.devices import named
from lossproof.register.devices.words import KNOWN_BY, STANDINGS
from lossproof.register.rules.versions import Version


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


def moves(seen: Preview) -> list[tuple[str, str, int]]:
    """From which standing to which, and how many devices; the worst first."""
    rank = {standing: at for at, standing in enumerate(BAD_TO_GOOD)}
    moved = sorted((way for way in seen.moved if way[0] != way[1]), key=lambda way: (rank[way[1]], rank[way[0]]))
    return [(str(STANDINGS[before]), str(STANDINGS[after]), seen.moved[before, after]) for before, after in moved]


class Changed(NamedTuple):
    """A device of the preview, in words."""

    subject: str
    name: str
    before: str
    after: str
    standing: str
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
            before=str(STANDINGS[one.before.standing]),
            after=str(STANDINGS[one.after.standing]),
            standing=one.after.standing.value,
            kept=_("keeps to the rules") if one.after.compliant else _("does not keep to the rules"),
            why=" ".join(dict.fromkeys(reason.text for reason in one.after.reasons)),
        )
        for one in changes
    ]


def changed_rules(before: Iterable[Rule], after: Iterable[Rule]) -> list[tuple[str, str, str]]:
    """The title of each rule that is other, new or gone, with its sentences before and after."""
    old, new = {one.id: one for one in before}, {one.id: one for one in after}
    return [
        (
            (new.get(name) or old[name]).title,
            describe(old[name]) if name in old else "",
            describe(new[name]) if name in new else "",
        )
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    ]


def said(some: Iterable[Rule]) -> list[Said]:
    """Rules in English."""
    return [Said(one.id, one.title, describe(one), bool(one.cites) and one.source is Source.RECALLED) for one in some]


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

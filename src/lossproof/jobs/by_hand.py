"""What a list says of who has devices, into the log: recorded by hand, without the gate, because it was so before.

It says who had a device before the register knew: one of whose custody anything is recorded goes through the gate. That somebody
has a device is no proof that it is encrypted, and every later hand-over passes the gate.
What does not fit the state table, or what the register knows, is not recorded, and said in plain words.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from lossproof.errors import InputError, PolicyError
from lossproof.jobs.stating import Speaker, about, require_person
from lossproof.ledger.log import Writer
from lossproof.ledger.store import moment
from lossproof.model.estate import CustodyState
from lossproof.model.fact import Statement
from lossproof.model.facts.custody import Custody, CustodyEvent
from lossproof.policy.custody import after
from lossproof.wire.table import bare

REASON = "recorded_by_hand"


class Whereabouts(StrEnum):
    """What the word for a status in a list says of where a device is."""

    IN_USE = "in_use"
    IN_STOCK = "in_stock"
    MISSING = "missing"
    DESTROYED = "destroyed"


_WORDS = {
    Whereabouts.IN_USE: "inuse active assigned deployed issued loaned onloan checkedout live used",
    Whereabouts.IN_STOCK: "instock stock spare available ready readytodeploy storage store instore unassigned",
    Whereabouts.MISSING: "missing lost stolen loststolen notfound",
    Whereabouts.DESTROYED: "destroyed disposed disposedof scrapped shredded recycled",
}
_MEANING = {word: meaning for meaning, words in _WORDS.items() for word in words.split()}


class Holding(NamedTuple):
    """What a list says of one device: the person who has it (an id), of which organisation, and where it is."""

    device: str
    to: str | None
    organisation: str | None
    whereabouts: Whereabouts | None


class Now(NamedTuple):
    """What the register knows of it; `recorded` says that something of its custody is recorded already."""

    state: CustodyState = CustodyState.IN_STOCK
    holder: str | None = None
    recorded: bool = False


def meaning_of(status: str) -> Whereabouts | None:
    """What a word for a status says, None where it is not known."""
    return _MEANING.get(bare(status))


def events(now: Now, said: Holding) -> tuple[CustodyEvent, ...]:
    """What is to be recorded, so that the register says what the list says; nothing where it does. Raises `PolicyError` where that
    cannot be."""
    if said.whereabouts is Whereabouts.IN_STOCK:
        if said.to is not None:
            raise PolicyError("it is in stock and somebody has it: only one of the two can be")
        return _there(now, CustodyState.IN_STOCK, CustodyEvent.RESTOCKED)
    handed = _handed(now, said)
    state = CustodyState.HELD if handed else now.state
    if said.whereabouts is Whereabouts.MISSING:
        return (*handed, *_there(Now(state), CustodyState.MISSING, CustodyEvent.MISSING))
    if said.whereabouts is Whereabouts.DESTROYED:
        return (*handed, *_there(Now(state), CustodyState.DESTROYED, CustodyEvent.DESTROYED))
    return handed


def _handed(now: Now, said: Holding) -> tuple[CustodyEvent, ...]:
    if said.to is None or (now.holder == said.to and now.state is not CustodyState.OFFERED):
        return ()
    if now.holder is not None and now.state in {CustodyState.HELD, CustodyState.OFFERED}:
        raise PolicyError("the register says that another person has it: have it returned first")
    after(now.state, CustodyEvent.OFFERED)
    if now.recorded:
        # Else a list of one row would be the way past the gate.
        raise PolicyError("the register has had it in stock since: hand it over on its page, where it is checked first")
    return (CustodyEvent.OFFERED, CustodyEvent.ACCEPTED)


def _there(now: Now, wanted: CustodyState, event: CustodyEvent) -> tuple[CustodyEvent, ...]:
    if now.state is wanted:
        return ()
    after(now.state, event)
    return (event,)


def record(writer: Writer, speaker: Speaker, wanted: Sequence[tuple[Holding, tuple[CustodyEvent, ...]]]) -> None:
    """State these events of these devices, each legal by what was known when `events` gave it, under the same write lock.

    Raises `InputError` where a person is not registered.
    """
    for person in {speaker.by, *(said.to for said, _events in wanted)} - {None}:
        require_person(writer.projection, person or "")
    at = moment(writer.clock)
    facts: list[Statement] = []
    for said, some in wanted:
        together = secrets.token_hex(16)
        for event in some:
            handed = event in {CustodyEvent.OFFERED, CustodyEvent.ACCEPTED}
            try:
                fact = Custody(
                    true_at=at,
                    event=event,
                    by=speaker.by,
                    authenticated=speaker.authenticated,
                    to=said.to if handed else None,
                    organisation=said.organisation if handed else None,
                    handover=together,
                    reason=REASON,
                )
            except ValueError as error:
                raise InputError(f"this cannot be recorded: {error}") from None
            facts.append(about(said.device, fact))
    writer.state_many(speaker.key, facts)

"""A device at the moment of an act: its state, the offer that is open, and what proof must be newer than.

It is read under the write lock, in the transaction that will record the act, so that nothing changes in between. `sight` reads the
whole chain of the device; a register may give another function that reads its tables.
"""

from __future__ import annotations

from typing import NamedTuple

from lossproof.errors import PolicyError
from lossproof.jobs.states import Known, custody_events, happened, known_of, state_of
from lossproof.ledger.log import Writer
from lossproof.model.estate import CustodyNow, DeviceState
from lossproof.model.facts.custody import Custody, CustodyEvent
from lossproof.model.facts.request import Ask, Request
from lossproof.policy.custody import step
from lossproof.policy.gate import Mark

_OFFERS = frozenset({CustodyEvent.OFFERED, CustodyEvent.TRANSFERRED})


class OpenOffer(NamedTuple):
    """An offer that nobody has answered: what is signed together with it, to whom, and of which organisation."""

    handover: str | None
    to: str | None
    organisation: str | None
    leaf: int


class Sight(NamedTuple):
    """A device now. `marks` are what proof must be newer than: the last custody event besides the open offer, and the last report
    that the device does not encrypt."""

    state: DeviceState
    offer: OpenOffer | None
    marks: tuple[Mark, ...]


def sight(writer: Writer, device: str) -> Sight:
    """A device as the log has it now. Raises `InputError` where it is not registered."""
    reader = writer.reader
    known = known_of(reader, device)
    offer = _open_offer(known)
    marks = (*_last(known, None if offer is None else offer.leaf), *_reported(known))
    return Sight(state_of(reader, writer.projection, device, known, None, writer.size), offer, marks)


def _open_offer(known: Known) -> OpenOffer | None:
    now: CustodyNow | None = None
    offer: OpenOffer | None = None
    for one, said in custody_events(known):
        try:
            now = step(now, happened(one, said))
        except PolicyError:
            continue
        if said.event is not CustodyEvent.SIGHTED:
            offer = OpenOffer(said.handover, said.to, said.organisation, one.leaf) if said.event in _OFFERS else None
    return offer


def _last(known: Known, offer: int | None) -> tuple[Mark, ...]:
    """The last custody event that is neither the open offer nor a sighting; a withdrawn one too, which may have been true."""
    events = [
        Mark(one.leaf, one.true_at, "before_last_event")
        for one in known.stated
        if isinstance(one.predicate, Custody) and one.predicate.event is not CustodyEvent.SIGHTED and one.leaf != offer
    ]
    return tuple(events[-1:])


def _reported(known: Known) -> tuple[Mark, ...]:
    """The last report that the device does not encrypt; answered or withdrawn, it asks for a check after it."""
    reports = [
        Mark(one.leaf, one.true_at, "before_report")
        for one in known.stated
        if isinstance(one.predicate, Request)
        and one.predicate.ask is Ask.DOES_NOT_ENCRYPT
        and one.predicate.outcome is None
    ]
    return tuple(reports[-1:])

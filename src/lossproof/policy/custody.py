"""Who has a device: which event may follow which, drawn and as one table, and a device's events folded into where it stands. Pure.

    register ──> in_stock ──offered──> offered ──accepted──> held ──returned──> returned
                  ^  ^  ^                │ ^                  │                     │
                  │  │  └────declined────┘ └───transferred────┘                     │
                  │  └─────────────────────────restocked────────────────────────────┘
                  │
                  └──restocked── quarantined <──quarantined── found <──found── missing <──missing── any but destroyed

    destroyed: from in_stock, returned or quarantined; the end
    wiped:     in_stock, returned, quarantined; stays there
    sighted:   in_stock, held, returned; stays there
    declined:  back to held where somebody has the device who passed it on

`transferred` is the offer of somebody who holds the device: it stays theirs until it is accepted. A missing device comes back only
as found, and a found one only through quarantine, because what happened to it meanwhile is to be asked first. Left out: who may do it
(the register), and whether a hand-over is safe (`policy.gate`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from lossproof.errors import PolicyError
from lossproof.model.estate import CustodyNow, CustodyState
from lossproof.model.facts.custody import CustodyEvent

_EVERYWHERE = frozenset(CustodyState)
_TO_HAND = frozenset({CustodyState.IN_STOCK, CustodyState.RETURNED, CustodyState.QUARANTINED})

TABLE: dict[CustodyEvent, tuple[frozenset[CustodyState], CustodyState | None]] = {
    CustodyEvent.OFFERED: (frozenset({CustodyState.IN_STOCK}), CustodyState.OFFERED),
    CustodyEvent.TRANSFERRED: (frozenset({CustodyState.HELD}), CustodyState.OFFERED),
    CustodyEvent.ACCEPTED: (frozenset({CustodyState.OFFERED}), CustodyState.HELD),
    CustodyEvent.DECLINED: (frozenset({CustodyState.OFFERED}), CustodyState.IN_STOCK),
    CustodyEvent.RETURNED: (frozenset({CustodyState.HELD}), CustodyState.RETURNED),
    CustodyEvent.RESTOCKED: (frozenset({CustodyState.RETURNED, CustodyState.QUARANTINED}), CustodyState.IN_STOCK),
    CustodyEvent.SIGHTED: (frozenset({CustodyState.IN_STOCK, CustodyState.HELD, CustodyState.RETURNED}), None),
    CustodyEvent.MISSING: (_EVERYWHERE - {CustodyState.MISSING, CustodyState.DESTROYED}, CustodyState.MISSING),
    CustodyEvent.FOUND: (frozenset({CustodyState.MISSING}), CustodyState.FOUND),
    CustodyEvent.QUARANTINED: (frozenset({CustodyState.FOUND}), CustodyState.QUARANTINED),
    CustodyEvent.WIPED: (_TO_HAND, None),
    CustodyEvent.DESTROYED: (_TO_HAND, CustodyState.DESTROYED),
}
"""For each event the states in which it may happen, and the state after it; None where that is the one before it."""

_SEEN = frozenset(CustodyEvent) - {
    CustodyEvent.OFFERED,
    CustodyEvent.TRANSFERRED,
    CustodyEvent.DECLINED,
    CustodyEvent.MISSING,
}
"""The events at which somebody had the device before them."""

_HOLDERS = frozenset({CustodyState.OFFERED, CustodyState.HELD, CustodyState.MISSING})
"""The states in which the device is, or was last, with a person."""

_SAID = {
    CustodyState.IN_STOCK: "in stock",
    CustodyState.OFFERED: "offered to somebody, who has not answered",
    CustodyState.HELD: "held by somebody",
    CustodyState.RETURNED: "returned, and not yet in stock again",
    CustodyState.MISSING: "missing",
    CustodyState.FOUND: "found, and not yet in quarantine",
    CustodyState.QUARANTINED: "in quarantine",
    CustodyState.DESTROYED: "destroyed",
}
_FIRST = {
    CustodyState.IN_STOCK: "hand it out first, or say what happened to it",
    CustodyState.OFFERED: "have the offer accepted or declined first",
    CustodyState.HELD: "have it returned first",
    CustodyState.RETURNED: "put it in stock first",
    CustodyState.MISSING: "when it turns up, say that it was found",
    CustodyState.FOUND: "put it in quarantine first",
    CustodyState.QUARANTINED: "put it in stock first, when it is clear what happened to it",
    CustodyState.DESTROYED: "register what turns up as another device",
}


class Happened(NamedTuple):
    """One event of a device that was not withdrawn; `true_at` in UTC epoch seconds."""

    event: CustodyEvent
    to: str | None
    organisation: str | None
    true_at: int
    leaf: int


class Folded(NamedTuple):
    """Where the events left the device, None before the first; `passed_over` are the leaves of those that could not happen, as a
    withdrawal may leave them."""

    now: CustodyNow | None
    passed_over: tuple[int, ...]


def after(state: CustodyState, event: CustodyEvent, *, with_somebody: bool = False) -> CustodyState:
    """The state after an event; `with_somebody` says that a person has the device. Raises `PolicyError` where it may not happen."""
    before, then = TABLE[event]
    if state not in before:
        hint = "report it missing first, then found" if event is CustodyEvent.FOUND else _FIRST[state]
        raise PolicyError(f"a device that is {_SAID[state]} cannot be {_PARTICIPLE.get(event, event.value)}", hint=hint)
    if event is CustodyEvent.DECLINED and with_somebody:
        return CustodyState.HELD
    return then or state


_PARTICIPLE = {
    CustodyEvent.OFFERED: "offered from stock",
    CustodyEvent.RESTOCKED: "put in stock",
    CustodyEvent.TRANSFERRED: "passed on",
    CustodyEvent.MISSING: "reported missing",
    CustodyEvent.FOUND: "reported found",
    CustodyEvent.QUARANTINED: "put in quarantine",
}


def state_of(now: CustodyNow | None) -> CustodyState:
    """The state of a device; one without an event is in stock."""
    return CustodyState.IN_STOCK if now is None else now.state


def step(now: CustodyNow | None, happened: Happened) -> CustodyNow:
    """Where a device stands after an event. A sighting moves nothing but `seen_at`; any other begins a state, if only again, since
    what was known before a wipe says nothing of what is after it. Raises `PolicyError` where it may not happen."""
    holder, organisation, seen_at = (None, None, None) if now is None else (now.holder, now.organisation, now.seen_at)
    state = after(state_of(now), happened.event, with_somebody=holder is not None)
    if happened.event in _SEEN:
        seen_at = happened.true_at if seen_at is None else max(seen_at, happened.true_at)
    if happened.event is CustodyEvent.SIGHTED and now is not None:
        return now._replace(seen_at=seen_at)
    if happened.event is CustodyEvent.ACCEPTED:
        holder, organisation = happened.to, happened.organisation
    elif state not in _HOLDERS:
        holder, organisation = None, None
    return CustodyNow(state, happened.true_at, happened.leaf, holder, organisation, seen_at)


def fold(events: Iterable[Happened], now: CustodyNow | None = None) -> Folded:
    """The events, in the order of the log, one after the other from `now` on. Never raises: what could not happen is passed over."""
    passed_over: list[int] = []
    for happened in events:
        try:
            now = step(now, happened)
        except PolicyError:
            passed_over.append(happened.leaf)
    return Folded(now, tuple(passed_over))

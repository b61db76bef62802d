"""Two records of one device become one: the kept one takes over the other's identifiers, the other ends. One transaction."""

from __future__ import annotations

from lossproof.errors import InputError, PolicyError
from lossproof.jobs.sights import Sight, sight
from lossproof.jobs.stating import register
from lossproof.ledger.erasable import opened
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.log import Writer
from lossproof.ledger.registered import RegisteredDevice
from lossproof.ledger.store import Ledger, moment
from lossproof.model.estate import CustodyState
from lossproof.model.fact import Grade
from lossproof.model.facts.registration import (
    Action,
    Device,
    DeviceIdentifier,
    DeviceKind,
    IdentifierScheme,
    Registration,
)
from lossproof.register.devices import queries
from lossproof.register.projection import apply

_COUNTS = frozenset({Grade.OBSERVED, Grade.EXAMINED})
_AT_REST = (None, CustodyState.IN_STOCK)


def merge(ledger: Ledger, key: PrivateKey, *, keep: str, end: str) -> None:
    """State that `keep` has all identifiers of `end` too, and that `end` has ended.

    What was stated of either stays where it was: the kept record is as well proved as it was, until it is checked again. Raises
    `InputError` or `PolicyError` where one of them is not registered, both are one, they are of two organisations or have different
    serial numbers, somebody has the one that is to end, a request about it waits, or it tells something later than the last check or
    count of the kept one.
    """
    if keep == end:
        raise InputError("a record cannot be merged with itself", hint="name the other one")
    with ledger.write() as writer:
        kept, gone = _registered(writer, keep), _registered(writer, end)
        if kept.organisation != gone.organisation:
            raise PolicyError(
                "the two records are of two organisations", hint="change one of them first, if they are one device"
            )
        _require_one_device(ledger, kept, gone)
        _require_at_rest(ledger, end)
        _require_no_later_word(sight(writer, keep), sight(writer, end))
        at = moment(writer.clock)
        both = sorted({*kept.identifiers, *gone.identifiers})
        thing = Device(
            kind=_kind(kept, gone),
            organisation=kept.organisation,
            identifiers=tuple(
                DeviceIdentifier(scheme=IdentifierScheme(scheme), digest=digest) for scheme, digest in both
            ),
        )
        register(writer, key, keep, Registration(true_at=at, action=Action.CHANGED, device=thing))
        register(writer, key, end, Registration(true_at=at, action=Action.ENDED))
        apply(writer)


def _registered(writer: Writer, device: str) -> RegisteredDevice:
    found = writer.projection.device(device)
    if found is None or found.ended is not None:
        raise PolicyError("one of the two is no longer registered", hint="look at the list again")
    return found


def _kind(kept: RegisteredDevice, gone: RegisteredDevice) -> DeviceKind:
    """What the kept one is; an agent that did not know said it is something other."""
    return DeviceKind(gone.kind if kept.kind == DeviceKind.OTHER else kept.kind)


def _require_one_device(ledger: Ledger, kept: RegisteredDevice, gone: RegisteredDevice) -> None:
    """Return unless serial numbers show that they are two. Raises `PolicyError`."""
    one, other = _serials(ledger, kept), _serials(ledger, gone)
    if one and other and not one & other:
        raise PolicyError(
            "their serial numbers are different, so they are two devices",
            hint="leave both; a copy of a disk has the same volumes as the first",
        )


def _serials(ledger: Ledger, device: RegisteredDevice) -> set[str]:
    digests = [digest for scheme, digest in device.identifiers if scheme == IdentifierScheme.SERIAL]
    return {one.value for one in opened(ledger.database, digests)}


def _require_at_rest(ledger: Ledger, device: str) -> None:
    """Return if nobody answers for the record that is to end, and nobody asks about it. Raises `PolicyError`."""
    found = queries.one(ledger.database, device)
    if found is None:
        raise PolicyError("one of the two is no longer registered", hint="look at the list again")
    if found.custody not in _AT_REST:
        raise PolicyError(
            "the record that is to end has been handed out", hint="keep that one, or put it back in stock first"
        )
    if queries.open_requests(ledger.database, found.device):
        raise PolicyError("somebody waits for an answer about the record that is to end", hint="answer it first")


def _require_no_later_word(kept: Sight, gone: Sight) -> None:
    """Return unless what ends is newer than what the kept record would be judged by: a merge must not make a device look safer, nor
    let an earlier check open the issue gate. Raises `PolicyError`."""
    checks = [(one.true_at, one.leaf) for one in kept.state.evidence if one.grade in _COUNTS and not one.void]
    counts = [(one.true_at, one.leaf) for one in kept.state.contents if not one.void]
    told = [(one.true_at, one.leaf) for one in gone.marks]
    told += [(one.true_at, one.leaf) for one in gone.state.evidence]
    found = [(one.true_at, one.leaf) for one in gone.state.contents]
    for held, later, said in (
        (checks, told, "was checked, reported or handed out"),
        (counts, found, "was looked through"),
    ):
        if held and any(at > max(held)[0] or leaf > max(held)[1] for at, leaf in later):
            raise PolicyError(
                f"the record that is to end {said} after the last time that the other one was",
                hint="keep that one, or have the one that stays checked and counted first",
            )

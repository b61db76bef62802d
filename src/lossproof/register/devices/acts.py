"""What people do with a device's record: register, change and end it, ask for encryption, allow an exception. One transaction each.

Each takes the ledger, the register's key and who asks; raises `InputError` or `PolicyError` in plain words where it cannot be done,
and then nothing is done.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from lossproof.errors import InputError, PolicyError
from lossproof.jobs import requests
from lossproof.jobs.custody import happen
from lossproof.jobs.devices import add_device, amend_device
from lossproof.jobs.exceptions import end_exception, make_exception
from lossproof.jobs.stating import Speaker, register
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.store import Ledger, moment
from lossproof.model.estate import CustodyState
from lossproof.model.facts.custody import CustodyEvent
from lossproof.model.facts.registration import Action, DeviceKind, Registration
from lossproof.model.facts.request import Ask
from lossproof.register.accounts.duties import Acting
from lossproof.register.devices import queries
from lossproof.register.projection import apply

LONGEST_EXCEPTION = timedelta(days=30)

_AWAY = frozenset({CustodyState.OFFERED, CustodyState.HELD, CustodyState.MISSING, CustodyState.FOUND})
"""Where a device is while somebody must still answer for it."""


def new_device(
    ledger: Ledger,
    key: PrivateKey,
    *,
    kind: DeviceKind,
    organisation: str,
    asset_tag: str,
    serial: str,
    seen_by: Acting | None = None,
) -> str:
    """Register a device; its random id. `seen_by` has it in stock, before their eyes."""
    with ledger.write() as writer:
        made = add_device(
            ledger, writer, key, kind, serial=serial or None, asset_tag=asset_tag or None, organisation=organisation
        )
        if seen_by is not None:
            happen(writer, speaker_for(key, seen_by), CustodyEvent.SIGHTED, [made])
        apply(writer)
    return made


def change(
    ledger: Ledger,
    key: PrivateKey,
    device: str,
    *,
    kind: DeviceKind,
    organisation: str,
    asset_tag: str,
    serial: str,
    leaf: int,
) -> None:
    """Change what a device is, as it was registered by `leaf`; a tag and a serial number are added to those it has."""
    with ledger.write() as writer:
        found = _registered(ledger, device)
        if queries.leaf_of_registration(ledger.database, found.device) != leaf:
            raise PolicyError(
                "somebody else changed this device while you were looking at it",
                hint="look at it again, then change it",
            )
        amend_device(
            ledger,
            writer,
            key,
            device,
            kind=kind,
            serial=serial or None,
            asset_tag=asset_tag or None,
            organisation=organisation,
        )
        apply(writer)


def end(ledger: Ledger, key: PrivateKey, device: str) -> None:
    """End a device: it is no longer in any list or count. Its history stays."""
    with ledger.write() as writer:
        found = _registered(ledger, device)
        if found.custody in _AWAY:
            raise PolicyError(
                "somebody still has to answer for this device", hint="have it returned or destroyed first, then end it"
            )
        register(writer, key, device, Registration(true_at=moment(writer.clock), action=Action.ENDED))
        apply(writer)


def ask(ledger: Ledger, key: PrivateKey, who: Acting, device: str, wanted: Ask) -> None:
    """Ask IT something about a device; once, until it is answered."""
    with ledger.write() as writer:
        found = _registered(ledger, device)
        if any(one.ask == wanted for one in queries.open_requests(ledger.database, found.device)):
            raise PolicyError("this was asked already, and IT has not answered yet")
        requests.ask(writer, speaker_for(key, who), device, wanted)
        apply(writer)


def answer(ledger: Ledger, key: PrivateKey, who: Acting, device: str, request: str, outcome: str) -> None:
    """Answer what was asked."""
    with ledger.write() as writer:
        requests.answer(writer, speaker_for(key, who), device, request, outcome)
        apply(writer)


def allow(
    ledger: Ledger, key: PrivateKey, who: Acting, device: str, *, organisation: str, until: datetime, reason: str
) -> None:
    """Allow a device to be handed to people of an organisation without fresh proof, for at most 30 days."""
    with ledger.write() as writer:
        if until > writer.clock() + LONGEST_EXCEPTION:
            raise InputError("an exception ends within 30 days", hint="give an earlier date")
        _registered(ledger, device)
        make_exception(
            writer, key, device=device, organisation=organisation, approver=who.person, until=until, reason=reason
        )
        apply(writer)


def end_allowance(ledger: Ledger, key: PrivateKey, device: str, exception: str) -> None:
    """End an exception of a device now."""
    with ledger.write() as writer:
        found = writer.projection.exception(exception)
        if found is None or found.device != device:
            raise InputError("there is no such exception for this device")
        end_exception(writer, key, exception)
        apply(writer)


def speaker_for(key: PrivateKey, who: Acting) -> Speaker:
    """For whom the register speaks."""
    return Speaker(key=key, by=who.person, authenticated=who.authenticated)


def _registered(ledger: Ledger, device: str) -> queries.Listed:
    found = queries.one(ledger.database, device)
    if found is None or found.ended:
        raise PolicyError("this device is no longer registered")
    return found

"""Devices into the log, by whoever may look at one: registered under a random id, and what is known of them changed."""

from __future__ import annotations

import secrets
from typing import TypedDict, Unpack

from lossproof.errors import InputError
from lossproof.jobs.enrolling import find_organisation
from lossproof.jobs.stating import Registered, organisation_of, register
from lossproof.ledger.erasable import keep
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.log import Writer
from lossproof.ledger.recognition import named_so
from lossproof.ledger.registered import RegisteredDevice
from lossproof.ledger.store import Ledger, moment
from lossproof.model.facts.registration import (
    Action,
    Device,
    DeviceIdentifier,
    DeviceKind,
    IdentifierScheme,
    Registration,
)


class Naming(TypedDict, total=False):
    """How a device is called, and whose it is."""

    serial: str | None
    asset_tag: str | None
    organisation: str | None


def register_device(ledger: Ledger, signer: PrivateKey, kind: DeviceKind, **naming: Unpack[Naming]) -> Registered:
    """Register a device under a random id, of the signer's organisation unless another is named."""
    with ledger.write() as writer:
        device = add_device(ledger, writer, signer, kind, **naming)
    return Registered(receipts=writer.receipts, registered={"device": device})


def add_device(
    ledger: Ledger,
    writer: Writer,
    signer: PrivateKey,
    kind: DeviceKind,
    *,
    serial: str | None = None,
    asset_tag: str | None = None,
    organisation: str | None = None,
) -> str:
    """`register_device` in a transaction of the caller; the device's id."""
    subject = secrets.token_hex(16)
    home = (
        organisation_of(writer.projection, signer) if organisation is None else find_organisation(ledger, organisation)
    )
    thing = Device(kind=kind, organisation=home, identifiers=_identifiers(ledger, serial, asset_tag))
    fact = Registration(true_at=moment(ledger.publisher.clock), action=Action.CREATED, device=thing)
    register(writer, signer, subject, fact)
    return subject


def change_device(
    ledger: Ledger, signer: PrivateKey, device: str, *, kind: DeviceKind | None = None, **naming: Unpack[Naming]
) -> Registered:
    """State what a device is now: what is given takes the place of what was, identifiers are added."""
    with ledger.write() as writer:
        subject = amend_device(ledger, writer, signer, device, kind=kind, **naming)
    return Registered(receipts=writer.receipts, registered={"device": subject})


def amend_device(
    ledger: Ledger,
    writer: Writer,
    signer: PrivateKey,
    device: str,
    *,
    kind: DeviceKind | None = None,
    serial: str | None = None,
    asset_tag: str | None = None,
    organisation: str | None = None,
) -> str:
    """`change_device` in a transaction of the caller; the device's id."""
    found = writer.projection.find_device(device)
    before = tuple(
        DeviceIdentifier(scheme=IdentifierScheme(scheme), digest=digest) for scheme, digest in found.identifiers
    )
    thing = Device(
        kind=kind or DeviceKind(found.kind),
        organisation=found.organisation if organisation is None else find_organisation(ledger, organisation),
        identifiers=(*before, *_identifiers(ledger, serial, asset_tag, found)),
    )
    fact = Registration(true_at=moment(ledger.publisher.clock), action=Action.CHANGED, device=thing)
    register(writer, signer, found.subject, fact)
    return found.subject


def _identifiers(
    ledger: Ledger, serial: str | None, asset_tag: str | None, of: RegisteredDevice | None = None
) -> tuple[DeviceIdentifier, ...]:
    """What is to be kept of these, each under its own salt. Raises `InputError` for what another device is named by, or what
    `of` has already."""
    given = ((IdentifierScheme.SERIAL, serial), (IdentifierScheme.ASSET_TAG, asset_tag))
    kept = []
    for scheme, value in given:
        if value is None:
            continue
        if (other := _called(ledger, value)) is not None:
            whose = "this device has" if of is not None and other == of.subject else f"device {other} has"
            raise InputError(f"{whose} this {scheme.value.replace('_', ' ')} already")
        kept.append(DeviceIdentifier(scheme=scheme, digest=keep(ledger.database, scheme.value, value)))
    return tuple(kept)


def _called(ledger: Ledger, text: str) -> str | None:
    """The id of a device that goes by this text, or None."""
    found = named_so(ledger, text)
    return found[0].subject if found else None

"""What other systems report of devices, into the log: graded by our own rules, signed by who imports it, with method `reported`.

A device is found by its serial number, else by what the other system calls it among the asset tags. One that nobody knows is
registered where its serial number tells it from others. The header digest of such a fact is that of the layers as they were
told, so it meets no header that was read. Importing one report again adds nothing: the same words at the same time are the same
fact. Left out: what would name people (user names, computer names, volume labels), which is read past.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import NamedTuple

from lossproof import __version__
from lossproof.jobs.recorded_inspection import inspection_fact
from lossproof.jobs.stating import organisation_of, require_signer, signed
from lossproof.ledger.admission import may_register
from lossproof.ledger.called import Called, called
from lossproof.ledger.erasable import keep
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.log import Writer
from lossproof.ledger.recognition import kept_serial, marks_of
from lossproof.ledger.store import Ledger, moment
from lossproof.model.entry import CLOCKS_DIFFER
from lossproof.model.fact import LOOKERS, Method, Role
from lossproof.model.facts.inspection import InspectionFact
from lossproof.model.facts.registration import Action, Device, DeviceIdentifier, IdentifierScheme, Registration
from lossproof.model.reported import ReportedDevice
from lossproof.model.volume import Inspection, Layer, Protection
from lossproof.policy.protection import grade, overall
from lossproof.wire.facts import subject_of

TOOL = f"lossproof {__version__}"
_AT_ONCE = 200
_EARLIEST_YEAR = 2020
"""Facts begin there."""


class Taken(StrEnum):
    """What became of one device of a report."""

    RECORDED = "recorded"
    KNOWN = "known"  # the very same was imported before
    SIGHTED = "sighted"  # nothing is said of its encryption; the device is registered
    UNREGISTERED = "unregistered"  # nothing is said of its encryption; nobody knows the device
    ERROR = "error"


class Outcome(NamedTuple):
    """One device of a report: `place` says which; `registered` whether it was, or would be, registered with it; `protection` what
    the report amounts to by the rules of now, None where it says nothing. `reason` is plain words without a value of the report."""

    place: str
    taken: Taken
    device: str | None
    registered: bool
    protection: Protection | None
    reason: str


def inspection_of(reported: ReportedDevice) -> Inspection:
    """What was reported in the form of an inspection, graded by the rules of now: nothing of it was read."""
    layers = tuple(grade(layer) for layer in reported.layers or ())
    protection, access, reasons = overall(layers)
    serial = reported.serial
    return Inspection(
        target=reported.place,
        size_bytes=sum(layer.size_bytes for layer in layers),
        protection=protection,
        readable_without_secret=access,
        reasons=reasons,
        layers=layers,
        bytes_read=0,
        header_sha256=_digest(reported.layers or ()),
        tool=TOOL,
        serial=serial,
    )


def import_reported(
    ledger: Ledger,
    signer: PrivateKey,
    devices: Iterable[ReportedDevice],
    *,
    made_at: datetime,
    dry_run: bool = False,
    after: Callable[[Writer], None] | None = None,
    progress: Callable[[int], None] | None = None,
) -> tuple[Outcome, ...]:
    """Record every device of a report, 200 a transaction, and say what became of each, in their order.

    `made_at` (UTC) is when the report was made, for what says no time of its own. With `dry_run` nothing is written. `after` is
    called at the end of each transaction. Raises `PolicyError` where the key may not pass on reports, and what `write` raises; the
    batches before stay.
    """
    require_signer(ledger, signer, LOOKERS | {Role.REGISTER}, InspectionFact.KIND)
    outcomes: list[Outcome] = []
    remaining = iter(devices)
    while batch := tuple(islice(remaining, _AT_ONCE)):
        if dry_run:
            outcomes += _Import(ledger, signer, made_at, None).outcomes(batch)
        else:
            with ledger.write() as writer:
                outcomes += _Import(ledger, signer, made_at, writer).outcomes(batch)
                if after is not None:
                    after(writer)
        if progress is not None:
            progress(len(outcomes))
    return tuple(outcomes)


class _Import:
    """One batch, in the transaction of `writer`, or without one to say what would be done."""

    def __init__(self, ledger: Ledger, signer: PrivateKey, made_at: datetime, writer: Writer | None) -> None:
        self._ledger = ledger
        self._signer = signer
        self._made_at = made_at
        self._writer = writer
        self._latest = ledger.publisher.clock() + CLOCKS_DIFFER
        self._given: dict[str, str] = {}  # the ids of devices that this batch registered, by serial number

    def outcomes(self, batch: Sequence[ReportedDevice]) -> Iterator[Outcome]:
        """What becomes of each."""
        texts = {text for one in batch for text in (one.serial, *one.names) if text}
        found = called(self._ledger, texts)
        return (self._outcome(one, found) for one in batch)

    def _outcome(self, one: ReportedDevice, found: dict[str, tuple[Called, ...]]) -> Outcome:
        seen_at = one.seen_at or self._made_at
        if seen_at.year < _EARLIEST_YEAR or seen_at > self._latest:
            return _wrong(one, "it says that it was seen at a time that is long past, unreadable, or still to come")
        inspection = inspection_of(one)
        devices = self._devices(one, found)
        if len(devices) > 1:
            return _wrong(one, "several devices go by its serial number or name")
        device = devices[0] if devices else None
        if one.layers is None:
            return Outcome(one.place, Taken.SIGHTED if device else Taken.UNREGISTERED, device, False, None, "")
        if device is None:
            if marks_of(inspection).serial is None:
                return _wrong(
                    one, "it has no serial number that tells it from others: register it by its name as asset tag"
                )
            if not self._may_register():
                return _wrong(one, "the key that signs may not register devices")
        protection = inspection.protection
        if self._writer is None:
            return Outcome(one.place, Taken.RECORDED, device, device is None, protection, "")
        subject, serial = self._subject(one, device, self._writer)
        at = moment(lambda: seen_at)
        fact = inspection_fact(inspection, method=Method.REPORTED, true_at=at, tool=TOOL, serial=serial)
        size = self._writer.size
        about = subject_of(subject, inspection.header_sha256)
        leaves = self._writer.append(signed(self._signer, fact, about))
        taken = Taken.KNOWN if leaves[0].index < size else Taken.RECORDED
        return Outcome(one.place, taken, subject, device is None, protection, "")

    def _devices(self, one: ReportedDevice, found: dict[str, tuple[Called, ...]]) -> list[str]:
        """The ids of the devices that it may be: by serial number, else by name."""
        if one.serial is not None:
            if one.serial in self._given:
                return [self._given[one.serial]]
            by_serial = {has.device for has in found.get(one.serial, ()) if has.scheme is IdentifierScheme.SERIAL}
            if by_serial:
                return sorted(by_serial)
        tags = {
            has.device
            for name in one.names
            for has in found.get(name, ())
            if has.scheme is IdentifierScheme.ASSET_TAG and not self._has_other_serial(has.device, one.serial)
        }
        return sorted(tags)

    def _has_other_serial(self, device: str, serial: str | None) -> bool:
        """Whether a device is registered with a serial number, and the report gives it another."""
        registered = self._ledger.projection.device(device)
        schemes = {scheme for scheme, _ in registered.identifiers} if registered is not None else set()
        return serial is not None and IdentifierScheme.SERIAL in schemes

    def _may_register(self) -> bool:
        projection = self._ledger.projection
        key = projection.key(self._signer.keyid)
        return key is not None and may_register(projection, key, key.organisation, None)

    def _subject(self, one: ReportedDevice, device: str | None, writer: Writer) -> tuple[str, str | None]:
        """The id of the device, registered now where it was not, and the digest by which it lists this serial number."""
        if device is not None:
            registered = writer.projection.device(device)
            if one.serial is None or registered is None:
                return device, None
            return device, kept_serial(self._ledger, registered, one.serial)
        subject, serial = secrets.token_hex(16), one.serial or ""
        digest = keep(self._ledger.database, IdentifierScheme.SERIAL.value, serial)
        thing = Device(
            kind=one.kind,
            organisation=organisation_of(writer.projection, self._signer),
            identifiers=(DeviceIdentifier(scheme=IdentifierScheme.SERIAL, digest=digest),),
        )
        at = moment(self._ledger.publisher.clock)
        fact = Registration(true_at=at, action=Action.CREATED, device=thing)
        writer.append(signed(self._signer, fact, subject_of(subject)))
        self._given[serial] = subject
        return subject, digest


def _wrong(one: ReportedDevice, reason: str) -> Outcome:
    return Outcome(one.place, Taken.ERROR, None, False, None, reason)


def _digest(layers: tuple[Layer, ...]) -> str:
    """SHA-256 over the layers as they were told, in a domain of its own. There is nothing in them that names anybody."""
    told = json.dumps([asdict(layer) for layer in layers], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(b"lossproof-reported\n" + told.encode("ascii")).hexdigest()

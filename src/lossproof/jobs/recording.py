"""What was seen of a medium, into the log: which device it is, its facts, and the sealed list of the people on it.

A medium is known by what is on it (`ledger.recognition`). One that nobody knows is registered under a random id, as a device of
the organisation whose key signs. All facts of one look go in together or not at all. A folder has no identity: its device is named.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from lossproof import __version__
from lossproof.discover.records import RULES_VERSION
from lossproof.discover.scan import Found
from lossproof.errors import InputError, PolicyError
from lossproof.jobs.discovery import locked_parts
from lossproof.jobs.people import seal_people
from lossproof.jobs.recorded_inspection import holding_fact, inspection_fact
from lossproof.jobs.stating import organisation_of, require_signer, signed
from lossproof.ledger.admission import may_register
from lossproof.ledger.erasable import keep, keep_manifest
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.log import Writer
from lossproof.ledger.manifest import SealedManifest, recipient_fingerprint
from lossproof.ledger.receipts import Receipt
from lossproof.ledger.recognition import Marks, Recognised, kept_serial, marks_of, recognise, sharing
from lossproof.ledger.registered import RegisteredDevice
from lossproof.ledger.store import Ledger, moment
from lossproof.model.fact import Method, Predicate
from lossproof.model.facts.holding import Manifest
from lossproof.model.facts.inspection import InspectionFact
from lossproof.model.facts.registration import (
    Action,
    Device,
    DeviceIdentifier,
    DeviceKind,
    IdentifierScheme,
    Registration,
)
from lossproof.model.shapes import whole_sectors
from lossproof.model.volume import Inspection
from lossproof.report.text import joined
from lossproof.wire.facts import subject_of

_MOST_NAMED = 3

TOOL = f"lossproof {__version__}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one command saw: the inspection of the medium itself (None of a folder), what was found, and what `check` said."""

    inspection: Inspection | None = None
    found: Found | None = None
    exposed: bool | None = None


class Note(StrEnum):
    """What whoever records should know about which device it was taken for."""

    UNTOLD = "untold"  # nothing on the medium tells it from another
    REFORMATTED = "reformatted"  # the serial number is known, and none of its volumes
    SERIAL_NEW = "serial_new"  # the device that was named had another serial number
    SHARED = "shared"  # other devices have the same volumes or serial number
    UNCHANGED = "unchanged"  # it has identifiers now that only the controller, or its own organisation, may register


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The device that it is about, whether it was registered just now, and what it was known by: `named`, or an identifier's
    scheme. `also` are devices that share an identifier with it. `sealed_to` can open the list of people; `facts` are the kinds,
    as the receipts are ordered."""

    device: str
    registered: bool
    known_by: str | None
    notes: tuple[Note, ...]
    also: tuple[str, ...]
    sealed_to: str | None
    facts: tuple[str, ...]
    receipts: tuple[Receipt, ...]

    def shape(self) -> dict[str, Any]:
        """As `--json` prints it, under `recorded`."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Which:
    """The device that is meant, None for a medium that nobody knows, and how that was told."""

    device: RegisteredDevice | None
    known_by: str | None = None


def recipient_for(ledger: Ledger, wanted: str | None) -> str | None:
    """The age recipient that a list of people is sealed to: the one that is wanted, or else the newest that is enrolled.

    Raises `PolicyError` for one that the controller has not enrolled.
    """
    enrolled = [one.recipient for one in ledger.projection.recipients() if one.ended is None]
    if wanted is None:
        return enrolled[-1] if enrolled else None
    recipient_fingerprint(wanted)
    if wanted not in enrolled:
        raise PolicyError(
            "the controller has not enrolled this manifest recipient",
            hint="have its owner run `lossproof ledger enrol`, or record counts alone",
        )
    return wanted


def require_device(ledger: Ledger, device: str | None, inspection: Inspection | None) -> None:
    """Return if it is clear which device is meant, as far as can be told before the work. Raises `InputError` as `record`."""
    which = _which(ledger, device, None if inspection is None else marks_of(inspection))
    if which.device is not None and which.device.ended is not None:
        raise InputError(
            "this device has ended", hint="leave --device out: what turns up again is registered as another"
        )


def record(
    ledger: Ledger, signer: PrivateKey, look: Look, *, device: str | None = None, recipient: str | None = None
) -> Recorded:
    """Append what was seen. `device` is an id, or an identifier that one device has; without it the medium must tell.

    Raises `InputError` for a folder without a device, where several devices could be meant, or where the medium is known to be
    another one than `device`; and what `write` raises.
    """
    true_at = moment(ledger.publisher.clock)
    marks = None if look.inspection is None else marks_of(look.inspection)
    require_signer(ledger, signer, InspectionFact.SIGNERS, InspectionFact.KIND)
    with ledger.write() as writer:
        which = _which(ledger, device, marks)
        subject = which.device.subject if which.device else secrets.token_hex(16)
        scribe = _Scribe(ledger, writer, signer, subject, true_at)
        if look.inspection is not None and marks is not None:
            serial = scribe.register(which.device, marks)
            scribe.state_inspection(look, look.inspection, serial)
        if look.found is not None:
            scribe.state_holding(look, recipient)
        also = () if marks is None else sharing(ledger, marks, besides=subject)
    return Recorded(
        device=subject,
        registered=which.device is None,
        known_by=which.known_by,
        notes=_notes(which, marks, scribe, also),
        also=also,
        sealed_to=scribe.sealed_to,
        facts=tuple(scribe.facts),
        receipts=writer.receipts,
    )


def _which(ledger: Ledger, device: str | None, marks: Marks | None) -> _Which:
    if device is None and marks is None:
        raise InputError("a folder does not say which device it is on", hint="name the device with --device")
    recognised = recognise(ledger, marks) if marks is not None else Recognised((), None)
    by_serial = recognised.scheme is IdentifierScheme.SERIAL
    if device is not None:
        named = ledger.projection.find_device(device)
        if by_serial and named.subject not in {one.subject for one in recognised.devices}:
            raise InputError(
                f"this medium has the serial number of another device: {recognised.devices[0].subject}",
                hint="name that one with --device, or leave --device out",
            )
        return _Which(device=named, known_by="named")
    if len(recognised.devices) > 1:
        raise InputError(
            f"this medium could be any of {len(recognised.devices)} devices: "
            + joined([one.subject for one in recognised.devices[:_MOST_NAMED]]),
            hint="say which with --device",
        )
    if not recognised.devices or recognised.scheme is None:
        return _Which(device=None)
    return _Which(device=recognised.devices[0], known_by=recognised.scheme.value)


def _notes(which: _Which, marks: Marks | None, scribe: _Scribe, also: tuple[str, ...]) -> tuple[Note, ...]:
    if marks is None:
        return ()
    before = (
        {digest for scheme, digest in which.device.identifiers if scheme == "volume_uuid"} if which.device else set()
    )
    said = {
        Note.UNTOLD: not marks.any and which.device is None,
        Note.REFORMATTED: which.known_by == "serial" and bool(before) and not before & marks.volumes,
        Note.SERIAL_NEW: scribe.had_serial,
        Note.SHARED: bool(also),
        Note.UNCHANGED: scribe.left_out,
    }
    return tuple(note for note, holds in said.items() if holds)


class _Scribe:
    """States facts about one device, in the transaction of one writer."""

    def __init__(self, ledger: Ledger, writer: Writer, signer: PrivateKey, subject: str, true_at: str) -> None:
        self._ledger = ledger
        self._writer = writer
        self._signer = signer
        self._subject = subject
        self._true_at = true_at
        self.facts: list[str] = []
        self.sealed_to: str | None = None
        self.had_serial = False
        self.left_out = False
        self._header: str | None = None

    def _state(self, predicate: Predicate, header: str | None = None) -> None:
        self._writer.append(signed(self._signer, predicate, subject_of(self._subject, header)))
        self.facts.append(predicate.KIND)

    def register(self, known: RegisteredDevice | None, marks: Marks) -> str | None:
        """Register the device, or what is new of its identifiers where the signer may; the digest of its serial number, or
        None."""
        identifiers = set(known.identifiers) if known else set()
        found = {(IdentifierScheme.VOLUME.value, digest) for digest in marks.volumes}
        found |= {(IdentifierScheme.HEADER.value, digest) for digest in marks.headers}
        serial = None
        if marks.serial is not None:
            serial = kept_serial(self._ledger, known, marks.serial) if known else None
            if serial is None:
                self.had_serial = any(scheme == IdentifierScheme.SERIAL for scheme, _ in identifiers)
                serial = keep(self._ledger.database, IdentifierScheme.SERIAL.value, marks.serial)
            found.add((IdentifierScheme.SERIAL.value, serial))
        if known is not None and found <= identifiers:
            return serial
        # Volumes and headers are those of now; serial numbers and asset tags stay.
        stays = {one for one in identifiers if one[0] in {IdentifierScheme.SERIAL, IdentifierScheme.ASSET_TAG}}
        thing = Device(
            kind=DeviceKind(known.kind) if known else DeviceKind.OTHER,
            organisation=known.organisation if known else organisation_of(self._writer.projection, self._signer),
            identifiers=tuple(
                DeviceIdentifier(scheme=IdentifierScheme(scheme), digest=digest)
                for scheme, digest in sorted(stays | found)
            ),
        )
        key = self._writer.projection.key(self._signer.keyid)
        if key is not None and not may_register(self._writer.projection, key, thing.organisation, known):
            self.left_out = True
            return serial
        action = Action.CHANGED if known else Action.CREATED
        self._state(Registration(true_at=self._true_at, action=action, device=thing))
        return serial

    def state_inspection(self, look: Look, inspection: Inspection, serial: str | None) -> None:
        """State what was seen of the medium."""
        self._header = inspection.header_sha256
        fact = inspection_fact(
            inspection,
            method=Method.READ,
            true_at=self._true_at,
            tool=TOOL,
            serial=serial,
            holding=None if look.found is None else look.found.holding,
        )
        self._state(fact, self._header)

    def state_holding(self, look: Look, recipient: str | None) -> None:
        """State what was found, and keep the list of the people sealed to `recipient`, if there is one."""
        if look.found is None:
            return
        scan, sealed = secrets.token_hex(16), None
        if recipient is not None:
            sealed = seal_people(look.found, device=self._subject, scan=scan, recipient=recipient)
            keep_manifest(self._ledger.database, self._subject, sealed)
            self.sealed_to = recipient
        fact = holding_fact(
            look.found.holding,
            look.exposed,
            method=Method.READ,
            true_at=self._true_at,
            tool=TOOL,
            scan=scan,
            rules=RULES_VERSION,
            manifest=None if sealed is None else _manifest(sealed),
            locked=0 if look.inspection is None else sum(1 for _ in locked_parts(look.inspection)),
        )
        self._state(fact, self._header)


def _manifest(sealed: SealedManifest) -> Manifest:
    return Manifest(
        sha256=sealed.sha256, size_bytes=whole_sectors(sealed.size_bytes), recipient=sealed.recipient_fingerprint
    )

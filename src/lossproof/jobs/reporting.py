"""What was seen of a medium, as signed facts for a register elsewhere: what `recording` does where the store is not at hand.

The register knows many devices; here only those are known that this reporter registered before (`KnownMedium`), so another
medium is registered under a random id of its own, and the register says later that two ids are one device. What changes about a
device afterwards stands in its inspections, and the register takes it over: only it knows all of the device's identifiers. A serial
number leaves as a salted digest in the fact, and in clear beside it, for the register's erasable rows. Nothing is read or
written here.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from lossproof.discover.records import RULES_VERSION
from lossproof.errors import InputError
from lossproof.jobs.discovery import locked_parts
from lossproof.jobs.people import seal_people
from lossproof.jobs.recorded_inspection import holding_fact, inspection_fact
from lossproof.jobs.recording import TOOL, Look, Note
from lossproof.jobs.stating import signed
from lossproof.ledger.erasable import SALT_BYTES, salted_digest
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.manifest import recipient_fingerprint
from lossproof.ledger.publishing import Clock, now
from lossproof.ledger.recognition import Marks, marks_of
from lossproof.ledger.store import moment
from lossproof.model.fact import Method, Predicate
from lossproof.model.facts.holding import Manifest
from lossproof.model.facts.registration import (
    Action,
    Device,
    DeviceIdentifier,
    DeviceKind,
    IdentifierScheme,
    Registration,
)
from lossproof.model.shapes import whole_sectors
from lossproof.report.text import joined
from lossproof.wire.checkin import MOST_MANIFEST_BYTES, Value
from lossproof.wire.facts import subject_of

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSerial:
    """A serial number that a reporter saw, and the salted digest under which it was registered."""

    text: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMedium:
    """A medium that this reporter has reported: its random id, and the identifiers that it had when it was last seen.

    Raises `ValueError` for what a registration could not hold.
    """

    device: str
    kind: DeviceKind
    organisation: str
    volumes: tuple[str, ...]
    headers: tuple[str, ...]
    serials: tuple[KeptSerial, ...]

    def __post_init__(self) -> None:
        """Check every field."""
        subject_of(self.device)
        self.registered()

    def registered(self) -> Device:
        """The device as a registration states it."""
        listed = [(IdentifierScheme.VOLUME, digest) for digest in self.volumes]
        listed += [(IdentifierScheme.HEADER, digest) for digest in self.headers]
        listed += [(IdentifierScheme.SERIAL, one.digest) for one in self.serials]
        return Device(
            kind=self.kind,
            organisation=self.organisation,
            identifiers=tuple(DeviceIdentifier(scheme=scheme, digest=digest) for scheme, digest in sorted(listed)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one look gives to send: envelopes in their order, the values behind their digests, sealed lists of people."""

    facts: tuple[bytes, ...]
    values: tuple[Value, ...] = field(default=(), repr=False)
    manifests: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The device that it is about, whether it is registered with this, and what it was known by, as `recording.Recorded` says it.
    `medium` is what is to be remembered of it, None where nothing is new. `list_left_out`: the list of people was too long to send."""

    device: str
    registered: bool
    known_by: str | None
    notes: tuple[Note, ...]
    sealed_to: str | None
    list_left_out: bool
    facts: tuple[str, ...]
    batch: Batch
    medium: KnownMedium | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporter:
    """Who reports: the key that signs, the organisation whose it is, and who may open lists of people (None: counts alone)."""

    key: PrivateKey
    organisation: str
    recipient: str | None = None
    clock: Clock = now


def which_medium(
    known: Sequence[KnownMedium], marks: Marks | None, device: str | None = None
) -> tuple[str | None, KnownMedium | None, str | None]:
    """The device id that is meant (None: a medium that is not known here), what is known of it, and what it was known by.

    `device` is its id, or a serial number that one medium has. Raises `InputError` for a folder without a device, where several
    could be meant, or where the medium has another one's serial number.
    """
    by_serial = tuple(
        one
        for one in known
        if marks is not None and marks.serial in {kept.text for kept in one.serials} and marks.serial
    )
    if device is not None:
        meant = _named(known, device)
        named = meant.device if meant else device
        if by_serial and all(one.device != named for one in by_serial):
            raise InputError(
                f"this medium has the serial number of another device: {by_serial[0].device}",
                hint="name that one with --device, or leave --device out",
            )
        return named, meant, "named"
    if marks is None:
        raise InputError("a folder does not say which device it is on", hint="name the device with --device")
    headers = tuple(one for one in known if marks.headers & set(one.headers) and not _is_another(one, marks))
    volumes = tuple(one for one in known if marks.volumes & set(one.volumes) and not _is_another(one, marks))
    for scheme, found in (
        (IdentifierScheme.SERIAL, by_serial),
        (IdentifierScheme.HEADER, headers),
        (IdentifierScheme.VOLUME, volumes),
    ):
        if len(found) > 1:
            raise InputError(
                f"this medium could be any of {len(found)} devices: "
                + joined([one.device for one in found[:_MOST_NAMED]]),
                hint="say which with --device",
            )
        if found:
            return found[0].device, found[0], scheme.value
    return None, None, None


def report(
    reporter: Reporter,
    look: Look,
    known: Sequence[KnownMedium],
    *,
    device: str | None = None,
    kind: DeviceKind = DeviceKind.OTHER,
) -> Report:
    """Sign what was seen. `kind` is what a medium that is not known is registered as. Raises as `which_medium`, and `StoreError`
    for a clock that cannot be right."""
    marks = None if look.inspection is None else marks_of(look.inspection)
    subject, medium, known_by = which_medium(known, marks, device)
    scribe = _Scribe(reporter, subject or secrets.token_hex(16))
    registered = subject is None
    remembered = serial = None
    if marks is not None:
        before = medium or KnownMedium(
            device=scribe.subject, kind=kind, organisation=reporter.organisation, volumes=(), headers=(), serials=()
        )
        serial = scribe.serial(marks, before)
        remembered = _seen_now(before, marks, serial)
        if registered:
            scribe.register(remembered)
    if look.inspection is not None:
        scribe.state_inspection(look, None if serial is None else serial.digest)
    scribe.state_holding(look)
    return Report(
        device=scribe.subject,
        registered=registered,
        known_by=known_by,
        notes=_notes(marks, medium, known_by, serial, registered=registered),
        sealed_to=reporter.recipient if scribe.manifests else None,
        list_left_out=scribe.list_left_out,
        facts=tuple(scribe.kinds),
        batch=Batch(facts=tuple(scribe.facts), values=tuple(scribe.values), manifests=tuple(scribe.manifests)),
        medium=None if remembered == medium else remembered,
    )


def _named(known: Sequence[KnownMedium], text: str) -> KnownMedium | None:
    """The medium with this id or serial number; None for an id that is not known here, which another reporter registered."""
    found = [one for one in known if one.device == text or text in {kept.text for kept in one.serials}]
    if len(found) > 1:
        raise InputError(f"{len(found)} devices have this identifier", hint="name the device by its id")
    if not found and not _is_id(text):
        raise InputError("this is not known here", hint="name the device by its id, as the register shows it")
    return found[0] if found else None


def _is_id(text: str) -> bool:
    return len(text) == 32 and all(digit in "0123456789abcdef" for digit in text)


def _is_another(medium: KnownMedium, marks: Marks) -> bool:
    """Whether it is known to have serial numbers, and this is none of them: its volumes were copied."""
    return bool(marks.serial and medium.serials) and all(one.text != marks.serial for one in medium.serials)


def _notes(
    marks: Marks | None,
    medium: KnownMedium | None,
    known_by: str | None,
    serial: KeptSerial | None,
    *,
    registered: bool,
) -> tuple[Note, ...]:
    if marks is None:
        return ()
    said = {
        Note.UNTOLD: not marks.any and registered,
        Note.REFORMATTED: known_by == "serial"
        and medium is not None
        and bool(medium.volumes)
        and not set(medium.volumes) & marks.volumes,
        Note.SERIAL_NEW: medium is not None
        and bool(medium.serials)
        and serial is not None
        and serial not in medium.serials,
    }
    return tuple(note for note, holds in said.items() if holds)


def _seen_now(before: KnownMedium, marks: Marks, serial: KeptSerial | None) -> KnownMedium:
    """What is known of a medium now: its volumes and headers are those of now, serial numbers stay."""
    return replace(
        before,
        volumes=tuple(sorted(marks.volumes)),
        headers=tuple(sorted(marks.headers)),
        serials=(*before.serials, serial) if serial is not None and serial not in before.serials else before.serials,
    )


class _Scribe:
    """Signs facts about one device."""

    def __init__(self, reporter: Reporter, subject: str) -> None:
        self._reporter = reporter
        self._true_at = moment(reporter.clock)
        self._header: str | None = None
        self.subject = subject
        self.facts: list[bytes] = []
        self.kinds: list[str] = []
        self.values: list[Value] = []
        self.manifests: list[bytes] = []
        self.list_left_out = False

    def _state(self, predicate: Predicate, header: str | None = None) -> None:
        self.facts.append(signed(self._reporter.key, predicate, subject_of(self.subject, header)))
        self.kinds.append(predicate.KIND)

    def serial(self, marks: Marks, medium: KnownMedium) -> KeptSerial | None:
        """The medium's serial number under the digest that it is known by, or under a new one whose salt is sent along."""
        if marks.serial is None:
            return None
        for kept in medium.serials:
            if kept.text == marks.serial:
                return kept
        salt = secrets.token_bytes(SALT_BYTES)
        new = KeptSerial(text=marks.serial, digest=salted_digest(salt, marks.serial))
        self.values.append(Value(digest=new.digest, kind="serial", salt=salt, value=marks.serial))
        return new

    def register(self, medium: KnownMedium) -> None:
        """Register the device."""
        self._state(Registration(true_at=self._true_at, action=Action.CREATED, device=medium.registered()))

    def state_inspection(self, look: Look, serial: str | None) -> None:
        """State what was seen of the medium."""
        if look.inspection is None:
            return
        self._header = look.inspection.header_sha256
        fact = inspection_fact(
            look.inspection,
            method=Method.READ,
            true_at=self._true_at,
            tool=TOOL,
            serial=serial,
            holding=None if look.found is None else look.found.holding,
        )
        self._state(fact, self._header)

    def state_holding(self, look: Look) -> None:
        """State what was found, with the list of the people sealed where somebody may open it and it is not too long to send."""
        if look.found is None:
            return
        scan, stated = secrets.token_hex(16), None
        if self._reporter.recipient is not None:
            sealed = seal_people(look.found, device=self.subject, scan=scan, recipient=self._reporter.recipient)
            self.list_left_out = sealed.size_bytes > MOST_MANIFEST_BYTES
            if not self.list_left_out:
                self.manifests.append(sealed.ciphertext)
                stated = Manifest(
                    sha256=sealed.sha256,
                    size_bytes=whole_sectors(sealed.size_bytes),
                    recipient=recipient_fingerprint(self._reporter.recipient),
                )
        fact = holding_fact(
            look.found.holding,
            look.exposed,
            method=Method.READ,
            true_at=self._true_at,
            tool=TOOL,
            scan=scan,
            rules=RULES_VERSION,
            manifest=stated,
            locked=0 if look.inspection is None else sum(1 for _ in locked_parts(look.inspection)),
        )
        self._state(fact, self._header)

"""What an accepted inspection shows of a device's identifiers becomes its registration, by the register's own key.

Whoever inspects a device that others registered does not know all its identifiers, and a registration gives all of them; the register
does. Volumes and headers are those of now, serial numbers and asset tags stay. Nothing is bound where the medium could be another than
the device that is named: a serial number that is another device's, or, where the device is the medium, other than those that it is
known to have. Then the two stand unreconciled for a person to see. A laptop has a serial number of its own beside that of the medium
in it. A look that is older than the registration changes nothing.
"""

from __future__ import annotations

from typing import NamedTuple

from lossproof.jobs.stating import register
from lossproof.ledger.admission import may_register
from lossproof.ledger.erasable import Opened, behind, opened
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.log import Writer
from lossproof.ledger.recognition import Marks, recognise
from lossproof.ledger.registered import EnrolledKey, RegisteredDevice
from lossproof.ledger.store import Ledger
from lossproof.model.facts.inspection import InspectionFact
from lossproof.model.facts.registration import (
    Action,
    Device,
    DeviceIdentifier,
    DeviceKind,
    IdentifierScheme,
    Registration,
)

MACHINES = frozenset({DeviceKind.LAPTOP.value, DeviceKind.TABLET.value, DeviceKind.PHONE.value})
"""Kinds whose medium has a serial number of its own: what an asset list has is the machine's."""

_STAY = frozenset({IdentifierScheme.SERIAL.value, IdentifierScheme.ASSET_TAG.value})

Identifiers = frozenset[tuple[str, str]]


class Sight(NamedTuple):
    """An inspection that shows more of a device than its registration says: its envelope's digest, and the key that signed it."""

    envelope: str
    device: str
    fact: InspectionFact
    key: EnrolledKey


def shows_more(fact: InspectionFact, device: RegisteredDevice) -> bool:
    """Whether an inspection shows a header or a serial number that the device is not registered with."""
    known = set(device.identifiers)
    return not _seen(fact) <= known


def bind(ledger: Ledger, writer: Writer, register_key: PrivateKey, sight: Sight) -> None:
    """Register the device anew with what was seen, where that is the same medium beyond doubt and its signer could have done it."""
    device = writer.projection.device(sight.device)
    if device is None or not may_register(writer.projection, sight.key, device.organisation, device):
        return
    if sight.fact.serial is not None and not _may_be(ledger, device, sight.fact.serial):
        return
    seen = _seen(sight.fact)
    wanted = frozenset(seen | {one for one in device.identifiers if one[0] in _STAY})
    if wanted == frozenset(device.identifiers) or _is_older(writer, sight.fact, device):
        return
    thing = Device(
        kind=DeviceKind(device.kind),
        organisation=device.organisation,
        identifiers=tuple(
            DeviceIdentifier(scheme=IdentifierScheme(scheme), digest=digest) for scheme, digest in sorted(wanted)
        ),
    )
    register(
        writer,
        register_key,
        sight.device,
        Registration(true_at=sight.fact.true_at, action=Action.CHANGED, device=thing),
    )


def _seen(fact: InspectionFact) -> Identifiers:
    """The identifiers that an inspection shows. A header counts only where a volume has a UUID: two blank sticks have the same."""
    volumes = {(IdentifierScheme.VOLUME.value, layer.uuid) for layer in fact.layers if layer.uuid is not None}
    header = {(IdentifierScheme.HEADER.value, fact.header)} if volumes else set()
    serial = {(IdentifierScheme.SERIAL.value, fact.serial)} if fact.serial is not None else set()
    return frozenset(volumes | header | serial)


def _may_be(ledger: Ledger, device: RegisteredDevice, serial: str) -> bool:
    """Whether a medium whose serial number has this digest may be the device, or be in it: it is known to have it, or nobody else has
    it and the device has none or is a machine. A digest whose text is not there says nothing of which medium it was; one that is
    another device's, also of one that has ended, or no serial number's, was copied, and would show what stands behind it."""
    if (IdentifierScheme.SERIAL.value, serial) in device.identifiers:
        return True
    kept = behind(ledger.database, serial)
    if not isinstance(kept, Opened) or kept.kind != IdentifierScheme.SERIAL or _is_anothers(ledger, device, serial):
        return False
    own = opened(
        ledger.database, (digest for scheme, digest in device.identifiers if scheme == IdentifierScheme.SERIAL)
    )
    if any(one.value == kept.value for one in own):
        return True
    if own and device.kind not in MACHINES:
        return False
    others = recognise(ledger, Marks(kept.value, frozenset(), frozenset())).devices
    return all(one.subject == device.subject for one in others)


def _is_anothers(ledger: Ledger, device: RegisteredDevice, digest: str) -> bool:
    rows = ledger.database.execute(
        "SELECT 1 FROM ledger_device_identifier WHERE log = ? AND scheme = ? AND digest = ? AND subject <> ? LIMIT 1",
        (ledger.log.number, IdentifierScheme.SERIAL.value, digest, device.subject),
    )
    return bool(rows)


def _is_older(writer: Writer, fact: InspectionFact, device: RegisteredDevice) -> bool:
    entry = writer.reader.leaf(device.leaf).entry
    return fact.true_at < writer.reader.statement(entry.digest).predicate.true_at

"""Which registered device a medium is: by its serial number, by the digest of its headers, by the UUIDs of its volumes.

Each identifier is looked for among those of its own scheme, so that a serial number never meets an asset tag of the same text.
What tells nothing is no identifier: zeros, and the counting-up serial numbers that makers of cheap sticks leave in. Two media
can still have one serial number, and a copied volume has its UUID; so who asks is told by what a device was known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lossproof.ledger.erasable import MOST_CHARACTERS, opened
from lossproof.ledger.registered import RegisteredDevice
from lossproof.ledger.store import Ledger
from lossproof.model.facts.registration import IdentifierScheme
from lossproof.model.volume import Inspection, Layer

_LEAST_DIFFERENT = 3
_LEAST_LENGTH = 5
_COUNTING = "01234567890123456789", "0123456789ABCDEFGHIJ", "1234567890ABCDEFGHIJ"


class Marks(NamedTuple):
    """What a medium can be known by: its serial number in clear, and digests as a registration lists them."""

    serial: str | None
    headers: frozenset[str]
    volumes: frozenset[str]

    @property
    def any(self) -> bool:
        """Whether anything tells it from another medium."""
        return bool(self.serial or self.volumes)


class Recognised(NamedTuple):
    """The devices that a medium may be, and by which scheme; none where nobody knows it."""

    devices: tuple[RegisteredDevice, ...]
    scheme: IdentifierScheme | None


def marks_of(inspection: Inspection) -> Marks:
    """What an inspected medium can be known by. Headers count only where they hold a UUID: two blank sticks have the same."""
    volumes = frozenset(map(uuid_digest, _uuids(inspection.layers)))
    serial = inspection.serial if inspection.serial and _tells(inspection.serial) else None
    return Marks(serial, frozenset({inspection.header_sha256} if volumes else ()), volumes)


def uuid_digest(uuid: str) -> str:
    """SHA-256 of a volume's UUID as its header spells it, in hexadecimal: how facts name it."""
    return hashlib.sha256(uuid.encode("utf-8", "surrogatepass")).hexdigest()


def recognise(ledger: Ledger, marks: Marks) -> Recognised:
    """The devices that have the strongest of these marks that any device has: serial number, headers, volumes.

    A device whose own serial number is known to be another is none of them: its volumes were copied.
    """
    if marks.serial is not None:
        found = _having(ledger, IdentifierScheme.SERIAL, _kept_serials(ledger, marks.serial))
        if found:
            return Recognised(found, IdentifierScheme.SERIAL)
    for scheme, digests in ((IdentifierScheme.HEADER, marks.headers), (IdentifierScheme.VOLUME, marks.volumes)):
        found = tuple(one for one in _having(ledger, scheme, digests) if not _is_another(ledger, one, marks.serial))
        if found:
            return Recognised(found, scheme)
    return Recognised((), None)


def sharing(ledger: Ledger, marks: Marks, besides: str) -> tuple[str, ...]:
    """The ids of other devices than `besides` that have one of these marks, sorted."""
    found = {
        *_having(ledger, IdentifierScheme.SERIAL, _kept_serials(ledger, marks.serial) if marks.serial else ()),
        *_having(ledger, IdentifierScheme.HEADER, marks.headers),
        *_having(ledger, IdentifierScheme.VOLUME, marks.volumes),
    }
    return tuple(sorted({one.subject for one in found} - {besides}))


def named_so(ledger: Ledger, text: str) -> tuple[RegisteredDevice, ...]:
    """The devices that have this serial number or asset tag, as far as it stands in the erasable rows."""
    rows = ledger.database.execute("SELECT digest, kind FROM ledger_erasable WHERE value = ?", (text,))
    schemes = {one.value: one for one in (IdentifierScheme.SERIAL, IdentifierScheme.ASSET_TAG)}
    found = {
        device.subject: device
        for digest, kind in rows
        if kind in schemes
        for device in _having(ledger, schemes[kind], [digest])
    }
    return tuple(found[subject] for subject in sorted(found))


def kept_serial(ledger: Ledger, device: RegisteredDevice, serial: str) -> str | None:
    """The digest by which a device lists this serial number, or None where it does not, or no longer can be told."""
    digests = (digest for scheme, digest in device.identifiers if scheme == IdentifierScheme.SERIAL)
    return next((one.digest for one in opened(ledger.database, digests) if one.value == serial), None)


def _is_another(ledger: Ledger, device: RegisteredDevice, serial: str | None) -> bool:
    """Whether a device is known to have serial numbers, and this is none of them."""
    if serial is None:
        return False
    digests = [digest for scheme, digest in device.identifiers if scheme == IdentifierScheme.SERIAL]
    kept = opened(ledger.database, digests)
    return bool(kept) and all(one.value != serial for one in kept)


def _having(ledger: Ledger, scheme: IdentifierScheme, digests: Iterable[str]) -> tuple[RegisteredDevice, ...]:
    """The devices that have one of these identifiers and have not ended, by id."""
    subjects: set[str] = set()
    for digest in digests:
        rows = ledger.database.execute(
            "SELECT subject FROM ledger_device_identifier WHERE log = ? AND scheme = ? AND digest = ?",
            (ledger.log.number, scheme.value, digest),
        )
        subjects.update(row[0] for row in rows)
    found = (ledger.projection.device(subject) for subject in sorted(subjects))
    return tuple(one for one in found if one is not None and one.ended is None)


def _kept_serials(ledger: Ledger, serial: str) -> list[str]:
    rows = ledger.database.execute(
        "SELECT digest FROM ledger_erasable WHERE value = ? AND kind = ?", (serial, IdentifierScheme.SERIAL.value)
    )
    return [row[0] for row in rows]


def _uuids(layers: tuple[Layer, ...]) -> Iterator[str]:
    for layer in layers:
        if layer.uuid and len(set(layer.uuid) - {"-"}) >= _LEAST_DIFFERENT:
            yield layer.uuid
        yield from _uuids(layer.layers)


def _tells(serial: str) -> bool:
    """Whether a serial number can tell one medium from another, and is text that can be kept."""
    if not serial.isprintable() or not _LEAST_LENGTH <= len(serial) <= MOST_CHARACTERS:
        return False
    if len(set(serial)) < _LEAST_DIFFERENT:
        return False
    return not any(serial.upper() in run for run in _COUNTING)

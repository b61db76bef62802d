"""Reference data as facts: an organisation, a device, a key, a person's role, a manifest recipient: created, changed, ended.

What guessable values there are (a serial number, an asset tag, a name) stand here as salted digests only; value and salt are
in erasable rows beside the log.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from lossproof.model.fact import Predicate, Relation, Role
from lossproof.model.shapes import Digest, PublicKey, RandomId, Recipient, Shaped


class Action(StrEnum):
    """What happened to the thing that is registered."""

    CREATED = "created"
    CHANGED = "changed"
    ENDED = "ended"


class DeviceKind(StrEnum):
    """What sort of device."""

    STICK = "stick"
    CARD = "card"
    DISC = "disc"
    DISK = "disk"
    LAPTOP = "laptop"
    PHONE = "phone"
    OTHER = "other"


class IdentifierScheme(StrEnum):
    """What sort of identifier a device has."""

    HEADER = "header_sha256"  # the digest of what `inspect` read of its headers
    VOLUME = "volume_uuid"
    SERIAL = "serial"
    ASSET_TAG = "asset_tag"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceIdentifier(Shaped):
    """SHA-256 of the salt's 16 bytes and the identifier's text in UTF-8; for a header and a volume there is no salt."""

    scheme: IdentifierScheme
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation(Shaped):
    """An organisation; `name` is the salted digest of what it is called, or None."""

    relation: Relation
    name: Digest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Device(Shaped):
    """A device of an organisation, with the identifiers that are known of it now: a change gives all of them again."""

    kind: DeviceKind
    organisation: RandomId
    identifiers: tuple[DeviceIdentifier, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key(Shaped):
    """A signing key's enrolment: one organisation, one role, once and for all; `replaces` is the subject of the key that it takes
    over from. The statement's subject is no random id but the first 32 digits of the key's fingerprint."""

    public_key: PublicKey
    organisation: RandomId
    role: Role
    replaces: RandomId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRole(Shaped):
    """A person's role in an organisation; who the person is stands in an erasable row."""

    organisation: RandomId
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration(Predicate):
    """Exactly one of the things, or none where one `ended`. The statement's one subject is the thing's random id, or the key's.
    An organisation keeps its relation; one with another relation is another organisation."""

    KIND: ClassVar[str] = "registration"
    SIGNERS: ClassVar[frozenset[Role]] = frozenset({Role.OWNER})
    DEVICE_SIGNERS: ClassVar[frozenset[Role]] = SIGNERS | {Role.INSPECTOR, Role.AGENT, Role.IMPORTER, Role.AUDITOR}

    action: Action
    organisation: Organisation | None = None
    device: Device | None = None
    key: Key | None = None
    role: PersonRole | None = None
    recipient: Recipient | None = None

    def __post_init__(self) -> None:
        """Check every field, and that one thing is registered."""
        Predicate.__post_init__(self)
        things = [self.organisation, self.device, self.key, self.role, self.recipient]
        if sum(thing is not None for thing in things) != (self.action is not Action.ENDED):
            raise ValueError("registration: one thing, or none where it ended")

    def signers(self) -> frozenset[Role]:
        """Whoever may look at a device may also register one; all else is the owner's."""
        return self.SIGNERS if self.device is None else self.DEVICE_SIGNERS


PREDICATE = Registration

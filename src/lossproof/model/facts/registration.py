"""Reference data as facts: organisation, device, key, person, exception, manifest recipient: created, changed, ended.

What guessable values there are (a serial number, an asset tag, a name) stand here as salted digests only; value and salt are
in erasable rows beside the log.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from lossproof.model import vocabulary
from lossproof.model.fact import LOOKERS, REGISTER_ENROLS, Duty, Predicate, Relation, Role
from lossproof.model.shapes import Digest, Moment, PublicKey, RandomId, Recipient, Shaped, code


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
    TABLET = "tablet"
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
    over from, `person` whose it is (None: a machine's). The statement's subject is no random id but the first 32 digits of the
    key's fingerprint."""

    public_key: PublicKey
    organisation: RandomId
    role: Role
    replaces: RandomId | None
    person: RandomId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person(Shaped):
    """A person of an organisation, with all duties there; who it is stands in an erasable row."""

    organisation: RandomId
    duties: tuple[Duty, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption(Shaped):
    """A device may be handed to people of an organisation without fresh proof, until then, because `approver` (a person) said so.
    It has a random id of its own; ended, it holds no longer."""

    device: RandomId
    organisation: RandomId
    approver: RandomId
    until: Moment
    reason: Annotated[str, code(vocabulary.EXEMPTIONS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration(Predicate):
    """Exactly one of the things, or none where one `ended`. The statement's one subject is the thing's random id, or the key's.
    An organisation keeps its relation; one with another relation is another organisation."""

    KIND: ClassVar[str] = "registration"
    SIGNERS: ClassVar[frozenset[Role]] = frozenset({Role.OWNER})
    REGISTER_TOO: ClassVar[frozenset[Role]] = SIGNERS | {Role.REGISTER}
    DEVICE_SIGNERS: ClassVar[frozenset[Role]] = REGISTER_TOO | LOOKERS

    action: Action
    organisation: Organisation | None = None
    device: Device | None = None
    key: Key | None = None
    person: Person | None = None
    exception: Exemption | None = None
    recipient: Recipient | None = None

    def __post_init__(self) -> None:
        """Check every field, and that one thing is registered."""
        Predicate.__post_init__(self)
        things = [self.organisation, self.device, self.key, self.person, self.exception, self.recipient]
        if sum(thing is not None for thing in things) != (self.action is not Action.ENDED):
            raise ValueError("registration: one thing, or none where it ended")

    def signers(self) -> frozenset[Role]:
        """Whoever may look at a device may also register one. A register states all else for people, except the keys of roles
        that it does not enrol, and recipients: those are the owner's."""
        if self.device is not None:
            return self.DEVICE_SIGNERS
        high = self.recipient is not None or (self.key is not None and self.key.role not in REGISTER_ENROLS)
        return self.SIGNERS if high else self.REGISTER_TOO


PREDICATE = Registration

"""What the log knows of organisations, devices, keys, recipients, persons and exceptions: rows of `ledger.projection` as values.

A subject is a random id; `leaf` is where the log said so last, and `ended` the leaf that ended it, or None.
"""

from __future__ import annotations

from typing import NamedTuple

from lossproof.model.fact import Duty, Relation, Role


class Thing(NamedTuple):
    """What a subject is registered as, and the leaf that ended it, if one did."""

    name: str
    ended: int | None


class EnrolledKey(NamedTuple):
    """A key as the log knows it. `person` is whose it is, None for a machine's; `leaf` enrolled it; `ended` and `compromised`
    are leaves too."""

    subject: str
    fingerprint: str
    public: bytes
    organisation: str
    role: Role
    replaces: str | None
    person: str | None
    ended: int | None
    compromised: int | None
    leaf: int

    @property
    def active(self) -> bool:
        """Whether it may still sign."""
        return self.ended is None and self.compromised is None


class RegisteredDevice(NamedTuple):
    """A device as the log knows it. `identifiers` are (scheme, digest), sorted; `leaf` said so last."""

    subject: str
    kind: str
    organisation: str
    ended: int | None
    leaf: int
    identifiers: tuple[tuple[str, str], ...]


class RegisteredOrganisation(NamedTuple):
    """An organisation as the log knows it; `name` is the salted digest of what it is called."""

    subject: str
    relation: Relation
    name: str | None
    ended: int | None
    leaf: int


class EnrolledRecipient(NamedTuple):
    """A recipient that manifests may be sealed to. Its fingerprint is the SHA-256 of its text."""

    subject: str
    recipient: str
    fingerprint: str
    ended: int | None
    leaf: int


class RegisteredPerson(NamedTuple):
    """A person as the log knows them: all duties in one organisation."""

    subject: str
    organisation: str
    duties: frozenset[Duty]
    ended: int | None
    leaf: int


class GrantedException(NamedTuple):
    """An exception as the log knows it; `until` is RFC 3339. It is never changed, and never comes back."""

    subject: str
    device: str
    organisation: str
    approver: str
    until: str
    reason: str
    ended: int | None
    leaf: int

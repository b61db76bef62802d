"""What every fact has in common: who speaks in which role, how good a word is, and the statement itself.

A statement is in-toto Statement v1: subjects (random ids, each with a digest that identifies the thing) and one predicate, whose
class is its kind. The kinds stand in `facts/`, one file each. `true_at` is the signer's word; when it was known is the log's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from lossproof.model.shapes import Digest, Moment, RandomId, Shaped


class Role(StrEnum):
    """What a key may speak of. A key has one, for one organisation."""

    OWNER = "owner"  # enrols keys, registers organisations and devices
    INSPECTOR = "inspector"  # a person at a machine
    AGENT = "agent"  # a program on an endpoint
    IMPORTER = "importer"  # vouches for what another system reported
    AUDITOR = "auditor"
    DECIDER = "decider"  # a named person whose decisions count
    REGISTER = "register"  # the register: speaks for the people who log in to it, and enrols agents


LOOKERS = frozenset({Role.INSPECTOR, Role.AGENT, Role.IMPORTER, Role.AUDITOR})
"""The roles of the keys that may say what a device is and holds."""

REGISTER_ENROLS = frozenset({Role.AGENT, Role.INSPECTOR, Role.IMPORTER})
"""The roles of the keys that a register enrols and ends; those of every other are the owner's."""


class Duty(StrEnum):
    """What a person does in an organisation: what the register lets them see and do."""

    GOVERNANCE_LEAD = "governance_lead"
    IT = "it"
    STAFF = "staff"
    CONTRACTOR = "contractor"
    AUDITOR = "auditor"
    REGULATOR = "regulator"


class Authentication(StrEnum):
    """How the register knew the person for whom it states a fact."""

    LINK = "link"  # who had a one-time link
    PASSWORD = "password"  # noqa: S105  a word, no secret
    TOTP = "totp"  # password and one-time password
    PASSKEY = "passkey"
    SIGN_ON = "sign_on"  # another identity provider (OpenID Connect)
    KEY = "key"  # the person's own signing key


class Grade(StrEnum):
    """How good a word is, by who said it and how it was found out. Derived, never stated; in rising order."""

    CLAIMED = "claimed"
    IMPORTED = "imported"
    OBSERVED = "observed"
    EXAMINED = "examined"


class Relation(StrEnum):
    """What an organisation is to the controller."""

    CONTROLLER = "controller"
    PROCESSOR = "processor"
    AUDITOR = "auditor"
    REGULATOR = "regulator"


class Method(StrEnum):
    """How something was found out."""

    READ = "read"  # its own bytes were read, by this software
    REPORTED = "reported"  # another system said so
    EXAMINED = "examined"  # taken apart by an expert


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject(Shaped):
    """What a statement is about: its random id, and a SHA-256 that identifies it (a header's, or that of the id's bytes)."""

    id: RandomId
    sha256: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicate(Shaped):
    """What a statement says: the base of every kind. `SIGNERS` are the roles whose keys may state it."""

    KIND: ClassVar[str]
    SIGNERS: ClassVar[frozenset[Role]]

    true_at: Moment

    def signers(self) -> frozenset[Role]:
        """The roles whose keys may state this very predicate."""
        return self.SIGNERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement, with one to sixteen subjects."""

    subjects: tuple[Subject, ...]
    predicate: Predicate

    @property
    def kind(self) -> str:
        """The kind's name, such as `inspection`."""
        return self.predicate.KIND


def key_subject(fingerprint: str) -> str:
    """The subject of a key: the first 32 digits of its fingerprint, so that all that is said of the key is one chain.

    Specification: docs/reference/evidence-pack.md, step 14.
    """
    return fingerprint[:32]

"""Who has a device: offered, accepted, declined, returned and the rest of its way, as people said it to the register.

Signed by the register for a person, whom it names by a random id with how it knew them; so it is that person's word as far as
the register is trusted. What was signed on acceptance stands in an erasable row, here as a salted digest.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from lossproof.model import vocabulary
from lossproof.model.fact import Authentication, Predicate, Role
from lossproof.model.shapes import Digest, RandomId, code


class CustodyEvent(StrEnum):
    """What happened to a device. `policy.custody` says which may follow which."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    RETURNED = "returned"
    RESTOCKED = "restocked"
    TRANSFERRED = "transferred"
    SIGHTED = "sighted"
    MISSING = "missing"
    FOUND = "found"
    QUARANTINED = "quarantined"
    WIPED = "wiped"
    DESTROYED = "destroyed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Custody(Predicate):
    """One event of one device, the statement's one subject. `by` is the person whose act it is, None where nobody is known;
    `to` who is to have the device, of `organisation`. `handover` is one random id for what is signed together; `proof` the
    envelope of the inspection that let the device go, or `exception` the id of the exception that did."""

    KIND: ClassVar[str] = "custody"
    SIGNERS: ClassVar[frozenset[Role]] = frozenset({Role.OWNER, Role.REGISTER})

    event: CustodyEvent
    by: RandomId | None
    authenticated: Authentication
    to: RandomId | None = None
    organisation: RandomId | None = None
    handover: RandomId | None = None
    text: Digest | None = None
    proof: Digest | None = None
    exception: RandomId | None = None
    reason: Annotated[str, code(vocabulary.CUSTODY_REASONS)] | None = None


PREDICATE = Custody

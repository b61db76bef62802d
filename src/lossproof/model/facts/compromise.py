"""That a key may be in other hands. It counts from when the log knew it, never from a date that the statement could choose."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from lossproof.model.fact import Predicate, Role
from lossproof.model.shapes import Digest


class CompromiseReason(StrEnum):
    """What happened to the key."""

    LOST = "lost"
    STOLEN = "stolen"
    COPIED = "copied"
    MISUSED = "misused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compromise(Predicate):
    """The key's fingerprint (SHA-256 of its raw public key). The statement's one subject is the key's (`key_subject`)."""

    KIND: ClassVar[str] = "compromise"
    SIGNERS: ClassVar[frozenset[Role]] = frozenset({Role.OWNER, Role.DECIDER})

    fingerprint: Digest
    reason: CompromiseReason


PREDICATE = Compromise

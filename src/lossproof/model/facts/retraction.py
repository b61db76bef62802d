"""That an earlier fact is withdrawn, by who signed it or by a decider. It stays in every pack, and never makes a device safer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from lossproof.model.fact import Predicate, Role
from lossproof.model.shapes import Digest, LeafIndex


class RetractionReason(StrEnum):
    """Why a fact is withdrawn."""

    WRONG_DEVICE = "wrong_device"
    RECORDED_IN_ERROR = "recorded_in_error"
    SUPERSEDED = "superseded"
    KEY_COMPROMISED = "key_compromised"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retraction(Predicate):
    """The leaf that is withdrawn, and its envelope's digest. The statement's subject is the target's."""

    KIND: ClassVar[str] = "retraction"
    SIGNERS: ClassVar[frozenset[Role]] = frozenset(Role)

    leaf: LeafIndex
    envelope: Digest
    reason: RetractionReason


PREDICATE = Retraction

"""Leaf 0 of a log: its origin and key, the first owner's key, and who the manifests of people are sealed to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lossproof.model.fact import Predicate, Role
from lossproof.model.shapes import Digest, LeafIndex, Origin, PublicKey, RandomId, Recipient, Shaped


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierLog(Shaped):
    """The log that this one takes over from: the newest checkpoint that was known of it."""

    origin: Origin
    size: LeafIndex
    root: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Genesis(Predicate):
    """Signed by the first owner's key. `owner` is that key's subject (`key_subject`), `organisation` the controller's random id."""

    KIND: ClassVar[str] = "genesis"
    SIGNERS: ClassVar[frozenset[Role]] = frozenset()

    origin: Origin
    log_key: PublicKey
    owner_key: PublicKey
    owner: RandomId
    organisation: RandomId
    recipient: Recipient | None
    earlier: EarlierLog | None


PREDICATE = Genesis

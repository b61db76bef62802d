"""That somebody replayed the whole log: every entry, chain and heads leaf up to a size. The subject is the log's own id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lossproof.model.fact import Predicate, Role
from lossproof.model.shapes import Digest, LeafIndex, Tool


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay(Predicate):
    """The tree that was replayed, and found consistent."""

    KIND: ClassVar[str] = "replay"
    SIGNERS: ClassVar[frozenset[Role]] = frozenset({Role.AUDITOR})

    tool: Tool
    size: LeafIndex
    root: Digest


PREDICATE = Replay

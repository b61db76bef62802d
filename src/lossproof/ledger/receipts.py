"""What whoever appended a fact is given after the commit: that it is in the log, and which signed checkpoint covers it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from lossproof.ledger.reading import Leaf, StoredCheckpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """That a fact is in the log. `durable`: a signed checkpoint of `checkpoint_size` leaves and root (hexadecimal) covers it,
    in the store and outside; `pending`: it is in the store, and the log's key was not at hand to sign one."""

    origin: str
    leaves: tuple[int, ...]
    envelope: str
    known_at: str
    raised: bool
    status: Literal["durable", "pending"]
    checkpoint_size: int | None
    checkpoint_root: str | None


class _Appended(NamedTuple):
    """What a receipt says of one envelope."""

    digest: bytes
    leaves: tuple[int, ...]
    known_at: str
    raised: bool


class Noted:
    """What the receipts of a transaction will say, envelope by envelope: not the leaves themselves, because there may be very many.
    Unless `kept`, nothing is noted."""

    def __init__(self, *, kept: bool) -> None:
        self.kept = kept
        self._appended: list[_Appended] = []

    def add(self, digest: bytes, leaves: Sequence[Leaf]) -> None:
        """Note an envelope by its SHA-256, with its leaves."""
        if self.kept:
            first = leaves[0]
            indexes = tuple(leaf.index for leaf in leaves)
            self._appended.append(_Appended(digest, indexes, first.entry.known_at, first.raised))

    def receipts(self, origin: str, size: int, newest: StoredCheckpoint | None) -> tuple[Receipt, ...]:
        """A receipt for each, in order: durable where the `newest` checkpoint covers the log of `size` leaves."""
        checkpoint = newest.checkpoint if newest is not None and newest.size >= size else None
        return tuple(
            Receipt(
                origin=origin,
                leaves=one.leaves,
                envelope=one.digest.hex(),
                known_at=one.known_at,
                raised=one.raised,
                status="durable" if checkpoint else "pending",
                checkpoint_size=checkpoint.size if checkpoint else None,
                checkpoint_root=checkpoint.root.hex() if checkpoint else None,
            )
            for one in self._appended
        )

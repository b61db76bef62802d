"""What a writer asks the store of each fact, asked for many facts at once before their turn comes.

A writer that adds something says so here (`previous`, `new`); what is not here is read when it is asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Set

from lossproof.ledger.reading import Reader


class Ahead:
    """`previous`: the last leaf about a subject, None where there is none. `new`: SHA-256s of envelopes that the log has not."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.previous: dict[str, int | None] = {}
        self.new: set[bytes] = set()

    def look_up(self, subjects: Set[str]) -> None:
        """Find the last leaves about these."""
        self.previous |= self._reader.last_about(subjects - self.previous.keys())

    def look_for(self, envelopes: Iterable[bytes], besides: Collection[bytes]) -> None:
        """Find out which of these are new; those `besides` (SHA-256s) are added already."""
        digests = {hashlib.sha256(envelope).digest() for envelope in envelopes}.difference(besides)
        self.new = digests - self._reader.known(digests)

    def last_about(self, subject: str) -> int | None:
        """The last leaf about a subject, or None."""
        if subject not in self.previous:
            self.look_up({subject})
        return self.previous[subject]

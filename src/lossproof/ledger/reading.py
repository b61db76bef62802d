"""What stands in the log: leaves, envelopes, chains, nodes, checkpoints, stamps. Nothing here writes.

Rows are given as they stand; `replay` and the evidence packs are what check them against a root. The root of any size the log
ever had is computed from the stored nodes, a few rows a call. To read several things of one state, hold `database.snapshot()`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from lossproof.errors import InputError, StoreError
from lossproof.ledger.checkpoint import Checkpoint, parse_checkpoint
from lossproof.ledger.database import Database, raw
from lossproof.ledger.encoding import MAX_NUMBER
from lossproof.ledger.envelope import open_envelope
from lossproof.ledger.heads import Pair
from lossproof.ledger.note import ED25519, NoteSignature, VerifierKey, parse_note
from lossproof.ledger.tree import EMPTY_ROOT, Address, Frontier, leaf_hash, root_nodes
from lossproof.model.entry import CLOCKS_DIFFER, Entry
from lossproof.model.fact import Statement
from lossproof.wire.facts import decode_entry, decode_statement

ROWS = 1000
"""How many rows are read at a time where there may be many."""

_NODES = 300
"""How many nodes, subjects or envelopes are asked for in one statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """One log of a store. `subject` is its own random id, which is also the end of its origin; `public` its raw key."""

    number: int
    origin: str
    subject: str
    public: bytes

    @property
    def verifier(self) -> VerifierKey:
        """The log's key, as its checkpoints name it."""
        return VerifierKey(name=self.origin, algorithm=ED25519, public=self.public)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf: its index, its entry and the entry's bytes. `raised` says that its time was raised to the one before it."""

    index: int
    entry: Entry
    text: bytes
    raised: bool

    @property
    def hash(self) -> bytes:
        """The leaf hash, 32 bytes."""
        return leaf_hash(self.text)


class StoredCheckpoint(NamedTuple):
    """A checkpoint of this log: its size, the signed note with the cosignatures that came in, and when it was published."""

    size: int
    note: bytes
    published: str

    @property
    def checkpoint(self) -> Checkpoint:
        """What the note says, its signatures not looked at."""
        return parse_checkpoint(parse_note(self.note).text)


class LogState(NamedTuple):
    """What the row of a log says besides who it is: its last heads leaf, how many subjects it has, how many leaves the
    projections have taken in, and whether the outside clock that was asked last showed the log more than ten minutes ahead."""

    log: Log
    heads: int | None
    subjects: int
    applied: int
    clock_ahead: bool


def log_states(database: Database) -> tuple[LogState, ...]:
    """Every log of the store with its state, in order; the one that is written last."""
    rows = database.execute(
        "SELECT log, origin, subject, public_key, heads, subjects, applied, outside_at, asked_at FROM ledger_log ORDER BY log"
    )
    if not rows:
        raise StoreError("the store holds no log")
    return tuple(
        LogState(
            Log(number=number, origin=origin, subject=subject, public=raw(public)),
            heads,
            subjects,
            applied,
            None not in (outside_at, asked_at) and asked_at - outside_at > CLOCKS_DIFFER / timedelta(milliseconds=1),
        )
        for number, origin, subject, public, heads, subjects, applied, outside_at, asked_at in rows
    )


def logs(database: Database) -> tuple[Log, ...]:
    """Every log of the store, the one that is written last."""
    return tuple(state.log for state in log_states(database))


class Reader:
    """Reads one log. Every method raises `StoreError` where the database cannot be read."""

    def __init__(self, database: Database, log: Log) -> None:
        self.database = database
        self.log = log

    @property
    def size(self) -> int:
        """How many leaves there are."""
        rows = self.database.execute("SELECT MAX(leaf) FROM ledger_leaf WHERE log = ?", (self.log.number,))
        return 0 if rows[0][0] is None else int(rows[0][0]) + 1

    def last(self) -> Leaf | None:
        """The last leaf, or None in an empty log."""
        rows = self.database.execute(
            "SELECT leaf, entry, raised FROM ledger_leaf WHERE log = ? ORDER BY leaf DESC LIMIT 1", (self.log.number,)
        )
        return _leaf(*rows[0]) if rows else None

    def leaf(self, index: int) -> Leaf:
        """The leaf at `index`. Raises `InputError` where there is none."""
        rows = self.database.execute(
            "SELECT leaf, entry, raised FROM ledger_leaf WHERE log = ? AND leaf = ?", (self.log.number, index)
        )
        if not rows:
            raise InputError(f"the log has no leaf {index}")
        return _leaf(*rows[0])

    def leaves(self, start: int = 0, stop: int | None = None) -> Iterator[Leaf]:
        """The leaves from `start` to before `stop`, in order, read a batch at a time."""
        end = self.size if stop is None else stop
        for first in range(start, end, ROWS):
            rows = self.database.execute(
                "SELECT leaf, entry, raised FROM ledger_leaf WHERE log = ? AND leaf >= ? AND leaf < ? ORDER BY leaf",
                (self.log.number, first, min(first + ROWS, end)),
            )
            for row in rows:
                yield _leaf(*row)

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The entries' bytes from `start` to before `stop`, in order: what an export and a proof of all take."""
        return (leaf.text for leaf in self.leaves(start, stop))

    def envelope(self, digest: str | bytes) -> bytes:
        """The envelope with this SHA-256, in hexadecimal or raw. Raises `InputError` where there is none."""
        key = bytes.fromhex(digest) if isinstance(digest, str) else digest
        rows = self.database.execute("SELECT bytes FROM ledger_envelope WHERE digest = ?", (key,))
        if not rows:
            raise InputError("the store has no such envelope")
        return raw(rows[0][0])

    def statement(self, digest: str | bytes) -> Statement:
        """The statement in the envelope with this SHA-256: its signature was checked when it was appended."""
        return decode_statement(open_envelope(self.envelope(digest)).payload)

    def signer(self, digest: str | bytes) -> str:
        """The fingerprint of the key that signed the envelope with this SHA-256."""
        return open_envelope(self.envelope(digest)).keyid

    def leaves_of(self, digest: str | bytes) -> tuple[Leaf, ...]:
        """The leaves of the envelope with this SHA-256, one a subject, in order; none where the log does not have it."""
        key = bytes.fromhex(digest) if isinstance(digest, str) else digest
        # Asked for by log as well, SQLite would walk the whole log: it cannot know that an envelope has few leaves.
        rows = self.database.execute("SELECT log, leaf, entry, raised FROM ledger_leaf WHERE envelope = ?", (key,))
        return tuple(sorted((_leaf(*row) for log, *row in rows if log == self.log.number), key=lambda leaf: leaf.index))

    def known(self, digests: Collection[bytes]) -> set[bytes]:
        """Those of these SHA-256s whose envelopes a log of the store has, be it this one or an earlier one."""
        found: set[bytes] = set()
        wanted = sorted(digests)
        for start in range(0, len(wanted), _NODES):
            some = wanted[start : start + _NODES]
            marks = ", ".join("?" * len(some))
            rows = self.database.execute(f"SELECT envelope FROM ledger_leaf WHERE envelope IN ({marks})", some)  # noqa: S608
            found.update(raw(row[0]) for row in rows)
        return found

    def chain(self, subject: str, stop: int | None = None) -> tuple[Leaf, ...]:
        """Every leaf about `subject`, the oldest first; with `stop`, those before that leaf."""
        rows = self.database.execute(
            "SELECT leaf, entry, raised FROM ledger_leaf WHERE log = ? AND about = ? AND leaf < ? ORDER BY leaf",
            (self.log.number, subject, self.size if stop is None else stop),
        )
        return tuple(_leaf(*row) for row in rows)

    def last_about(self, subjects: Collection[str]) -> dict[str, int | None]:
        """The last leaf about each of these subjects, None where there is none."""
        found: dict[str, int | None] = dict.fromkeys(subjects)
        wanted = sorted(subjects)
        for start in range(0, len(wanted), _NODES):
            some = wanted[start : start + _NODES]
            # Asked for each by itself, the end of its index is looked at, however many leaves there are about it.
            last = "SELECT MAX(leaf) FROM ledger_leaf WHERE log = ? AND about = w.subject"
            marks = ", ".join(["(?)"] * len(some))
            rows = self.database.execute(
                f"WITH wanted (subject) AS (VALUES {marks}) SELECT w.subject, ({last}) FROM wanted w",  # noqa: S608  placeholders
                (*some, self.log.number),
            )
            found.update(rows)
        return found

    def last_heads(self) -> Leaf | None:
        """The last heads leaf, or None."""
        rows = self.database.execute("SELECT heads FROM ledger_log WHERE log = ?", (self.log.number,))
        return None if rows[0][0] is None else self.leaf(rows[0][0])

    def heads(self, stop: int) -> list[Pair]:
        """(subject, last leaf) of every subject that a leaf before `stop` is about, sorted by subject: what a heads leaf at
        `stop` is the root over."""
        rows = self.database.execute(
            "SELECT about, MAX(leaf) FROM ledger_leaf WHERE log = ? AND leaf < ? AND about IS NOT NULL GROUP BY about",
            (self.log.number, stop),
        )
        return sorted((str(about), int(last)) for about, last in rows)

    def nodes(self, addresses: Sequence[Address]) -> list[bytes]:
        """The hashes of complete nodes, in the order asked for: a `tree.NodeReader`. Raises `StoreError` where one is missing."""
        found: dict[Address, bytes] = {}
        for first in range(0, len(addresses), _NODES):
            found |= self._read_nodes(set(addresses[first : first + _NODES]))
        if any(address not in found for address in addresses):
            raise StoreError(
                "the store lacks a node of the tree", hint="`lossproof ledger fsck` says what else is wrong"
            )
        return [found[address] for address in addresses]

    def _read_nodes(self, wanted: set[Address]) -> dict[Address, bytes]:
        found: dict[Address, bytes] = {}
        inner = sorted(address for address in wanted if address[0])
        leaves = sorted(index for level, index in wanted if level == 0)
        if inner:
            marks = ", ".join(["(?, ?)"] * len(inner))
            # As a join, each is looked up in the primary key; with `IN` SQLite would walk all nodes.
            rows = self.database.execute(
                f"WITH wanted (level, node) AS (VALUES {marks}) SELECT n.level, n.node, n.hash "  # noqa: S608  placeholders
                "FROM wanted w CROSS JOIN ledger_node n WHERE n.log = ? AND n.level = w.level AND n.node = w.node",
                (*(number for address in inner for number in address), self.log.number),
            )
            found |= {(level, node): raw(value) for level, node, value in rows}
        if leaves:
            rows = self.database.execute(
                f"SELECT leaf, entry FROM ledger_leaf WHERE log = ? AND leaf IN ({', '.join('?' * len(leaves))})",  # noqa: S608
                (self.log.number, *leaves),
            )
            found |= {(0, leaf): leaf_hash(raw(entry)) for leaf, entry in rows}
        return found

    def frontier(self, size: int | None = None) -> Frontier:
        """The peaks of the tree when it had `size` leaves, now by default."""
        at = self.size if size is None else size
        return Frontier(size=at, peaks=tuple(self.nodes(root_nodes(at))))

    def root(self, size: int | None = None) -> bytes:
        """The root of the tree when it had `size` leaves, now by default: 32 bytes."""
        return EMPTY_ROOT if size == 0 else self.frontier(size).root()

    def newest_checkpoint(self) -> StoredCheckpoint | None:
        """The checkpoint of most leaves, or None where nothing was signed yet."""
        return self._checkpoint(
            "SELECT size, note, published FROM ledger_checkpoint WHERE log = ? ORDER BY size DESC LIMIT 1"
        )

    def checkpoint(self, size: int) -> StoredCheckpoint | None:
        """The checkpoint of exactly `size` leaves, or None."""
        return self._checkpoint("SELECT size, note, published FROM ledger_checkpoint WHERE log = ? AND size = ?", size)

    def _checkpoint(self, sql: str, *more: int) -> StoredCheckpoint | None:
        rows = self.database.execute(sql, (self.log.number, *more))
        return StoredCheckpoint(rows[0][0], raw(rows[0][1]), rows[0][2]) if rows else None

    def checkpoints(self, least: int = 0) -> Iterator[StoredCheckpoint]:
        """Every checkpoint of at least `least` leaves, by size: the first one covers leaf `least - 1` soonest."""
        low = least
        while rows := self.database.execute(
            "SELECT size, note, published FROM ledger_checkpoint WHERE log = ? AND size >= ? ORDER BY size LIMIT ?",
            (self.log.number, low, ROWS),
        ):
            for size, note, published in rows:
                yield StoredCheckpoint(size, raw(note), published)
            low = rows[-1][0] + 1

    def recent(self, below: int, most: int) -> tuple[int, ...]:
        """The sizes of the newest checkpoints of fewer than `below` leaves, at most `most`, the newest first."""
        rows = self.database.execute(
            "SELECT size FROM ledger_checkpoint WHERE log = ? AND size > 0 AND size < ? ORDER BY size DESC LIMIT ?",
            (self.log.number, below, most),
        )
        return tuple(int(row[0]) for row in rows)

    def dated(self) -> tuple[int, ...]:
        """The sizes of the checkpoints that somebody outside spoke of, by a cosignature or a time stamp, in order."""
        # Told by its length: a note with another signature is longer than any with the log's alone.
        longest = len(Checkpoint(origin=self.log.origin, size=MAX_NUMBER, root=EMPTY_ROOT).body().encode())
        longest += len("\n") + len(NoteSignature(self.log.origin, bytes(4), bytes(64)).line().encode())
        rows = self.database.execute(
            "SELECT size FROM ledger_checkpoint WHERE log = ? AND size > 0 AND LENGTH(note) > ? "
            "UNION SELECT size FROM ledger_stamp WHERE log = ? ORDER BY size",
            (self.log.number, longest, self.log.number),
        )
        return tuple(int(row[0]) for row in rows)

    def stamps(self, size: int) -> tuple[bytes, ...]:
        """The time stamp tokens on the checkpoint of `size` leaves."""
        rows = self.database.execute(
            "SELECT token FROM ledger_stamp WHERE log = ? AND size = ? ORDER BY digest", (self.log.number, size)
        )
        return tuple(raw(row[0]) for row in rows)


def _leaf(index: int, entry: bytes, raised: int) -> Leaf:
    text = raw(entry)
    return Leaf(index, decode_entry(text), text, bool(raised))

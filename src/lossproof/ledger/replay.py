"""Replaying a whole log, as an auditor does: every leaf, chain, heads leaf, node, checkpoint and envelope, from the entries up.

Nothing that is stored is believed: the tree is computed from the entries' bytes, the chains from what they say, and each stored
thing is compared with that. A verifier of one pack cannot see whether the heads leaves told the truth about everybody else's
subjects; whoever replays can, and may say so (the fact `replay`). One pass in batches: memory grows with the number of subjects
(some 100 bytes each) and not with that of the entries. Left out: verdicts, time stamps, and what may be erased.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from lossproof.errors import LossproofError, VerificationError
from lossproof.ledger.database import raw
from lossproof.ledger.envelope import Envelope, open_envelope
from lossproof.ledger.heads import heads_root
from lossproof.ledger.outside import Outside, signed_root
from lossproof.ledger.reading import Log, Reader, log_states
from lossproof.ledger.tree import EMPTY_ROOT, Frontier, NodeRun, leaf_hash
from lossproof.ledger.voices import Voices
from lossproof.model.entry import CLOCKS_DIFFER, Entry
from lossproof.model.fact import Statement
from lossproof.wire.facts import decode_entry, decode_statement

_BATCH = 4096

Progress = Callable[[int, int], None]
"""Told how many leaves were replayed, of how many."""

Row = tuple[int, bytes, str | None, bytes | None, int, bytes | None]
"""leaf, entry, about, envelope digest, raised, envelope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A log that was replayed and is consistent: how much of it there is, its root in hexadecimal, the size of its newest
    checkpoint (0 where there is none), and whether the signatures of the facts were checked too."""

    origin: str
    size: int
    root: str
    subjects: int
    facts: int
    heads: int
    checkpoints: int
    signed_size: int
    signatures: bool


def replay(
    reader: Reader, *, signatures: bool = True, outside: Outside | None = None, progress: Progress | None = None
) -> Replayed:
    """Replay a log and compare all that is stored of it. Raises `VerificationError` that names the leaf (or node, or checkpoint)
    where it does not hold, `StoreError` where it cannot be read."""
    with reader.database.snapshot():
        if outside is not None and (why := outside.behind(reader.database)):
            raise VerificationError(why)
        return _Replay(reader, signatures).run(progress)


class _Replay:
    """The state after the leaves so far."""

    def __init__(self, reader: Reader, signatures: bool) -> None:
        self._reader = reader
        self._database = reader.database
        self._log: Log = reader.log
        self._frontier = Frontier()
        self._last: dict[str, int] = {}
        self._heads: int | None = None
        self._counts = {"fact": 0, "heads": 0}
        self._known_at = ""
        self._voices = Voices(reader) if signatures else None
        self._digest = ""
        self._envelopes = 0
        self._until = 0
        self._due = self._checkpoints()

    def run(self, progress: Progress | None) -> Replayed:
        """Go through all leaves, then look at what remains."""
        size = self._reader.size
        due = next(self._due, None)
        checkpoints = signed = 0
        for first in range(0, size, _BATCH):
            stop = min(first + _BATCH, size)
            rows = self._rows(first, stop)
            self._take(rows, first)
            before = self._frontier
            hashes = [leaf_hash(row[1]) for row in rows]
            self._frontier, runs = before.grow(hashes)
            self._check_nodes(runs)
            while due is not None and due[0] <= stop:
                self._check_checkpoint(due, before.append(hashes[: due[0] - first]).root())
                checkpoints, signed = checkpoints + 1, due[0]
                due = next(self._due, None)
            if progress is not None:
                progress(stop, size)
        if due is not None:
            raise VerificationError(f"a checkpoint covers {due[0]} leaves, and the log has {size}")
        self._check_rest(size)
        return Replayed(
            origin=self._log.origin,
            size=size,
            root=(self._frontier.root() if size else EMPTY_ROOT).hex(),
            subjects=len(self._last),
            facts=self._counts["fact"],
            heads=self._counts["heads"],
            checkpoints=checkpoints,
            signed_size=signed,
            signatures=self._voices is not None,
        )

    def _rows(self, first: int, stop: int) -> list[Row]:
        rows = self._database.execute(
            "SELECT l.leaf, l.entry, l.about, l.envelope, l.raised, e.bytes FROM ledger_leaf l "
            "LEFT JOIN ledger_envelope e ON e.digest = l.envelope "
            "WHERE l.log = ? AND l.leaf >= ? AND l.leaf < ? ORDER BY l.leaf",
            (self._log.number, first, stop),
        )
        if len(rows) != stop - first:
            missing = next(leaf for leaf, row in enumerate((*rows, (None,)), first) if row[0] != leaf)
            raise VerificationError(f"leaf {missing}: not in the store")
        return [(leaf, raw(entry), about, digest, raised, body) for leaf, entry, about, digest, raised, body in rows]

    def _take(self, rows: list[Row], first: int) -> None:
        opened: list[tuple[int, Envelope, Statement]] = []
        for row in rows:
            try:
                entry = decode_entry(row[1])
                self._check_entry(row, entry)
                if self._voices is not None and entry.kind == "fact":
                    if entry.digest != self._digest:
                        envelope = open_envelope(raw(row[5]))
                        statement = decode_statement(envelope.payload)
                        _check_time(entry, statement)
                        opened.append((row[0], envelope, statement))
                        self._until = row[0] + len(statement.subjects)
                    elif row[0] >= self._until:
                        raise VerificationError("the subjects of its envelope have a leaf each already")
            except LossproofError as error:
                raise VerificationError(f"leaf {row[0]}: {error}") from None
            self._digest = entry.digest
        if self._voices is not None:
            self._envelopes += len(opened)
            self._voices.hear(opened)
            self._check_subjects(opened, rows, first)

    def _check_entry(self, row: Row, entry: Entry) -> None:
        """One entry against those before it, and its row against it."""
        leaf, _, about, digest, raised, body = row
        if entry.known_at < self._known_at:
            raise VerificationError("it was known before the leaf before it")
        if raised and entry.known_at != self._known_at:
            raise VerificationError("its time is flagged as raised, and is not that of the leaf before it")
        self._known_at = entry.known_at
        self._counts[entry.kind] += 1
        if about != entry.about:
            raise VerificationError("its row is about something else")
        if entry.about is None:
            self._check_heads(leaf, entry, digest)
            return
        if entry.previous != self._last.get(entry.about):
            raise VerificationError("its chain does not lead to the last leaf about its subject")
        self._last[entry.about] = leaf
        if digest is None or body is None or raw(digest).hex() != entry.digest:
            raise VerificationError("its envelope is not in the store")
        if entry.digest != self._digest and hashlib.sha256(raw(body)).digest() != digest:
            raise VerificationError("its envelope is not what its digest says")

    def _check_heads(self, leaf: int, entry: Entry, digest: bytes | None) -> None:
        if digest is not None:
            raise VerificationError("a heads leaf has an envelope")
        if entry.previous != self._heads:
            raise VerificationError("its chain does not lead to the heads leaf before it")
        if heads_root(sorted(self._last.items())).hex() != entry.digest:
            raise VerificationError("its heads are not the last leaves about each subject")
        self._heads = leaf

    def _check_subjects(self, opened: list[tuple[int, Envelope, Statement]], rows: list[Row], first: int) -> None:
        """A fact has one leaf for each of its subjects, side by side, in its order."""
        for leaf, _, statement in opened:
            there = [row[2] for row in rows[leaf - first : leaf - first + len(statement.subjects)]]
            wanted = [subject.id for subject in statement.subjects]
            if len(there) < len(wanted):
                # The batch ends among them: the others are read for this alone.
                there = [row[2] for row in self._rows(leaf, min(leaf + len(wanted), self._reader.size))]
            if there != wanted:
                raise VerificationError(f"leaf {leaf}: its subjects do not have one leaf each")

    def _check_nodes(self, runs: list[NodeRun]) -> None:
        for level, start, hashes in runs:
            if level == 0 or not hashes:
                continue
            stored = self._database.execute(
                "SELECT node, hash FROM ledger_node WHERE log = ? AND level = ? AND node >= ? AND node < ? ORDER BY node",
                (self._log.number, level, start, start + len(hashes)),
            )
            if [(node, raw(value)) for node, value in stored] != list(enumerate(hashes, start)):
                raise VerificationError(
                    f"the nodes {start} to {start + len(hashes) - 1} of level {level} are not the tree's"
                )

    def _checkpoints(self) -> Iterator[tuple[int, bytes]]:
        for stored in self._reader.checkpoints():
            yield stored.size, stored.note

    def _check_checkpoint(self, due: tuple[int, bytes], root: bytes) -> None:
        size, note = due
        if signed_root(note, self._log, size) != root:
            raise VerificationError(f"the checkpoint of {size} leaves has another root than they have")

    def _check_rest(self, size: int) -> None:
        """What the row of the log says, and rows that no leaf accounts for."""
        state = next(state for state in log_states(self._database) if state.log.number == self._log.number)
        if (state.heads, state.subjects) != (self._heads, len(self._last)):
            raise VerificationError(
                "the row of the log does not have its last heads leaf, or the number of its subjects"
            )
        if self._voices is not None:
            self._check_once()
        # A tree of n leaves has n - (bits set in n) complete inner nodes.
        nodes = self._database.execute("SELECT COUNT(*) FROM ledger_node WHERE log = ?", (self._log.number,))[0][0]
        if nodes != size - size.bit_count():
            raise VerificationError("the store has nodes that are not in the tree")

    def _check_once(self) -> None:
        """No envelope was logged again later, as if it were new."""
        number = self._log.number
        distinct = "SELECT COUNT(DISTINCT envelope) FROM ledger_leaf WHERE log = ?"
        if self._envelopes == self._database.execute(distinct, (number,))[0][0]:
            return
        again = self._database.execute(
            "SELECT MIN(later) FROM (SELECT MAX(leaf) AS later FROM ledger_leaf WHERE log = ? AND envelope IS NOT NULL "
            "GROUP BY envelope, about HAVING COUNT(*) > 1) AS twice",
            (number,),
        )[0][0]
        raise VerificationError(f"leaf {again}: its envelope is that of an earlier leaf about the same")


def _check_time(entry: Entry, statement: Statement) -> None:
    """Return if a fact does not tell of what was still to come when the log knew it. Raises `VerificationError`."""
    if datetime.fromisoformat(statement.predicate.true_at) > datetime.fromisoformat(entry.known_at) + CLOCKS_DIFFER:
        raise VerificationError("it tells of a time that was still to come")

"""Appending: the one way into the log.

`with write(database, publisher) as writer:` takes the write lock first of all, so that what is read then is what will be
extended; `writer.append(envelope)` checks a fact and adds one leaf a subject; the whole becomes durable when the outermost
transaction commits, or none of it does. Only then is a checkpoint signed, and only then are there receipts. Formats: DSSE
envelopes, entries as `wire.facts` writes them, the tree of RFC 6962. Left out: who asks (the caller knows), and deduplication
of statements (the same envelope twice is the same leaves; two envelopes with one statement are two facts).
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from lossproof.errors import InputError, LossproofError, PolicyError, StoreError, VerificationError
from lossproof.ledger.admission import ABOUT_DEVICES, Admission, Admit, may_wait
from lossproof.ledger.database import Database
from lossproof.ledger.envelope import Envelope, open_envelope, tried_envelope, verify_envelope, verify_many
from lossproof.ledger.heads import heads_root
from lossproof.ledger.projection import EnrolledKey, Projection
from lossproof.ledger.publishing import Clock, Publisher, text_of
from lossproof.ledger.reading import Leaf, Log, Reader, StoredCheckpoint, log_states
from lossproof.ledger.tree import Frontier, leaf_hash, nodes
from lossproof.model.entry import Entry
from lossproof.model.fact import Statement
from lossproof.model.facts.genesis import Genesis
from lossproof.wire.facts import decode_statement, encode_entry

LEAVES_A_HEADS = 1024
"""A heads leaf is added when at least so many leaves came since the last, and as many as there are subjects: about one more hash
a leaf for whoever replays the log."""

_FLUSH_LEAVES = 2000
_BATCH = 256


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


class Writer:
    """The log while its write lock is held. Made by `write`; used after that, it raises `StoreError`."""

    def __init__(self, database: Database, publisher: Publisher, *, receipts: bool = True) -> None:
        self._database = database
        self._clock = publisher.clock
        states = log_states(database)
        self.log: Log = states[-1].log
        self._reader = Reader(database, self.log)
        last = self._reader.last()
        self._frontier: Frontier = self._reader.frontier(0 if last is None else last.index + 1)
        self._last_known = "" if last is None else last.entry.known_at
        self._clock_ahead = states[-1].clock_ahead
        self._heads, self._subjects = states[-1].heads, states[-1].subjects
        self._projection = Projection(self._reader)
        if states[-1].applied != self._frontier.size:
            self._projection.catch_up()
        self._admission = Admission(self._reader, self._projection, tuple(state.log for state in states))
        self._keys: dict[str, EnrolledKey] = {}
        self._previous: dict[str, int] = {}
        self._envelopes: dict[bytes, bytes] = {}
        self._leaves: list[tuple[Leaf, bytes | None]] = []
        self._appended: list[_Appended] | None = [] if receipts else None
        self._open = True
        self._failed = False
        self._receipts: tuple[Receipt, ...] | None = None

    @property
    def reader(self) -> Reader:
        """Reads the log, with what was appended so far."""
        self._flush()
        return self._reader

    @property
    def projection(self) -> Projection:
        """What the registrations amount to, with what was appended so far."""
        self._flush()
        return self._projection

    @property
    def clock(self) -> Clock:
        """What the log takes for the time."""
        return self._clock

    @property
    def size(self) -> int:
        """How many leaves the log has, those of this transaction among them."""
        return self._frontier.size + len(self._leaves)

    @property
    def receipts(self) -> tuple[Receipt, ...]:
        """A receipt for each envelope, in the order of `append`. Raises `StoreError` before the outermost commit."""
        if self._receipts is None:
            raise StoreError("there is no receipt before the commit")
        return self._receipts

    def append(self, envelope: bytes) -> tuple[Leaf, ...]:
        """Check one fact and add it: one leaf a subject. An envelope that is in the log gives the leaves it has.

        Raises `FormatError` and `VerificationError` for an envelope that does not hold, `PolicyError` and `InputError` for a
        fact that is not taken in, `StoreError` where the log cannot be written. Nothing is added by an envelope that raises.
        """
        self._require_open()
        return self._append(envelope, open_envelope(envelope), signature_holds=False)

    def append_many(self, envelopes: Sequence[bytes]) -> list[tuple[Leaf, ...]]:
        """`append` of each, in order, their signatures checked on every core. An error names the envelope by its position, and
        undoes the transaction unless it is caught around `write`."""
        added: list[tuple[Leaf, ...]] = []
        for place, one in enumerate(self._each(envelopes, None), 1):
            if isinstance(one, LossproofError):
                raise type(one)(f"fact {place}: {one}", hint=one.hint) from None
            added.append(one)
        return added

    def append_each(
        self, envelopes: Sequence[bytes], admit: Admit | None = None
    ) -> list[tuple[Leaf, ...] | LossproofError]:
        """`append` of each, in order, their signatures checked on every core: its leaves, or why it was not added, which costs the
        others nothing. `admit` may refuse what the log itself would take in. Raises `StoreError` where the log cannot be written.
        """
        added = list(self._each(envelopes, admit))
        for one in added:
            if isinstance(one, StoreError):
                raise one
        return added

    def _each(self, envelopes: Sequence[bytes], admit: Admit | None) -> Iterator[tuple[Leaf, ...] | LossproofError]:
        self._require_open()
        for start in range(0, len(envelopes), _BATCH):
            batch = envelopes[start : start + _BATCH]
            opened = [tried_envelope(envelope) for envelope in batch]
            hold = self._signatures_hold([one for one in opened if isinstance(one, Envelope)])
            for envelope, one in zip(batch, opened, strict=True):
                if isinstance(one, LossproofError):
                    yield one
                    continue
                try:
                    leaves = self._append(envelope, one, signature_holds=hold, admit=admit)
                except LossproofError as error:
                    yield error
                else:
                    yield leaves

    def heads(self) -> Leaf:
        """Add a heads leaf: the root over (subject, last leaf) of all that is in the log so far."""
        self._require_open()
        self._flush()
        root = heads_root(self._reader.heads(self.size))
        leaf = self._leaf("heads", None, self._heads, root, self._known_at())
        self._leaves.append((leaf, None))
        self._heads = leaf.index
        return leaf

    def begin(self, envelope: bytes) -> tuple[Leaf, ...]:
        """Add the first fact of a log that is still empty: its genesis. Raises as `append`."""
        self._require_open()
        opened = open_envelope(envelope)
        statement = decode_statement(opened.payload)
        genesis = statement.predicate
        if not isinstance(genesis, Genesis) or self.size:
            raise PolicyError("a log begins once, with its genesis")
        verify_envelope(opened, bytes.fromhex(genesis.owner_key))
        if (genesis.origin, bytes.fromhex(genesis.log_key)) != (self.log.origin, self.log.public):
            raise VerificationError("the genesis is of another log")
        return self._add(statement, envelope, hashlib.sha256(envelope).digest())

    def _require_open(self) -> None:
        if not self._open:
            raise StoreError("facts are appended inside `with write(...)`")

    def _signatures_hold(self, opened: Sequence[Envelope]) -> bool:
        """Whether all of these are by keys that are enrolled now, and hold; else each is looked at alone when it is its turn."""
        keys = [self._key(one.keyid) for one in opened]
        if any(key is None for key in keys):
            return False
        try:
            verify_many([(one, key.public) for one, key in zip(opened, keys, strict=True) if key is not None])
        except VerificationError:
            return False
        return True

    def _append(
        self, envelope: bytes, opened: Envelope, *, signature_holds: bool, admit: Admit | None = None
    ) -> tuple[Leaf, ...]:
        digest = hashlib.sha256(envelope).digest()
        if digest in self._envelopes:
            self._flush()
        leaves = self._reader.leaves_of(digest)
        if leaves:
            self._note(digest, leaves)
            return leaves
        if self._clock_ahead:
            raise PolicyError(
                "an outside clock showed the time of this log more than ten minutes ahead",
                hint="set the clock right, then ask a time stamp authority or a witness again",
            )
        key = self._key(opened.keyid)
        if key is None:
            raise PolicyError(
                "the key that signed the fact is not enrolled", hint="an owner enrols it: `lossproof ledger enrol`"
            )
        if not signature_holds:
            verify_envelope(opened, key.public)
        statement = decode_statement(opened.payload)
        if not may_wait(statement.predicate):
            self._flush()
        if admit is not None:
            admit(statement, key, digest)
        self._admission.check(statement, key, datetime.fromisoformat(self._known_at()[0]))
        return self._add(statement, envelope, digest)

    def _note(self, digest: bytes, leaves: Sequence[Leaf]) -> None:
        """Remember what a receipt will say: not the leaves themselves, because there may be very many."""
        if self._appended is not None:
            first = leaves[0]
            indexes = tuple(leaf.index for leaf in leaves)
            self._appended.append(_Appended(digest, indexes, first.entry.known_at, first.raised))

    def _key(self, mark: str) -> EnrolledKey | None:
        if mark not in self._keys:
            key = self._projection.key(mark)
            if key is None or key.fingerprint != mark:
                return None
            self._keys[mark] = key
        return self._keys[mark]

    def _known_at(self) -> tuple[str, bool]:
        """The log's time now, and whether it had to be raised to that of the last leaf."""
        clock = text_of(self._clock())
        return (self._last_known, True) if clock < self._last_known else (clock, False)

    def _add(self, statement: Statement, envelope: bytes, digest: bytes) -> tuple[Leaf, ...]:
        """Add a fact that was checked."""
        self._envelopes[digest] = envelope
        known = self._known_at()
        leaves = []
        for subject in statement.subjects:
            previous = self._last_about(subject.id)
            self._subjects += previous is None
            leaf = self._leaf("fact", subject.id, previous, digest, known)
            self._leaves.append((leaf, digest))
            self._previous[subject.id] = leaf.index
            leaves.append(leaf)
        self._note(digest, leaves)
        waits = may_wait(statement.predicate)
        if not waits or len(self._leaves) >= _FLUSH_LEAVES:
            self._flush()
        if not isinstance(statement.predicate, ABOUT_DEVICES):
            with self._whole():
                self._projection.apply(leaves[0].index, statement)
        if not waits:
            self._keys.clear()
        return tuple(leaves)

    def _leaf(self, kind: str, about: str | None, previous: int | None, digest: bytes, known: tuple[str, bool]) -> Leaf:
        self._last_known, raised = known
        entry = Entry(v=1, kind=kind, known_at=known[0], about=about, previous=previous, digest=digest.hex())
        return Leaf(self.size, entry, encode_entry(entry), raised)

    def _last_about(self, subject: str) -> int | None:
        if subject in self._previous:
            return self._previous[subject]
        rows = self._database.execute(
            "SELECT MAX(leaf) FROM ledger_leaf WHERE log = ? AND about = ?", (self.log.number, subject)
        )
        return None if rows[0][0] is None else int(rows[0][0])

    def _flush(self) -> None:
        """Write what was added. It becomes durable with the transaction."""
        if self._leaves:
            with self._whole():
                self._write_rows(self.log.number)

    @contextlib.contextmanager
    def _whole(self) -> Iterator[None]:
        """What fails in here may have written some of its rows: then nothing of the transaction is committed."""
        try:
            yield
        except BaseException:
            self._failed = True
            raise

    def _write_rows(self, number: int) -> None:
        self._database.executemany(
            "INSERT INTO ledger_envelope (digest, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING",
            list(self._envelopes.items()),
        )
        self._database.executemany(
            "INSERT INTO ledger_leaf (log, leaf, entry, about, envelope, raised) VALUES (?, ?, ?, ?, ?, ?)",
            [
                (number, leaf.index, leaf.text, leaf.entry.about, digest, int(leaf.raised))
                for leaf, digest in self._leaves
            ],
        )
        grown, runs = self._frontier.grow([leaf_hash(leaf.text) for leaf, _ in self._leaves])
        inner = [(number, level, node, value) for level, node, value in nodes(runs) if level]
        if inner:
            self._database.executemany("INSERT INTO ledger_node (log, level, node, hash) VALUES (?, ?, ?, ?)", inner)
        self._database.execute(
            "UPDATE ledger_log SET applied = ?, heads = ?, subjects = ? WHERE log = ?",
            (grown.size, self._heads, self._subjects, number),
        )
        self._frontier = grown
        self._leaves.clear()
        self._envelopes.clear()
        self._previous.clear()

    def _finish(self) -> None:
        """Write the rest, before the commit."""
        if self._failed:
            raise StoreError("nothing was written: a part of the transaction failed")
        since = self.size if self._heads is None else self.size - self._heads - 1
        if since >= max(LEAVES_A_HEADS, self._subjects):
            self.heads()
        self._flush()

    def _settle(self, newest: StoredCheckpoint | None) -> None:
        """Write the receipts: durable where the newest checkpoint covers the leaves."""
        covered = newest is not None and newest.size >= self._frontier.size
        checkpoint = newest.checkpoint if newest is not None and covered else None
        self._receipts = tuple(
            Receipt(
                origin=self.log.origin,
                leaves=one.leaves,
                envelope=one.digest.hex(),
                known_at=one.known_at,
                raised=one.raised,
                status="durable" if checkpoint else "pending",
                checkpoint_size=checkpoint.size if checkpoint else None,
                checkpoint_root=checkpoint.root.hex() if checkpoint else None,
            )
            for one in self._appended or ()
        )


@contextlib.contextmanager
def write(database: Database, publisher: Publisher, *, receipts: bool = True) -> Iterator[Writer]:
    """Hold the write lock and append to the newest log of the store. Inside a transaction of the caller it belongs to that.
    Without `receipts` none are written: memory does not grow with the number of facts then.

    Raises `StoreError` where the store is behind the checkpoint outside it, is being written by somebody else for too long, or
    cannot be written, and `InputError` where the publisher's key is not the log's; then nothing was added. Where the checkpoint
    alone cannot be written after the commit, the error says so: the facts are in, without a receipt, and are signed when the
    store is next opened with the key.
    """
    with database.transaction():
        publisher.require_in_step(database)
        writer = Writer(database, publisher, receipts=receipts)
        if publisher.key is not None and publisher.key.public != writer.log.public:
            raise InputError("the key is not that of the log", hint="a log that took over from another has its own key")
        try:
            yield writer
            writer._finish()
        finally:
            writer._open = False
        database.on_commit(lambda: writer._settle(_published(database, publisher, writer._frontier)))


def _published(database: Database, publisher: Publisher, grown: Frontier) -> StoredCheckpoint | None:
    try:
        return publisher.publish(database, grown)
    except StoreError as error:
        raise StoreError(
            f"the facts are in the log, and no checkpoint covers them yet: {error}",
            hint=error.hint or "they are signed when the store is next opened with the log's key",
        ) from None

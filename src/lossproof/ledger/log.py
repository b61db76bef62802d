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
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from lossproof.errors import FormatError, InputError, LossproofError, PolicyError, StoreError, VerificationError
from lossproof.ledger.admission import Admission, Admit, device_of, may_wait
from lossproof.ledger.ahead import Ahead
from lossproof.ledger.database import Database
from lossproof.ledger.envelope import (
    Envelope,
    open_envelope,
    sign_statements,
    tried_envelope,
    verify_envelope,
    verify_many,
)
from lossproof.ledger.heads import heads_root
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.projection import Projection
from lossproof.ledger.publishing import Clock, Publisher, text_of
from lossproof.ledger.reading import Leaf, Log, Reader, StoredCheckpoint, log_states
from lossproof.ledger.receipts import Noted, Receipt
from lossproof.ledger.registered import EnrolledKey
from lossproof.ledger.tree import Frontier, leaf_hash, nodes
from lossproof.model.entry import Entry
from lossproof.model.fact import Statement
from lossproof.model.facts.genesis import Genesis
from lossproof.model.facts.registration import Device
from lossproof.wire.facts import decode_statement, encode_entry, encode_statement

LEAVES_A_HEADS = 1024
"""A heads leaf is added when at least so many leaves came since the last, and as many as there are subjects: about one more hash
a leaf for whoever replays the log."""

_FLUSH_LEAVES = 2000
_BATCH = 1000


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
        self._ahead = Ahead(self._reader)
        self._envelopes: dict[bytes, bytes] = {}
        self._leaves: list[tuple[Leaf, bytes | None]] = []
        self._devices: dict[str, tuple[int, Device]] = {}
        self._noted = Noted(kept=receipts)
        self._stated_now: dict[bytes, tuple[str, Statement]] = {}
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
    def stated(self) -> Mapping[bytes, tuple[str, Statement]]:
        """What was appended so far, by the SHA-256 of its envelope: who signed it, and the statement. Empty without receipts."""
        return self._stated_now

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
        opened = open_envelope(envelope)
        leaves = self._append(envelope, opened.keyid, opened)
        self._put_devices()
        return leaves

    def append_many(self, envelopes: Sequence[bytes]) -> list[tuple[Leaf, ...]]:
        """`append` of each, in order, their signatures checked on every core. An error names the envelope by its position, and
        undoes the transaction unless it is caught around `write`."""
        return _all_of(self._each(envelopes, None))

    def state_many(self, key: PrivateKey, statements: Sequence[Statement]) -> list[tuple[Leaf, ...]]:
        """Sign these with `key` and `append` each, in order. A signature that was made here is not verified here: by the enrolled
        key with this fingerprint it has one outcome. Errors as of `append_many`."""
        return _all_of(self._stating(key, statements))

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
            self._ahead.look_for(batch, self._envelopes.keys())
            opened = [tried_envelope(envelope) for envelope in batch]
            stated = self._stated([one for one in opened if isinstance(one, Envelope)])
            for envelope, one in zip(batch, opened, strict=True):
                if isinstance(one, LossproofError):
                    yield one
                    continue
                yield self._tried(envelope, one.keyid, stated.get(one.payload, one), admit)
            self._put_devices()

    def _stating(self, key: PrivateKey, statements: Sequence[Statement]) -> Iterator[tuple[Leaf, ...] | LossproofError]:
        self._require_open()
        for start in range(0, len(statements), _BATCH):
            batch = statements[start : start + _BATCH]
            self._look_up(batch)
            envelopes = sign_statements(map(encode_statement, batch), key)
            self._ahead.look_for(envelopes, self._envelopes.keys())
            for envelope, statement in zip(envelopes, batch, strict=True):
                yield self._tried(envelope, key.keyid, statement)
            self._put_devices()

    def _tried(
        self, envelope: bytes, keyid: str, said: Statement | Envelope, admit: Admit | None = None
    ) -> tuple[Leaf, ...] | LossproofError:
        """What `_append` gives, or raises."""
        try:
            return self._append(envelope, keyid, said, admit)
        except LossproofError as error:
            self._put_devices()
            return error

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

    def _stated(self, opened: Sequence[Envelope]) -> dict[bytes, Statement]:
        """What these state, by payload, if all are by enrolled keys and hold; else each is looked at in its turn, as is no statement."""
        keys = [self._key(one.keyid) for one in opened]
        if any(key is None for key in keys):
            return {}
        try:
            verify_many([(one, key.public) for one, key in zip(opened, keys, strict=True) if key is not None])
        except VerificationError:
            return {}
        stated: dict[bytes, Statement] = {}
        for one in opened:
            with contextlib.suppress(FormatError):
                stated[one.payload] = decode_statement(one.payload)
        self._look_up(stated.values())
        return stated

    def _look_up(self, statements: Collection[Statement]) -> None:
        """Read what the store knows of the subjects of these, for all at once."""
        self._ahead.look_up({one.id for statement in statements for one in statement.subjects})
        self._admission.look_up(statements)

    def _append(
        self, envelope: bytes, keyid: str, said: Statement | Envelope, admit: Admit | None = None
    ) -> tuple[Leaf, ...]:
        """`append` of what the key `keyid` said: the statement, or the envelope whose signature is still to be looked at."""
        digest = hashlib.sha256(envelope).digest()
        leaves = () if digest in self._ahead.new else self._leaves_of(digest)
        if leaves:
            self._noted.add(digest, leaves)
            return leaves
        if self._clock_ahead:
            raise PolicyError(
                "an outside clock showed the time of this log more than ten minutes ahead",
                hint="set the clock right, then ask a time stamp authority or a witness again",
            )
        key = self._key(keyid)
        if key is None:
            raise PolicyError(
                "the key that signed the fact is not enrolled", hint="an owner enrols it: `lossproof ledger enrol`"
            )
        statement = said if isinstance(said, Statement) else decode_statement(verify_envelope(said, key.public))
        if not may_wait(statement.predicate):
            self._flush()
        elif admit is not None or device_of(statement.predicate) is None or statement.subjects[0].id in self._devices:
            self._put_devices()
        if admit is not None:
            admit(statement, key, digest)
        is_new = all(self._ahead.last_about(one.id) is None for one in statement.subjects)
        self._admission.check(statement, key, datetime.fromisoformat(self._known_at()[0]), is_new=is_new)
        if self._noted.kept:
            self._stated_now[digest] = (keyid, statement)
        return self._add(statement, envelope, digest)

    def _leaves_of(self, digest: bytes) -> tuple[Leaf, ...]:
        if digest in self._envelopes:
            self._flush()
        return self._reader.leaves_of(digest)

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
        self._ahead.new.discard(digest)
        known = self._known_at()
        leaves = []
        for subject in statement.subjects:
            previous = self._ahead.last_about(subject.id)
            self._subjects += previous is None
            leaf = self._leaf("fact", subject.id, previous, digest, known)
            self._leaves.append((leaf, digest))
            self._ahead.previous[subject.id] = leaf.index
            leaves.append(leaf)
        self._noted.add(digest, leaves)
        waits = may_wait(statement.predicate)
        if (device := device_of(statement.predicate)) is not None:
            self._devices[statement.subjects[0].id] = (leaves[0].index, device)
        if not waits or len(self._leaves) >= _FLUSH_LEAVES:
            self._flush()
        if not waits:
            with self._whole():
                self._projection.apply(leaves[0].index, statement)
            self._keys.clear()
        return tuple(leaves)

    def _leaf(self, kind: str, about: str | None, previous: int | None, digest: bytes, known: tuple[str, bool]) -> Leaf:
        self._last_known, raised = known
        entry = Entry(v=1, kind=kind, known_at=known[0], about=about, previous=previous, digest=digest.hex())
        return Leaf(self.size, entry, encode_entry(entry), raised)

    def _flush(self) -> None:
        """Write what was added. It becomes durable with the transaction."""
        self._put_devices()
        if self._leaves:
            with self._whole():
                self._write_rows(self.log.number)

    def _put_devices(self) -> None:
        """Take in the devices that were registered since the last time: they wait while nothing asks for one of them."""
        if self._devices:
            with self._whole():
                self._projection.put_devices(self._devices)
            self._devices = {}

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
            [(number, one.index, one.text, one.entry.about, digest, int(one.raised)) for one, digest in self._leaves],
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
        self._ahead.previous.clear()

    def _finish(self) -> None:
        """Write the rest, before the commit."""
        if self._failed:
            raise StoreError("nothing was written: a part of the transaction failed")
        since = self.size if self._heads is None else self.size - self._heads - 1
        if since >= max(LEAVES_A_HEADS, self._subjects):
            self.heads()
        self._flush()

    def _settle(self, newest: StoredCheckpoint | None) -> None:
        """Write the receipts, after the commit."""
        self._receipts = self._noted.receipts(self.log.origin, self._frontier.size, newest)


def _all_of(each: Iterator[tuple[Leaf, ...] | LossproofError]) -> list[tuple[Leaf, ...]]:
    """The leaves of each. Raises the first error, with the position of what it is of."""
    added: list[tuple[Leaf, ...]] = []
    for place, one in enumerate(each, 1):
        if isinstance(one, LossproofError):
            raise type(one)(f"fact {place}: {one}", hint=one.hint) from None
        added.append(one)
    return added


@contextlib.contextmanager
def write(database: Database, publisher: Publisher, *, receipts: bool = True) -> Iterator[Writer]:
    """Hold the write lock and append to the newest log of the store. Inside a transaction of the caller it belongs to that.
    Without `receipts` none are written: memory does not grow with the number of facts then.

    Raises `StoreError` where the store is behind the checkpoint outside it, is being written by somebody else for too long, or
    cannot be written, and `InputError` where the publisher's key is not the log's; then nothing was added. Where the checkpoint
    alone cannot be written after the commit, it is `UncoveredError`: the facts are in, without a receipt, and are signed when the
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
        database.on_commit(lambda: writer._settle(publisher.publish_committed(database, writer._frontier)))

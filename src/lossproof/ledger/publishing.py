"""Checkpoints are signed here, and nowhere else: after the commit, outside the store first, then into it.

The order is what makes a kill at any moment harmless. Leaves are durable before their root is signed, so no signed root can be
lost with a rolled-back transaction. All of it happens under the write lock, so that one size has one root and the file outside
never goes back; the signature is Ed25519 (RFC 8032), which has one outcome, so signing again after a kill gives the same note.
Stamps and cosignatures come in later, and each says what time it is outside.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from lossproof.errors import InputError, StoreError
from lossproof.ledger.checkpoint import Checkpoint, add_signatures, sign_checkpoint
from lossproof.ledger.database import Database
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.outside import Outside, require_in_step
from lossproof.ledger.reading import Log, Reader, StoredCheckpoint, logs
from lossproof.ledger.tree import Frontier

Clock = Callable[[], datetime]


def now() -> datetime:
    """The clock of this machine."""
    return datetime.now(UTC)


def text_of(moment: datetime) -> str:
    """A time as entries write it: RFC 3339 in UTC to the millisecond. Raises `StoreError` for a clock that cannot be right."""
    if not 2020 <= moment.year < 2100:
        raise StoreError(
            f"the clock says that it is the year {moment.year}", hint="set the clock of this machine right"
        )
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


class UncoveredError(StoreError):
    """What was to be written is written, and the checkpoint that should cover it is not: bringing it again does no harm."""


class Publisher:
    """Signs checkpoints of the newest log, where its key is at hand. Without a key nothing is signed, and without `outside`
    no file is kept."""

    def __init__(self, key: PrivateKey | None = None, outside: Outside | None = None, clock: Clock = now) -> None:
        self.key = key
        self.outside = outside
        self.clock = clock

    def require_in_step(self, database: Database) -> None:
        """Return if the store has all that the checkpoint outside it covers. Raises `StoreError`."""
        require_in_step(self.outside, database)

    def publish(self, database: Database, grown: Frontier | None = None) -> StoredCheckpoint | None:
        """Sign the tree as it stands, if that was not done yet; the newest checkpoint, or None where there is none. `grown` is
        the frontier that the caller has just committed.

        Raises `StoreError` where the store is behind the checkpoint outside it or something cannot be written, `InputError`
        where the key is not the log's.
        """
        if self.key is None:
            return Reader(database, logs(database)[-1]).newest_checkpoint()
        # With the note in a file outside, the row can be made again from it: the disk need not be waited for twice.
        with database.transaction(lasting=self.outside is None):
            log = logs(database)[-1]
            if self.key.public != log.public:
                raise InputError("the key is not that of the log")
            reader = Reader(database, log)
            newest, size = self._newest(reader), reader.size
            if size == 0 or (newest is not None and newest.size == size):
                return newest
            root = grown.root() if grown is not None and grown.size == size else reader.root(size)
            note = sign_checkpoint(Checkpoint(origin=log.origin, size=size, root=root), self.key)
            if self.outside is not None:
                self.outside.write(note, log, size)
            return self._keep(reader, size, note)

    def publish_committed(self, database: Database, grown: Frontier) -> StoredCheckpoint | None:
        """The same, after facts were committed: raises `UncoveredError` where a `StoreError` is in the way."""
        try:
            return self.publish(database, grown)
        except StoreError as error:
            raise UncoveredError(
                f"the facts are in the log, and no checkpoint covers them yet: {error}",
                hint=error.hint or "they are signed when the store is next opened with the log's key",
            ) from None

    def _newest(self, reader: Reader) -> StoredCheckpoint | None:
        """The newest checkpoint of a store that is in step with the one outside, whose row a kill or a power cut may have cost."""
        self.require_in_step(reader.database)
        newest = reader.newest_checkpoint()
        known = self.outside.known if self.outside is not None else None
        if known is not None and known.log == reader.log and (newest is None or newest.size < known.size):
            return self._keep(reader, known.size, known.note)
        return newest

    def _keep(self, reader: Reader, size: int, note: bytes) -> StoredCheckpoint:
        made = StoredCheckpoint(size, note, text_of(self.clock()))
        reader.database.execute(
            "INSERT INTO ledger_checkpoint (log, size, note, published) VALUES (?, ?, ?, ?)", (reader.log.number, *made)
        )
        return made


def add_stamp(database: Database, log: Log, size: int, token: bytes, at: datetime, clock: Clock = now) -> None:
    """Keep a time stamp, which the caller has verified, on the checkpoint of `size` leaves; `at` is what it says.

    Raises `InputError` where there is no such checkpoint.
    """
    with database.transaction():
        _required(database, log, size)
        database.execute(
            "INSERT INTO ledger_stamp (log, size, digest, token) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (log.number, size, hashlib.sha256(token).digest(), token),
        )
        note_outside_time(database, log, at, clock)


def add_cosignatures(
    database: Database, log: Log, size: int, lines: Iterable[str], at: datetime | None, clock: Clock = now
) -> bytes:
    """The note of the checkpoint of `size` leaves with these cosignature lines, which the caller has verified; `at` is the
    newest time that one of them says, or None. Raises `InputError` where there is no such checkpoint."""
    with database.transaction():
        note = add_signatures(_required(database, log, size).note, lines)
        database.execute("UPDATE ledger_checkpoint SET note = ? WHERE log = ? AND size = ?", (note, log.number, size))
        if at is not None:
            note_outside_time(database, log, at, clock)
    return note


def note_outside_time(database: Database, log: Log, at: datetime, clock: Clock = now) -> None:
    """Record what an outside clock said just now, beside the log's own time: appends are refused while it is far ahead."""
    with database.transaction():
        reader = Reader(database, log)
        size = reader.size
        last = datetime.fromisoformat(reader.leaf(size - 1).entry.known_at) if size else clock()
        database.execute(
            "UPDATE ledger_log SET outside_at = ?, asked_at = ? WHERE log = ?",
            (_milliseconds(at), _milliseconds(max(last, clock())), log.number),
        )


def _required(database: Database, log: Log, size: int) -> StoredCheckpoint:
    found = Reader(database, log).checkpoint(size)
    if found is None:
        raise InputError(f"the log has no checkpoint of {size} leaves")
    return found


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)

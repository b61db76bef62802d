"""The newest checkpoint, kept in a file outside the store: what a store is compared with when it is opened.

A signed note (C2SP tlog-checkpoint), replaced whole and durably, never by one of a smaller tree. Trust: whoever can take the
file away or put an older one of ours there can hide that the store was put back to an old backup; nobody without the log's key
can make one.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from lossproof.errors import FormatError, LossproofError, StoreError, VerificationError
from lossproof.ledger.checkpoint import Checkpoint, read_signed
from lossproof.ledger.database import Database
from lossproof.ledger.new_file import sync_folder
from lossproof.ledger.reading import Log, Reader, logs
from lossproof.model.facts.genesis import Genesis

SECTOR_BYTES = 512

MAX_FILE_BYTES = 64 << 10
"""A note of ours has some 200 bytes; somebody may have added cosignatures."""

RECOVER = "`lossproof ledger recover` begins a new log that names the newest checkpoint of this one"


class Known(NamedTuple):
    """A note whose signature was checked, and whose root was compared with the tree of `log` at `size` leaves."""

    note: bytes
    log: Log
    size: int


class Outside:
    """The file `path`, which may not be there yet. `known` is what was last read or written and agreed with the store."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.known: Known | None = None

    def read(self) -> bytes | None:
        """The note, or None where there is no file. Raises `StoreError` where it cannot be read, `FormatError` where it is
        too long."""
        try:
            note, again = self._read(), self._read()
            # A writer may be at it: what two reads agree on is what was written.
            while note != again:
                note, again = again, self._read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"cannot read {self.path}: {error.strerror or 'the system refused'}") from None
        if len(note) > MAX_FILE_BYTES:
            raise FormatError(f"{self.path} is too long for a checkpoint")
        return note

    def _read(self) -> bytes:
        descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            return os.read(descriptor, MAX_FILE_BYTES + 1)
        finally:
            os.close(descriptor)

    def write(self, note: bytes, log: Log, size: int) -> None:
        """Durably put the checkpoint of `size` leaves in place of what was there: after a crash the file holds one or the other,
        whole. The caller has made sure that it does not go back. Raises `StoreError`."""
        try:
            if not self._overwrite(note):
                self._replace(note)
            self.known = Known(note, log, size)
        except OSError as error:
            raise StoreError(f"cannot write {self.path}: {error.strerror or 'the system refused'}") from None

    def _overwrite(self, note: bytes) -> bool:
        """Write over a note of the same length, at a fifth of the cost of a new file. Within one sector a disk writes all or
        nothing; PostgreSQL's `pg_control` relies on the same."""
        if self.known is None or len(self.known.note) != len(note) or len(note) > SECTOR_BYTES:
            return False
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            if os.fstat(descriptor).st_size != len(note):
                return False
            _write_all(descriptor, note)
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)
        return True

    def _replace(self, note: bytes) -> None:
        # One name, not a new one each time: writers hold the store's lock, and a kill leaves one file at most.
        new = f"{self.path}.new"
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            _write_all(descriptor, note)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        Path(new).replace(self.path)
        sync_folder(self.path.parent)

    def behind(self, database: Database) -> str:
        """Why the store must not be written: it lacks leaves that the checkpoint covers, or has others. Empty where it agrees,
        or where there is no checkpoint yet."""
        try:
            note = self.read()
            if note is None:
                return ""
            if self.known is not None and self.known.note == note:
                # The same note: its root was compared before, and a log only grows.
                return _shorter(Reader(database, self.known.log), self.known.size)
            every = logs(database)
            signed = read_signed(note, [log.verifier for log in every])
        except VerificationError:
            return f"the checkpoint in {self.path} is not by a log that this store has: the store may be an old copy"
        except FormatError:
            return f"{self.path} is not a checkpoint"
        log = next(log for log in every if log.origin == signed.checkpoint.origin)
        if _superseded(database, every, signed.checkpoint):
            return ""
        reader, size = Reader(database, log), signed.checkpoint.size
        why = _shorter(reader, size)
        if not why and reader.root(size) != signed.checkpoint.root:
            why = f"the first {size} leaves of the store are others than those that the checkpoint outside it covers"
        if not why:
            self.known = Known(note, log, size)
        return why


def _superseded(database: Database, every: Sequence[Log], checkpoint: Checkpoint) -> bool:
    """Whether a later log of the store took over from this checkpoint, or from a larger one of its log, and says so in its
    genesis: what the store lacks of it is then no secret."""
    for log in every[1:]:
        reader = Reader(database, log)
        first = reader.leaf(0) if reader.size else None
        genesis = None if first is None else reader.statement(first.entry.digest).predicate
        earlier = genesis.earlier if isinstance(genesis, Genesis) else None
        if earlier is None or earlier.origin != checkpoint.origin:
            continue
        if earlier.size > checkpoint.size or (
            earlier.size == checkpoint.size and earlier.root == checkpoint.root.hex()
        ):
            return True
    return False


def require_in_step(outside: Outside | None, database: Database) -> None:
    """Return if the store has all that the checkpoint outside it covers. Raises `StoreError` with what to do."""
    why = "" if outside is None else outside.behind(database)
    if why:
        raise StoreError(why, hint=RECOVER)


def signed_root(note: bytes, log: Log, size: int) -> bytes:
    """The root that a stored checkpoint of `size` leaves says, its signature checked. Raises `VerificationError`."""
    try:
        checkpoint = read_signed(note, [log.verifier]).checkpoint
    except LossproofError as error:
        raise VerificationError(f"the stored checkpoint of {size} leaves does not hold: {error}") from None
    if checkpoint.size != size:
        raise VerificationError(f"the stored checkpoint of {size} leaves speaks of another size")
    return checkpoint.root


def _write_all(descriptor: int, note: bytes) -> None:
    if os.write(descriptor, note) != len(note):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _shorter(reader: Reader, size: int) -> str:
    has = reader.size
    return (
        ""
        if has >= size
        else f"the store has {has} leaves, and the checkpoint outside it covers {size}: it is an old copy"
    )

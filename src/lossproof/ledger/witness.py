"""Witnesses: what they check before they cosign a checkpoint, what they remember, and how a log asks them.

Specification: C2SP tlog-witness (add-checkpoint, as of July 2026: 422 also for another root of the same size), with Ed25519
cosignatures (C2SP tlog-cosignature). Left out: sign-subtree, ML-DSA-44 cosignatures of our own, checkpoints with extension
lines.

Trust in the state file: it holds origins, sizes and roots, and nothing of what is in a log. Whoever can change it, or puts an
old copy in its place, can have this witness cosign a fork; so a missing one is an error, and never silently a new one.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from lossproof.errors import FormatError, InputError, StoreError, UnsupportedError, VerificationError
from lossproof.ledger.checkpoint import Checkpoint, cosign, parse_checkpoint, read_signed
from lossproof.ledger.encoding import decode_base64, decode_decimal, encode_base64
from lossproof.ledger.new_file import write_new
from lossproof.ledger.note import (
    COSIGNATURE_ED25519,
    SigningKey,
    VerifierKey,
    parse_note,
    parse_signature_line,
    verify_signature,
)
from lossproof.ledger.post import DEFAULT_SECONDS, Reply, post
from lossproof.ledger.tree import EMPTY_ROOT, HASH_BYTES, verify_consistency

MAX_REQUEST_BYTES = 256 << 10
MAX_REPLY_BYTES = 64 << 10
MAX_PROOF_LINES = 63
SIZE_TYPE = "text/x.tlog.size"
TEXT_TYPE = "text/plain; charset=utf-8"

_APPLICATION_ID = 0x4C505754
_SCHEMA = f"""
PRAGMA application_id = {_APPLICATION_ID};
CREATE TABLE latest (
    origin TEXT PRIMARY KEY,
    size INTEGER NOT NULL CHECK (size >= 0),
    root BLOB NOT NULL CHECK (length(root) = {HASH_BYTES})
) STRICT, WITHOUT ROWID;
"""
_BUSY_SECONDS = 5.0
_MAX_ROUNDS = 3


class StaleSizeError(VerificationError):
    """The old size that was named is not that of the latest checkpoint cosigned, which is `size`."""

    def __init__(self, size: int) -> None:
        super().__init__("the old size is not that of the latest cosigned checkpoint")
        self.size = size


class AddCheckpoint(NamedTuple):
    """The body of an add-checkpoint request: the size that the witness is thought to know, the consistency proof from there,
    and the checkpoint as a signed note."""

    old_size: int
    proof: tuple[bytes, ...]
    note: bytes

    def to_bytes(self) -> bytes:
        """The body as it is sent."""
        lines = [f"old {self.old_size}", *map(encode_base64, self.proof), "", ""]
        return "\n".join(lines).encode("ascii") + self.note


class Answer(NamedTuple):
    """What a witness answers over HTTP."""

    status: int
    content_type: str
    body: bytes


class WitnessState:
    """The latest checkpoint cosigned for each origin, in one SQLite file; any number of threads and processes may share it."""

    def __init__(self, path: Path) -> None:
        """Open the state in `path`. Raises StoreError if it is not there or is something else."""
        self._path = path
        self._turn = threading.Lock()
        with self._connection() as connection:
            if connection.execute("PRAGMA application_id").fetchone() != (_APPLICATION_ID,):
                raise StoreError(f"{path} is not the state of a witness")

    @classmethod
    def create(cls, path: Path) -> WitnessState:
        """Make the state of a witness that has cosigned nothing. Raises StoreError if `path` is there already."""
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.executescript(_SCHEMA)
            write_new(path, connection.serialize(), 0o600)
        return cls(path)

    def latest(self, origin: str) -> tuple[int, bytes]:
        """Size and root of the latest checkpoint cosigned for `origin`: those of the empty tree if there is none."""
        with self._connection() as connection:
            return self._read(connection, origin)

    def extend(self, old_size: int, checkpoint: Checkpoint, proof: Sequence[bytes]) -> None:
        """Make `checkpoint` the latest of its origin, durably and in one step with the checks.

        Raises StaleSizeError if the latest has another size than `old_size`, VerificationError if the proof does not show that
        `checkpoint` extends it, StoreError if that cannot be written; then all is as it was.
        """
        # SQLite polls for its lock; threads of this process queue for it here instead.
        with self._turn, self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            size, root = self._read(connection, checkpoint.origin)
            if size != old_size:
                raise StaleSizeError(size)
            verify_consistency(size, root, checkpoint.size, checkpoint.root, proof)
            connection.execute(
                "INSERT INTO latest VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET size = excluded.size, root = excluded.root",
                (checkpoint.origin, checkpoint.size, checkpoint.root),
            )
            connection.execute("COMMIT")

    def _read(self, connection: sqlite3.Connection, origin: str) -> tuple[int, bytes]:
        row = connection.execute("SELECT size, root FROM latest WHERE origin = ?", (origin,)).fetchone()
        return (row[0], row[1]) if row else (0, EMPTY_ROOT)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """A connection that rolls back, when closed, what was not committed."""
        try:
            address = f"{self._path.absolute().as_uri()}?mode=rw"
            connection = sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
            with closing(connection):
                # More than FULL: the end of the journal is durable too, or a power cut could bring an older size back.
                connection.execute("PRAGMA synchronous = EXTRA")
                yield connection
        except sqlite3.Error as error:
            raise StoreError(f"the state of the witness in {self._path} cannot be used: {error}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A witness by its name and key, the logs that it knows by their keys, and what it remembers.

    `name` is a schema-less address; `secret` signs for this witness and nothing else; `clock` gives POSIX seconds. Raises
    InputError if no log is known or one has this witness's key, FormatError for what cannot be a name.
    """

    name: str
    secret: SigningKey
    logs: tuple[VerifierKey, ...]
    state: WitnessState
    clock: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        own = self.key
        if not self.logs:
            raise InputError("the witness knows no log")
        if any(log.public == own.public for log in self.logs):
            raise InputError(
                "the key of the witness is that of a log", hint="a log does not witness itself; make a key for it"
            )

    @property
    def key(self) -> VerifierKey:
        """The key that others verify this witness's cosignatures by."""
        return VerifierKey(name=self.name, algorithm=COSIGNATURE_ED25519, public=self.secret.public)

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answer an add-checkpoint request. When it is 200, what was cosigned is durable already. Raises only StoreError."""
        try:
            asked = parse_request(body)
            checkpoint = parse_checkpoint(parse_note(asked.note).text)
        except (FormatError, UnsupportedError) as error:
            return _said(400, str(error))
        keys = [key for key in self.logs if key.name == checkpoint.origin]
        if not keys:
            return _said(404, "this witness does not know the log")
        try:
            read_signed(asked.note, keys)
        except VerificationError as error:
            return _said(403, str(error))
        if asked.old_size > checkpoint.size:
            return _said(400, "the old size is larger than that of the checkpoint")
        try:
            self.state.extend(asked.old_size, checkpoint, asked.proof)
        except StaleSizeError as error:
            return Answer(409, SIZE_TYPE, b"%d\n" % error.size)
        except VerificationError as error:
            return _said(422, str(error))
        line = cosign(asked.note, self.secret, self.name, int(self.clock()))
        return Answer(200, TEXT_TYPE, line.encode("utf-8"))


def parse_request(body: bytes) -> AddCheckpoint:
    """Take the body of an add-checkpoint request apart; the note in it is not looked at. Raises FormatError."""
    if len(body) > MAX_REQUEST_BYTES:
        raise FormatError(f"the request is longer than {MAX_REQUEST_BYTES >> 10} KiB")
    head, gap, note = body.partition(b"\n\n")
    try:
        first, *lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise FormatError("the lines before the checkpoint are not ASCII") from None
    if not gap or not first.startswith("old "):
        raise FormatError("the request is not an old size, a consistency proof, an empty line and a checkpoint")
    if len(lines) > MAX_PROOF_LINES:
        raise FormatError(f"the consistency proof has more than {MAX_PROOF_LINES} lines")
    proof = [decode_base64(line, "a hash of the consistency proof", size_bytes=HASH_BYTES) for line in lines]
    return AddCheckpoint(decode_decimal(first[4:], "the old size"), tuple(proof), note)


def ask_witness(
    url: str,
    note: bytes,
    prove: Callable[[int], Sequence[bytes]],
    keys: Sequence[VerifierKey],
    *,
    old_size: int = 0,
    timeout_seconds: float = DEFAULT_SECONDS,
) -> tuple[str, ...]:
    """Have the witness at `url` cosign the checkpoint in `note`: its signature lines, each verified by one of its `keys`.

    `prove` gives the consistency proof from a size to that of the checkpoint; `old_size` is the last one that this witness is
    known to have cosigned. Raises InputError if it cannot be asked or does not know the log, VerificationError if it says that
    the log has forked or gone back, or if what it answers does not hold, FormatError if it answers something else.
    """
    text = parse_note(note).text
    size = parse_checkpoint(text).size
    for _ in range(_MAX_ROUNDS):
        proof = tuple(prove(old_size)) if 0 < old_size < size else ()
        reply = post(
            f"{url.rstrip('/')}/add-checkpoint",
            AddCheckpoint(old_size, proof, note).to_bytes(),
            content_type=TEXT_TYPE,
            limit_bytes=MAX_REPLY_BYTES,
            timeout_seconds=timeout_seconds,
        )
        if reply.status != 409:
            return _cosignatures(reply, text, keys)
        old_size = _known_size(reply)
        if old_size > size:
            raise VerificationError(
                f"the witness has cosigned this log at size {old_size}, and here it has {size}",
                hint="the store may be an old copy; do not add to it before that is known",
            )
    raise InputError("the witness names another old size each time it is asked", hint="try again later")


def _known_size(reply: Reply) -> int:
    if reply.content_type != SIZE_TYPE or not reply.body.endswith(b"\n") or not reply.body.isascii():
        raise FormatError("the witness does not say which size it knows")
    return decode_decimal(reply.body[:-1].decode("ascii"), "the size that the witness knows")


def _cosignatures(reply: Reply, text: str, keys: Sequence[VerifierKey]) -> tuple[str, ...]:
    """The lines of a 200 that a known key has signed; those of other keys are passed over, as the specification wants."""
    if reply.status != 200:
        raise _refusal(reply.status)
    try:
        lines = reply.body.decode("utf-8")
    except UnicodeDecodeError:
        raise FormatError("the answer of the witness is not UTF-8") from None
    if not lines.endswith("\n"):
        raise FormatError("the answer of the witness is not made of whole lines")
    found = []
    for signature in map(parse_signature_line, lines[:-1].split("\n")):
        for key in keys:
            if (key.name, key.key_id) == (signature.name, signature.key_id):
                if verify_signature(key, text, signature.signature) is None:
                    raise VerificationError("the witness states no time in its cosignature")
                found.append(signature.line())
    if not found:
        raise VerificationError("the witness did not sign with a key that is known here")
    return tuple(found)


def _refusal(status: int) -> InputError | VerificationError:
    match status:
        case 404:
            return InputError("the witness does not know this log", hint="give its operator the key of the log")
        case 403:
            return VerificationError("the witness does not accept the signature of the log")
        case 422:
            return VerificationError(
                "the witness cosigned a checkpoint that this log does not extend",
                hint="one of two histories of this log is false; keep both, and find out which",
            )
        case _:
            return InputError(f"the witness answered with HTTP status {status}")


def _said(status: int, text: str) -> Answer:
    return Answer(status, TEXT_TYPE, f"{text}\n".encode())

"""A store as a whole: made with its keys, opened and compared with the checkpoint outside it, taken over by a new log.

STORE is a path or a `postgresql://` URL. Its keys folder (STORE.keys, or as named) holds `log.key`, `owner.key` and
`inspector.key` under one passphrase, their public halves, and `checkpoint`: the newest one, outside the store. A store that is
missing is an error and never a new one; one that is behind the checkpoint outside it is opened, and only read.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lossproof.errors import InputError, StoreError, VerificationError
from lossproof.ledger.database import Database, SqliteDatabase, is_url, open_database
from lossproof.ledger.envelope import sign_statement
from lossproof.ledger.keys import PrivateKey, Secret, fingerprint, save_key
from lossproof.ledger.log import Writer, write
from lossproof.ledger.manifest import parse_recipient
from lossproof.ledger.new_file import sync_folder
from lossproof.ledger.outside import RECOVER, Outside, signed_root
from lossproof.ledger.projection import Projection
from lossproof.ledger.publishing import Clock, Publisher, now, text_of
from lossproof.ledger.reading import Log, Reader, logs
from lossproof.ledger.schema import check_tables, create_tables
from lossproof.model.fact import Role, Statement, key_subject
from lossproof.model.facts.genesis import Genesis
from lossproof.model.facts.registration import Action, Key, Registration
from lossproof.wire.facts import encode_statement, subject_of

LOG_KEY, OWNER_KEY, INSPECTOR_KEY, CHECKPOINT = "log.key", "owner.key", "inspector.key", "checkpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """An open store. `log` is the newest one, which is written; `behind` says why it must not be, or is empty."""

    database: Database
    log: Log
    publisher: Publisher
    behind: str

    @property
    def reader(self) -> Reader:
        """Reads the newest log."""
        return Reader(self.database, self.log)

    @property
    def projection(self) -> Projection:
        """What the registrations of the newest log amount to."""
        return Projection(self.reader)

    @contextlib.contextmanager
    def write(self) -> Iterator[Writer]:
        """Append to the log: `log.write`. Raises `StoreError` where the store is only to be read."""
        if self.behind:
            raise StoreError(self.behind, hint=RECOVER)
        with write(self.database, self.publisher) as writer:
            yield writer

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def keys_folder(store: str, keys: Path | None = None) -> Path:
    """Where the keys of STORE are. Raises `InputError` for a URL without a folder named."""
    if keys is not None:
        return keys
    if is_url(store):
        raise InputError("a store in a database server has no folder beside it", hint="name the folder of its keys")
    return Path(f"{store}.keys")


def open_ledger(
    store: str, keys: Path | None = None, log_key: PrivateKey | None = None, *, clock: Clock = now
) -> Ledger:
    """Open STORE, compare its tree with its newest checkpoint and with the one outside it, and sign an unsigned tail where the
    log's key is given. A store that differs is opened with `behind`, and can be read.

    Raises `InputError` where there is no store or the key is not its log's, `FormatError` where it is no store of ours,
    `StoreError` where it cannot be read. For a URL without a keys folder there is no checkpoint outside to compare with.
    """
    outside = None if keys is None and is_url(store) else Outside(keys_folder(store, keys) / CHECKPOINT)
    database = open_database(store)
    try:
        check_tables(database)
        log = logs(database)[-1]
        if log_key is not None and log_key.public != log.public:
            raise InputError("the key is not that of the log", hint="a log that took over from another has its own key")
        publisher = Publisher(log_key, outside, clock)
        ledger = Ledger(database=database, log=log, publisher=publisher, behind=_behind(database, log, outside))
        if log_key is not None and not ledger.behind:
            publisher.publish(database)
        return ledger
    except BaseException:
        database.close()
        raise


def _behind(database: Database, log: Log, outside: Outside | None) -> str:
    with database.snapshot():
        # The file first: a checkpoint that another writer puts there after the first row was read covers what is not seen here.
        outside_says = "" if outside is None else outside.behind(database)
        reader = Reader(database, log)
        newest = reader.newest_checkpoint()
        try:
            if newest is not None and newest.size > reader.size:
                return f"the store has {reader.size} leaves, and its own newest checkpoint covers {newest.size}"
            if newest is not None and signed_root(newest.note, log, newest.size) != reader.root(newest.size):
                return f"the first {newest.size} leaves of the store are others than its own newest checkpoint covers"
        except VerificationError as error:
            return str(error)
        return outside_says


def create(
    store: str,
    keys: Path | None,
    passphrase: Secret,
    recipient: str | None = None,
    *,
    clock: Clock = now,
) -> Ledger:
    """Make STORE and its keys, all three under one passphrase: genesis, the inspector key's enrolment, the first checkpoint.

    `recipient` is the age recipient that lists of people are sealed to. Takes some seconds for the keys. Raises `InputError`
    where the store or its folder is there already, `StoreError` where something cannot be written; then neither is there.
    """
    folder = keys_folder(store, keys)
    if recipient is not None:
        parse_recipient(recipient)
    if os.path.lexists(folder):
        raise InputError(f"{folder} is there already", hint="keys are never overwritten: name another, or move it away")
    with contextlib.ExitStack() as undo:
        making = _new_folder(folder)
        undo.callback(shutil.rmtree, making, ignore_errors=True)
        made = {name: PrivateKey.generate() for name in (LOG_KEY, OWNER_KEY, INSPECTOR_KEY)}
        for name, key in made.items():
            save_key(making / name, key, passphrase)
        if is_url(store):
            with open_database(store) as database, database.transaction():
                create_tables(database)
                begin_log(database, made[LOG_KEY], made[OWNER_KEY], made[INSPECTOR_KEY], recipient, clock=clock)
                # Once the rows are there, so must be the keys.
                _put_folder(making, folder)
                undo.callback(shutil.rmtree, folder, ignore_errors=True)
        else:
            _create_file(Path(store), making, folder, made, recipient, clock, undo)
        undo.pop_all()
    return open_ledger(store, keys, made[LOG_KEY], clock=clock)


def _create_file(
    path: Path,
    making: Path,
    folder: Path,
    made: dict[str, PrivateKey],
    recipient: str | None,
    clock: Clock,
    undo: contextlib.ExitStack,
) -> None:
    """Make the whole store under another name beside `path`, then put it there: a link, unlike a rename, replaces nothing."""
    if os.path.lexists(path):
        raise InputError(f"{path} is there already", hint="name another; a store is never overwritten")
    try:
        descriptor, name = tempfile.mkstemp(prefix=".lossproof-", dir=path.absolute().parent)
        os.close(descriptor)
    except OSError as error:
        raise _unwritten(path, error) from None
    whole = Path(name)
    undo.callback(whole.unlink, missing_ok=True)
    with SqliteDatabase(whole, create=True) as database:
        create_tables(database)
        begin_log(database, made[LOG_KEY], made[OWNER_KEY], made[INSPECTOR_KEY], recipient, clock=clock)
        Publisher(made[LOG_KEY], Outside(making / CHECKPOINT), clock).publish(database)
    _put_folder(making, folder)
    undo.callback(shutil.rmtree, folder, ignore_errors=True)
    try:
        os.link(whole, path)
        whole.unlink()
        sync_folder(path.absolute().parent)
    except OSError as error:
        raise _unwritten(path, error) from None


def _new_folder(folder: Path) -> Path:
    """An empty folder beside where `folder` will be, that only its owner may enter. Raises `StoreError`."""
    try:
        return Path(tempfile.mkdtemp(prefix=".lossproof-", dir=folder.absolute().parent))
    except OSError as error:
        raise _unwritten(folder, error) from None


def _put_folder(making: Path, folder: Path) -> None:
    try:
        sync_folder(making)
        making.rename(folder)
        sync_folder(folder.absolute().parent)
    except OSError as error:
        raise _unwritten(folder, error) from None


def _unwritten(path: Path, error: OSError) -> StoreError:
    return StoreError(f"cannot write {path}: {error.strerror or 'the system refused'}")


def begin_log(
    database: Database,
    log_key: PrivateKey,
    owner_key: PrivateKey,
    inspector_key: PrivateKey | None,
    recipient: str | None,
    *,
    clock: Clock = now,
) -> Log:
    """Begin the first log of a store that has its tables: genesis, and the enrolment of the inspector key for the controller.
    Nothing is signed as a checkpoint yet."""
    organisation = secrets.token_hex(16)
    with database.transaction():
        log = add_log(database, log_key.public)
        publisher = Publisher(clock=clock)
        with write(database, publisher) as writer:
            genesis = Genesis(
                true_at=moment(clock),
                origin=log.origin,
                log_key=log_key.public.hex(),
                owner_key=owner_key.public.hex(),
                owner=key_subject(owner_key.keyid),
                organisation=organisation,
                recipient=recipient,
                earlier=None,
            )
            writer.begin(sign_genesis(genesis, log, owner_key))
            if inspector_key is not None:
                writer.append(enrolment(inspector_key.public, organisation, Role.INSPECTOR, owner_key, clock=clock))
            writer.heads()
    return log


def add_log(database: Database, public: bytes) -> Log:
    """Make room for a log with this public key: a random id, which is the end of its origin, and no leaves yet."""
    with database.transaction():
        number = int(database.execute("SELECT COALESCE(MAX(log), 0) FROM ledger_log")[0][0]) + 1
        subject = secrets.token_hex(16)
        log = Log(number=number, origin=f"lossproof/{subject}", subject=subject, public=public)
        database.execute(
            "INSERT INTO ledger_log (log, origin, subject, public_key, subjects, applied) VALUES (?, ?, ?, ?, 0, 0)",
            (number, log.origin, subject, public),
        )
        return log


def sign_genesis(genesis: Genesis, log: Log, owner_key: PrivateKey) -> bytes:
    """The envelope that begins a log. It is about the log, the owner's key and the controller, whose chains begin with it."""
    subjects = tuple(subject_of(one) for one in (log.subject, genesis.owner, genesis.organisation))
    return sign_statement(encode_statement(Statement(subjects=subjects, predicate=genesis)), owner_key)


def enrolment(
    public: bytes,
    organisation: str,
    role: Role,
    owner_key: PrivateKey,
    *,
    replaces: str | None = None,
    clock: Clock = now,
) -> bytes:
    """The envelope by which an owner enrols a key; `replaces` is the subject of the key that it takes over from."""
    key = Key(public_key=public.hex(), organisation=organisation, role=role, replaces=replaces)
    fact = Registration(true_at=moment(clock), action=Action.CREATED, key=key)
    statement = Statement(subjects=(subject_of(key_subject(fingerprint(public))),), predicate=fact)
    return sign_statement(encode_statement(statement), owner_key)


def moment(clock: Clock = now) -> str:
    """The time now, as facts state it: RFC 3339 in UTC to the second. Raises as `text_of`."""
    return f"{text_of(clock())[:19]}Z"

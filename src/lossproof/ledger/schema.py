"""The tables of a store, and which of them can be thrown away.

What counts is in `ledger_log`, `ledger_leaf`, `ledger_envelope`, `ledger_checkpoint` and `ledger_stamp`. `ledger_node` can be
computed again from the leaves. The projections (`ledger_organisation` to `ledger_retraction`) can be computed again from the
facts. `ledger_erasable` and `ledger_manifest` hold what may be erased and cannot be computed: values and salts behind digests
in facts, and the sealed lists of people. A store holds one log, or several after `recover`: the newest is written, the others
are read. Tables of other programs in the same database are left alone: all of ours begin with `ledger_`.
"""

from __future__ import annotations

from lossproof.errors import FormatError, InputError, UnsupportedError
from lossproof.ledger.database import NO_STORE, Database

FORMAT = "1"
"""The version of these tables, in `ledger_setting`."""

PROJECTIONS = (
    "ledger_organisation",
    "ledger_device",
    "ledger_device_identifier",
    "ledger_key",
    "ledger_recipient",
    "ledger_person",
    "ledger_exception",
    "ledger_retraction",
)
"""The tables that `projection` derives from facts. Each row names the log."""

# `subject` of a log is its own id. `heads` is its last heads leaf, `subjects` how many things its leaves are about, `applied`
# how many leaves the projections have taken in. Where an outside clock was asked, `outside_at` is what it said and `asked_at`
# the log's own time then, both in milliseconds.
_TABLES = """
CREATE TABLE ledger_setting (name TEXT PRIMARY KEY, value TEXT NOT NULL){strict};
CREATE TABLE ledger_log (
    log INTEGER PRIMARY KEY, origin TEXT NOT NULL UNIQUE, subject TEXT NOT NULL UNIQUE, public_key {binary} NOT NULL,
    heads INTEGER, subjects INTEGER NOT NULL, applied INTEGER NOT NULL, outside_at {number}, asked_at {number}
){strict};
CREATE TABLE ledger_envelope (digest {binary} PRIMARY KEY, bytes {binary} NOT NULL){strict};
CREATE TABLE ledger_leaf (
    log INTEGER NOT NULL REFERENCES ledger_log, leaf INTEGER NOT NULL, entry {binary} NOT NULL, about TEXT,
    envelope {binary} REFERENCES ledger_envelope, raised INTEGER NOT NULL, PRIMARY KEY (log, leaf)
){clustered};
CREATE INDEX ledger_leaf_about ON ledger_leaf (log, about, leaf);
CREATE INDEX ledger_leaf_envelope ON ledger_leaf (envelope, log, leaf);
CREATE TABLE ledger_node (
    log INTEGER NOT NULL, level INTEGER NOT NULL, node INTEGER NOT NULL, hash {binary} NOT NULL,
    PRIMARY KEY (log, level, node)
){clustered};
CREATE TABLE ledger_checkpoint (
    log INTEGER NOT NULL REFERENCES ledger_log, size INTEGER NOT NULL, note {binary} NOT NULL, published TEXT NOT NULL,
    PRIMARY KEY (log, size)
){clustered};
CREATE TABLE ledger_stamp (
    log INTEGER NOT NULL, size INTEGER NOT NULL, digest {binary} NOT NULL, token {binary} NOT NULL,
    PRIMARY KEY (log, size, digest), FOREIGN KEY (log, size) REFERENCES ledger_checkpoint
){strict};
CREATE TABLE ledger_organisation (
    log INTEGER NOT NULL, subject TEXT NOT NULL, relation TEXT NOT NULL, name TEXT, ended INTEGER, leaf INTEGER NOT NULL,
    PRIMARY KEY (log, subject)
){strict};
CREATE TABLE ledger_device (
    log INTEGER NOT NULL, subject TEXT NOT NULL, kind TEXT NOT NULL, organisation TEXT NOT NULL, ended INTEGER,
    leaf INTEGER NOT NULL, PRIMARY KEY (log, subject)
){strict};
CREATE TABLE ledger_device_identifier (
    log INTEGER NOT NULL, subject TEXT NOT NULL, scheme TEXT NOT NULL, digest TEXT NOT NULL,
    PRIMARY KEY (log, digest, scheme, subject)
){strict};
CREATE INDEX ledger_device_identifier_subject ON ledger_device_identifier (log, subject, scheme, digest);
CREATE TABLE ledger_key (
    log INTEGER NOT NULL, subject TEXT NOT NULL, fingerprint TEXT NOT NULL, public_key {binary} NOT NULL,
    organisation TEXT NOT NULL, role TEXT NOT NULL, replaces TEXT, person TEXT, ended INTEGER, compromised INTEGER,
    leaf INTEGER NOT NULL, PRIMARY KEY (log, subject), UNIQUE (log, fingerprint)
){strict};
CREATE INDEX ledger_key_leaf ON ledger_key (log, leaf);
CREATE TABLE ledger_recipient (
    log INTEGER NOT NULL, subject TEXT NOT NULL, recipient TEXT NOT NULL, fingerprint TEXT NOT NULL, ended INTEGER,
    leaf INTEGER NOT NULL, PRIMARY KEY (log, subject)
){strict};
CREATE TABLE ledger_person (
    log INTEGER NOT NULL, subject TEXT NOT NULL, organisation TEXT NOT NULL, duties TEXT NOT NULL, ended INTEGER,
    leaf INTEGER NOT NULL, PRIMARY KEY (log, subject)
){strict};
CREATE TABLE ledger_exception (
    log INTEGER NOT NULL, subject TEXT NOT NULL, device TEXT NOT NULL, organisation TEXT NOT NULL, approver TEXT NOT NULL,
    until TEXT NOT NULL, reason TEXT NOT NULL, ended INTEGER, leaf INTEGER NOT NULL, PRIMARY KEY (log, subject)
){strict};
CREATE INDEX ledger_exception_device ON ledger_exception (log, device);
CREATE TABLE ledger_retraction (
    log INTEGER NOT NULL, envelope {binary} NOT NULL, leaf INTEGER NOT NULL, PRIMARY KEY (log, envelope)
){strict};
CREATE TABLE ledger_erasable (
    digest TEXT PRIMARY KEY, kind TEXT NOT NULL, salt {binary}, value TEXT, erased_at TEXT, rule TEXT
){strict};
CREATE INDEX ledger_erasable_value ON ledger_erasable (value);
CREATE TABLE ledger_manifest (
    digest TEXT PRIMARY KEY, device TEXT NOT NULL, ciphertext {binary}, erased_at TEXT, rule TEXT
){strict};
CREATE INDEX ledger_manifest_device ON ledger_manifest (device)
"""


def create_tables(database: Database) -> None:
    """Make the tables, in the transaction that is open or in one of its own. Raises `InputError` where they are there."""
    if _format(database) is not None:
        raise InputError("there is a ledger in this store already", hint="a ledger is never overwritten")
    with database.transaction():
        for statement in _TABLES.format(**database.types).split(";\n"):
            database.execute(statement)
        database.execute("INSERT INTO ledger_setting (name, value) VALUES ('format', ?)", (FORMAT,))


def check_tables(database: Database) -> None:
    """Return if the tables are there in the version that this code reads. Raises `FormatError` or `UnsupportedError`."""
    found = _format(database)
    if found is None:
        raise FormatError("there is no ledger in this database", hint=NO_STORE)
    if found != FORMAT:
        raise UnsupportedError(
            "the store was written by another version of lossproof", hint="use that version, or a newer one"
        )


def _format(database: Database) -> str | None:
    """The version of the tables in the database, or None where there are none."""
    if not database.has_table("ledger_setting"):
        return None
    rows = database.execute("SELECT value FROM ledger_setting WHERE name = 'format'")
    return str(rows[0][0]) if rows else None

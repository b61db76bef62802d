"""The register's tables: what facts say of devices, spelled out so that SQL can choose, and what policy concludes of them now.

All of them can be thrown away and are made again from the facts of the log, row for row (`applying.rebuild`), except
`register_kept_rules`, which holds the texts of policies: facts have their digests alone. They hold no names and no identifier in
clear. `device` and `shape` are numbers: the first leaf that spoke of the device, or had the shape, so that they are the same in
every rebuilding. `newest` is `true_at` and `leaf` in one number, so that the newest of its kind is the largest. `withdrawn` is the
leaf of the retraction. `register_count` counts the rows of `register_device` by organisation, compliance and standing. Times are
UTC epoch seconds, `known_at` milliseconds. Whoever can write them can show a wrong answer until they are rebuilt, and cannot
change a fact.
"""

from __future__ import annotations

from lossproof.errors import InputError
from lossproof.ledger.database import Database

KEPT = "register_kept_rules"
"""The one table that no facts give back."""

_TABLES = """
CREATE TABLE register_state (
    log INTEGER PRIMARY KEY, applied INTEGER NOT NULL, rules TEXT NOT NULL, rules_until {number}
){strict};
CREATE TABLE register_kept_rules (digest TEXT PRIMARY KEY, text TEXT NOT NULL){strict};
CREATE TABLE register_shape (shape INTEGER PRIMARY KEY, digest {binary} NOT NULL UNIQUE, layers {binary} NOT NULL){strict};
CREATE TABLE register_device (
    device INTEGER PRIMARY KEY, subject TEXT NOT NULL UNIQUE, kind TEXT, organisation TEXT, ended INTEGER NOT NULL,
    custody TEXT, custody_since {number}, holder TEXT, holder_organisation TEXT, seen_at {number}, refold INTEGER NOT NULL,
    inspected_at {number}, counted_at {number}, low INTEGER, point INTEGER, high INTEGER,
    standing TEXT, worst INTEGER, compliant INTEGER, valid_until {number}, reasons TEXT, stops TEXT
){strict};
CREATE INDEX register_device_standing ON register_device (compliant, worst, device);
CREATE INDEX register_device_organisation ON register_device (organisation, compliant, worst, device);
CREATE INDEX register_device_due ON register_device (valid_until, compliant, organisation);
CREATE INDEX register_device_holder ON register_device (holder, device);
CREATE INDEX register_device_custody ON register_device (custody, compliant, worst, device, organisation);
CREATE INDEX register_device_inspected ON register_device (
    inspected_at, device, compliant, organisation, seen_at, custody, worst
);
CREATE TABLE register_count (
    organisation TEXT NOT NULL, compliant INTEGER NOT NULL, worst INTEGER NOT NULL, devices INTEGER NOT NULL,
    PRIMARY KEY (organisation, compliant, worst)
){clustered};
CREATE TABLE register_verdict (device INTEGER PRIMARY KEY, verdict {binary} NOT NULL){strict};
CREATE TABLE register_registration (
    device INTEGER NOT NULL, leaf INTEGER NOT NULL, true_at {number} NOT NULL, known_at {number} NOT NULL,
    ended INTEGER NOT NULL, kind TEXT, organisation TEXT, identifiers TEXT, withdrawn INTEGER, PRIMARY KEY (device, leaf)
){clustered};
CREATE TABLE register_evidence (
    device INTEGER NOT NULL, grade INTEGER NOT NULL, newest {number} NOT NULL, leaf INTEGER NOT NULL,
    known_at {number} NOT NULL, method TEXT NOT NULL, shape INTEGER NOT NULL, disagreements TEXT NOT NULL,
    header {binary} NOT NULL, serial {binary}, signer INTEGER NOT NULL, withdrawn INTEGER,
    PRIMARY KEY (device, grade, signer, shape, newest)
){clustered};
CREATE INDEX register_evidence_signer ON register_evidence (signer, known_at, device);
CREATE TABLE register_contents (
    device INTEGER NOT NULL, grade INTEGER NOT NULL, newest {number} NOT NULL, leaf INTEGER NOT NULL,
    known_at {number} NOT NULL, low INTEGER NOT NULL, point INTEGER NOT NULL, high INTEGER NOT NULL,
    categories TEXT NOT NULL, named_only INTEGER NOT NULL, complete INTEGER NOT NULL, signer INTEGER NOT NULL,
    withdrawn INTEGER, PRIMARY KEY (device, grade, newest)
){clustered};
CREATE INDEX register_contents_signer ON register_contents (signer, device);
CREATE TABLE register_custody (
    device INTEGER NOT NULL, leaf INTEGER NOT NULL, true_at {number} NOT NULL, known_at {number} NOT NULL,
    event TEXT NOT NULL, person_by TEXT, person_to TEXT, organisation TEXT, handover TEXT, authenticated TEXT NOT NULL,
    text TEXT, proof TEXT, exemption TEXT, reason TEXT, withdrawn INTEGER,
    state TEXT, state_since {number}, state_leaf INTEGER, holder TEXT, holder_organisation TEXT, seen_at {number},
    PRIMARY KEY (device, leaf)
){clustered};
CREATE INDEX register_custody_to ON register_custody (person_to, device);
CREATE INDEX register_custody_handover ON register_custody (handover, device);
CREATE TABLE register_request (
    device INTEGER NOT NULL, leaf INTEGER NOT NULL, true_at {number} NOT NULL, known_at {number} NOT NULL,
    request TEXT NOT NULL, ask TEXT NOT NULL, person_by TEXT, authenticated TEXT NOT NULL, due_at {number} NOT NULL,
    outcome TEXT, withdrawn INTEGER, PRIMARY KEY (device, leaf)
){clustered};
CREATE INDEX register_request_due ON register_request (due_at, request);
CREATE INDEX register_request_request ON register_request (request, leaf);
CREATE TABLE register_exemption (
    device INTEGER NOT NULL, exemption TEXT NOT NULL, leaf INTEGER NOT NULL, true_at {number} NOT NULL,
    known_at {number} NOT NULL, ended INTEGER NOT NULL, organisation TEXT, approver TEXT, until {number}, reason TEXT,
    withdrawn INTEGER, PRIMARY KEY (device, exemption, leaf)
){clustered};
CREATE INDEX register_exemption_exemption ON register_exemption (exemption, leaf);
CREATE TABLE register_policy (
    leaf INTEGER PRIMARY KEY, true_at {number} NOT NULL, known_at {number} NOT NULL, version INTEGER NOT NULL,
    rules TEXT NOT NULL, effective_at {number} NOT NULL, person_by TEXT, authenticated TEXT NOT NULL, withdrawn INTEGER
){strict}
"""

TABLES = (
    "register_state",
    "register_shape",
    "register_device",
    "register_count",
    "register_verdict",
    "register_registration",
    "register_evidence",
    "register_contents",
    "register_custody",
    "register_request",
    "register_exemption",
    "register_policy",
)
"""What `rebuilding` empties and fills again."""

LEAF_BITS = 30
LEAF_MASK = (1 << LEAF_BITS) - 1
"""A leaf has fewer bits (`model.shapes.LeafIndex`), and a time of this century 32."""


def newest_of(true_at: int, leaf: int) -> int:
    """The order among facts of a grade: by what they say was when, then by which came in last. Fits 63 bits."""
    return true_at << LEAF_BITS | leaf


def statements(types: dict[str, str]) -> tuple[str, ...]:
    """What makes the tables, by the column types of a database (`Database.types`)."""
    return tuple(statement.strip() for statement in _TABLES.format(**types).split(";\n"))


def create_tables(database: Database) -> None:
    """Make the tables in a store, in the transaction that is open or in one of its own. Raises `InputError` where they are there
    already, `StoreError` where they cannot be made."""
    if has_tables(database):
        raise InputError("the register's tables are in this store already")
    with database.transaction():
        for statement in statements(database.types):
            database.execute(statement)


def remake_tables(database: Database) -> None:
    """Drop and make, in the transaction that is open, all that the facts give back; the texts of policies stay. Raises `StoreError`."""
    for table in TABLES:
        database.execute(f"DROP TABLE {table}")
    for statement in statements(database.types):
        if KEPT not in statement:
            database.execute(statement)


def has_tables(database: Database) -> bool:
    """Whether the store has the register's tables."""
    return database.has_table("register_state")


def clear(database: Database) -> None:
    """Empty all that the facts give back."""
    for table in TABLES:
        database.execute(f"DELETE FROM {table}")  # noqa: S608  our own names

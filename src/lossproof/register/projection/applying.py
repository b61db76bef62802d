"""Keeping the register's tables in step with the log: after each append, before each page, and anew.

`applied` says how many leaves are in. They are taken in under the write lock, in the same transaction as the facts themselves
where the caller appends them. Verdicts are made as of the log's own last time, so that the same facts give the same rows; what has
run out since is made again by `refresh_due`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType

from lossproof.errors import StoreError
from lossproof.ledger.database import Database
from lossproof.ledger.log import Writer
from lossproof.ledger.outside import RECOVER
from lossproof.ledger.reading import Log, Reader
from lossproof.ledger.store import Ledger
from lossproof.model.fact import Statement
from lossproof.policy.rules import compile_rules, parse_rules
from lossproof.register.projection.intake import Intake, seconds
from lossproof.register.projection.rules import InForce, rules_in_force
from lossproof.register.projection.schema import clear
from lossproof.register.projection.verdicts import (
    Prepared,
    applied,
    decide_again,
    decide_where_rules_changed,
    due,
    made_by,
    prepare,
)


def apply(writer: Writer, prepared: Prepared | None = None) -> None:
    """Take in what the log has more than the tables, inside `with ledger.write() as writer`, after the appends. Where they adopt
    rules, `prepared` are the verdicts by them (`prepare_rules`), so that the lock need not be held while all are made."""
    _take_in(writer.reader, writer.size, prepared, writer.stated)


def prepare_rules(ledger: Ledger, text: bytes, now: int) -> Prepared:
    """The verdicts by rules that are about to be adopted, made without the lock. Raises as `parse_rules`, and `StoreError`."""
    digest = hashlib.sha256(text).hexdigest()
    rules = InForce(digest, None, None, compile_rules(parse_rules(text)), None)
    return prepare(ledger.database, ledger.log, now, rules)


def catch_up(ledger: Ledger) -> None:
    """Take in what another process has appended (a command, an agent). Costs two small reads where there is nothing.

    A store that must not be written (`behind`) is left as it is. Raises `StoreError`.
    """
    if ledger.behind or applied(ledger.database, ledger.log) == ledger.reader.size:
        return
    with ledger.database.transaction():
        _take_in(ledger.reader, ledger.reader.size)


def begin(ledger: Ledger) -> None:
    """Take in what is missing, and decide again on all where the rules, the table of ciphers or the code of the policy room are
    others than those that the stored verdicts were made by: for when a process begins. Raises `StoreError`."""
    if ledger.behind:
        return
    prepared = _prepared(ledger, _told_at(ledger.reader, ledger.reader.size))
    with ledger.database.transaction():
        size = ledger.reader.size
        _take_in(ledger.reader, size, prepared)
        decide_where_rules_changed(ledger.database, ledger.log, _told_at(ledger.reader, size), prepared)


def refresh_due(ledger: Ledger, now: int) -> int:
    """Decide again on every device whose verdict's time has run out by `now` (UTC epoch seconds), and on all where other rules
    have begun; how many had run out. Each stretch of devices is a transaction of its own. Raises `StoreError`."""
    if ledger.behind:
        return 0
    database, log = ledger.database, ledger.log
    if _rules_due(database, log, now):
        prepared = _prepared(ledger, now)
        with database.transaction():
            decide_where_rules_changed(database, log, now, prepared)
    count, before = 0, [-1]
    # Each is good for a while now; were one not, this would still come to an end.
    while (devices := due(database, now)) and devices != before:
        with database.transaction():
            decide_again(database, log, devices, now, decide_where_rules_changed(database, log, now))
        count, before = count + len(devices), devices
    return count


def rebuild(ledger: Ledger) -> None:
    """Empty the tables and fill them from the facts: the same rows. In one transaction. Raises `StoreError`, also where the store
    is only to be read."""
    if ledger.behind:
        raise StoreError(ledger.behind, hint=RECOVER)
    with ledger.database.transaction():
        clear(ledger.database)
        _take_in(ledger.reader, ledger.reader.size)


def _prepared(ledger: Ledger, at: int) -> Prepared | None:
    """All verdicts by the rules in force, where the stored ones were made by others."""
    rules = rules_in_force(ledger.database, at)
    if made_by(ledger.database, ledger.log) == rules.mark:
        return None
    return prepare(ledger.database, ledger.log, at, rules)


def _told_at(reader: Reader, size: int) -> int:
    """The log's own time when it had so many leaves."""
    return seconds(reader.leaf(size - 1).entry.known_at)


def _rules_due(database: Database, log: Log, now: int) -> bool:
    rows = database.execute("SELECT rules_until FROM register_state WHERE log = ?", (log.number,))
    return not rows or (rows[0][0] is not None and rows[0][0] <= now)


def _take_in(
    reader: Reader,
    size: int,
    prepared: Prepared | None = None,
    stated: Mapping[bytes, tuple[str, Statement]] = MappingProxyType({}),
) -> None:
    database, log = reader.database, reader.log
    rows = database.execute("SELECT log, applied FROM register_state")
    if [row[0] for row in rows] != [log.number]:
        # The first time, or a log took over from the one that the tables are of: its facts have other leaves.
        clear(database)
        database.execute(
            "INSERT INTO register_state (log, applied, rules, rules_until) VALUES (?, 0, '', NULL)", (log.number,)
        )
        rows = [(log.number, 0)]
    start = int(rows[0][1])
    if start >= size:
        return
    intake = Intake(database, log, stated)
    intake.take(start, size)
    database.execute("UPDATE register_state SET applied = ? WHERE log = ?", (size, log.number))
    at = _told_at(reader, size)
    decide_again(database, log, intake.touched, at, rules_in_force(database, at))
    decide_where_rules_changed(database, log, at, prepared, intake.touched)

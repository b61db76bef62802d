"""SQLite finds rows by an index, and walks no table that grows: it chooses without statistics, so the statements must leave no choice."""

from __future__ import annotations

import re

from ledger.conftest import sqlite_world
from ledger.test_golden_counts import counted
from lossproof.register.projection import apply, catch_up, refresh_due, states
from lossproof.register.projection.schema import create_tables
from lossproof.register.queries.attention import overdue_count, unseen, unseen_count, waiting
from lossproof.register.queries.noncompliant import noncompliant_count, noncompliant_page, tally
from lossproof.register.queries.reconciling import unclaimed
from register.projection.made_logs import MadeLog

__all__ = ("sqlite_world",)

FEW = r"(?:register_(?:state|policy|shape|count)|ledger_(?:log|organisation))\b"
"""Tables that do not grow with the devices or the facts."""

WALKS = re.compile(rf"SCAN (?!{FEW}|m\b|w\b|\d|CONSTANT|q\b|x\b)|SEARCH .*\(log=\?\)$")
"""A walk through a table, or through all rows of a log in it: but what a statement selected itself (m, w), requests (q) and exceptions
(x), of which there are few."""

ONE_STEP = re.compile(
    r"SELECT MAX\(leaf\)|DESC LIMIT 1$|FROM ledger_organisation|FROM ledger_key WHERE log = \?  ORDER BY"
)
"""Statements that take the last row of a log; that read the organisations; and that read all keys, when one is enrolled or lost."""


def plans(world, statements) -> dict[str, list[str]]:
    """What SQLite would do for each statement that reads or changes rows."""
    found = {}
    for sql in statements:
        if sql.split()[0] in {"SELECT", "UPDATE", "DELETE", "WITH", "INSERT"} and not ONE_STEP.search(sql):
            steps = world.database.execute(f"EXPLAIN QUERY PLAN {sql}", (None,) * sql.count("?"))
            found[sql] = [step[3] for step in steps]
    return found


def test_no_statement_walks_a_table_that_grows(sqlite_world, monkeypatch):
    world = sqlite_world
    create_tables(world.database)
    made = MadeLog(world, 3, devices=12)
    made.grow(80)
    catch_up(world.ledger)
    database, now = world.database, int(world.clock.at.timestamp())
    both = {world.controller, made.contractor}
    many = both | {world.new_id() for _ in range(40)}
    with counted(world, monkeypatch) as asked:
        made.grow(60)
        with world.write() as writer:
            apply(writer)
        refresh_due(world.ledger, now + 50 * 86_400)
        assert list(states(database, world.log))
        assert list(states(database, world.log, [one for one, _ in states(database, world.log)]))
        for seen in (both, many):
            page = noncompliant_page(database, seen, now, most=3)
            noncompliant_page(database, seen, now, page[-1].after)
            noncompliant_count(database, seen, now)
            tally(database, seen)
            waiting(database, seen)
            overdue_count(database, seen, now)
            unseen_count(database, seen, now)
            first = unseen(database, seen, now, most=1)
            unseen(database, seen, now, first[-1].place)
            unclaimed(database, world.log, seen)
    walked = {
        sql: bad
        for sql, steps in plans(world, asked.statements).items()
        if (bad := [s for s in steps if WALKS.match(s)])
    }
    assert not walked, "\n".join(f"{sql}\n    {bad}" for sql, bad in walked.items())

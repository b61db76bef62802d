"""What an append asks of the database, counted and never timed: statements, rows given back, and steps of SQLite's machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ledger.world import World
from lossproof.ledger.database import SqliteDatabase

STATEMENTS_ONE = 24
"""Of one append with its signed checkpoint, BEGIN and COMMIT of both transactions among them."""

STATEMENTS_A_BATCH = 30
"""Besides one a fact (is its envelope there already?) and one a subject (which leaf was the last about it, and what is it?)."""

ROWS_BESIDE_THE_FRONTIER = 16
STEPS_GROW = 1.6
SMALL, LARGE = 40, 4_000
DEVICES = 8


class Asked:
    """What was asked meanwhile."""

    def __init__(self) -> None:
        self.statements: Counter[str] = Counter()
        self.rows = 0
        self.steps = 0

    @property
    def count(self) -> int:
        return sum(self.statements.values())


@contextmanager
def counted(world: World, monkeypatch) -> Iterator[Asked]:
    asked = Asked()
    execute, executemany = SqliteDatabase.execute, SqliteDatabase.executemany

    def counted_execute(self, sql, parameters=()):
        rows = execute(self, sql, parameters)
        asked.statements[sql] += 1
        asked.rows += len(rows)
        return rows

    def counted_executemany(self, sql, rows):
        asked.statements[sql] += 1
        executemany(self, sql, rows)

    def step() -> int:
        asked.steps += 1
        return 0

    with monkeypatch.context() as patch:
        patch.setattr(SqliteDatabase, "execute", counted_execute)
        patch.setattr(SqliteDatabase, "executemany", counted_executemany)
        world.database._connection.set_progress_handler(step, 1)
        try:
            yield asked
        finally:
            world.database._connection.set_progress_handler(None, 0)


@pytest.fixture
def filled(sqlite_world):
    """The world, its devices, and a function that fills its log up to a size."""
    devices = [sqlite_world.new_id() for _ in range(DEVICES)]
    sqlite_world.append(*(sqlite_world.device(one) for one in devices))

    def fill(size: int) -> None:
        at = sqlite_world.reader.size
        facts = [sqlite_world.holding(devices[number % DEVICES]) for number in range(size - at)]
        with sqlite_world.write() as writer:
            writer.append_many(facts)

    return sqlite_world, devices, fill


def one_by_one(world: World, devices: list[str], monkeypatch) -> list[Asked]:
    """Sixteen appends, so that every shape of the tree's right edge is among them."""
    found, ledger = [], world.ledger
    for number in range(16):
        fact = world.holding(devices[number % DEVICES])
        with counted(world, monkeypatch) as asked, ledger.write() as writer:
            writer.append(fact)
        assert writer.receipts[0].status == "durable"
        found.append(asked)
    return found


def test_an_append_runs_a_fixed_number_of_statements_and_reads_the_frontier_alone(filled, monkeypatch):
    world, devices, fill = filled
    most_steps = {}
    for size in (SMALL, LARGE):
        fill(size)
        found = one_by_one(world, devices, monkeypatch)
        assert max(asked.count for asked in found) == STATEMENTS_ONE
        frontier = world.reader.size.bit_length()
        assert max(asked.rows for asked in found) <= ROWS_BESIDE_THE_FRONTIER + frontier
        most_steps[size] = max(asked.steps for asked in found)
    # A log 100 times as long: a scan of any table would show.
    assert most_steps[LARGE] <= STEPS_GROW * most_steps[SMALL]


def test_a_batch_shares_all_but_one_statement_a_fact_and_one_a_subject(filled, monkeypatch):
    world, devices, _ = filled
    facts = [world.holding(devices[number % DEVICES]) for number in range(500)]
    with counted(world, monkeypatch) as asked, world.write() as writer:
        writer.append_many(facts)
    assert len(writer.receipts) == len(facts)
    assert asked.count <= len(facts) + DEVICES + STATEMENTS_A_BATCH


def test_what_is_read_about_one_thing_does_not_grow_with_the_log(filled, monkeypatch):
    world, _, fill = filled
    device, reader = world.new_id(), world.reader
    world.append(world.device(device))
    leaf = reader.size - 1
    digest = reader.leaf(leaf).entry.digest
    actions = {
        "leaf": lambda: reader.leaf(leaf),
        "envelope": lambda: reader.envelope(digest),
        "leaves of an envelope": lambda: reader.leaves_of(digest),
        "chain": lambda: reader.chain(device),
        "path": lambda: reader.nodes([(0, leaf), (1, 2), (3, 0)]),
        "root": reader.root,
        "checkpoint": reader.newest_checkpoint,
        "last leaf": reader.last,
    }
    steps: dict[str, list[int]] = {name: [] for name in actions}
    for size in (SMALL, LARGE):
        fill(size)
        for name, action in actions.items():
            with counted(world, monkeypatch) as asked:
                action()
            steps[name].append(asked.steps)
    # Reading every leaf, or every envelope, takes several steps each.
    assert all(small > 0 and large <= small + LARGE // 8 for small, large in steps.values()), steps

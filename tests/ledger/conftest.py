"""Stores to write tests on: an SQLite file, or a schema in a PostgreSQL server that is started once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger import postgresql_server
from ledger.postgresql_server import Server
from ledger.world import World
from lossproof.ledger.database import open_database


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    if reason := postgresql_server.missing():
        pytest.skip(reason)
    with postgresql_server.running() as server:
        yield server


@pytest.fixture
def sqlite_world(tmp_path) -> Iterator[World]:
    """A world in an SQLite file, for what only a file can do."""
    store = str(tmp_path / "store")
    open_database(store, create=True).close()
    world = World(lambda: open_database(store), tmp_path)
    yield world
    world.database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request, tmp_path) -> Iterator[World]:
    """A world in either database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_world")
        return
    url = request.getfixturevalue("postgresql").new_store()
    made = World(lambda: open_database(url), tmp_path)
    yield made
    made.database.close()

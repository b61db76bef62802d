"""A made-up ledger for the jobs that write one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import postgresql_server
from ledger.postgresql_server import Server
from ledger.world import World
from lossproof.ledger.database import open_database


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world in an SQLite file."""
    store = str(tmp_path / "store")
    open_database(store, create=True).close()
    made = World(lambda: open_database(store), tmp_path)
    yield made
    made.database.close()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A server that is started once."""
    if reason := postgresql_server.missing():
        pytest.skip(reason)
    with postgresql_server.running() as server:
        yield server

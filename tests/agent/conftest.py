"""A made-up ledger behind a stand-in register, and a reporter that is enrolled there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.stand_in import CODE, StandIn
from ledger.world import World
from lossproof.agent.reporter import Desk, enrol, open_desk
from lossproof.agent.state import State
from lossproof.ledger.database import open_database
from lossproof.ledger.keys import Secret


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world in an SQLite file."""
    store = str(tmp_path / "store")
    open_database(store, create=True).close()
    made = World(lambda: open_database(store), tmp_path)
    yield made
    made.database.close()


@pytest.fixture
def register(world: World) -> Iterator[StandIn]:
    """The stand-in, listening."""
    with StandIn(world) as made:
        yield made


def nobody() -> Secret:
    raise AssertionError("a passphrase was asked for")


@pytest.fixture
def desk(register: StandIn, tmp_path: Path) -> Desk:
    """An enrolled agent."""
    state = State(tmp_path / "state")
    enrol(state, register.url, CODE, None)
    return open_desk(state, nobody)


@pytest.fixture
def again(desk: Desk) -> Callable[[], Desk]:
    """The same agent, started anew."""
    return lambda: open_desk(State(desk.state.path), nobody)

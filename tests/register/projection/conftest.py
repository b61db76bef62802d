"""Stores with the register's tables, in either database, without Django."""

from __future__ import annotations

import pytest

from ledger.conftest import postgresql, sqlite_world, world
from ledger.world import World
from lossproof.register.projection.schema import create_tables

__all__ = ("postgresql", "sqlite_world", "world")


@pytest.fixture
def register_world(world: World) -> World:
    """A world whose store has the register's tables, still empty."""
    create_tables(world.database)
    return world

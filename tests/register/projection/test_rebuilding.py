"""The tables are made again from the facts, row for row, however they came about."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ledger.world import World
from lossproof.ledger import erasable
from lossproof.policy.rules import shipped_text
from lossproof.register.projection import applied, apply, catch_up, keep_rules, rebuild, refresh_due
from lossproof.register.projection.comparing import rebuild_and_compare
from lossproof.register.projection.schema import TABLES
from register.projection.made_logs import MadeLog


def rows(world: World) -> dict[str, list[str]]:
    """All rows of all tables that facts give back."""
    return {table: world.rows(table) for table in TABLES}


def now(world: World) -> int:
    return int(world.clock.at.timestamp())


def grown(world: World, seed: int, facts: int) -> MadeLog:
    """A random log whose facts are taken in a few at a time, as a register does, with rules that change."""
    made = MadeLog(world, seed)
    stricter = shipped_text().replace(b'"31d"', b'"5d"')
    made.rules = [keep_rules(world.database, text) for text in (stricter, shipped_text())]
    for _ in range(facts // 12):
        made.grow(12)
        if made.draw.random() < 0.8:
            with world.write() as writer:
                apply(writer)
        else:
            catch_up(world.ledger)
        if made.draw.random() < 0.3:
            world.clock.turn(days=made.draw.randint(1, 12))
            refresh_due(world.ledger, now(world))
    catch_up(world.ledger)
    return made


@pytest.mark.parametrize("seed", range(5))
def test_rows_made_one_by_one_are_those_made_at_once(register_world, seed):
    grown(register_world, seed, 150)
    refresh_due(register_world.ledger, now(register_world))
    before = rows(register_world)
    rebuild(register_world.ledger)
    refresh_due(register_world.ledger, now(register_world))
    assert rows(register_world) == before
    rare = {"register_policy", "register_exemption", "register_request"}
    assert all(before[table] for table in TABLES if table not in rare)


def test_an_erasure_changes_no_row(register_world):
    world = register_world
    grown(world, 9, 60)
    kept = erasable.keep(world.database, "serial", "KX-77")
    refresh_due(world.ledger, now(world))
    before = rows(world)
    erasable.erase(world.database, kept, "asked", world.clock.at)
    rebuild(world.ledger)
    refresh_due(world.ledger, now(world))
    assert rows(world) == before


def test_what_is_rolled_back_is_in_no_table(register_world):
    world = register_world
    grown(world, 3, 24)
    before = rows(world)
    with pytest.raises(RuntimeError), world.write() as writer:
        writer.append(world.device(world.new_id()))
        apply(writer)
        raise RuntimeError
    assert rows(world) == before
    assert applied(world.database, world.log) == world.reader.size


def test_a_verdict_whose_time_has_run_out_is_made_again(register_world):
    world = register_world
    grown(world, 1, 80)
    refresh_due(world.ledger, now(world))
    world.clock.turn(days=400)
    late = int((world.clock.at + timedelta(days=1)).timestamp())
    waiting = world.database.execute("SELECT COUNT(*) FROM register_device WHERE valid_until <= ?", (late,))[0][0]
    assert waiting
    assert refresh_due(world.ledger, late) >= waiting
    assert not world.database.execute("SELECT 1 FROM register_device WHERE valid_until <= ?", (late,))
    assert refresh_due(world.ledger, late) == 0


def test_a_rebuilding_says_which_tables_had_other_rows(register_world):
    world = register_world
    grown(world, 4, 60)
    same = rebuild_and_compare(world.ledger, now(world))
    assert same.changed == ()
    assert same.leaves == world.reader.size
    assert same.rows["register_device"] > 3
    world.database.execute("UPDATE register_device SET standing = 'protected', compliant = 1")
    world.database.execute("DELETE FROM register_custody WHERE leaf = (SELECT MAX(leaf) FROM register_custody)")
    again = rebuild_and_compare(world.ledger, now(world))
    assert again.changed == ("register_device", "register_custody")
    assert again.rows == same.rows


def test_a_log_that_takes_over_is_projected_anew(register_world):
    world = register_world
    grown(world, 6, 60)
    database = world.database
    before = database.execute("SELECT subject, standing FROM register_device ORDER BY subject")
    database.execute("UPDATE register_state SET log = 7")
    catch_up(world.ledger)
    refresh_due(world.ledger, now(world))
    assert database.execute("SELECT log, applied FROM register_state") == [(world.log.number, world.reader.size)]
    assert database.execute("SELECT subject, standing FROM register_device ORDER BY subject") == before

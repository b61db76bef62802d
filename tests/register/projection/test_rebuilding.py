"""The tables are made again from the facts, row for row, however they came about."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from ledger.world import OWNER, World
from lossproof.ledger import erasable
from lossproof.model.estate import DeviceState
from lossproof.model.fact import Authentication
from lossproof.model.facts.policy import Policy
from lossproof.model.standing import Verdict
from lossproof.policy.decide import decide
from lossproof.policy.rules import Compiled, shipped_text
from lossproof.register.projection import (
    applied,
    apply,
    catch_up,
    keep_rules,
    prepare_rules,
    rebuild,
    refresh_due,
    rules_in_force,
    verdicts,
)
from lossproof.register.projection.comparing import rebuild_and_compare
from lossproof.register.projection.schema import TABLES
from lossproof.register.projection.verdicts import Prepared
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


@pytest.mark.parametrize("seed", range(6))
def test_rules_that_were_prepared_give_the_same_rows_whatever_happened_meanwhile(register_world, seed):
    world = register_world
    made = grown(world, seed, 100)
    refresh_due(world.ledger, now(world))
    text = b"# other words\n" + shipped_text().replace(b'"31d"', b'"5d"')
    prepared = prepare_rules(world.ledger, text, now(world))
    made.rules = []
    for days in range(seed):
        made.grow(10)
        catch_up(world.ledger)
        world.clock.turn(days=days)
        refresh_due(world.ledger, now(world) + 5)
    made.grow(5)
    decided = adopted(world, text, prepared)
    assert decided <= {subject for (subject,) in world.database.execute("SELECT subject FROM register_device")}
    before = rows(world)
    rebuild(world.ledger)
    assert rows(world) == before


def test_rules_that_were_prepared_decide_again_only_on_devices_that_changed(register_world):
    world = register_world
    grown(world, 5, 60)
    text = b"# other words\n" + shipped_text()
    prepared = prepare_rules(world.ledger, text, now(world))
    assert adopted(world, text, prepared) == set()
    again = text + b"\n"
    prepared = prepare_rules(world.ledger, again, now(world))
    device = world.new_id()
    world.append(world.device(device))
    assert adopted(world, again, prepared) == {device}


def adopted(world: World, text: bytes, prepared: Prepared) -> set[str]:
    """Adopt rules; the devices that were decided under the lock."""
    fact = Policy(
        true_at=world.clock.moment(),
        version=world.database.execute("SELECT COALESCE(MAX(version), 0) FROM register_policy")[0][0] + 1,
        rules=keep_rules(world.database, text),
        effective_at=world.clock.moment(),
        by=None,
        authenticated=Authentication.KEY,
    )
    with world.write() as writer:
        writer.append(world.signed(fact, world.controller, by=OWNER))
        with deciding() as decided:
            apply(writer, prepared)
    assert rules_in_force(world.database, now(world)).digest == hashlib.sha256(text).hexdigest()
    return {state.device for state in decided}


@contextmanager
def deciding() -> Iterator[list[DeviceState]]:
    """The devices that are decided within it."""
    asked: list[DeviceState] = []

    def counted(compiled: Compiled, state: DeviceState, at: int) -> Verdict:
        asked.append(state)
        return decide(compiled, state, at)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verdicts, "decide", counted)
        yield asked


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

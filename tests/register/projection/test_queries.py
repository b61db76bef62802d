"""Lists and counts against every device decided one by one; and how many statements each asks, in a small and a larger estate."""

from __future__ import annotations

from collections import Counter

import pytest

from ledger.conftest import sqlite_world, world
from ledger.test_golden_counts import counted
from ledger.world import OWNER, World, made_key
from lossproof.errors import FormatError, InputError, UnsupportedError
from lossproof.jobs.states import device_state
from lossproof.model.fact import Authentication, Role
from lossproof.model.facts.custody import Custody, CustodyEvent
from lossproof.model.standing import BAD_TO_GOOD
from lossproof.policy.decide import decide
from lossproof.policy.preview import changes
from lossproof.policy.rules import compile_rules, parse_rules, shipped_text
from lossproof.register.projection import catch_up, refresh_due, rules_in_force
from lossproof.register.projection.schema import create_tables
from lossproof.register.queries.attention import (
    overdue_count,
    unseen,
    unseen_count,
    waiting,
)
from lossproof.register.queries.estate import estate_as_of, preview
from lossproof.register.queries.noncompliant import noncompliant_count, noncompliant_page, tally
from lossproof.register.queries.reconciling import shared_identifiers, unclaimed
from register.projection.made_logs import MadeLog

__all__ = ("sqlite_world", "world")

STATEMENTS = {
    "page": 6,
    "count": 1,
    "tally": 1,
    "waiting": 1,
    "overdue": 1,
    "unseen": 2,
    "unseen count": 1,
    "unclaimed": 1,
}
"""Of two organisations: a page asks for the places in each, for the rows, and for those whose time has run out."""


@pytest.fixture
def made(register_world: World) -> MadeLog:
    """Some forty devices and what was stated about them."""
    log = MadeLog(register_world, 5, devices=40)
    log.grow(500)
    catch_up(register_world.ledger)
    refresh_due(register_world.ledger, _now(log))
    return log


def _now(made: MadeLog) -> int:
    return int(made.world.clock.at.timestamp())


def _everywhere(made: MadeLog) -> frozenset[str]:
    return frozenset({made.world.controller, made.contractor})


def _live(made: MadeLog) -> list:
    """The state of every device that is registered and has not ended, folded from the log."""
    found = []
    for device in made.devices:
        try:
            found.append(device_state(made.world.reader, made.world.projection, device))
        except InputError:
            continue
    return [state for state in found if not state.ended]


def test_pages_hold_every_device_that_keeps_not_to_the_rules_once_the_worst_first(made):
    database, now = made.world.database, _now(made)
    rules = rules_in_force(database, now).compiled
    verdicts = {state.device: decide(rules, state, now) for state in _live(made)}
    wanted = {device for device, verdict in verdicts.items() if not verdict.compliant}
    assert len(wanted) > 5
    found, after = [], None
    while page := noncompliant_page(database, _everywhere(made), now, after, most=3):
        found += page
        after = page[-1].after
    assert len(found) == len(wanted)
    assert {one.subject for one in found} == wanted
    assert [one.worst for one in found] == sorted(one.worst for one in found)
    assert all(one.standing is verdicts[one.subject].standing for one in found)
    assert noncompliant_count(database, _everywhere(made), now) == len(wanted)
    ways = Counter((verdict.standing, verdict.compliant) for verdict in verdicts.values())
    assert {(one.standing, one.compliant): one.devices for one in tally(database, _everywhere(made))} == ways


def test_an_organisation_sees_its_own_devices_alone(made):
    database, now = made.world.database, _now(made)
    both = noncompliant_count(database, _everywhere(made), now)
    parts = [noncompliant_count(database, {one}, now) for one in _everywhere(made)]
    assert sum(parts) == both
    assert min(parts) > 0
    page = noncompliant_page(database, {made.contractor}, now)
    assert {one.organisation for one in page} == {made.contractor}
    assert noncompliant_page(database, (), now) == []
    assert noncompliant_count(database, (), now) == 0
    assert tally(database, ()) == []


def test_many_organisations_give_the_same_pages(made):
    database, now = made.world.database, _now(made)
    many = _everywhere(made) | {made.world.new_id() for _ in range(40)}
    first = noncompliant_page(database, many, now, most=4)
    assert first == noncompliant_page(database, _everywhere(made), now, most=4)
    again = noncompliant_page(database, many, now, first[-1].after, most=4)
    assert again == noncompliant_page(database, _everywhere(made), now, first[-1].after, most=4)


def test_what_has_run_out_is_not_compliant_before_anybody_decides_again(register_world):
    device, database, now = register_world.new_id(), register_world.database, int(register_world.clock.at.timestamp())
    register_world.append(register_world.device(device), register_world.holding(device))
    for event in (CustodyEvent.OFFERED, CustodyEvent.DECLINED):
        at = register_world.clock.moment()
        fact = Custody(true_at=at, event=event, by=None, authenticated=Authentication.KEY)
        register_world.append(register_world.signed(fact, device, by=OWNER))
    catch_up(register_world.ledger)
    home = {register_world.controller}
    assert noncompliant_count(database, home, now) == 0
    assert noncompliant_page(database, home, now) == []
    ((until,),) = database.execute("SELECT valid_until FROM register_device WHERE compliant = 1")
    assert noncompliant_count(database, home, until - 1) == 0
    assert noncompliant_count(database, home, until) == 1
    (one,) = noncompliant_page(database, home, until)
    assert one.subject == device
    assert noncompliant_page(database, home, until, one.after) == []


def test_the_estate_as_it_was_is_every_device_decided_then(made):
    database, reader = made.world.database, made.world.reader
    for known_at in (None, reader.leaf(reader.size * 2 // 3).entry.known_at):
        for at in made.moments():
            found = estate_as_of(made.world.ledger, _everywhere(made), at, known_at)
            wanted: Counter = Counter()
            for device in made.devices:
                try:
                    state = device_state(reader, made.world.projection, device, at, known_at)
                except InputError:
                    continue
                if not state.ended:
                    verdict = decide(rules_in_force(database, at, found.size).compiled, state, at)
                    wanted[verdict.standing, verdict.compliant] += 1
            assert found.counted == wanted
            assert len(found.shown) == min(found.not_compliant, 50)
            order = [BAD_TO_GOOD.index(one.verdict.standing) for one in found.shown]
            assert order == sorted(order)


def test_a_preview_is_what_policy_says_would_change(made):
    now, stricter = _now(made), shipped_text().replace(b'"31d"', b'"1d"').replace(b'">=observed"', b'">=claimed"')
    before, after = rules_in_force(made.world.database, now).compiled, compile_rules(parse_rules(stricter))
    wanted = changes(before, after, _live(made), now, most_shown=50)
    found = preview(made.world.ledger, _everywhere(made), stricter, now)
    assert found._replace(shown=()) == wanted._replace(shown=())
    assert {one.device: one for one in found.shown} == {one.device: one for one in wanted.shown}
    assert found.changed > 0


def test_a_preview_of_no_rules_says_what_is_wrong(made):
    with pytest.raises(FormatError):
        preview(made.world.ledger, _everywhere(made), b"rule = 7", _now(made))
    with pytest.raises(UnsupportedError, match="escrow"):
        text = shipped_text().replace(b"not_missing = true", b'escrow = "proven"')
        preview(made.world.ledger, _everywhere(made), text, _now(made))


def test_requests_wait_as_the_facts_say(made):
    database, now = made.world.database, _now(made)
    every = waiting(database, _everywhere(made))
    assert [one.due_at for one in every] == sorted(one.due_at for one in every)
    late = now + 90 * 86_400
    assert overdue_count(database, _everywhere(made), late) == len(every)
    assert overdue_count(database, (), late) == 0


def test_devices_that_nobody_looked_at_are_listed_once(made):
    database = made.world.database
    for before in (0, _now(made) + 1):
        found, after = [], None
        while page := unseen(database, _everywhere(made), before, after, most=2):
            found += page
            after = page[-1].place
        seen = {state.device: [one.true_at for one in state.evidence if not one.void] for state in _live(made)}
        wanted = {device for device, times in seen.items() if not times or max(times) < before}
        assert {one.subject for one in found} == wanted
        assert len(found) == unseen_count(database, _everywhere(made), before) == len(wanted)


def test_what_was_seen_and_never_registered_is_nobodys(made):
    database, log = made.world.database, made.world.log
    unknown, looker = made.world.new_id(), made_key("looker")
    made.world.append(made.world.enrolment(looker, Role.INSPECTOR))
    made.world.append(made.world.holding(unknown, by=looker), made.inspected_alone(unknown, looker))
    catch_up(made.world.ledger)
    found = {one.subject: one for one in unclaimed(database, log, _everywhere(made), most=500)}
    assert found[unknown].kind is None
    assert all(one.kind in (None, "other") for one in found.values())


def test_devices_with_one_identifier_stand_together(made):
    found = shared_identifiers(made.world.database, made.world.log, _everywhere(made))
    marks = Counter(mark for state in _live(made) for mark in state.identifiers)
    assert {(one.scheme, one.digest): len(one.subjects) for one in found} == {
        mark: count for mark, count in marks.items() if count > 1
    }


def test_each_question_asks_so_many_statements(sqlite_world, monkeypatch):
    create_tables(sqlite_world.database)
    made = MadeLog(sqlite_world, 2, devices=30)
    made.grow(200)
    ledger, database, now = sqlite_world.ledger, sqlite_world.database, _now(made)
    catch_up(ledger)
    refresh_due(ledger, now)
    seen, log = _everywhere(made), sqlite_world.log
    questions = {
        "page": lambda: noncompliant_page(database, seen, now),
        "count": lambda: noncompliant_count(database, seen, now),
        "tally": lambda: tally(database, seen),
        "waiting": lambda: waiting(database, seen),
        "overdue": lambda: overdue_count(database, seen, now),
        "unseen": lambda: unseen(database, seen, now),
        "unseen count": lambda: unseen_count(database, seen, now),
        "unclaimed": lambda: unclaimed(database, log, seen),
    }
    found = {}
    for name, ask in questions.items():
        with counted(sqlite_world, monkeypatch) as asked:
            ask()
        found[name] = asked.count
    assert found == STATEMENTS
    for nothing_to_do in (lambda: catch_up(ledger), lambda: refresh_due(ledger, now)):
        with counted(sqlite_world, monkeypatch) as asked:
            nothing_to_do()
        assert asked.count == 2

"""Which rules hold when: the highest version that has begun and whose text is there, else the shipped ones."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ledger.world import World, made_key
from lossproof.errors import FormatError, StoreError, UnsupportedError
from lossproof.model.fact import Authentication, Role
from lossproof.model.facts.policy import Policy
from lossproof.model.standing import Standing, Verdict
from lossproof.policy.rules import shipped_text
from lossproof.register.projection import begin, catch_up, keep_rules, kept_rules, refresh_due, rules, rules_in_force
from lossproof.register.projection.rules import shipped_digest
from lossproof.wire.standings import verdict_text

STRICTER = shipped_text().replace(b'"31d"', b'"5d"')
STRICTEST = shipped_text().replace(b'"31d"', b'"1d"')
DAY = 86_400


def adopt(world: World, version: int, digest: str, days: float) -> int:
    """State that these rules hold from so many days on; the leaf."""
    begins = (world.clock.at + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    fact = Policy(
        true_at=world.clock.moment(),
        version=version,
        rules=digest,
        effective_at=begins,
        by=None,
        authenticated=Authentication.TOTP,
    )
    leaf = world.append(world.signed(fact, world.controller, by=made_key("register")))[0].leaves[0]
    catch_up(world.ledger)
    return leaf


@pytest.fixture
def ruled(register_world: World) -> World:
    register_world.append(register_world.enrolment(made_key("register"), Role.REGISTER))
    device = register_world.new_id()
    register_world.append(register_world.device(device))
    catch_up(register_world.ledger)
    return register_world


def now(world: World) -> int:
    return int(world.clock.at.timestamp())


def test_the_shipped_rules_hold_until_others_begin(ruled):
    found = rules_in_force(ruled.database, now(ruled))
    assert (found.digest, found.version, found.leaf, found.until) == (shipped_digest(), None, None, None)
    digest = keep_rules(ruled.database, STRICTER)
    leaf = adopt(ruled, 1, digest, days=3)
    before, after = (rules_in_force(ruled.database, now(ruled) + days * DAY) for days in (2, 3))
    assert (before.version, before.until) == (None, now(ruled) + 3 * DAY)
    assert (after.version, after.digest, after.leaf, after.until) == (1, digest, leaf, None)
    assert rules_in_force(ruled.database, now(ruled) + 9 * DAY, size=leaf).version is None


def test_a_planned_beginning_decides_every_device_again(ruled):
    adopt(ruled, 1, keep_rules(ruled.database, STRICTER), days=3)
    mark = ruled.database.execute("SELECT rules FROM register_state")
    assert ruled.database.execute("SELECT rules_until FROM register_state") == [(now(ruled) + 3 * DAY,)]
    refresh_due(ruled.ledger, now(ruled) + 3 * DAY - 1)
    assert ruled.database.execute("SELECT rules FROM register_state") == mark
    refresh_due(ruled.ledger, now(ruled) + 3 * DAY)
    assert ruled.database.execute("SELECT rules FROM register_state") != mark
    assert ruled.database.execute("SELECT rules_until FROM register_state") == [(None,)]


def test_a_higher_version_holds_whenever_it_was_stated_and_a_withdrawn_one_never(ruled):
    later = adopt(ruled, 5, keep_rules(ruled.database, STRICTEST), days=0)
    adopt(ruled, 4, keep_rules(ruled.database, STRICTER), days=0)
    assert rules_in_force(ruled.database, now(ruled)).version == 5
    ruled.append(ruled.retraction(later, by=made_key("register")))
    catch_up(ruled.ledger)
    assert rules_in_force(ruled.database, now(ruled)).version == 4
    assert rules_in_force(ruled.database, now(ruled), size=ruled.reader.size - 1).version == 5


def test_rules_whose_text_is_missing_do_not_hold_and_are_named(ruled):
    adopt(ruled, 1, keep_rules(ruled.database, STRICTER), days=0)
    adopt(ruled, 2, "0" * 64, days=0)
    found = rules_in_force(ruled.database, now(ruled))
    assert (found.version, found.missing) == (1, 2)
    ruled.database.execute("UPDATE register_kept_rules SET text = 'rule = 7'")
    found = rules_in_force(ruled.database, now(ruled))
    assert (found.version, found.missing) == (None, 2)
    with pytest.raises(StoreError, match="not in the store"):
        kept_rules(ruled.database, "0" * 64)


def test_only_rules_are_kept(ruled):
    with pytest.raises(FormatError):
        keep_rules(ruled.database, b"\xff")
    with pytest.raises(UnsupportedError):
        keep_rules(ruled.database, STRICTER.replace(b"not_missing = true", b'escrow = "proven"'))
    assert ruled.database.execute("SELECT COUNT(*) FROM register_kept_rules") == [(0,)]
    assert keep_rules(ruled.database, STRICTER) == keep_rules(ruled.database, STRICTER)
    assert kept_rules(ruled.database, keep_rules(ruled.database, STRICTER)) == STRICTER


def test_another_version_of_the_software_decides_every_device_again_when_it_begins(ruled, monkeypatch):
    mark, verdicts = "SELECT rules FROM register_state", "SELECT standing FROM register_device"
    (before,), kept = ruled.database.execute(mark), ruled.database.execute(verdicts)
    other = verdict_text(Verdict(Standing.PROTECTED, True, (), (), None, frozenset()))
    with ruled.database.transaction():
        ruled.database.execute("UPDATE register_device SET standing = 'protected'")
        ruled.database.execute("UPDATE register_verdict SET verdict = ?", (other,))
    begin(ruled.ledger)
    assert ruled.database.execute(verdicts) == [("protected",)]
    monkeypatch.setattr(rules, "_code_digest", lambda: "0" * 64)
    refresh_due(ruled.ledger, now(ruled))
    begin(ruled.ledger)
    assert ruled.database.execute(verdicts) == kept
    assert ruled.database.execute(mark) != [before]

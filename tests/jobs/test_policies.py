from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from jobs.handing import Desk
from ledger.world import REGISTER
from lossproof.errors import FormatError, InputError, UnsupportedError
from lossproof.jobs.policies import adopt, last_version
from lossproof.policy.rules import shipped_text

OTHER = shipped_text().replace(b'max_age = "31d"', b'max_age = "14d"')


@pytest.fixture
def desk(world):
    return Desk(world)


def adopted(desk, text=OTHER, **more):
    desk.world.clock.turn(seconds=1)
    with desk.world.write() as writer:
        return adopt(writer, desk.speaker(), text, **more)


def stated(desk):
    reader = desk.world.reader
    return reader.statement(reader.leaf(reader.size - 1).entry.digest).predicate


def test_a_version_says_which_text_holds_from_when_and_who_decided_it(desk):
    assert adopted(desk) == 1
    fact = stated(desk)
    now = desk.world.clock.at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (fact.version, fact.rules, fact.effective_at) == (1, hashlib.sha256(OTHER).hexdigest(), now)
    assert (fact.by, fact.authenticated) == (desk.speaker().by, desk.speaker().authenticated)
    later = desk.world.clock.at + timedelta(days=3)
    assert adopted(desk, shipped_text(), effective_at=later) == 2
    assert stated(desk).effective_at == later.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_number_is_never_given_twice(desk):
    adopted(desk)
    reader = desk.world.reader
    desk.world.append(desk.world.retraction(reader.size - 1, REGISTER))
    assert last_version(desk.world.reader, desk.world.controller) == 1
    assert adopted(desk) == 2


def test_what_is_no_rules_or_of_the_past_is_refused(desk):
    size = desk.world.reader.size
    with pytest.raises(FormatError, match="not in the vocabulary"):
        adopted(desk, OTHER.replace(b"all_volumes", b"all_valumes"))
    with pytest.raises(UnsupportedError, match="escrow waits for"):
        adopted(desk, OTHER.replace(b"require = { all_volumes", b'require = { escrow = "proven", all_volumes'))
    with pytest.raises(InputError, match="later day"):
        adopted(desk, effective_at=desk.world.clock.at - timedelta(hours=1))
    assert desk.world.reader.size == size

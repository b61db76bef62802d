from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.test_replay import forged
from ledger.world import INSPECTOR, OWNER, made_key
from lossproof.errors import InputError
from lossproof.jobs.enrolling import enrol_key
from lossproof.jobs.history import history, moment_of, shape
from lossproof.model.fact import Grade, Relation, Role
from lossproof.model.facts.registration import Organisation

DEVICE = "d1" * 16


@pytest.fixture
def told(world):
    """A contractor's claim, what the controller saw an hour later, its withdrawal, and a key in other hands."""
    bins = made_key("bins")
    enrol_key(world.ledger, OWNER, bins.public, Role.INSPECTOR, new_organisation="Bins & Sons")
    world.append(world.device(DEVICE), world.holding(DEVICE, by=bins))
    world.clock.turn(hours=1)
    seen = world.append(world.holding(DEVICE))[0].leaves[0]
    world.clock.turn(hours=1)
    world.append(world.retraction(seen, INSPECTOR))
    world.clock.turn(hours=1)
    world.append(world.compromise(bins))
    return world


def test_every_fact_is_there_with_whose_word_it_is_and_what_that_is_worth(told):
    events = history(told.ledger, DEVICE).events
    assert [(one.kind, one.grade, one.relation) for one in events] == [
        ("registration", None, Relation.CONTROLLER),
        ("holding", Grade.CLAIMED, Relation.PROCESSOR),
        ("holding", Grade.OBSERVED, Relation.CONTROLLER),
        ("retraction", None, Relation.CONTROLLER),
    ]
    assert [one.retracted_by for one in events] == [None, None, events[3].leaf, None]
    assert [one.key_compromised for one in events] == [None, told.reader.size - 1, None, None]


def test_a_relation_is_that_of_the_fact_whatever_is_withdrawn(told):
    """And an organisation that nothing registers makes claims."""
    home = told.projection.key(made_key("bins").keyid).organisation
    told.append(told.retraction(told.reader.chain(home)[0].index, OWNER))
    assert told.projection.organisation(home) is None
    assert history(told.ledger, DEVICE).events[1].relation is Relation.PROCESSOR
    forged(told, told.registration(home, organisation=Organisation(relation=Relation.CONTROLLER, name=None)))
    told.append(told.holding(DEVICE, by=INSPECTOR))
    assert [one.grade for one in history(told.ledger, DEVICE).events][1] is Grade.CLAIMED


def test_what_was_not_known_yet_is_left_out_and_weighs_nothing(told):
    before = history(told.ledger, DEVICE, moment_of("2026-11-02T09:30:00Z"))
    assert [one.kind for one in before.events] == ["registration", "holding"]
    between = history(told.ledger, DEVICE, moment_of("2026-11-02T10:30:00Z"))
    assert [one.retracted_by for one in between.events] == [None, None, None]
    later = history(told.ledger, DEVICE, moment_of("2026-11-02T11:30:00Z"))
    assert [one.key_compromised for one in later.events] == [None] * 4
    assert history(told.ledger, DEVICE, moment_of("2026-11-02T08:59:59Z")).events == ()


def test_the_json_is_the_timeline_with_what_each_fact_says(told):
    made = json.loads(json.dumps(shape(history(told.ledger, DEVICE))))
    assert set(made) == {"device", "kind", "organisation", "ended", "identifiers", "as_known_at", "facts"}
    assert [one["says"]["true_at"] for one in made["facts"]] == [one["true_at"] for one in made["facts"]]
    assert made["facts"][1]["says"]["people"] == {"high": 0, "low": 0, "point": 0}


def test_a_device_that_nobody_knows_is_refused(told):
    for text in ("d2" * 16, "S-17", told.controller):
        with pytest.raises(InputError, match="no such device"):
            history(told.ledger, text)


@given(st.text(max_size=30))
def test_any_text_is_a_moment_or_refused(text):
    try:
        moment = moment_of(text)
    except InputError:
        return
    assert len(moment) == 24 and moment.endswith("Z")


@given(st.datetimes(datetime(2001, 1, 1), datetime(2999, 12, 31), timezones=st.just(UTC)))
def test_a_moment_is_never_before_the_second_that_was_named(when):
    named = when.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert moment_of(named).startswith(named[:-1])
    assert moment_of(named) >= when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03}Z"

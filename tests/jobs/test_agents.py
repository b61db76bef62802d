from __future__ import annotations

import pytest

from jobs.handing import Desk
from ledger.world import INSPECTOR, OWNER, REGISTER, made_key
from lossproof.errors import InputError, PolicyError
from lossproof.jobs.agents import end_agent, enrol_agent
from lossproof.ledger.replay import replay
from lossproof.model.fact import REGISTER_ENROLS, Role

LAPTOP = made_key("laptop")


@pytest.fixture
def desk(world):
    return Desk(world)


def enrolled(desk, role=Role.AGENT, **more):
    with desk.world.write() as writer:
        return enrol_agent(
            writer, REGISTER, LAPTOP.public, role, organisation=more.pop("organisation", desk.world.controller), **more
        )


def ended(desk, subject):
    with desk.world.write() as writer:
        end_agent(writer, REGISTER, subject)


@pytest.mark.parametrize("role", sorted(REGISTER_ENROLS))
def test_a_register_enrols_a_key_and_ends_it(desk, role):
    subject = enrolled(desk, role, person=desk.nurse)
    found = desk.world.projection.key(LAPTOP.keyid)
    assert (found.subject, found.role, found.person, found.active) == (subject, role, desk.nurse, True)
    with pytest.raises(PolicyError, match="enrolled already"):
        enrolled(desk, role)
    ended(desk, subject)
    assert not desk.world.projection.key(subject).active
    with pytest.raises(InputError, match="has ended"):
        ended(desk, subject)
    with pytest.raises(PolicyError, match="enrolled already, or was"):
        enrolled(desk, role)
    replay(desk.world.reader)


def test_a_register_enrols_no_other_role_and_ends_no_key_that_is_not_its_to_end(desk):
    for role in sorted(set(Role) - REGISTER_ENROLS):
        with pytest.raises(PolicyError, match="a register enrols no key"):
            enrolled(desk, role)
    for key in (OWNER, REGISTER):
        with pytest.raises(PolicyError, match="a register does not say"):
            ended(desk, desk.world.projection.key(key.keyid).subject)
    ended(desk, desk.world.projection.key(INSPECTOR.keyid).subject)
    with pytest.raises(InputError, match="no such key"):
        ended(desk, "0" * 32)


def test_a_key_is_of_the_organisation_of_its_person(desk):
    with pytest.raises(InputError, match="of another organisation"):
        enrolled(desk, person=desk.man)
    with pytest.raises(InputError, match="not registered"):
        enrolled(desk, person=desk.world.new_id())
    with pytest.raises(InputError, match="organisation is not registered"):
        enrolled(desk, organisation=desk.world.new_id())
    enrolled(desk, person=desk.man, organisation=desk.firm)

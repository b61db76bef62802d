from __future__ import annotations

import pytest

from jobs.handing import Desk
from ledger.world import REGISTER
from lossproof.errors import InputError
from lossproof.jobs.requests import DUE, answer, ask
from lossproof.jobs.sights import sight
from lossproof.model.facts.request import Ask


@pytest.fixture
def desk(world):
    return Desk(world)


def asked(desk, device, wanted=Ask.ENCRYPT, by=None):
    desk.world.clock.turn(seconds=1)
    with desk.world.write() as writer:
        return ask(writer, desk.speaker(by or desk.nurse), device, wanted)


def answered(desk, device, request, outcome):
    with desk.world.write() as writer:
        answer(writer, desk.speaker(), device, request, outcome)


@pytest.mark.parametrize("wanted", list(Ask))
def test_a_request_has_a_clock_and_one_answer(desk, wanted):
    device = desk.device()
    request = asked(desk, device, wanted)
    made = desk.world.reader.statement(desk.world.reader.chain(device)[-1].entry.digest).predicate
    due = (desk.world.clock.at + DUE[wanted]).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (made.request, made.ask, made.by, made.due_at, made.outcome) == (request, wanted, desk.nurse, due, None)
    with pytest.raises(InputError, match="not an answer"):
        answered(desk, device, request, "perhaps")
    with pytest.raises(InputError, match="nobody has made"):
        answered(desk, desk.device(), request, "encrypted")
    answered(desk, device, request, "encrypted")
    with pytest.raises(InputError, match="answered already"):
        answered(desk, device, request, "refused")


def test_a_request_is_about_a_device_and_by_a_person_who_are_registered(desk):
    with pytest.raises(InputError, match="device that is registered"):
        asked(desk, desk.world.new_id())
    with pytest.raises(InputError, match="not registered"):
        asked(desk, desk.device(), by=desk.world.new_id())
    device = desk.device()
    request = asked(desk, device)
    desk.world.append(desk.world.retraction(desk.world.reader.chain(device)[-1].index, REGISTER))
    with pytest.raises(InputError, match="nobody has made"):
        answered(desk, device, request, "refused")


def test_the_last_report_is_what_proof_must_be_newer_than(desk):
    device = desk.device()

    def marks():
        with desk.world.write() as writer:
            return sight(writer, device).marks

    asked(desk, device, Ask.ENCRYPT)
    assert marks() == ()
    asked(desk, device, Ask.DOES_NOT_ENCRYPT)
    request = asked(desk, device, Ask.DOES_NOT_ENCRYPT)
    last = desk.world.reader.chain(device)[-1].index
    answered(desk, device, request, "encrypts_after_all")
    assert [(one.leaf, one.code) for one in marks()] == [(last, "before_report")]

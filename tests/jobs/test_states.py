from __future__ import annotations

from dataclasses import replace

import pytest

from fact_samples import LAYER, SAMPLES
from jobs.handing import CONTRACTORS, ENCRYPTED, HEADER, NURSES, PLAIN, RULES, Desk
from ledger.world import INSPECTOR, OWNER, REGISTER, made_key
from lossproof.errors import InputError
from lossproof.jobs.history import moment_of
from lossproof.jobs.states import device_state, seconds_of
from lossproof.jobs.stating import signed
from lossproof.model.estate import CustodyState
from lossproof.model.fact import Grade, Method, Relation, Role
from lossproof.model.facts.custody import CustodyEvent
from lossproof.model.facts.holding import PeopleCount
from lossproof.model.facts.registration import Action, DeviceKind, IdentifierScheme
from lossproof.model.standing import Standing
from lossproof.policy.decide import decide
from lossproof.policy.rules import compile_rules, shipped_rules
from lossproof.wire.facts import subject_of

AUDITOR = made_key("auditor")
UNKNOWN = replace(PLAIN, scheme="unrecognised")


@pytest.fixture
def desk(world):
    return Desk(world)


def state(desk, device, at=None, known_at=None):
    known = None if known_at is None else moment_of(known_at)
    return device_state(desk.world.reader, desk.world.projection, device, at, known)


def test_a_device_is_what_it_was_registered_as(desk):
    world, device = desk.world, desk.device()
    first = state(desk, device)
    assert (first.kind, first.organisation, first.relation) == (DeviceKind.STICK, world.controller, Relation.CONTROLLER)
    assert (first.ended, first.evidence, first.contents, first.custody, first.exemptions) == (False, (), (), None, ())
    assert first.identifiers == {(IdentifierScheme.HEADER, HEADER)}
    theirs = world.device(device, kind=DeviceKind.LAPTOP, action=Action.CHANGED, organisation=desk.firm)
    world.append(theirs)
    found = state(desk, device)
    assert (found.kind, found.relation, found.identifiers) == (DeviceKind.LAPTOP, Relation.PROCESSOR, frozenset())
    (ended,) = world.append(world.ended(device))
    assert state(desk, device).ended
    world.append(world.retraction(ended.leaves[0], OWNER))
    assert not state(desk, device).ended
    for subject in (world.new_id(), world.controller, desk.nurse):
        with pytest.raises(InputError, match="not registered then"):
            state(desk, subject)


def test_evidence_is_the_newest_of_each_grade_signer_and_sight_by_when_it_was_true(desk):
    world, device = desk.world, desk.device()
    world.append(world.enrolment(AUDITOR, Role.AUDITOR))
    late = desk.inspection(device)
    world.clock.turn(hours=1)
    claimed = desk.check(device, by=CONTRACTORS)
    imported = desk.check(device, by=REGISTER, method=Method.REPORTED)
    observed = desk.check(device, serial="5a" * 32)
    examined = desk.check(device, by=AUDITOR, method=Method.EXAMINED)
    # What was true earlier and became known later is not newer.
    world.append(late)
    found = state(desk, device).evidence
    assert [one.leaf for one in found] == [claimed, imported, observed, examined]
    assert [one.grade for one in found] == list(Grade)
    assert [one.organisation for one in found] == [desk.firm, *[world.controller] * 3]
    assert (found[2].signer, found[2].person, found[2].serial, found[2].header) == (
        INSPECTOR.keyid,
        None,
        "5a" * 32,
        HEADER,
    )
    assert found[2].true_at == seconds_of(world.clock.moment())
    assert not any(one.void for one in found)


def test_no_later_word_of_another_key_and_no_other_sight_hides_what_was_seen(desk):
    world, device = desk.world, desk.device()
    plain, _, by_it = (desk.check(device, layers=layers) for layers in ((PLAIN,), (ENCRYPTED,), (ENCRYPTED,)))
    world.clock.turn(hours=1)
    by_the_nurse = desk.check(device, by=NURSES)
    assert [one.leaf for one in state(desk, device).evidence] == [plain, by_it, by_the_nurse]


def test_a_report_that_does_not_know_leaves_the_one_before_that_said_it_can_be_read(desk):
    device = desk.device()
    desk.check(device)
    desk.world.clock.turn(hours=1)
    for layers in ((PLAIN,), (UNKNOWN,)):
        desk.check(device, by=REGISTER, method=Method.REPORTED, layers=layers)
        found = decide(RULES, state(desk, device), seconds_of(desk.world.clock.moment()))
        assert found.standing is Standing.CONTRADICTED
        desk.world.clock.turn(hours=1)


def test_what_was_withdrawn_or_is_by_a_compromised_key_is_void_from_when_that_was_known(desk):
    world, device = desk.world, desk.device()
    leaf = desk.check(device)
    world.append(world.holding(device, by=CONTRACTORS))
    before = world.clock.moment()
    world.clock.turn(hours=1)
    world.append(world.retraction(leaf, INSPECTOR), world.compromise(CONTRACTORS))
    assert [one.void for one in (*state(desk, device).evidence, *state(desk, device).contents)] == [True, True]
    earlier = state(desk, device, known_at=before)
    assert [one.void for one in (*earlier.evidence, *earlier.contents)] == [False, False]
    # It was withdrawn later than the time that is asked about, and is known to be wrong all the same.
    assert [one.void for one in state(desk, device, at=seconds_of(before)).evidence] == [True]


def test_a_state_as_of_a_time_holds_what_was_true_then_as_known_at_another(desk):
    world, device = desk.world, desk.device()
    noon = world.clock.moment()
    world.clock.turn(hours=1)
    late = desk.inspection(device)
    exception = world.new_id()
    world.append(world.exception(exception, device, desk.lead))
    one = world.clock.moment()
    world.clock.turn(hours=1)
    world.append(late, world.custody(CustodyEvent.OFFERED, device, to=desk.nurse, organisation=world.controller))
    two = world.clock.moment()
    world.clock.turn(hours=1)
    world.append(world.ended(exception, by=REGISTER))

    def told(at, known_at):
        found = state(desk, device, at, known_at)
        return len(found.evidence), found.custody is not None, len(found.exemptions)

    assert told(None, None) == (1, True, 0)
    assert told(seconds_of(noon), None) == (0, False, 0)
    assert told(seconds_of(one), None) == (1, False, 1)
    assert told(seconds_of(one), one) == (0, False, 1)
    assert told(None, one) == (0, False, 1)
    assert told(seconds_of(two), two) == (1, True, 1)
    (granted,) = state(desk, device, seconds_of(two)).exemptions
    assert (granted.id, granted.approver, granted.organisation) == (exception, desk.lead, world.controller)
    with pytest.raises(InputError, match="not registered then"):
        state(desk, device, seconds_of(noon) - 1)


def test_an_exception_that_was_withdrawn_is_none_and_one_that_ran_out_stays_in(desk):
    world, device = desk.world, desk.device()
    (made, _) = world.append(
        world.exception(world.new_id(), device, desk.lead), world.exception(kept := world.new_id(), device, desk.lead)
    )
    world.append(world.retraction(made.leaves[0], REGISTER))
    world.clock.turn(hours=48)
    assert [one.id for one in state(desk, device).exemptions] == [kept]


def test_a_clock_that_is_ahead_hides_nothing(desk):
    world, device = desk.world, desk.device()
    world.clock.turn(minutes=5)
    ahead = desk.inspection(device)
    world.clock.turn(minutes=-5)
    world.append(ahead)
    now = seconds_of(world.clock.moment())
    assert [one.true_at for one in state(desk, device, now).evidence] == [now]


def test_contents_and_shapes_are_what_grading_and_rules_read(desk):
    world, device = desk.world, desk.device()
    world.append(world.holding(device))
    desk.check(device, layers=(ENCRYPTED, LAYER))
    found = state(desk, device)
    (contents,) = found.contents
    assert (contents.low, contents.point, contents.high, contents.complete) == (0, 0, 0, True)
    (evidence,) = found.evidence
    assert [one.scheme for one in evidence.layers] == ["luks2", "luks2"]
    assert all(one.header is None and one.uuid is None for one in evidence.layers)


@pytest.mark.parametrize(
    ("doubt", "standing"),
    [
        ({}, Standing.OUT_OF_SCOPE),
        ({"possible": 1}, Standing.UNPROTECTED),
        ({"unattributed": {"payment_card": 40}}, Standing.UNPROTECTED),
        ({"named_only": 1}, Standing.UNPROTECTED),
    ],
)
def test_what_may_be_somebodys_is_not_nobody(desk, doubt, standing):
    world, device = desk.world, desk.device()
    nobody = PeopleCount(low=0, point=0, high=0)
    nothing = {"people": nobody, "raw": nobody, "people_by_category": {}, "identifiers": {}, "unattributed": {}}
    nothing |= {"named_only": 0, "possible": 0, "not_examined": {}, "interrupted": False, "manifest": None}
    counted = replace(
        SAMPLES["holding"][0],
        **(nothing | doubt),
        true_at=world.clock.moment(),
        method=Method.READ,
        scan=world.new_id(),
    )
    world.append(signed(INSPECTOR, counted, subject_of(device)))
    desk.check(device, layers=(PLAIN,))
    found = state(desk, device)
    assert decide(compile_rules(shipped_rules()), found, found.evidence[-1].true_at).standing is standing


def test_custody_leaves_out_what_was_withdrawn_and_what_could_not_follow(desk):
    world, device = desk.world, desk.device()
    receipts = world.append(
        world.custody(CustodyEvent.MISSING, device),
        world.custody(CustodyEvent.FOUND, device),
        world.custody(CustodyEvent.QUARANTINED, device),
    )
    world.append(world.retraction(receipts[1].leaves[0], REGISTER))
    found = state(desk, device).custody
    assert (found.state, found.leaf) == (CustodyState.MISSING, receipts[0].leaves[0])

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.world import INSPECTOR, OWNER, RECIPIENT, REGISTER, World, made_key
from lossproof.errors import InputError, LossproofError
from lossproof.ledger.database import open_database
from lossproof.ledger.erasable import erase, keep
from lossproof.ledger.schema import PROJECTIONS
from lossproof.model.fact import Duty, Relation, Role, key_subject
from lossproof.model.facts.registration import Action, DeviceKind, IdentifierScheme, Organisation

DECIDER, SECOND = made_key("decider"), made_key("second owner")


def rebuilt_equal(world):
    """The tables are the same after they were emptied and filled again."""
    before = {table: world.rows(table) for table in PROJECTIONS}
    for table in PROJECTIONS:
        world.database.execute(f"DELETE FROM {table}")
    world.projection.rebuild()
    assert {table: world.rows(table) for table in PROJECTIONS} == before
    assert world.projection.applied == world.reader.size


def test_a_log_begins_with_an_owner_a_controller_and_a_recipient(world):
    owner, inspector = world.projection.enrolled_keys()
    assert (owner.fingerprint, owner.role, owner.public, owner.leaf) == (OWNER.keyid, Role.OWNER, OWNER.public, 1)
    assert (inspector.fingerprint, inspector.role, inspector.leaf) == (INSPECTOR.keyid, Role.INSPECTOR, 3)
    (controller,) = world.projection.organisations()
    assert (controller.relation, controller.subject) == (Relation.CONTROLLER, owner.organisation)
    (recipient,) = world.projection.recipients()
    assert (recipient.recipient, recipient.fingerprint) == (RECIPIENT, sha256(RECIPIENT.encode()).hexdigest())
    assert world.projection.key(owner.subject) == owner
    assert world.projection.key("00" * 32) is None
    rebuilt_equal(world)


def test_a_device_is_what_its_last_fact_says(world):
    device = world.new_id()
    first = (IdentifierScheme.SERIAL, "aa" * 32), (IdentifierScheme.VOLUME, "bb" * 32)
    world.append(world.device(device, *first))
    assert world.projection.device(device).identifiers == (("serial", "aa" * 32), ("volume_uuid", "bb" * 32))
    world.append(world.device(device, first[0], kind=DeviceKind.LAPTOP, action=Action.CHANGED))
    found = world.projection.device(device)
    assert (found.kind, found.identifiers, found.ended) == ("laptop", (("serial", "aa" * 32),), None)
    (receipt,) = world.append(world.ended(device))
    assert world.projection.device(device).ended == receipt.leaves[0]
    assert [one.subject for one in world.projection.devices()] == [device]
    assert world.projection.devices(after=device) == ()
    rebuilt_equal(world)


def test_a_withdrawn_registration_counts_as_never_made(world):
    device = world.new_id()
    (made,) = world.append(world.device(device, (IdentifierScheme.SERIAL, "aa" * 32)))
    (changed,) = world.append(
        world.device(device, (IdentifierScheme.SERIAL, "bb" * 32), kind=DeviceKind.DISK, action=Action.CHANGED)
    )
    (ended,) = world.append(world.ended(device))
    for receipt, kind, alive in ((ended, "disk", True), (changed, "stick", True)):
        world.append(world.retraction(receipt.leaves[0], OWNER))
        found = world.projection.device(device)
        assert (found.kind, found.ended is None) == (kind, alive)
        rebuilt_equal(world)
    world.append(world.retraction(made.leaves[0], OWNER))
    assert world.projection.device(device) is None
    assert world.projection.thing(device) is None
    rebuilt_equal(world)
    # Then it may be registered as if it had never been.
    world.append(world.device(device, (IdentifierScheme.SERIAL, "cc" * 32)))
    rebuilt_equal(world)


def test_withdrawing_never_brings_a_key_back(world):
    world.append(world.enrolment(SECOND, Role.OWNER), world.enrolment(DECIDER, Role.DECIDER))
    second = world.projection.key(SECOND.keyid)
    (ended,) = world.append(world.ended(second.subject))
    world.append(world.retraction(ended.leaves[0], OWNER))
    assert not world.projection.key(SECOND.keyid).active
    (lost,) = world.append(world.compromise(INSPECTOR))
    world.append(world.retraction(lost.leaves[0], DECIDER))
    assert not world.projection.key(INSPECTOR.keyid).active
    third = made_key("third")
    (enrolled,) = world.append(world.enrolment(third, Role.AGENT))
    world.append(world.retraction(enrolled.leaves[0], OWNER))
    assert world.projection.key(third.keyid).ended == world.reader.size - 1
    rebuilt_equal(world)


def test_people_and_exceptions_are_what_their_facts_say(world):
    device, other, lead, granted, second = (world.new_id() for _ in range(5))
    world.append(world.enrolment(REGISTER, Role.REGISTER), world.device(device), world.device(other))
    world.append(world.person(lead, Duty.STAFF, Duty.GOVERNANCE_LEAD, Duty.STAFF))
    found = world.projection.person(lead)
    assert (found.organisation, found.duties) == (world.controller, {Duty.STAFF, Duty.GOVERNANCE_LEAD})
    (made, _) = world.append(world.exception(granted, device, lead), world.exception(second, device, lead))
    assert world.projection.exceptions(other) == ()
    assert [one.subject for one in world.projection.exceptions(device)] == [granted, second]
    rebuilt_equal(world)
    # Withdrawn, an exception is ended, and nothing brings it back.
    world.append(world.retraction(made.leaves[0], REGISTER))
    (ended,) = world.append(world.ended(second, by=REGISTER))
    world.append(world.retraction(ended.leaves[0], REGISTER))
    assert [one.ended for one in world.projection.exceptions(device)] == [ended.leaves[0] - 1, ended.leaves[0]]
    assert world.projection.exception(granted).approver == lead
    assert world.projection.exception(device) is None
    (left,) = world.append(world.ended(lead, by=REGISTER))
    assert world.projection.person(lead).ended == left.leaves[0]
    world.append(world.retraction(left.leaves[0], REGISTER))
    assert [one.ended for one in world.projection.people()] == [None]
    rebuilt_equal(world)


def test_the_controller_stays_when_what_is_said_of_it_is_withdrawn(world):
    controller = world.controller
    named = Organisation(relation=Relation.CONTROLLER, name="ab" * 32)
    (changed,) = world.append(world.registration(controller, action=Action.CHANGED, organisation=named))
    assert world.projection.organisation(controller).name == "ab" * 32
    world.append(world.retraction(changed.leaves[0], OWNER))
    assert world.projection.organisation(controller).name is None
    assert world.projection.organisation(controller).leaf == 2
    rebuilt_equal(world)


def test_the_relation_of_an_organisation_is_what_it_was_given_before_a_leaf(world):
    processor = world.new_id()
    (made,) = world.append(
        world.registration(processor, organisation=Organisation(relation=Relation.PROCESSOR, name=None))
    )
    leaf = made.leaves[0]
    assert world.projection.relation(processor, leaf) is None
    assert world.projection.relation(processor, leaf + 1) is Relation.PROCESSOR
    world.append(world.retraction(leaf, OWNER))
    assert world.projection.organisation(processor) is None
    assert world.projection.relation(processor) is Relation.PROCESSOR
    assert world.projection.relation(world.controller) is Relation.CONTROLLER
    assert world.projection.relation(world.log.subject) is None


def test_a_device_is_found_by_its_id_or_an_identifier_that_it_alone_has(world):
    serial, tag = keep(world.database, "serial", "SN-0042"), keep(world.database, "asset_tag", "T7")
    again = keep(world.database, "serial", "SN-0042")
    volume = sha256(b"4f1c-77aa").hexdigest()
    one, two = world.new_id(), world.new_id()
    header = "0f" * 32
    world.append(
        world.device(
            one,
            (IdentifierScheme.SERIAL, serial),
            (IdentifierScheme.VOLUME, volume),
            (IdentifierScheme.HEADER, header),
        ),
        world.device(two, (IdentifierScheme.SERIAL, again), (IdentifierScheme.ASSET_TAG, tag)),
    )
    for text in (one, "4f1c-77aa", header):
        assert world.projection.find_device(text).subject == one
    assert world.projection.find_device("T7").subject == two
    with pytest.raises(InputError, match="2 devices"):
        world.projection.find_device("SN-0042")
    world.append(world.ended(one))
    assert world.projection.find_device("SN-0042").subject == two
    erase(world.database, tag, "retention_ended", world.clock.at)
    for text in ("T7", "", "nothing", "\udcff", "\0", "ab" * 32, "x" * 100_000):
        with pytest.raises(InputError, match="no such device"):
            world.projection.find_device(text)
    rebuilt_equal(world)


def test_what_is_not_applied_is_taken_in_under_the_write_lock(world):
    device = world.new_id()
    world.append(world.device(device))
    before = {table: world.rows(table) for table in PROJECTIONS}
    for table in PROJECTIONS:
        world.database.execute(f"DELETE FROM {table}")
    world.database.execute("UPDATE ledger_log SET applied = 0")
    world.append(world.holding(device))
    assert {table: world.rows(table) for table in PROJECTIONS} == before
    assert world.projection.applied == world.reader.size


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["create", "change", "end", "retract", "organisation", "key", "end key", "person", "exception"]
        ),
        st.integers(0, 5),
    ),
    max_size=25,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_rebuilding_gives_equal_rows_after_any_history(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("any")
    store = str(folder / "store")
    open_database(store, create=True).close()
    world = World(lambda: open_database(store), folder)
    things = [world.new_id() for _ in range(4)]
    with world.write() as writer:
        for number, (step, at) in enumerate(steps):
            thing, kind = things[at % 4], list(DeviceKind)[number % len(DeviceKind)]
            identifier = (IdentifierScheme.SERIAL, sha256(b"%d" % (at % 3)).hexdigest())
            try:
                match step:
                    case "create":
                        writer.append(world.device(thing, identifier, kind=kind))
                    case "change":
                        writer.append(world.device(thing, identifier, kind=kind, action=Action.CHANGED))
                    case "end":
                        writer.append(world.ended(thing))
                    case "retract":
                        writer.append(world.retraction(world.reader.size - 1 - at, OWNER))
                    case "organisation":
                        what = Organisation(relation=list(Relation)[at % 4], name=None)
                        writer.append(world.registration(thing, organisation=what))
                    case "key":
                        writer.append(world.enrolment(made_key(f"key {at}"), list(Role)[number % len(Role)]))
                    case "person":
                        writer.append(world.person(thing, list(Duty)[number % len(Duty)], by=OWNER))
                    case "exception":
                        granted = things[(at + number) % 4], things[number % 4]
                        writer.append(world.exception(thing, *granted, by=OWNER))
                    case "end key":
                        writer.append(world.ended(key_subject(made_key(f"key {at}").keyid)))
            except (LossproofError, IndexError, ValueError):
                continue
    rebuilt_equal(world)
    world.database.close()

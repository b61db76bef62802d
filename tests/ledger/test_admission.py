from __future__ import annotations

from hashlib import sha256

import pytest

from ledger.world import INSPECTOR, LOG, OWNER, RECIPIENT, REGISTER, STRANGER, World, made_key
from lossproof.errors import InputError, PolicyError
from lossproof.ledger.database import open_database
from lossproof.ledger.replay import replay
from lossproof.model.fact import Authentication, Duty, Relation, Role, key_subject
from lossproof.model.facts.custody import CustodyEvent
from lossproof.model.facts.genesis import Genesis
from lossproof.model.facts.holding import Manifest
from lossproof.model.facts.policy import Policy
from lossproof.model.facts.registration import (
    Action,
    DeviceKind,
    IdentifierScheme,
    Key,
    Organisation,
    Person,
    Registration,
)
from lossproof.model.facts.replay import Replay

AUDITOR, DECIDER, OTHER, SECOND = (made_key(name) for name in ("auditor", "decider", "other", "second owner"))


@pytest.fixture
def world(sqlite_world):
    return sqlite_world


def refused(world, error, words, *envelopes):
    size = world.reader.size
    for envelope in envelopes:
        with pytest.raises(error, match=words):
            world.append(envelope)
    assert world.reader.size == size


def test_who_is_not_enrolled_is_not_heard(world):
    refused(world, PolicyError, "not enrolled", world.holding(world.new_id(), by=STRANGER))
    refused(world, PolicyError, "not enrolled", world.holding(world.new_id(), by=LOG))


def test_a_kind_is_stated_by_the_roles_that_may(world):
    world.append(world.enrolment(DECIDER, Role.DECIDER))
    refused(world, PolicyError, "role decider may not state a holding", world.holding(world.new_id(), by=DECIDER))
    refused(world, PolicyError, "role owner may not state a holding", world.holding(world.new_id(), by=OWNER))
    refused(world, PolicyError, "may not state a registration", world.enrolment(OTHER, Role.OWNER, by=INSPECTOR))
    refused(world, PolicyError, "may not state a compromise", world.compromise(OWNER, by=INSPECTOR))
    world.append(world.device(world.new_id(), by=INSPECTOR))


def test_a_log_begins_once(world):
    genesis = world.reader.statement(world.reader.leaf(0).entry.digest).predicate
    assert isinstance(genesis, Genesis)
    refused(world, PolicyError, "begins once", world.signed(genesis, world.new_id(), by=OWNER))


def test_a_key_that_ended_is_not_heard_and_what_it_said_stays(world):
    device, key = world.new_id(), world.projection.key(INSPECTOR.keyid)
    (before,) = world.append(world.holding(device))
    world.append(world.ended(key.subject))
    refused(world, PolicyError, "has ended", world.holding(device))
    assert world.reader.leaf(before.leaves[0]).entry.about == device
    replay(world.reader)


@pytest.mark.parametrize("role", [Role.OWNER, Role.DECIDER])
def test_a_compromised_key_is_not_heard(world, role):
    world.append(world.enrolment(SECOND, role))
    world.append(world.compromise(INSPECTOR, by=SECOND))
    refused(world, PolicyError, "recorded as compromised", world.holding(world.new_id()))
    # It may be said again, and says nothing new.
    world.append(world.compromise(INSPECTOR, by=OWNER))
    assert world.projection.key(INSPECTOR.keyid).compromised == world.reader.size - 2
    replay(world.reader)


def test_a_compromise_is_about_a_key_that_is_enrolled(world):
    refused(world, InputError, "not enrolled", world.compromise(STRANGER))
    known = world.projection.key(INSPECTOR.keyid)
    wrong = world.reader.statement(world.reader.leaf(0).entry.digest)
    assert known.subject != wrong.subjects[0].id
    from lossproof.model.facts.compromise import Compromise, CompromiseReason

    fact = Compromise(true_at=world.clock.moment(), fingerprint=INSPECTOR.keyid, reason=CompromiseReason.COPIED)
    refused(world, InputError, "about the key that it names", world.signed(fact, world.new_id(), by=OWNER))
    refused(world, InputError, "about one thing", world.signed(fact, known.subject, world.new_id(), by=OWNER))


def test_a_key_is_enrolled_once_for_a_registered_organisation(world):
    refused(world, PolicyError, "enrolled already", world.enrolment(INSPECTOR, Role.AUDITOR))
    refused(world, PolicyError, "signs checkpoints and nothing else", world.enrolment(LOG, Role.AUDITOR))
    key = Key(public_key=OTHER.public.hex(), organisation=world.new_id(), role=Role.AUDITOR, replaces=None)
    refused(world, InputError, "first 32 digits of its fingerprint", world.registration(world.new_id(), key=key))
    own = key_subject(OTHER.keyid)
    refused(world, InputError, "organisation is not registered", world.registration(own, key=key))
    refused(
        world,
        InputError,
        "about one thing",
        world.signed(
            Registration(true_at=world.clock.moment(), action=Action.CREATED, key=key), own, world.new_id(), by=OWNER
        ),
    )
    refused(world, InputError, "to be replaced", world.enrolment(OTHER, Role.AUDITOR, replaces=world.new_id()))
    enrolled = world.projection.key(INSPECTOR.keyid)
    world.append(world.enrolment(OTHER, Role.AUDITOR, replaces=enrolled.subject))
    assert world.projection.key(OTHER.keyid).replaces == enrolled.subject
    world.append(world.ended(enrolled.subject), world.compromise(OTHER))
    for gone in (INSPECTOR, OTHER):
        refused(world, PolicyError, "enrolled already, or was", world.enrolment(gone, Role.AUDITOR))
    again = Key(public_key=STRANGER.public.hex(), organisation=world.controller, role=Role.OWNER, replaces=None)
    refused(
        world,
        PolicyError,
        "keeps its organisation and its role",
        world.registration(enrolled.subject, action=Action.CHANGED, key=again),
    )


def test_an_ended_organisation_gets_no_more_devices(world):
    processor = world.new_id()
    world.append(world.registration(processor, organisation=Organisation(relation=Relation.PROCESSOR, name=None)))
    world.append(world.device(world.new_id(), organisation=processor), world.ended(processor))
    refused(world, InputError, "has ended", world.device(world.new_id(), organisation=processor))
    person = Person(organisation=processor, duties=(Duty.CONTRACTOR,))
    refused(world, InputError, "has ended", world.registration(world.new_id(), person=person))


def test_the_last_owner_stays(world):
    owner = world.projection.key(OWNER.keyid)
    refused(world, PolicyError, "the last owner's key", world.ended(owner.subject))
    world.append(world.enrolment(DECIDER, Role.DECIDER))
    for by in (OWNER, DECIDER):
        refused(world, PolicyError, "the last owner's key", world.compromise(OWNER, by=by))
    (enrolled,) = world.append(world.enrolment(SECOND, Role.OWNER))
    world.append(world.compromise(OWNER, by=DECIDER))
    second = world.projection.key(SECOND.keyid)
    refused(world, PolicyError, "the last owner's key", world.ended(second.subject, by=SECOND))
    refused(world, PolicyError, "the last owner's key", world.retraction(enrolled.leaves[0], DECIDER))
    # What is recorded already may be said again.
    world.append(world.compromise(OWNER, by=SECOND))
    replay(world.reader)


def test_an_organisation_keeps_its_relation(world):
    made = {one: Organisation(relation=one, name=None) for one in Relation}
    processor = world.new_id()
    (first,) = world.append(world.registration(processor, organisation=made[Relation.PROCESSOR]))

    def changed(subject, relation, action=Action.CHANGED):
        return world.registration(subject, action=action, organisation=made[relation])

    for subject, relation in ((processor, Relation.CONTROLLER), (world.controller, Relation.PROCESSOR)):
        refused(world, PolicyError, "keeps its relation", changed(subject, relation))
    world.append(changed(processor, Relation.PROCESSOR))
    world.append(world.retraction(first.leaves[0], OWNER), world.retraction(world.reader.size - 1, OWNER))
    assert world.projection.thing(processor) is None
    refused(world, PolicyError, "keeps its relation", changed(processor, Relation.CONTROLLER, Action.CREATED))
    world.append(changed(processor, Relation.PROCESSOR, Action.CREATED))
    replay(world.reader)


def test_what_every_pack_relies_on_is_not_inspected(world):
    device = world.new_id()
    world.append(world.device(device))
    recipient = next(one.subject for one in world.projection.recipients())
    key = world.projection.key(INSPECTOR.keyid).subject
    for subject in (world.log.subject, world.controller, key, recipient):
        refused(world, InputError, "is about devices", world.holding(subject), world.holding(device, subject))
    world.append(world.holding(device, world.new_id()))


def test_the_log_is_no_device(tmp_path):
    store = str(tmp_path / "store")
    open_database(store, create=True).close()
    world = World(lambda: open_database(store), tmp_path, recipient=None)
    refused(world, InputError, "the log's own", world.device(world.log.subject, by=INSPECTOR))
    world.database.close()


def test_a_processor_speaks_of_its_own_devices_and_only_an_owner_moves_one(world):
    processor, theirs, ours = (world.new_id() for _ in range(3))
    world.append(world.registration(processor, organisation=Organisation(relation=Relation.PROCESSOR, name=None)))
    world.append(world.enrolment(OTHER, Role.AGENT, organisation=processor), world.device(ours))
    world.append(world.device(theirs, by=OTHER, organisation=processor))
    world.append(world.device(theirs, by=OTHER, organisation=processor, action=Action.CHANGED))
    refused(
        world,
        PolicyError,
        "only an owner moves",
        world.device(world.new_id(), by=OTHER),
        world.device(ours, by=OTHER, action=Action.CHANGED),
        world.device(ours, by=OTHER, organisation=processor, action=Action.CHANGED),
        world.device(theirs, by=OTHER, action=Action.CHANGED),
        world.device(ours, by=INSPECTOR, organisation=processor, action=Action.CHANGED),
    )
    world.append(world.device(theirs, by=INSPECTOR, organisation=processor, action=Action.CHANGED))
    world.append(world.device(ours, by=INSPECTOR, action=Action.CHANGED))
    world.append(world.device(ours, organisation=processor, action=Action.CHANGED))
    replay(world.reader)


def test_what_is_registered_is_registered_once_as_one_thing(world):
    device = world.new_id()
    refused(world, InputError, "not registered", world.ended(device), world.device(device, action=Action.CHANGED))
    world.append(world.device(device))
    refused(world, InputError, "registered already", world.device(device, kind=DeviceKind.LAPTOP))
    organisation = Organisation(relation=Relation.PROCESSOR, name=None)
    refused(
        world,
        InputError,
        "as something else",
        world.registration(device, action=Action.CHANGED, organisation=organisation),
    )
    world.append(world.device(device, kind=DeviceKind.LAPTOP, action=Action.CHANGED), world.ended(device))
    refused(world, InputError, "has ended", world.device(device, kind=DeviceKind.CARD, action=Action.CHANGED))
    two = world.signed(
        world.reader.statement(world.reader.chain(device)[0].entry.digest).predicate,
        world.new_id(),
        world.new_id(),
        by=OWNER,
    )
    refused(world, InputError, "about one thing", two)


def test_a_fact_is_withdrawn_by_who_signed_it_or_by_a_decider(world):
    device = world.new_id()
    world.append(world.enrolment(OTHER, Role.INSPECTOR), world.enrolment(DECIDER, Role.DECIDER))
    (receipt,) = world.append(world.holding(device))
    leaf = receipt.leaves[0]
    refused(
        world,
        PolicyError,
        "by the key that signed it",
        world.retraction(leaf, OTHER),
        world.retraction(leaf, OWNER),
    )
    world.append(world.retraction(leaf, INSPECTOR))
    assert world.projection.is_retracted(bytes.fromhex(receipt.envelope))
    (other,) = world.append(world.holding(device))
    world.append(world.retraction(other.leaves[0], DECIDER))
    assert world.projection.is_retracted(bytes.fromhex(other.envelope))


def test_a_retraction_names_a_fact_that_is_there_and_is_about_the_same(world):
    one, two = world.new_id(), world.new_id()
    (receipt,) = world.append(world.holding(one, two))
    leaf = receipt.leaves[0]
    from lossproof.model.facts.retraction import Retraction, RetractionReason

    def fact(leaf, digest):
        return Retraction(true_at=world.clock.moment(), leaf=leaf, envelope=digest, reason=RetractionReason.SUPERSEDED)

    refused(world, InputError, "not in the log", world.signed(fact(leaf, "00" * 32), one, two))
    refused(world, InputError, "another leaf", world.signed(fact(leaf - 1, receipt.envelope), one, two))
    refused(world, InputError, "about what the fact was about", world.signed(fact(leaf, receipt.envelope), one))
    world.append(world.signed(fact(receipt.leaves[1], receipt.envelope), one, two))
    retraction = world.reader.size - 1
    refused(world, PolicyError, "a retraction cannot be withdrawn", world.retraction(retraction, INSPECTOR))
    refused(world, PolicyError, "a genesis cannot be withdrawn", world.retraction(0, OWNER))


def test_people_are_sealed_to_a_recipient_of_the_controller(world):
    def manifest(recipient):
        digest = sha256(recipient.encode()).hexdigest()
        return Manifest(sha256="ab" * 32, size_bytes=512, recipient=digest)

    device = world.new_id()
    world.append(world.holding(device, manifest=manifest(RECIPIENT)))
    other = "age1" + "q" * 58
    refused(world, PolicyError, "has not enrolled", world.holding(device, manifest=manifest(other)))
    subject = world.new_id()
    world.append(world.registration(subject, recipient=other), world.holding(device, manifest=manifest(other)))
    world.append(world.ended(subject))
    refused(world, PolicyError, "has not enrolled", world.holding(device, manifest=manifest(other)))


def test_a_replay_is_about_this_log_and_no_more_than_there_is(world):
    world.append(world.enrolment(AUDITOR, Role.AUDITOR))

    def fact(size, root=None):
        root = root or world.reader.root(min(size, world.reader.size)).hex()
        return Replay(true_at=world.clock.moment(), tool="lossproof 0.1.0", size=size, root=root)

    size = world.reader.size
    refused(world, InputError, "a log of this store", world.signed(fact(size), world.new_id(), by=AUDITOR))
    refused(world, InputError, "no more of it", world.signed(fact(size + 1), world.log.subject, by=AUDITOR))
    refused(world, InputError, "another root", world.signed(fact(size, "ab" * 32), world.log.subject, by=AUDITOR))
    world.append(world.signed(fact(size), world.log.subject, by=AUDITOR))
    replay(world.reader)


@pytest.fixture
def registered(world):
    """A world whose register's key is enrolled, with a person, a device and a processor."""
    world.append(world.enrolment(REGISTER, Role.REGISTER))
    world.someone, world.thing, world.processor = (world.new_id() for _ in range(3))
    processor = Organisation(relation=Relation.PROCESSOR, name=None)
    world.append(
        world.person(world.someone, Duty.IT),
        world.device(world.thing, by=REGISTER),
        world.registration(world.processor, organisation=processor, by=REGISTER),
    )
    return world


def test_a_register_states_what_people_do_and_look_at_nothing(registered):
    world = registered
    theirs = world.new_id()
    world.append(
        world.device(theirs, by=REGISTER, organisation=world.processor),
        world.device(theirs, by=REGISTER, action=Action.CHANGED),
        world.custody(CustodyEvent.SIGHTED, world.thing),
        world.request(world.thing),
        world.exception(world.new_id(), world.thing, world.someone),
        world.ended(theirs, by=REGISTER),
        world.ended(world.processor, by=REGISTER),
        world.ended(world.someone, by=REGISTER),
    )
    refused(world, PolicyError, "role register may not state a holding", world.holding(world.thing, by=REGISTER))
    refused(
        world,
        PolicyError,
        "may not state a registration",
        world.registration(world.new_id(), recipient=RECIPIENT, by=REGISTER),
    )
    refused(world, PolicyError, "may not state a compromise", world.compromise(INSPECTOR, by=REGISTER))
    replay(world.reader)


@pytest.mark.parametrize("role", sorted(Role))
def test_a_register_enrols_and_ends_the_keys_of_agents_inspectors_and_importers_alone(registered, role):
    world = registered
    own = world.enrolled_for(OTHER, role)
    if role in {Role.AGENT, Role.INSPECTOR, Role.IMPORTER}:
        world.append(own)
        assert world.projection.key(OTHER.keyid).role is role
        world.append(world.ended(key_subject(OTHER.keyid), by=REGISTER))
        assert not world.projection.key(OTHER.keyid).active
    else:
        refused(world, PolicyError, "may not state a registration", own)
        world.append(world.enrolment(OTHER, role))
        refused(world, PolicyError, "a register does not say", world.ended(key_subject(OTHER.keyid), by=REGISTER))
    replay(world.reader)


def test_a_register_leaves_the_controller_the_log_and_recipients_alone(registered):
    world = registered
    recipient = next(one.subject for one in world.projection.recipients())
    refused(world, PolicyError, "a register does not say", world.ended(recipient, by=REGISTER))
    refused(world, PolicyError, "a register does not say", world.ended(key_subject(REGISTER.keyid), by=REGISTER))
    named = Organisation(relation=Relation.CONTROLLER, name="ab" * 32)
    refused(
        world,
        PolicyError,
        "a register does not say who the controller is",
        world.ended(world.controller, by=REGISTER),
        world.registration(world.new_id(), organisation=named, by=REGISTER),
        world.registration(world.controller, action=Action.CHANGED, organisation=named, by=REGISTER),
    )
    world.append(world.registration(world.controller, action=Action.CHANGED, organisation=named))


@pytest.mark.parametrize("kind", ["custody", "request"])
def test_custody_and_requests_are_about_one_device_that_is_registered(registered, kind):
    world = registered

    def fact(*devices):
        world.clock.turn(seconds=1)  # so that no two are the same envelope
        return world.request(*devices) if kind == "request" else world.custody(CustodyEvent.SIGHTED, *devices)

    other = world.new_id()
    refused(world, InputError, "about one thing", fact(world.thing, other))
    for subject in (other, world.controller, world.someone, world.log.subject):
        refused(world, InputError, "device that is registered", fact(subject))
    # In one transaction: what was registered just now counts, and what has ended just now no longer does.
    with world.write() as writer:
        for envelope in (fact(world.thing), world.device(other, by=REGISTER), fact(other), world.ended(other)):
            writer.append(envelope)
        with pytest.raises(InputError, match="device that is registered"):
            writer.append(fact(other))
        writer.append(fact(world.thing))
    refused(
        world,
        PolicyError,
        f"may not state a {kind}",
        world.signed(
            world.reader.statement(world.reader.chain(world.thing)[-1].entry.digest).predicate,
            world.thing,
            by=INSPECTOR,
        ),
    )
    (made,) = world.append(world.device(other := world.new_id()))
    world.append(fact(other), world.retraction(made.leaves[0], OWNER))
    refused(world, InputError, "device that is registered", fact(other))
    replay(world.reader)


def test_an_exception_names_a_device_an_organisation_and_a_person_and_ends(registered):
    world = registered
    one, gone = world.new_id(), world.new_id()
    world.append(world.person(gone, Duty.GOVERNANCE_LEAD), world.ended(gone, by=REGISTER))
    for approver in (world.new_id(), world.thing, gone):
        refused(world, InputError, "who allows an exception", world.exception(one, world.thing, approver))
    refused(world, InputError, "device that is registered", world.exception(one, world.new_id(), world.someone))
    refused(
        world,
        InputError,
        "organisation is not registered",
        world.exception(one, world.thing, world.someone, organisation=gone),
    )
    for hours in (0, -1):
        refused(
            world, InputError, "ends after it was made", world.exception(one, world.thing, world.someone, hours=hours)
        )
    world.append(world.exception(one, world.thing, world.someone))
    refused(
        world,
        PolicyError,
        "keeps what it says",
        world.exception(one, world.thing, world.someone, hours=99, action=Action.CHANGED),
    )
    refused(world, InputError, "registered already", world.exception(one, world.thing, world.someone, hours=5))
    refused(
        world,
        PolicyError,
        "may not state a registration",
        world.exception(world.new_id(), world.thing, world.someone, by=INSPECTOR),
    )
    world.append(world.ended(one, by=REGISTER))
    assert world.projection.exception(one).ended == world.reader.size - 1


def test_rules_are_the_controllers(registered):
    world = registered

    def fact(*subjects, by=REGISTER):
        when = world.clock.moment()
        rules = Policy(
            true_at=when,
            version=1,
            rules="ab" * 32,
            effective_at=when,
            by=world.someone,
            authenticated=Authentication.TOTP,
        )
        return world.signed(rules, *subjects, by=by)

    for subject in (world.processor, world.thing, world.log.subject, world.new_id()):
        refused(world, InputError, "the controller's", fact(subject))
    refused(world, InputError, "about one thing", fact(world.controller, world.processor))
    refused(world, PolicyError, "may not state a policy", fact(world.controller, by=INSPECTOR))
    world.append(fact(world.controller), fact(world.controller, by=OWNER))
    replay(world.reader)


def test_a_person_is_of_an_organisation_and_may_change(registered):
    world = registered
    person = Person(organisation=world.processor, duties=(Duty.CONTRACTOR,))
    world.append(world.registration(world.someone, action=Action.CHANGED, person=person, by=REGISTER))
    found = world.projection.person(world.someone)
    assert (found.organisation, found.duties, found.ended) == (world.processor, {Duty.CONTRACTOR}, None)
    refused(
        world,
        InputError,
        "as something else",
        world.device(world.someone, (IdentifierScheme.SERIAL, "ab" * 32), action=Action.CHANGED),
    )
    refused(world, PolicyError, "may not state a registration", world.person(world.new_id(), Duty.IT, by=INSPECTOR))
    world.append(world.enrolled_for(OTHER, Role.INSPECTOR, person=world.someone))
    assert world.projection.key(OTHER.keyid).person == world.someone
    assert world.projection.key(INSPECTOR.keyid).person is None

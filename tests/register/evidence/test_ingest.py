"""Many signed facts at once: an outcome for each, nothing twice, nothing half, and only what each key may say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from jobs.looks import looked_at
from ledger.world import INSPECTOR, OWNER, RECIPIENT, STRANGER, MadeClock, World, made_key
from lossproof.errors import FormatError, InputError, PolicyError, StoreError, VerificationError
from lossproof.jobs.recorded_inspection import inspection_fact
from lossproof.jobs.stating import signed
from lossproof.ledger.database import open_database
from lossproof.ledger.envelope import open_envelope
from lossproof.ledger.erasable import Opened, behind, erase, keep, manifest_of, salted_digest
from lossproof.ledger.manifest import seal_manifest
from lossproof.ledger.publishing import note_outside_time
from lossproof.model.fact import Method, Relation, Role
from lossproof.model.facts.holding import Manifest
from lossproof.model.facts.registration import Action, DeviceKind, IdentifierScheme, Organisation, Registration
from lossproof.model.shapes import whole_sectors
from lossproof.register.evidence.ingest import ingest
from lossproof.wire.checkin import Value
from lossproof.wire.facts import subject_of

AGENT, CONTRACTOR, IMPORTER, REGISTER = (made_key(name) for name in ("agent", "contractor", "importer", "register"))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world whose controller has an agent, whose processor has one too, and whose register has a key."""
    store = str(tmp_path / "store")
    open_database(store, create=True).close()
    made = World(lambda: open_database(store), tmp_path)
    made.processor = made.new_id()
    processor = Organisation(relation=Relation.PROCESSOR, name=None)
    made.append(
        made.registration(made.processor, organisation=processor),
        made.enrolment(AGENT, Role.AGENT),
        made.enrolment(CONTRACTOR, Role.AGENT, organisation=made.processor),
        made.enrolment(IMPORTER, Role.IMPORTER),
        made.enrolment(REGISTER, Role.REGISTER),
    )
    yield made
    made.database.close()


def look(
    world: World, device: str, *, by=AGENT, serial: str | None = None, uuid: str | None = None, at: str | None = None
):
    seen = looked_at(*([uuid] if uuid else []))
    fact = inspection_fact(
        seen, method=Method.READ, true_at=at or world.clock.moment(), tool="lossproof 0.1.0", serial=serial
    )
    world.clock.turn(seconds=1)
    return signed(by, fact, subject_of(device, seen.header_sha256))


def value(text: str, kind: str = "serial") -> Value:
    salt = sha256(text.encode()).digest()[:16]
    return Value(digest=salted_digest(salt, text), kind=kind, salt=salt, value=text)


def statuses(outcomes) -> list[str]:
    return [one.status for one in outcomes]


def test_each_fact_has_its_outcome_and_its_receipt_in_order(world):
    devices = [world.new_id() for _ in range(3)]
    facts = [world.device(one, by=AGENT) for one in devices] + [look(world, one) for one in devices]
    outcomes = ingest(world.ledger, facts)
    assert statuses(outcomes) == ["accepted"] * 6
    assert [one.envelope for one in outcomes] == [sha256(one).hexdigest() for one in facts]
    assert [one.receipt.envelope for one in outcomes] == [one.envelope for one in outcomes]
    assert {one.receipt.status for one in outcomes} == {"durable"}


def test_facts_that_come_again_are_known_with_the_receipts_that_they_had(world):
    device = world.new_id()
    facts = [world.device(device, by=AGENT), look(world, device)]
    first, size = ingest(world.ledger, facts), world.reader.size
    again = ingest(world.ledger, [*facts, facts[0]])
    assert statuses(again) == ["known"] * 3 and world.reader.size == size
    assert [one.receipt.leaves for one in again[:2]] == [one.receipt.leaves for one in first]
    twice = look(world, device)
    assert statuses(ingest(world.ledger, [twice, twice])) == ["accepted", "known"]


def test_one_that_is_refused_costs_the_others_nothing(world):
    device, other = world.new_id(), world.new_id()
    good = [world.device(device, by=AGENT), look(world, device), look(world, device)]
    forged = bytearray(look(world, device))
    forged[-20] = ord("A") if forged[-20] != ord("A") else ord("B")
    bad = [
        b"",
        b"\xff" * 99,
        bytes(forged),
        look(world, device, by=STRANGER),
        look(world, other),
        world.device(device, by=AGENT),
    ]
    facts = [good[0], *bad[:3], good[1], *bad[3:], good[2]]
    outcomes = ingest(world.ledger, facts)
    refused = ["refused"] * 3
    assert statuses(outcomes) == ["accepted", *refused, "accepted", *refused, "accepted"]
    assert [type(one.error) for one in outcomes if one.error] == [
        FormatError,
        FormatError,
        VerificationError,
        PolicyError,
        InputError,
        InputError,
    ]
    assert len(world.reader.chain(device)) == 3 and not world.reader.chain(other)


@pytest.mark.parametrize("key", [OWNER, REGISTER], ids=["owner", "register"])
def test_keys_that_do_not_look_at_devices_speak_elsewhere(world, key):
    (outcome,) = ingest(world.ledger, [world.device(world.new_id(), by=key)])
    assert outcome.status == "refused" and "speaks elsewhere" in str(outcome.error)


def test_only_looks_devices_and_withdrawals_of_their_own_are_taken_in(world):
    device = world.new_id()
    first = ingest(world.ledger, [world.device(device, by=AGENT), look(world, device)])
    world.append(world.holding(device))
    facts = [
        world.retraction(first[1].receipt.leaves[0], AGENT),
        world.retraction(world.reader.size - 1, AGENT),
        world.ended(device, by=AGENT),
        world.enrolment(STRANGER, Role.AGENT, by=AGENT),
        world.registration(world.new_id(), by=AGENT, recipient=RECIPIENT),
    ]
    assert statuses(ingest(world.ledger, facts)) == ["accepted", *["refused"] * 4]


def test_a_processor_speaks_of_its_own_devices_alone(world):
    own, other = world.new_id(), world.new_id()
    world.append(world.device(other))
    facts = [
        world.device(own, by=CONTRACTOR, organisation=world.processor),
        look(world, own, by=CONTRACTOR),
        world.holding(own, by=CONTRACTOR),
        look(world, other, by=CONTRACTOR),
        world.holding(other, by=CONTRACTOR),
        world.holding(own, other, by=CONTRACTOR),
        world.device(world.new_id(), by=CONTRACTOR),
        world.device(other, by=CONTRACTOR, organisation=world.processor, action=Action.CHANGED),
        look(world, own),
    ]
    assert statuses(ingest(world.ledger, facts)) == ["accepted"] * 3 + ["refused"] * 5 + ["accepted"]


def test_keys_that_are_no_longer_in_force_are_refused_and_what_they_said_before_is_known(world):
    device = world.new_id()
    before = [world.device(device, by=AGENT), look(world, device)]
    ingest(world.ledger, before)
    world.append(world.compromise(AGENT))
    again = ingest(world.ledger, [*before, look(world, device)])
    assert statuses(again) == ["known", "known", "refused"]
    assert "compromised" in str(again[2].error)


def test_a_fact_from_the_future_is_refused(world):
    device = world.new_id()
    world.append(world.device(device))
    late = (world.clock() + timedelta(minutes=11)).strftime("%Y-%m-%dT%H:%M:%SZ")
    (outcome,) = ingest(world.ledger, [look(world, device, at=late)])
    assert outcome.status == "refused" and "still to come" in str(outcome.error)


def test_a_device_that_has_ended_is_looked_at_no_more(world):
    device = world.new_id()
    world.append(world.device(device), world.ended(device))
    (outcome,) = ingest(world.ledger, [look(world, device)])
    assert "has ended" in str(outcome.error)


def test_while_the_clock_is_known_to_be_wrong_nothing_is_refused_for_good(world):
    note_outside_time(world.database, world.log, world.clock() - timedelta(hours=1), world.clock)
    with pytest.raises(StoreError, match="more than ten minutes ahead"):
        ingest(world.ledger, [world.device(world.new_id(), by=AGENT)])


def test_values_are_kept_only_behind_digests_of_facts_that_were_just_accepted(world):
    device, refused = world.new_id(), world.new_id()
    serial, other, asset = value("AA04012700017"), value("BB0401270002X"), value("CC0401270003Y")
    facts = [
        world.device(device, (IdentifierScheme.SERIAL, serial.digest), by=AGENT),
        world.device(refused, (IdentifierScheme.SERIAL, asset.digest), by=STRANGER),
    ]
    lying = Value(digest=serial.digest, kind="serial", salt=serial.salt, value="AA04012700018")
    wrong_kind = Value(digest=serial.digest, kind="asset_tag", salt=serial.salt, value=serial.value)
    ingest(world.ledger, facts, [lying, wrong_kind, other, asset])
    assert behind(world.database, serial.digest) is None
    ingest(world.ledger, facts, [serial])
    assert behind(world.database, serial.digest) is None  # known by now, and not just accepted
    second = world.new_id()
    ingest(
        world.ledger, [world.device(second, (IdentifierScheme.SERIAL, serial.digest), by=AGENT)], [lying, serial, other]
    )
    kept = behind(world.database, serial.digest)
    assert isinstance(kept, Opened) and kept.value == "AA04012700017"
    assert behind(world.database, other.digest) is None
    erase(world.database, serial.digest, "retention_ended", world.clock())
    third = world.new_id()
    ingest(world.ledger, [world.device(third, (IdentifierScheme.SERIAL, serial.digest), by=AGENT)], [serial])
    assert not isinstance(behind(world.database, serial.digest), Opened)


def test_a_sealed_list_is_kept_only_where_an_accepted_holding_names_it(world):
    device = world.new_id()
    sealed, other = seal_manifest(b"made up", RECIPIENT), seal_manifest(b"made up too", RECIPIENT)
    named = Manifest(
        sha256=sealed.sha256, size_bytes=whole_sectors(sealed.size_bytes), recipient=sealed.recipient_fingerprint
    )
    facts = [world.device(device, by=AGENT), world.holding(device, by=AGENT, manifest=named)]
    outcomes = ingest(world.ledger, facts, (), [other.ciphertext, sealed.ciphertext])
    assert statuses(outcomes) == ["accepted", "accepted"]
    assert manifest_of(world.database, sealed.sha256).device == device
    assert manifest_of(world.database, other.sha256) is None


def test_a_list_sealed_to_a_stranger_is_refused(world):
    device = world.new_id()
    stranger = "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg"
    named = Manifest(sha256="0" * 64, size_bytes=512, recipient=sha256(stranger.encode()).hexdigest())
    outcomes = ingest(world.ledger, [world.device(device, by=AGENT), world.holding(device, by=AGENT, manifest=named)])
    assert statuses(outcomes) == ["accepted", "refused"]


def test_the_projection_is_brought_up_in_the_same_transaction_or_nothing_is_in(world):
    device = world.new_id()
    size, sizes = world.reader.size, []
    ingest(world.ledger, [world.device(device, by=AGENT)], project=lambda writer: sizes.append(writer.size))
    assert sizes == [size + 1]

    def broken(writer):
        raise StoreError("a disk is full")

    with pytest.raises(StoreError):
        ingest(world.ledger, [look(world, device)], project=broken)
    assert world.reader.size == size + 1


# What an inspection shows of a device that others registered

UUID = "0d3c5b1e-2f4a-4f6e-8f10-7d2b4c6a8e90"


def identifiers(world: World, device: str) -> dict[str, int]:
    schemes = [scheme for scheme, _ in world.projection.device(device).identifiers]
    return {scheme: schemes.count(scheme) for scheme in sorted(set(schemes))}


def registered_by_hand(world: World, serial: str | None = "AA04012700017", kind: DeviceKind = DeviceKind.STICK) -> str:
    device = world.new_id()
    known = [(IdentifierScheme.ASSET_TAG, keep(world.database, "asset_tag", f"TAG {device[:4]}"))]
    if serial:
        known.append((IdentifierScheme.SERIAL, keep(world.database, "serial", serial)))
    world.append(world.device(device, *known, kind=kind))
    world.clock.turn(seconds=1)
    return device


def test_an_inspection_adds_what_it_shows_to_a_device_that_was_registered_by_hand(world):
    device, serial = registered_by_hand(world), value("AA04012700017")
    outcomes = ingest(
        world.ledger, [look(world, device, uuid=UUID, serial=serial.digest)], [serial], register_key=REGISTER
    )
    assert statuses(outcomes) == ["accepted"] and len(outcomes[0].receipt.leaves) == 1
    assert identifiers(world, device) == {"asset_tag": 1, "header_sha256": 1, "serial": 2, "volume_uuid": 1}
    fact = world.reader.statement(world.reader.chain(device)[-1].entry.digest).predicate
    assert isinstance(fact, Registration) and fact.action is Action.CHANGED
    assert world.reader.signer(bytes.fromhex(world.reader.chain(device)[-1].entry.digest)) == REGISTER.keyid
    size = world.reader.size
    ingest(world.ledger, [look(world, device, uuid=UUID, serial=serial.digest)], [serial], register_key=REGISTER)
    assert world.reader.size == size + 1


def test_the_serial_number_of_the_medium_in_a_laptop_stands_beside_that_of_the_laptop(world):
    device, serial = registered_by_hand(world, "5CG0401270", DeviceKind.LAPTOP), value("S4EV0401270002X")
    ingest(world.ledger, [look(world, device, uuid=UUID, serial=serial.digest)], [serial], register_key=REGISTER)
    assert identifiers(world, device) == {"asset_tag": 1, "header_sha256": 1, "serial": 2, "volume_uuid": 1}
    other = registered_by_hand(world, "5CG0401271", DeviceKind.LAPTOP)
    before = identifiers(world, other)
    again = value("S4EV0401270002X")
    ingest(world.ledger, [look(world, other, uuid=UUID, serial=again.digest)], [again], register_key=REGISTER)
    assert identifiers(world, other) == before


@pytest.mark.parametrize(
    "why", ["another serial number", "the serial number of another", "no text", "a processor's word"]
)
def test_nothing_is_added_where_the_medium_could_be_another(world, why):
    device = registered_by_hand(world, None if why == "the serial number of another" else "AA04012700017")
    serial = value("AA04012700017" if why == "a processor's word" else "BB0401270002X")
    if why == "the serial number of another":
        registered_by_hand(world, "BB0401270002X")
    given = [] if why == "no text" else [serial]
    before = identifiers(world, device)
    by = CONTRACTOR if why == "a processor's word" else AGENT
    ingest(world.ledger, [look(world, device, uuid=UUID, serial=serial.digest, by=by)], given, register_key=REGISTER)
    assert identifiers(world, device) == before


def test_a_look_that_is_older_than_the_registration_changes_nothing(world):
    old = world.clock.moment()
    world.clock.turn(seconds=60)
    device = registered_by_hand(world, None)
    before = identifiers(world, device)
    outcomes = ingest(world.ledger, [look(world, device, uuid=UUID, at=old)], register_key=REGISTER)
    assert statuses(outcomes) == ["accepted"] and identifiers(world, device) == before


def test_what_was_registered_before_in_the_same_batch_counts(world):
    device = world.new_id()
    facts = [world.device(device, by=AGENT), look(world, device, uuid=UUID)]
    ingest(world.ledger, facts, register_key=REGISTER)
    assert identifiers(world, device) == {"header_sha256": 1, "volume_uuid": 1}
    assert open_envelope(facts[0]).keyid == AGENT.keyid and INSPECTOR.keyid != AGENT.keyid
    assert isinstance(world.clock, MadeClock)

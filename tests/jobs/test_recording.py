from __future__ import annotations

from dataclasses import replace

import pyrage
import pytest

from jobs.looks import looked_at
from jobs.people_files import COUNT, with_people
from ledger.world import INSPECTOR, OWNER, RECIPIENT, made_key
from lossproof.errors import FormatError, InputError, PolicyError
from lossproof.jobs.devices import register_device
from lossproof.jobs.discovery import discover_folder
from lossproof.jobs.enrolling import enrol_key
from lossproof.jobs.recording import Look, Note, recipient_for, record, require_device
from lossproof.ledger.erasable import manifest_of
from lossproof.ledger.replay import replay
from lossproof.model.fact import Role
from lossproof.model.facts.holding import HoldingFact
from lossproof.model.facts.inspection import InspectionFact
from lossproof.model.facts.registration import DeviceKind

A, B = "5a0be1e8-0000-4000-8000-000000000001", "5a0be1e8-0000-4000-8000-000000000002"
SERIAL = "AA04012700017"


def saw(world, inspection, **words):
    return record(world.ledger, words.pop("by", INSPECTOR), Look(inspection=inspection), **words)


def facts_about(world, device):
    return [world.reader.statement(leaf.entry.digest).predicate for leaf in world.reader.chain(device)]


def test_a_medium_is_registered_once_and_all_its_facts_stand_in_one_chain(world):
    first = saw(world, looked_at(A, serial=SERIAL))
    assert (first.registered, first.known_by, first.facts) == (True, None, ("registration", "inspection"))
    world.clock.turn(seconds=5)
    second = saw(world, looked_at(A, serial=SERIAL))
    assert (second.device, second.registered, second.known_by, second.facts) == (
        first.device,
        False,
        "serial",
        ("inspection",),
    )
    registration, *inspections = facts_about(world, first.device)
    serial = next(one.digest for one in registration.device.identifiers if one.scheme == "serial")
    assert [one.serial for one in inspections] == [serial, serial]
    assert replay(world.reader).facts == world.reader.size - 1


def test_what_is_new_of_a_device_is_registered_and_what_is_gone_is_dropped(world):
    device = saw(world, looked_at(A, serial=SERIAL)).device
    done = saw(world, looked_at(B, serial=SERIAL))
    assert (done.device, done.notes) == (device, (Note.REFORMATTED,))
    schemes = [scheme for scheme, _ in world.projection.device(device).identifiers]
    assert sorted(schemes) == ["header_sha256", "serial", "volume_uuid"]
    assert saw(world, looked_at(A)).device != device
    assert saw(world, looked_at(B)).device == device


def test_a_named_device_is_believed_unless_the_serial_number_is_anothers(world):
    device = register_device(world.ledger, OWNER, DeviceKind.STICK, asset_tag="S-17").registered["device"]
    done = saw(world, looked_at(A, serial=SERIAL), device="S-17")
    assert (done.device, done.known_by, done.notes) == (device, "named", ())
    other = register_device(world.ledger, OWNER, DeviceKind.STICK, asset_tag="S-18").registered["device"]
    with pytest.raises(InputError, match=f"serial number of another device: {device}"):
        saw(world, looked_at(B, serial=SERIAL), device="S-18")
    copy = saw(world, looked_at(A), device="S-18")
    assert (copy.device, copy.notes, copy.also) == (other, (Note.SHARED,), (device,))
    with pytest.raises(InputError, match="could be any of 2 devices"):
        saw(world, looked_at(A))
    new = saw(world, looked_at(B, serial="BB0401270002X"), device="S-17")
    assert new.notes == (Note.SERIAL_NEW,)


def test_a_medium_that_nothing_tells_is_another_one_each_time(world):
    first, second = (saw(world, looked_at()) for _ in range(2))
    assert first.device != second.device
    assert first.notes == second.notes == (Note.UNTOLD,)
    assert saw(world, looked_at(), device=first.device).notes == ()


def test_it_is_of_the_organisation_whose_key_signs(world):
    bins = made_key("bins")
    home = enrol_key(world.ledger, OWNER, bins.public, Role.AGENT, new_organisation="Bins & Sons").registered
    assert world.projection.device(saw(world, looked_at(A), by=bins).device).organisation == home["organisation"]
    assert world.projection.device(saw(world, looked_at(A)).device).organisation == home["organisation"]


def test_a_processor_leaves_the_controllers_device_as_it_is_known_and_records_what_it_saw(world):
    bins = made_key("bins")
    enrol_key(world.ledger, OWNER, bins.public, Role.AGENT, new_organisation="Bins & Sons")
    device = saw(world, looked_at(A, serial=SERIAL)).device
    known = world.projection.device(device)
    done = saw(world, looked_at(B, serial="BB0401270002X"), device=device, by=bins)
    assert (done.device, done.facts) == (device, ("inspection",))
    assert done.notes == (Note.SERIAL_NEW, Note.UNCHANGED)
    assert world.projection.device(device) == known
    assert saw(world, looked_at(A, serial=SERIAL), by=bins).notes == ()
    # Its own devices it registers and changes.
    own = saw(world, looked_at(B, serial="CC0401270003Y"), by=bins)
    assert own.facts == ("registration", "inspection")
    again = saw(world, looked_at(A, serial="CC0401270003Y"), by=bins)
    assert (again.device, again.facts) == (own.device, ("registration", "inspection"))
    replay(world.reader)


def test_who_may_not_look_records_nothing_and_nothing_is_kept(world):
    before = world.reader.size, world.rows("ledger_erasable")
    with pytest.raises(PolicyError):
        saw(world, looked_at(A, serial=SERIAL), by=OWNER)
    with pytest.raises(InputError, match="a folder does not say"):
        record(world.ledger, INSPECTOR, Look())
    assert (world.reader.size, world.rows("ledger_erasable")) == before


def test_what_is_clear_before_the_work_is_said_before_it(world):
    require_device(world.ledger, None, looked_at(A))
    with pytest.raises(InputError, match="a folder does not say"):
        require_device(world.ledger, None, None)
    device = saw(world, looked_at(A)).device
    require_device(world.ledger, device, None)
    world.append(world.ended(device))
    with pytest.raises(InputError, match="has ended"):
        require_device(world.ledger, device, None)
    require_device(world.ledger, None, looked_at(A))
    assert saw(world, looked_at(A)).registered


@pytest.fixture
def look(tmp_path) -> Look:
    return Look(inspection=looked_at(A), found=discover_folder(with_people(tmp_path / "files")), exposed=True)


def test_the_people_are_sealed_beside_the_log_and_counted_in_it(world, look):
    identity = pyrage.x25519.Identity.generate()
    recipient = str(identity.to_public())
    world.append(world.registration(world.new_id(), recipient=recipient))
    done = record(world.ledger, INSPECTOR, look, recipient=recipient)
    assert (done.sealed_to, done.facts) == (recipient, ("registration", "inspection", "holding"))
    (holding,) = (fact for fact in facts_about(world, done.device) if isinstance(fact, HoldingFact))
    assert (holding.people.point, holding.exposed) == (COUNT, True)
    kept = manifest_of(world.database, holding.manifest.sha256)
    assert kept.device == done.device and kept.ciphertext.startswith(b"age-encryption.org/v1\n")
    assert len(pyrage.decrypt(kept.ciphertext, [identity])) % 2 == 0
    assert set(done.shape()) == {
        *("device", "registered", "known_by", "notes", "also", "sealed_to", "facts", "receipts"),
    }


def test_counts_alone_are_kept_without_a_recipient(world, look):
    done = record(world.ledger, INSPECTOR, look)
    assert done.sealed_to is None
    (holding,) = (fact for fact in facts_about(world, done.device) if isinstance(fact, HoldingFact))
    assert holding.manifest is None
    assert world.rows("ledger_manifest") == []


def test_a_recipient_that_is_not_enrolled_leaves_nothing_behind(world, look):
    before = world.reader.size, world.rows("ledger_manifest")
    with pytest.raises(PolicyError, match="not enrolled"):
        record(world.ledger, INSPECTOR, look, recipient=str(pyrage.x25519.Identity.generate().to_public()))
    assert (world.reader.size, world.rows("ledger_manifest")) == before


def test_the_newest_enrolled_recipient_is_taken_unless_one_is_wanted(world):
    other = str(pyrage.x25519.Identity.generate().to_public())
    assert recipient_for(world.ledger, None) == RECIPIENT
    with pytest.raises(PolicyError, match="not enrolled this manifest recipient"):
        recipient_for(world.ledger, other)
    with pytest.raises(FormatError):
        recipient_for(world.ledger, "age1nonsense")
    subject = world.new_id()
    world.append(world.registration(subject, recipient=other))
    assert recipient_for(world.ledger, None) == other
    assert recipient_for(world.ledger, RECIPIENT) == RECIPIENT
    world.append(world.ended(subject))
    assert recipient_for(world.ledger, None) == RECIPIENT


def test_a_folder_on_a_known_device_is_a_holding_alone(world, look):
    device = saw(world, looked_at(A)).device
    done = record(world.ledger, INSPECTOR, replace(look, inspection=None), device=device)
    assert (done.device, done.facts, done.notes) == (device, ("holding",), ())
    assert [type(fact) for fact in facts_about(world, device)][1:] == [InspectionFact, HoldingFact]

"""Envelopes made without a store: which medium it is, what is signed, and what goes beside it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jobs.looks import looked_at
from jobs.people_files import with_people
from ledger.world import INSPECTOR, RECIPIENT, MadeClock
from lossproof.errors import InputError
from lossproof.jobs import reporting
from lossproof.jobs.discovery import discover_folder
from lossproof.jobs.recording import Look, Note
from lossproof.jobs.reporting import KnownMedium, Reporter, report
from lossproof.ledger.envelope import open_envelope, verify_envelope
from lossproof.ledger.erasable import salted_digest
from lossproof.model.facts.holding import HoldingFact
from lossproof.model.facts.inspection import InspectionFact
from lossproof.model.facts.registration import Action, DeviceKind, Registration
from lossproof.wire.facts import decode_statement

UUID, OTHER = "0d3c5b1e-2f4a-4f6e-8f10-7d2b4c6a8e90", "7f5a1c2d-9b8e-4a3f-b1c2-d3e4f5a6b7c8"
HOME = "c" * 32
REPORTER = Reporter(key=INSPECTOR, organisation=HOME, clock=MadeClock())


def seen(*uuids: str, serial: str | None = None) -> Look:
    return Look(inspection=looked_at(*uuids, serial=serial))


def statements(made):
    return [decode_statement(verify_envelope(open_envelope(one), INSPECTOR.public)) for one in made.batch.facts]


def test_an_unknown_medium_is_registered_under_a_random_id_with_its_serial_number_beside_it():
    made = report(REPORTER, seen(UUID, serial="AA04012700017"), (), kind=DeviceKind.STICK)
    registration, inspection = (one.predicate for one in statements(made))
    assert isinstance(registration, Registration) and registration.action is Action.CREATED
    assert (registration.device.kind, registration.device.organisation) == (DeviceKind.STICK, HOME)
    assert {one.scheme.value for one in registration.device.identifiers} == {"serial", "volume_uuid", "header_sha256"}
    (value,) = made.batch.values
    assert isinstance(inspection, InspectionFact)
    assert inspection.serial == value.digest == salted_digest(value.salt, "AA04012700017")
    assert {one.subjects[0].id for one in statements(made)} == {made.device}
    assert b"AA04012700017" not in b"".join(open_envelope(one).payload for one in made.batch.facts)
    assert "AA04012700017" not in repr(made.batch)


def test_a_medium_that_is_known_is_inspected_alone_under_the_digest_that_it_has():
    first = report(REPORTER, seen(UUID, serial="AA04012700017"), ())
    again = report(REPORTER, seen(UUID, serial="AA04012700017"), [first.medium])
    assert (again.device, again.registered, again.known_by, again.medium) == (first.device, False, "serial", None)
    (inspection,) = (one.predicate for one in statements(again))
    assert inspection.serial == first.medium.serials[0].digest and not again.batch.values


def test_a_stick_that_was_formatted_anew_is_known_by_its_serial_number():
    first = report(REPORTER, seen(UUID, serial="AA04012700017"), ())
    again = report(REPORTER, seen(OTHER, serial="AA04012700017"), [first.medium])
    assert (again.device, again.notes) == (first.device, (Note.REFORMATTED,))
    assert again.medium.volumes != first.medium.volumes and again.medium.serials == first.medium.serials


def test_a_copy_on_another_stick_is_another_device():
    first = report(REPORTER, seen(UUID, serial="AA04012700017"), ())
    copy = report(REPORTER, seen(UUID, serial="BB0401270002X"), [first.medium])
    assert copy.registered and copy.device != first.device
    with pytest.raises(InputError, match="could be any of 2 devices"):
        report(REPORTER, seen(UUID), [first.medium, copy.medium])
    named = report(REPORTER, seen(UUID), [first.medium, copy.medium], device="BB0401270002X")
    assert (named.device, named.known_by) == (copy.device, "named")
    with pytest.raises(InputError, match="serial number of another device"):
        report(REPORTER, seen(UUID, serial="AA04012700017"), [first.medium, copy.medium], device=copy.device)


def test_a_device_that_others_registered_is_named_by_its_id_and_known_from_then_on():
    device = "d" * 32
    named = report(REPORTER, seen(UUID, serial="AA04012700017"), (), device=device)
    assert (named.device, named.registered, named.facts) == (device, False, ("inspection",))
    assert report(REPORTER, seen(UUID), [named.medium]).device == device
    with pytest.raises(InputError, match="not known here"):
        report(REPORTER, seen(UUID), (), device="my stick")


def test_what_cannot_be_told_from_another_says_so():
    assert report(REPORTER, seen(), ()).notes == (Note.UNTOLD,)


def test_a_folder_is_of_a_device_that_is_named_and_its_people_are_sealed(tmp_path, monkeypatch):
    look = Look(found=discover_folder(with_people(tmp_path)), exposed=True)
    with pytest.raises(InputError, match="does not say which device"):
        report(REPORTER, look, ())
    sealed = report(replace(REPORTER, recipient=RECIPIENT), look, (), device="d" * 32)
    (holding,) = (one.predicate for one in statements(sealed))
    assert isinstance(holding, HoldingFact) and holding.people.high == 7
    assert sealed.sealed_to == RECIPIENT and len(sealed.batch.manifests) == 1 and holding.manifest is not None
    monkeypatch.setattr(reporting, "MOST_MANIFEST_BYTES", 100)
    long = report(replace(REPORTER, recipient=RECIPIENT), look, (), device="d" * 32)
    (counts,) = (one.predicate for one in statements(long))
    assert long.list_left_out and long.sealed_to is None and not long.batch.manifests and counts.manifest is None


def test_what_a_registration_could_not_hold_is_no_medium():
    with pytest.raises(ValueError):
        KnownMedium(device="x", kind=DeviceKind.STICK, organisation=HOME, volumes=(), headers=(), serials=())
    with pytest.raises(ValueError):
        KnownMedium(device="d" * 32, kind=DeviceKind.STICK, organisation=HOME, volumes=("x",), headers=(), serials=())

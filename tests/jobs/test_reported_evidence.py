from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ledger.world import INSPECTOR, OWNER, START, STRANGER, made_key
from lossproof.errors import PolicyError
from lossproof.jobs.devices import register_device
from lossproof.jobs.enrolling import enrol_key
from lossproof.jobs.history import history
from lossproof.jobs.reported_evidence import Outcome, Taken, import_reported, inspection_of
from lossproof.model.fact import Grade, Method, Role
from lossproof.model.facts.inspection import InspectionFact
from lossproof.model.facts.registration import DeviceKind
from lossproof.policy.recorded import grade_again
from wire.reports.reading import devices, report

MADE_AT = START - timedelta(days=1)


def laptop(**changes):
    """The laptop of the Windows script, looked at a day before."""
    found = devices(report("windows_laptop.json"))[0]
    return replace(found, **{"seen_at": MADE_AT, **changes})


def take(world, *found, signer=INSPECTOR, **more) -> tuple[Outcome, ...]:
    return import_reported(world.ledger, signer, found, made_at=MADE_AT, **more)


def inspections(world, device: str) -> list:
    return [event for event in history(world.ledger, device).events if event.kind == "inspection"]


def test_an_unknown_device_is_registered_with_its_evidence(world):
    (outcome,) = take(world, laptop())
    assert outcome[1:] == (Taken.RECORDED, outcome.device, True, "protected", "")
    device = world.projection.find_device("PF3K2M9X")
    assert (device.subject, device.kind) == (outcome.device, "laptop")
    (event,) = inspections(world, outcome.device)
    fact = event.predicate
    assert isinstance(fact, InspectionFact)
    assert (fact.method, event.grade, fact.true_at) == (Method.REPORTED, Grade.IMPORTED, "2026-11-01T09:00:00Z")
    assert fact.serial in {digest for scheme, digest in device.identifiers if scheme == "serial"}
    assert (fact.bytes_read, grade_again(fact)[0]) == (0, "protected")


def test_the_same_report_again_adds_nothing(world):
    (first,) = take(world, laptop())
    size = world.reader.size
    (second,) = take(world, laptop())
    assert (second.taken, second.device, second.registered, world.reader.size) == (
        Taken.KNOWN,
        first.device,
        False,
        size,
    )


def test_a_device_is_found_by_its_name_among_the_asset_tags(world):
    given = register_device(world.ledger, OWNER, DeviceKind.LAPTOP, asset_tag="IT-0042").registered["device"]
    (outcome,) = take(world, laptop(serial=None))
    assert (outcome.device, outcome.registered) == (given, False)
    (outcome,) = take(world, laptop())
    assert outcome.device == given


def test_a_name_is_not_believed_against_a_serial_number(world):
    other = register_device(world.ledger, OWNER, DeviceKind.LAPTOP, serial="PF9999ZZ", asset_tag="IT-0042")
    (outcome,) = take(world, laptop())
    assert outcome.registered and outcome.device != other.registered["device"]


def test_without_a_serial_number_nobody_is_registered(world):
    size = world.reader.size
    for serial in (None, "0000000", "12345678"):
        (outcome,) = take(world, laptop(serial=serial))
        assert outcome.taken is Taken.ERROR and "asset tag" in outcome.reason
    assert world.reader.size == size


def test_several_devices_of_one_serial_number_are_an_error(world):
    for tag in ("A", "B"):
        register_device(world.ledger, OWNER, DeviceKind.LAPTOP, asset_tag=tag)
    (outcome,) = take(world, laptop(serial=None, names=("A", "B")))
    assert outcome.taken is Taken.ERROR and "several" in outcome.reason


@pytest.mark.parametrize(
    "seen_at", [START + timedelta(hours=1), datetime(1, 1, 1, tzinfo=UTC), datetime(2019, 12, 31, tzinfo=UTC)]
)
def test_a_time_to_come_or_long_past_is_an_error(world, seen_at):
    (outcome,) = take(world, laptop(seen_at=seen_at), dry_run=True)
    assert outcome.taken is Taken.ERROR and "time" in outcome.reason
    assert take(world, laptop(seen_at=seen_at))[0] == outcome


def test_what_says_no_time_was_so_when_the_report_was_made(world):
    (outcome,) = take(world, laptop(seen_at=None))
    assert inspections(world, outcome.device)[0].predicate.true_at == MADE_AT.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_dry_run_says_the_same_and_writes_nothing(world):
    size = world.reader.size
    (planned,) = take(world, laptop(), dry_run=True)
    assert (planned.taken, planned.registered, planned.protection) == (Taken.RECORDED, True, "protected")
    assert world.reader.size == size and not world.rows("ledger_erasable")


def test_a_sighting_is_no_evidence(world):
    size = world.reader.size
    (unknown,) = take(world, laptop(layers=None))
    assert (unknown.taken, unknown.device, world.reader.size) == (Taken.UNREGISTERED, None, size)
    (known,) = take(world, laptop())
    (seen,) = take(world, laptop(layers=None))
    assert (seen.taken, seen.device) == (Taken.SIGHTED, known.device)
    assert len(inspections(world, known.device)) == 1


def test_an_importers_word_is_imported_and_a_processors_claimed(world):
    importer, theirs = made_key("importer"), made_key("bins")
    enrol_key(world.ledger, OWNER, importer.public, Role.IMPORTER)
    enrol_key(world.ledger, OWNER, theirs.public, Role.IMPORTER, new_organisation="Bins & Sons")
    (outcome,) = take(world, laptop(), signer=importer)
    take(world, laptop(seen_at=MADE_AT - timedelta(hours=1)), signer=theirs)
    assert [event.grade for event in inspections(world, outcome.device)] == [Grade.IMPORTED, Grade.CLAIMED]


def test_a_key_that_may_not_pass_on_is_refused_at_once(world):
    for signer in (STRANGER, OWNER):
        with pytest.raises(PolicyError):
            take(world, laptop(), signer=signer)


def test_two_words_of_one_new_device_in_one_report_make_one_device(world):
    first, second = take(world, laptop(), laptop(seen_at=MADE_AT - timedelta(hours=2)))
    assert first.device == second.device and (first.registered, second.registered) == (True, False)


def test_every_recorded_report_is_taken_in_batches(world):
    sizes = []
    names = ("windows_laptop.json", "macos_laptop.json", "osquery_linux.json")
    found = [replace(one, seen_at=MADE_AT) for name in names for one in devices(report(name))]
    done = take(world, *found, after=lambda writer: sizes.append(writer.size))
    assert [one.taken for one in done].count(Taken.ERROR) == 0
    assert sizes == [world.reader.size]
    facts = "".join(world.rows("ledger_envelope"))
    assert not any(name in facts for one in found for name in one.names)


def test_the_header_digest_tells_layers_apart_and_names_nobody():
    one, other = (inspection_of(each).header_sha256 for each in devices(report("windows_laptop.json")))
    assert one != other
    assert inspection_of(laptop(serial=None, names=())).header_sha256 == one

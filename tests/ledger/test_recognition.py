from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.looks import looked_at
from ledger.world import World
from lossproof.ledger.erasable import MOST_CHARACTERS, erase, keep
from lossproof.ledger.recognition import Marks, kept_serial, marks_of, named_so, recognise, sharing
from lossproof.model.facts.registration import IdentifierScheme

A, B = "5a0be1e8-0000-4000-8000-000000000001", "5a0be1e8-0000-4000-8000-000000000002"
SERIAL, TAG = IdentifierScheme.SERIAL, IdentifierScheme.ASSET_TAG
HEADER, VOLUME = IdentifierScheme.HEADER, IdentifierScheme.VOLUME


def digest_of(uuid: str) -> str:
    return sha256(uuid.encode()).hexdigest()


def registered(
    world: World, *, serial: str = "", tag: str = "", volumes: tuple[str, ...] = (), header: str = ""
) -> str:
    """A device with these identifiers: its id."""
    known = [(VOLUME, digest_of(uuid)) for uuid in volumes]
    known += [(HEADER, header)] if header else []
    known += [(SERIAL, keep(world.database, "serial", serial))] if serial else []
    known += [(TAG, keep(world.database, "asset_tag", tag))] if tag else []
    subject = world.new_id()
    world.append(world.device(subject, *known))
    return subject


def found(world: World, inspection) -> tuple[list[str], str | None]:
    known = recognise(world.ledger, marks_of(inspection))
    return [one.subject for one in known.devices], known.scheme


def test_the_serial_number_goes_before_headers_and_headers_before_volumes(world):
    look = looked_at(A, B, serial="AA04012700017")
    by_volume = registered(world, volumes=(B,))
    assert found(world, look) == ([by_volume], VOLUME)
    by_header = registered(world, header=look.header_sha256)
    assert found(world, look) == ([by_header], HEADER)
    by_serial = registered(world, serial="AA04012700017")
    assert found(world, look) == ([by_serial], SERIAL)
    assert sharing(world.ledger, marks_of(look), by_serial) == tuple(sorted((by_volume, by_header)))


def test_nobody_is_known_by_nothing(world):
    registered(world, serial="AA04012700017", volumes=(A,))
    assert found(world, looked_at()) == ([], None)
    assert not marks_of(looked_at()).any


def test_each_identifier_is_looked_for_in_its_own_scheme(world):
    registered(world, tag="AA04012700017")
    assert found(world, looked_at(serial="AA04012700017")) == ([], None)
    registered(world, tag=A)
    assert found(world, looked_at(A)) == ([], None)


def test_a_device_whose_serial_number_is_known_to_be_another_is_not_meant(world):
    first = registered(world, serial="AA04012700017", volumes=(A,))
    assert found(world, looked_at(A)) == ([first], VOLUME)
    assert found(world, looked_at(A, serial="BB0401270002X")) == ([], None)
    # What its serial number was can no longer be told, so its volumes decide.
    for scheme, digest in world.projection.device(first).identifiers:
        if scheme == SERIAL:
            erase(world.database, digest, "retention_ended", world.clock())
    assert found(world, looked_at(A, serial="BB0401270002X")) == ([first], VOLUME)


def test_several_devices_are_all_named_and_ended_ones_are_not(world):
    subjects = sorted(registered(world, volumes=(A,)) for _ in range(3))
    assert found(world, looked_at(A)) == (subjects, VOLUME)
    world.append(world.ended(subjects[0]))
    assert found(world, looked_at(A)) == (subjects[1:], VOLUME)


def test_a_device_has_the_names_that_are_kept_of_it(world):
    subject = registered(world, serial="AA04012700017", tag="S-17")
    assert [one.subject for one in named_so(world.ledger, "S-17")] == [subject]
    assert [one.subject for one in named_so(world.ledger, "AA04012700017")] == [subject]
    keep(world.database, "organisation", "Bins & Sons")
    assert named_so(world.ledger, "Bins & Sons") == ()
    device = world.projection.device(subject)
    assert kept_serial(world.ledger, device, "AA04012700017") in dict(device.identifiers).values()
    assert kept_serial(world.ledger, device, "S-17") is None


@pytest.mark.parametrize("uuid", ["0000-0000", "00000000-0000-0000-0000-000000000000", "FFFF-FFFF", "", "1111-2222"])
def test_an_empty_uuid_tells_nothing(uuid):
    assert marks_of(looked_at(uuid)) == Marks(None, frozenset(), frozenset())


@pytest.mark.parametrize(
    "serial",
    ["", "0", "00000000000000", "0123456789ABCDEF", "1234567890", "123456789012", "A1", "\x00" * 9, "aaaaabbbbb"],
)
def test_a_serial_number_that_makers_leave_in_tells_nothing(serial):
    assert marks_of(looked_at(serial=serial)).serial is None


@pytest.mark.parametrize("serial", ["AA04012700017", "4C530001230", "PF-3K2M9X", "Ünïcode-9"])
def test_a_serial_number_tells(serial):
    assert marks_of(looked_at(serial=serial)).serial == serial


@given(st.text(st.characters(), max_size=600), st.lists(st.text(max_size=40), max_size=4))
def test_marks_of_anything_can_be_kept(serial, uuids):
    marks = marks_of(looked_at(*uuids, serial=serial))
    assert marks.serial is None or (marks.serial == serial and len(serial.encode()) <= 4 * MOST_CHARACTERS)
    assert all(len(digest) == 64 for digest in marks.volumes | marks.headers)
    assert bool(marks.headers) == bool(marks.volumes)

from __future__ import annotations

import pytest

from ledger.world import INSPECTOR, OWNER, made_key
from lossproof.errors import FormatError, InputError
from lossproof.jobs.devices import change_device, register_device
from lossproof.jobs.enrolling import enrol_key
from lossproof.model.fact import Role
from lossproof.model.facts.registration import DeviceKind


def test_a_device_is_registered_with_its_names_kept_apart(world):
    given = register_device(world.ledger, INSPECTOR, DeviceKind.LAPTOP, serial="PF-3K2M9X", asset_tag="IT-0042")
    device = world.projection.find_device("IT-0042")
    assert device == world.projection.find_device("PF-3K2M9X") == world.projection.device(given.registered["device"])
    assert (device.kind, device.organisation) == ("laptop", world.controller)
    assert "IT-0042" not in "".join(world.rows("ledger_envelope") + world.rows("ledger_device_identifier"))


def test_it_is_of_the_signers_organisation(world):
    bins = made_key("bins")
    home = enrol_key(world.ledger, OWNER, bins.public, Role.AGENT, new_organisation="Bins & Sons")
    given = register_device(world.ledger, bins, DeviceKind.STICK)
    assert world.projection.device(given.registered["device"]).organisation == home.registered["organisation"]
    given = register_device(world.ledger, OWNER, DeviceKind.STICK, organisation="Bins & Sons")
    assert world.projection.device(given.registered["device"]).organisation == home.registered["organisation"]


def test_a_name_that_another_device_has_is_refused_and_nothing_is_kept(world):
    register_device(world.ledger, OWNER, DeviceKind.STICK, asset_tag="S-17")
    size, kept = world.reader.size, world.rows("ledger_erasable")
    with pytest.raises(InputError, match="has this serial already"):
        register_device(world.ledger, OWNER, DeviceKind.STICK, serial="S-17", asset_tag="S-18")
    with pytest.raises(FormatError):
        register_device(world.ledger, OWNER, DeviceKind.STICK, asset_tag="a\0b")
    assert (world.reader.size, world.rows("ledger_erasable")) == (size, kept)


def test_a_change_keeps_what_is_not_changed(world):
    given = register_device(world.ledger, OWNER, DeviceKind.OTHER, asset_tag="S-17")
    change_device(world.ledger, INSPECTOR, "S-17", kind=DeviceKind.STICK)
    change_device(world.ledger, INSPECTOR, "S-17", serial="AA04012700017")
    device = world.projection.find_device("AA04012700017")
    assert (device.subject, device.kind, len(device.identifiers)) == (given.registered["device"], "stick", 2)
    with pytest.raises(InputError, match="this device has this asset tag already"):
        change_device(world.ledger, OWNER, "S-17", asset_tag="S-17")
    with pytest.raises(InputError, match="no such device"):
        change_device(world.ledger, OWNER, "S-18", kind=DeviceKind.STICK)

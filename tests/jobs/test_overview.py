from __future__ import annotations

from dataclasses import replace

from ledger.world import INSPECTOR, LOG, OWNER, RECIPIENT, made_key
from lossproof.jobs import overview as module
from lossproof.jobs.devices import register_device
from lossproof.jobs.enrolling import enrol_key
from lossproof.jobs.overview import identifiers, overview
from lossproof.ledger.erasable import erase
from lossproof.model.fact import Role
from lossproof.model.facts.registration import DeviceKind


def test_everything_is_there_at_a_glance(world):
    enrol_key(world.ledger, OWNER, made_key("bins").public, Role.AGENT, new_organisation="Bins & Sons")
    register_device(world.ledger, OWNER, DeviceKind.STICK, asset_tag="S-17")
    shape = overview(world.ledger)
    assert (shape["origin"], shape["log_key"], shape["read_only"]) == (world.log.origin, LOG.keyid, None)
    assert shape["size"] == shape["covered"] == world.reader.size
    assert [(one["relation"], one["name"]) for one in shape["organisations"]] == [
        ("controller", None),
        ("processor", "Bins & Sons"),
    ]
    assert [one["role"] for one in shape["keys"]] == ["owner", "inspector", "agent"]
    assert {INSPECTOR.keyid, OWNER.keyid} < {one["fingerprint"] for one in shape["keys"]}
    assert shape["recipients"] == [{"recipient": RECIPIENT, "ended": None}]
    assert [one["identifiers"][0]["value"] for one in shape["devices"]] == ["S-17"]
    assert overview(replace(world.ledger, behind="an old copy"))["read_only"] == "an old copy"


def test_a_name_that_was_erased_says_when(world):
    device = register_device(world.ledger, OWNER, DeviceKind.STICK, asset_tag="S-17").registered["device"]
    known = world.projection.device(device)
    erase(world.database, known.identifiers[0][1], "retention_ended", world.clock())
    (one,) = identifiers(world.ledger, known)
    assert (one["value"], one["erased_at"]) == (None, "2026-11-02T09:00:00.000Z")


def test_more_devices_than_a_page_are_all_listed(world, monkeypatch):
    monkeypatch.setattr(module, "_PAGE", 2)
    devices = {register_device(world.ledger, OWNER, DeviceKind.STICK).registered["device"] for _ in range(5)}
    assert {one["id"] for one in overview(world.ledger)["devices"]} == devices

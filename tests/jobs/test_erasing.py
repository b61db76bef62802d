from __future__ import annotations

from dataclasses import replace

import pytest

from jobs.looks import looked_at
from jobs.test_sealed_lists import held
from ledger.world import INSPECTOR, OWNER
from lossproof.errors import InputError, StoreError
from lossproof.jobs.devices import change_device, register_device
from lossproof.jobs.erasing import erase_device
from lossproof.jobs.recording import Look, record
from lossproof.ledger.erasable import Erased, behind, manifest_of
from lossproof.ledger.replay import replay
from lossproof.model.facts.registration import DeviceKind

A = "5a0be1e8-0000-4000-8000-000000000001"
RULE = "retention_ended"


def test_all_that_a_device_was_ever_called_goes_and_its_facts_stay(world):
    device = record(world.ledger, INSPECTOR, Look(inspection=looked_at(A, serial="AA04012700017"))).device
    change_device(world.ledger, OWNER, device, asset_tag="S-17")
    other = register_device(world.ledger, OWNER, DeviceKind.STICK, asset_tag="S-18").registered["device"]
    size = world.reader.size
    assert erase_device(world.ledger, "S-17", RULE, names=True, lists=True) == (device, 2, 0)
    text = "".join(world.rows("ledger_erasable"))
    assert "AA04012700017" not in text and "S-17" not in text and "S-18" in text
    assert (world.reader.size, replay(world.reader).size) == (size, size)
    assert world.projection.find_device("S-18").subject == other
    with pytest.raises(InputError, match="no such device"):
        erase_device(world.ledger, "S-17", RULE, names=True, lists=True)
    assert erase_device(world.ledger, device, RULE, names=True, lists=True) == (device, 0, 0)


def test_names_and_lists_go_apart(world):
    world.append(world.device("d1" * 16))
    digest = held(world, b"first")
    change_device(world.ledger, OWNER, "d1" * 16, asset_tag="S-17")
    assert erase_device(world.ledger, "S-17", RULE, names=False, lists=True) == ("d1" * 16, 0, 1)
    assert isinstance(manifest_of(world.database, digest), Erased)
    named = world.projection.find_device("S-17").identifiers[0][1]
    assert not isinstance(behind(world.database, named), Erased)
    assert erase_device(world.ledger, "S-17", RULE, names=True, lists=False) == ("d1" * 16, 1, 0)


def test_nothing_goes_from_a_store_that_is_only_to_be_read_or_under_a_rule_that_is_none(world):
    register_device(world.ledger, OWNER, DeviceKind.STICK, asset_tag="S-17")
    with pytest.raises(StoreError, match="an old copy"):
        erase_device(replace(world.ledger, behind="an old copy"), "S-17", RULE, names=True, lists=True)
    with pytest.raises(InputError, match="not a code"):
        erase_device(world.ledger, "S-17", "because Ann Smith asked", names=True, lists=True)
    assert "S-17" in "".join(world.rows("ledger_erasable"))

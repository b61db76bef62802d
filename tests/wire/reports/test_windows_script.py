"""What the Windows script says, as devices. Its outputs are written after documentation: recorded/README.md."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lossproof.model.facts.registration import DeviceKind
from wire.reports.reading import RECORDED, devices, document, report, seen

WINDOWS = "windows_laptop.json"


def volume(changes: dict) -> tuple[str, set[str]]:
    """What the laptop amounts to with its volume changed so."""
    changed = document(WINDOWS)
    changed["volumes"][0] |= changes
    return seen(devices(changed)[0])


def test_a_laptop_and_a_stick_in_it_are_two_devices():
    laptop, stick = devices(report(WINDOWS))
    assert (laptop.serial, laptop.kind, laptop.names) == ("PF3K2M9X", DeviceKind.LAPTOP, ("IT-0042",))
    assert (stick.serial, stick.kind, stick.names) == ("AA04012700017", DeviceKind.STICK, ())
    assert laptop.seen_at == stick.seen_at == datetime(2026, 11, 20, 8, 15, tzinfo=UTC)
    assert seen(laptop) == ("protected", {"encrypted", "automatic_unlock"})
    assert seen(stick)[0] == "unprotected"


@pytest.mark.parametrize(
    ("changes", "protection", "code"),
    [
        ({"protection_status": 0}, "unprotected", "clear_key"),
        ({"protection_status": 2}, "unknown", "secret_not_shown"),
        ({"protection_status": None}, "unknown", "secret_not_shown"),
        ({"conversion_status": 0}, "unprotected", "unencrypted_volume"),
        ({"conversion_status": 2, "percentage": 40}, "partial", "conversion_incomplete"),
        ({"conversion_status": 3, "percentage": 40}, "partial", "conversion_incomplete"),
        ({"conversion_status": 4}, "partial", "conversion_paused"),
        ({"conversion_status": 5}, "partial", "conversion_paused"),
        ({"conversion_status": 9}, "unknown", "unknown_state"),
        ({"conversion_status": None}, "unknown", "unknown_state"),
        ({"percentage": 99.9999}, "partial", "conversion_incomplete"),
        ({"percentage": None}, "unknown", "encryption_not_shown"),
        ({"percentage": "all"}, "unknown", "encryption_not_shown"),
        ({"flags": 1}, "partial", "used_space_only"),
        ({"flags": 1, "wiping_status": 2}, "partial", "used_space_only"),
        ({"flags": None}, "unknown", "encryption_not_shown"),
        ({"encryption_method": 5}, "unknown", "opal_only"),
        ({"encryption_method": 0}, "unknown", "cipher_unknown"),
        ({"encryption_method": 99}, "unknown", "cipher_unknown"),
        ({"encryption_method": None}, "unknown", "cipher_unknown"),
        ({"protectors": None}, "unknown", "secret_not_shown"),
        ({"protectors": []}, "unknown", "no_protector"),
        ({"protectors": [1]}, "unknown", "secret_not_shown"),
        ({"protectors": [3, 10]}, "unknown", "unknown_protector"),
        ({"protectors": [3, None]}, "unknown", "unknown_protector"),
    ],
)
def test_whatever_is_amiss_or_not_said_makes_it_no_longer_protected(changes, protection, code):
    found, codes = volume(changes)
    assert (found, code in codes) == (protection, True), codes


def test_what_is_well_stays_protected():
    for changes in (
        {"flags": 1, "wiping_status": 1},
        {"encryption_method": 6},
        {"protectors": [4, 3]},
        {"protectors": [8]},
    ):
        assert volume(changes)[0] == "protected", changes


@pytest.mark.parametrize(
    ("size", "expected"),
    [(1 << 29, "protected"), (2 << 30, "protected"), ((2 << 30) + 512, "unknown"), (500 << 30, "unknown")],
)
def test_a_partition_that_starts_the_machine_is_left_out_up_to_the_size_of_one_that_is_read(size, expected):
    changed = document(WINDOWS)
    efi = {"number": 5, "type": "{c12a7328-f81f-11d2-ba4b-00a0c93ec93b}", "size_bytes": size, "volume_id": None}
    changed["disks"][0]["partitions"].append(efi)
    assert seen(devices(changed)[0])[0] == expected


def test_a_partition_that_bitlocker_does_not_name_is_a_doubt():
    changed = document(WINDOWS)
    changed["disks"][0]["partitions"].append({"number": 5, "type": "", "size_bytes": 1 << 30, "volume_id": None})
    assert seen(devices(changed)[0]) == (
        "unknown",
        {"encryption_not_shown", "container_not_opened", "automatic_unlock"},
    )


def test_without_an_administrator_nothing_is_known():
    changed = document(WINDOWS)
    changed["volumes"] = [None]
    assert [seen(one)[0] for one in devices(changed)] == ["unknown", "unknown"]
    changed["disks"] = [None]
    assert [seen(one)[0] for one in devices(changed)] == ["unknown"]


def test_a_volume_on_no_disk_that_is_listed_is_the_computers():
    changed = document(WINDOWS)
    changed["volumes"].append({"device_id": "elsewhere", "conversion_status": 0})
    assert seen(devices(changed)[0])[0] == "partial"


def test_volumes_without_the_disks_show_not_all():
    changed = document(WINDOWS)
    changed["disks"], changed["volumes"] = None, changed["volumes"][:1]
    assert [seen(one)[0] for one in devices(changed)] == ["unknown"]


def test_the_consoles_utf_16_and_a_list_of_computers_are_read():
    from lossproof.wire.reports import decode_json, is_json

    wide = "\ufeff".encode("utf-16-le") + (RECORDED / WINDOWS).read_text(encoding="utf-8").encode("utf-16-le")
    assert is_json(wide)
    assert devices(decode_json(wide)) == devices(report(WINDOWS))
    assert len(devices([document(WINDOWS), document(WINDOWS)])) == 4


def test_no_name_stands_in_a_layer():
    for device in devices(report(WINDOWS)):
        assert "IT-0042" not in repr(device.layers) and device.serial not in repr(device.layers)

"""What the macOS script says, as devices. Its outputs are written after documentation: recorded/README.md."""

from __future__ import annotations

import pytest

from lossproof.model.facts.registration import DeviceKind
from wire.reports.reading import devices, document, report, seen

MAC = "macos_laptop.json"
DATA = 2


def volume(changes: dict, **top: object) -> tuple[str, set[str]]:
    changed = document(MAC) | top
    changed["apfs"]["Containers"][0]["Volumes"][DATA] |= changes
    return seen(devices(changed)[0])


def test_a_mac_and_a_stick_in_it_are_two_devices():
    mac, stick = devices(report(MAC))
    assert (mac.serial, mac.kind, mac.names) == ("C02ZZ0AAMD6T", DeviceKind.LAPTOP, ("IT-0043",))
    assert (stick.serial, stick.kind) == ("AA04012700018", DeviceKind.STICK)
    assert seen(stick)[0] == "unprotected"


def test_filevault_shows_that_it_is_encrypted_and_no_more():
    assert seen(devices(report(MAC))[0]) == ("unknown", {"secret_not_shown"})


@pytest.mark.parametrize(
    ("changes", "top", "protection", "code"),
    [
        ({"FileVault": False}, {"filevault": "FileVault is Off."}, "unprotected", "unencrypted_volume"),
        ({"Encryption": False, "FileVault": False}, {}, "unprotected", "unencrypted_volume"),
        ({"Encryption": None}, {}, "unknown", "encryption_not_shown"),
        ({"CryptoMigrationOn": True}, {}, "partial", "conversion_incomplete"),
        ({"CryptoMigrationOn": None}, {}, "partial", "conversion_incomplete"),
        (
            {},
            {"filevault": "FileVault is Off. Encryption in progress: Percent completed = 12"},
            "partial",
            "conversion_incomplete",
        ),
        ({}, {"filevault": "FileVault is Off."}, "unknown", "header_inconsistent"),
        ({"Roles": ["Data"]}, {"apfs": None}, "unknown", "encryption_not_shown"),
    ],
)
def test_less_than_filevault_on_every_volume_is_said_to_be_less(changes, top, protection, code):
    if top.get("apfs", "there") is None:
        found, codes = seen(devices(document(MAC) | top)[0])
    else:
        found, codes = volume(changes, **top)
    assert (found, code in codes) == (protection, True), codes


def test_a_volume_without_a_role_counts():
    changed = document(MAC)
    changed["apfs"]["Containers"][0]["Volumes"].append({"Encryption": False, "FileVault": False, "Roles": []})
    assert seen(devices(changed)[0])[0] == "unprotected"


def test_where_nothing_was_printed_nothing_is_known():
    empty = dict.fromkeys(document(MAC)) | {"format": "lossproof-macos-evidence"}
    (mac,) = devices(empty)
    assert (mac.serial, mac.seen_at, seen(mac)[0]) == (None, None, "unknown")

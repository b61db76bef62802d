"""What osquery says, as devices. Its outputs are written after its schemas: recorded/README.md."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lossproof.errors import FormatError
from lossproof.wire.reports import Report
from wire.reports.reading import devices, document, report, seen

LINUX, WINDOWS = "osquery_linux.json", "osquery_windows.jsonl"


def test_bitlocker_without_its_protectors_is_never_protected():
    well, suspended = devices(report(WINDOWS))
    assert (well.serial, suspended.serial) == ("PF0000A1", "PF0000A2")
    assert well.seen_at == datetime.fromtimestamp(1795162500, UTC)
    assert seen(well)[0] == "unknown" and "secret_not_shown" in seen(well)[1]
    assert seen(suspended)[0] == "unprotected" and "clear_key" in seen(suspended)[1]


def test_a_mapping_that_is_open_shows_no_secret():
    computer, stick = devices(report(LINUX))
    assert (computer.serial, computer.names) == ("5CG0000XYZ", ("IT-0044", "it-0044"))
    assert seen(computer) == ("unknown", {"secret_not_shown", "container_not_opened"})
    assert (stick.serial, stick.layers) == ("AA04012700019", None)


def test_a_locked_partition_that_is_called_not_encrypted_is_no_plain_one():
    changed = document(LINUX)
    changed["block_devices"] = [one for one in changed["block_devices"] if one["name"] != "/dev/dm-0"]
    assert seen(devices(changed)[0])[0] == "unknown"


def test_a_plain_file_system_beside_is_said():
    changed = document(LINUX)
    changed["block_devices"].append(
        {"name": "/dev/sda1", "parent": "/dev/sda", "type": "ext4", "size": "1", "block_size": "512"}
    )
    assert seen(devices(changed)[0])[0] == "unprotected"


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({}, "unknown"),
        ({"type": "ext4"}, "unprotected"),
        ({"size": "8388608"}, "unprotected"),
        ({"size": ""}, "unprotected"),
        ({"parent": ""}, "unprotected"),
    ],
)
def test_a_volume_that_may_start_the_machine_is_a_doubt_for_its_type_is_not_said(block, expected):
    changed = document(LINUX)
    efi = {"name": "/dev/sda1", "parent": "/dev/sda", "type": "vfat", "size": "1048576", "block_size": "512"}
    changed["block_devices"].append(efi | block)
    assert seen(devices(changed)[0])[0] == expected


def test_without_block_devices_an_encrypted_row_is_a_doubt_and_none_is_plain():
    changed = document(LINUX)
    del changed["block_devices"]
    assert seen(devices(changed)[0])[0] == "unknown"
    for row in changed["disk_encryption"]:
        row["encrypted"] = "0"
    assert seen(devices(changed)[0])[0] == "unprotected"


def test_filevault_off_counts_more_than_encrypted():
    rows = [{"name": "/dev/disk1s1", "encrypted": "1", "encryption_status": "encrypted", "filevault_status": "off"}]
    mac = {"system_info": [{"hardware_serial": "C02ZZ0AAMD6T"}], "disk_encryption": rows}
    mac["block_devices"] = [{"name": "/dev/disk1s1", "parent": "", "type": "apfs", "block_size": "512"}]
    assert seen(devices(mac)[0])[0] == "unprotected"


def test_rows_with_the_computers_serial_number_are_enough():
    row = {"conversion_status": "1", "protection_status": "1", "hardware_serial": "PF0000A1"}
    (device,) = devices([row])
    assert (device.serial, seen(device)[0]) == ("PF0000A1", "unknown")


def test_a_computer_that_says_nothing_is_unknown():
    (device,) = devices({"system_info": [{"hardware_serial": "PF0000A1"}]})
    assert seen(device)[0] == "unknown"


def test_other_documents_are_not_its():
    for one in ({"a": 1}, [{"b": 2}], [], {}, 7):
        with pytest.raises(FormatError, match="no report that is known"):
            devices(Report(documents=(one,)))

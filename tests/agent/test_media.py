"""Which disks a machine has, as a made-up sysfs says it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lossproof.agent.media import disk, disks, kind_of
from lossproof.model.facts.registration import DeviceKind


@pytest.fixture
def sysfs(tmp_path: Path) -> Path:
    """One internal disk, one NVMe, a stick, a plugged-in drive, a card, an empty reader, and what is no disk."""
    block = tmp_path / "block"
    block.mkdir()
    (tmp_path / "class" / "block").mkdir(parents=True)
    usb = tmp_path / "devices" / "usb1" / "1-1"
    made = {
        "sda": ("devices/ata1", "2048", "0"),
        "nvme0n1": ("devices/pci", "4096", "0"),
        "sdb": ("devices/usb1/1-1/host", "2048", "1"),
        "sdc": ("devices/usb1/1-1/host", "2048", "0"),
        "sdd": ("devices/usb1/1-1/host", "0", "1"),
        "sde": ("devices/thunderbolt/0-1/host", "2048", "0"),
        "mmcblk0": ("devices/mmc", "2048", "1"),
        "loop0": ("devices/virtual", "2048", "0"),
        "dm-0": ("devices/virtual", "2048", "0"),
        "md127": ("devices/virtual", "2048", "0"),
        "zram0": ("devices/virtual", "2048", "0"),
        "sr0": ("devices/ata2", "2048", "1"),
    }
    for name, (where, size, removable) in made.items():
        folder = tmp_path / where / name
        folder.mkdir(parents=True)
        (folder / "size").write_text(f"{size}\n")
        (folder / "removable").write_text(f"{removable}\n")
        (block / name).symlink_to(folder)
        (tmp_path / "class" / "block" / name).symlink_to(folder)
    (usb / "idVendor").write_text("0781\n")
    (usb / "idProduct").write_text("5583\n")
    (tmp_path / "devices" / "thunderbolt" / "0-1" / "removable").write_text("removable\n")
    return tmp_path


def test_whole_disks_with_a_medium_are_found_and_nothing_else(sysfs):
    found = {one.node.name: (one.kind, one.internal) for one in disks(sysfs)}
    assert found == {
        "mmcblk0": (DeviceKind.CARD, False),
        "nvme0n1": (DeviceKind.DISK, True),
        "sda": (DeviceKind.DISK, True),
        "sdb": (DeviceKind.STICK, False),
        "sdc": (DeviceKind.DISK, False),
        "sde": (DeviceKind.DISK, False),
    }


@pytest.mark.parametrize(
    ("chassis", "kind"),
    [
        ("10", DeviceKind.LAPTOP),
        ("31", DeviceKind.LAPTOP),
        ("30", DeviceKind.TABLET),
        ("3", DeviceKind.DISK),
        ("x", DeviceKind.DISK),
    ],
)
def test_the_disk_inside_a_laptop_is_the_laptop(sysfs, chassis, kind):
    dmi = sysfs / "class" / "dmi" / "id"
    dmi.mkdir(parents=True)
    (dmi / "chassis_type").write_text(f"{chassis}\n")
    assert disk("sda", sysfs).kind is kind
    assert disk("sdb", sysfs).kind is DeviceKind.STICK


@pytest.mark.parametrize("name", ["", "sda1", "nvme0n1p1", "../sda", "loop0", "sdz", "mmcblk0p1", "sda\n"])
def test_what_is_no_whole_disk_is_none(sysfs, name):
    assert disk(name, sysfs) is None


def test_no_sysfs_no_disks(tmp_path):
    assert disks(tmp_path / "none") == ()


def test_an_image_is_of_no_kind(tmp_path, sysfs):
    assert kind_of(tmp_path / "sda", sysfs) is DeviceKind.OTHER
    assert kind_of(Path("/dev/sda1"), sysfs) is DeviceKind.OTHER
    assert kind_of(Path("/dev/sdb"), sysfs) is DeviceKind.STICK

from __future__ import annotations

import pytest

from lossproof.errors import FormatError
from lossproof.inspect.hardware import UsbIds, claim_hardware, claims_of, hardware_claim, usb_ids
from lossproof.model.volume import Layer, Protection
from lossproof.policy.protection import grade, overall


@pytest.fixture
def sysfs(tmp_path):
    """A made-up computer: a stick on USB with one partition, and a disk that is not on USB."""
    root = tmp_path / "sys"
    usb = root / "devices/pci0000:00/usb1/1-2"
    stick = usb / "1-2:1.0/host6/target6:0:0/6:0:0:0/block/sdb"
    (stick / "sdb1").mkdir(parents=True)
    for name, text in (("idVendor", "20A0\n"), ("idProduct", "4109\n"), ("serial", "MADE\x07UP0001\n")):
        (usb / name).write_text(text)
    disk = root / "devices/pci0000:00/ata1/host0/target0:0:0/0:0:0:0/block/sda"
    disk.mkdir(parents=True)
    (root / "class/block").mkdir(parents=True)
    for name, place in (("sdb", stick), ("sdb1", stick / "sdb1"), ("sda", disk)):
        (root / "class/block" / name).symlink_to(place)
    return root


@pytest.mark.parametrize("name", ["sdb", "sdb1"])
def test_a_stick_and_its_partition_have_the_ids_of_the_usb_device(sysfs, name):
    assert usb_ids(sysfs / "dev" / name, sysfs) == UsbIds("20a0", "4109", "MADEUP0001")


def test_another_name_of_the_device_is_followed(sysfs, tmp_path):
    (tmp_path / "by-id").symlink_to(tmp_path / "sdb1")
    assert usb_ids(tmp_path / "by-id", sysfs) == UsbIds("20a0", "4109", "MADEUP0001")


@pytest.mark.parametrize("name", ["sda", "sdz", ""])
def test_what_is_not_on_usb_has_none(sysfs, name):
    assert usb_ids(sysfs / "dev" / name, sysfs) is None


def test_ids_that_are_not_hexadecimal_are_none(sysfs):
    (sysfs / "devices/pci0000:00/usb1/1-2/idVendor").write_text("../x")
    assert usb_ids(sysfs / "dev/sdb", sysfs) is None


def test_a_system_without_sysfs_has_none(tmp_path):
    assert usb_ids(tmp_path / "sdb", tmp_path / "nowhere") is None


def test_the_table_names_products_and_says_who_says_so():
    claims = claims_of()
    assert len(claims) > 5
    assert all(claim.name and claim.source for claim in claims)
    assert hardware_claim("20A0", "4109").name == "Nitrokey Storage"
    assert hardware_claim("1953", "ffff").product == "*"
    assert hardware_claim("dead", "beef") is None


def test_a_user_may_bring_another_table(tmp_path):
    table = tmp_path / "mine.tsv"
    table.write_text("# mine\n\nDEAD\t*\tany\tme\ndead\tbeef\tone\tme\n")
    assert hardware_claim("dead", "BEEF", table).name == "one"
    assert hardware_claim("dead", "0001", table).name == "any"


@pytest.mark.parametrize("text", ["dead\tbeef\tname\n", "dea\tbeef\tname\tsource\n", "dead\tbeeg\tname\tsource\n"])
def test_a_table_that_is_not_one_is_refused(tmp_path, text):
    table = tmp_path / "mine.tsv"
    table.write_text(text)
    with pytest.raises(FormatError, match="line 1"):
        claims_of(table)
    with pytest.raises(FormatError):
        claims_of(tmp_path / "absent.tsv")


def test_such_a_stick_is_unknown_and_not_unprotected():
    plain = Layer(scheme="fat", offset_bytes=0, size_bytes=1 << 20)
    (whole,) = claim_hardware((grade(plain),), hardware_claim("20a0", "4109"))
    assert (whole.scheme, whole.size_bytes) == ("hardware", 1 << 20)
    assert whole.layers[0].protection is Protection.UNPROTECTED
    protection, _, reasons = overall((whole,))
    assert protection is Protection.UNKNOWN
    assert [reason.code for reason in reasons] == ["hardware_claim_unproved"]

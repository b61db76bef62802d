"""Laptops as they are, whole disks with a part that starts them: checked, recorded, decided, and handed over or not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from jobs.handing import RULES, Desk
from jobs.people_files import table
from laptops import (
    BIOS_BOOT,
    EFI,
    LINUX_DATA,
    MIB,
    RECOVERY,
    RESERVED,
    WINDOWS_DATA,
    XBOOTLDR,
    Part,
    disk,
    encrypted,
    ext,
    fat,
    needs_tools,
)
from ledger.world import INSPECTOR
from lossproof.errors import PolicyError
from lossproof.jobs import custody
from lossproof.jobs.check import examine
from lossproof.jobs.inspection import inspect_target
from lossproof.jobs.recording import Look, record
from lossproof.jobs.reporting import Reporter, report
from lossproof.jobs.states import device_state
from lossproof.model.fact import Authentication
from lossproof.model.facts.registration import DeviceKind
from lossproof.model.standing import Standing
from lossproof.policy.decide import decide

pytestmark = needs_tools
GIB = 1 << 30
PEOPLE = {"EFI/backup/patients.csv": table()}


@pytest.fixture
def desk(world):
    return Desk(world)


def registered(desk, kind):
    device = desk.world.new_id()
    desk.world.append(desk.world.device(device, kind=kind))
    return device


def checked(desk, image, kind=DeviceKind.LAPTOP):
    """A device whose disk was checked just now."""
    device = registered(desk, kind)
    seen = examine(image)
    look = Look(inspection=seen.verdict.inspection, found=seen.found, exposed=seen.verdict.exposed)
    record(desk.world.ledger, INSPECTOR, look, device=device)
    return device


def verdict(desk, device):
    world = desk.world
    now = int(datetime.fromisoformat(world.clock.moment()).astimezone(UTC).timestamp())
    return decide(RULES, device_state(world.reader, world.projection, device), now)


def codes(desk, device):
    return [reason.code for reason in verdict(desk, device).reasons]


def handed_over(desk, device):
    """Whether the gate lets it go to a nurse, from the offer to the signature."""
    desk.world.clock.turn(seconds=1)
    try:
        with desk.world.write() as writer:
            made = custody.offer(writer, desk.speaker(), [device], to=desk.nurse, rules=RULES)
        desk.world.clock.turn(seconds=1)
        with desk.world.write() as writer:
            nurse = desk.speaker(desk.nurse, Authentication.LINK)
            custody.accept(writer, nurse, made.handover, [device], text=None, rules=RULES)
    except PolicyError:
        return False
    return True


def linux(folder):
    """EFI, a boot partition that says what it is, and LUKS2."""
    return [Part(EFI, fat(folder)), Part(XBOOTLDR, ext(folder)), encrypted()]


def windows(folder):
    """EFI, the reserved partition, BitLocker, and the recovery partition."""
    return [
        Part(EFI, fat(folder)),
        Part(RESERVED, size_bytes=16 * MIB),
        encrypted("bitlocker", "xts128"),
        Part(RECOVERY, fat(folder, {"Recovery/WindowsRE/boot.sdi": bytes(3000)}, "recovery.img")),
    ]


@pytest.mark.parametrize("parts", [linux, windows])
@pytest.mark.parametrize("kind", [DeviceKind.LAPTOP, DeviceKind.TABLET])
def test_a_laptop_whose_disk_is_encrypted_but_for_what_starts_it_is_protected_and_goes(desk, tmp_path, parts, kind):
    device = checked(desk, disk(tmp_path / "disk", parts(tmp_path)), kind)
    found = verdict(desk, device)
    assert found.standing is Standing.PROTECTED, found.reasons
    assert {"encrypted", "boot_partition"} <= set(codes(desk, device))
    assert handed_over(desk, device)


def test_one_that_starts_the_old_way_too(desk, tmp_path):
    loader = (b"loading and welcome to the boot loader of this machine " * 30)[:1536].ljust(MIB, b"\0")
    gpt = disk(tmp_path / "gpt", [Part(BIOS_BOOT, loader), Part(XBOOTLDR, ext(tmp_path)), encrypted()])
    mbr = disk(tmp_path / "mbr", [Part("ea", ext(tmp_path)), encrypted()._replace(kind="83")], label="dos")
    for image in (gpt, mbr):
        device = checked(desk, image)
        assert verdict(desk, device).standing is Standing.PROTECTED, (image, codes(desk, device))
        assert handed_over(desk, device)


def test_a_check_says_of_the_same_disk_that_parts_of_it_can_be_read(tmp_path):
    seen = examine(disk(tmp_path / "disk", linux(tmp_path))).verdict
    assert (seen.inspection.protection, seen.standing) == ("partial", Standing.UNPROTECTED)


@pytest.mark.parametrize("kind", [DeviceKind.STICK, DeviceKind.DISK, DeviceKind.OTHER])
def test_a_stick_with_such_a_part_does_not_go(desk, tmp_path, kind):
    device = checked(desk, disk(tmp_path / "disk", linux(tmp_path)), kind)
    assert verdict(desk, device).standing is Standing.UNPROTECTED
    assert not handed_over(desk, device)


def hostile(folder):
    """Disks that are not encrypted but for what starts them, whatever their tables say."""
    boot = fat(folder)
    return {
        "people on it": [Part(EFI, fat(folder, PEOPLE, "people.img")), encrypted()],
        "people on another": [Part(EFI, boot), Part(RECOVERY, fat(folder, PEOPLE, "more.img")), encrypted()],
        "500 GB": [Part(EFI, boot, 500 * GIB), encrypted()],
        "four of 2 GiB": [*(Part(EFI, boot, 2 * GIB) for _ in range(4)), encrypted()],
        "a plain part beside": [Part(EFI, boot), Part(LINUX_DATA, ext(folder)), encrypted()],
        "nothing but boot partitions": [Part(EFI, boot), Part(XBOOTLDR, ext(folder))],
        "suspended": [Part(EFI, boot), encrypted("bitlocker", "suspended")],
        "suspended on a boot partition": [Part(EFI, encrypted("bitlocker", "suspended").content), encrypted()],
        "a /boot of a general type": [Part(EFI, boot), Part(LINUX_DATA, ext(folder)), encrypted()],
        "Windows not encrypted": [Part(EFI, boot), Part(WINDOWS_DATA, fat(folder, {"a.txt": b"a"}, "c.img"))],
    }


def test_a_laptop_that_only_says_that_a_part_starts_it_does_not_go(desk, tmp_path):
    disks = hostile(tmp_path)
    assert disks
    for name, parts in disks.items():
        device = checked(desk, disk(tmp_path / "disk", parts))
        assert verdict(desk, device).standing is not Standing.PROTECTED, name
        assert not handed_over(desk, device), name
        (tmp_path / "disk").unlink()


def test_people_in_deleted_files_of_a_boot_partition_are_people_on_it(desk, tmp_path):
    volume = bytearray(fat(tmp_path))
    volume[-len(table()) - 512 : -512] = table()
    device = checked(desk, disk(tmp_path / "disk", [Part(EFI, bytes(volume)), encrypted()]))
    assert verdict(desk, device).standing is Standing.UNPROTECTED
    assert not handed_over(desk, device)


def test_it_goes_again_once_the_files_are_gone_and_somebody_looked(desk, tmp_path):
    device = checked(desk, disk(tmp_path / "disk", [Part(EFI, fat(tmp_path, PEOPLE, "people.img")), encrypted()]))
    assert verdict(desk, device).standing is Standing.UNPROTECTED
    desk.world.clock.turn(seconds=60)
    (tmp_path / "disk").unlink()
    seen = examine(disk(tmp_path / "disk", linux(tmp_path)))
    record(desk.world.ledger, INSPECTOR, Look(inspection=seen.verdict.inspection, found=seen.found), device=device)
    assert verdict(desk, device).standing is Standing.PROTECTED
    assert handed_over(desk, device)


@pytest.mark.parametrize("files", [None, PEOPLE])
def test_what_is_reported_to_a_register_says_the_same(desk, tmp_path, files):
    image = disk(tmp_path / "disk", [Part(EFI, fat(tmp_path, files)), encrypted()])
    seen = examine(image)
    look = Look(inspection=seen.verdict.inspection, found=seen.found)
    made = report(
        Reporter(key=INSPECTOR, organisation=desk.world.controller, clock=desk.world.clock),
        look,
        (),
        kind=DeviceKind.LAPTOP,
    )
    desk.world.append(*made.batch.facts)
    wanted = Standing.UNPROTECTED if files else Standing.PROTECTED
    assert verdict(desk, made.device).standing is wanted
    by_record = checked(desk, image)
    assert codes(desk, made.device) == codes(desk, by_record)


def test_a_look_at_the_headers_alone_shows_nothing_of_what_is_on_a_boot_partition(desk, tmp_path):
    device = registered(desk, DeviceKind.LAPTOP)
    image = disk(tmp_path / "disk", linux(tmp_path))
    record(desk.world.ledger, INSPECTOR, Look(inspection=inspect_target(image)), device=device)
    assert verdict(desk, device).standing is Standing.UNPROTECTED
    assert not handed_over(desk, device)

"""Which whole disks this machine has, as Linux says in sysfs: what they are, and which come and go.

Sources: Documentation/ABI (sysfs-block, sysfs-devices-removable), SMBIOS 3.6 section 7.4.1 (chassis types). Left out: partitions and
what device mapper and RAID make of disks (a disk is read whole, from below), optical media, loop and RAM disks.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from lossproof.inspect.hardware import usb_ids
from lossproof.model.facts.registration import DeviceKind

SYSFS = Path("/sys")
DEV = Path("/dev")

_DISK = re.compile(r"(?:sd[a-z]+|hd[a-z]+|vd[a-z]+|xvd[a-z]+|nvme\d+n\d+|mmcblk\d+)")
_LAPTOPS = frozenset({8, 9, 10, 14, 31, 32})
_TABLETS = frozenset({11, 30})


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """A whole disk with a medium in it. `internal` ones stay with the machine."""

    node: Path
    kind: DeviceKind
    internal: bool


def disks(sysfs: Path = SYSFS, dev: Path = DEV) -> tuple[Disk, ...]:
    """Every whole disk that has a medium in it, by name."""
    block = sysfs / "block"
    names = sorted(os.listdir(block)) if block.is_dir() else []  # noqa: PTH208  names alone are wanted
    found = (disk(name, sysfs, dev) for name in names)
    return tuple(one for one in found if one is not None)


def disk(name: str, sysfs: Path = SYSFS, dev: Path = DEV) -> Disk | None:
    """The whole disk with this kernel name, such as `sdb`; None for anything else, and where no medium is in it."""
    if not _DISK.fullmatch(name):
        return None
    size = _number(sysfs / "block" / name / "size")
    if not size:
        return None
    removable = _number(sysfs / "block" / name / "removable") == 1
    usb = usb_ids(Path(name), sysfs) is not None
    internal = not removable and not usb and not _plugged_in(sysfs / "block" / name)
    return Disk(
        node=dev / name, kind=_kind(name, removable=removable, internal=internal, sysfs=sysfs), internal=internal
    )


def kind_of(target: Path, sysfs: Path = SYSFS) -> DeviceKind:
    """What sort of device a target is, as far as the system says: `other` for images and for parts of disks."""
    found = disk(target.resolve().name, sysfs) if target.parent.resolve() == DEV else None
    return found.kind if found else DeviceKind.OTHER


def _kind(name: str, *, removable: bool, internal: bool, sysfs: Path) -> DeviceKind:
    if internal:
        chassis = _number(sysfs / "class" / "dmi" / "id" / "chassis_type")
        if chassis in _LAPTOPS:
            return DeviceKind.LAPTOP
        return DeviceKind.TABLET if chassis in _TABLETS else DeviceKind.DISK
    if name.startswith("mmcblk"):
        return DeviceKind.CARD
    return DeviceKind.STICK if removable else DeviceKind.DISK


def _plugged_in(node: Path) -> bool:
    """Whether the system says that the disk, or what it hangs on, can be unplugged by a person."""
    path = Path(os.path.realpath(node))
    for above in (path, *path.parents):
        try:
            if (above / "removable").read_text("ascii", "replace").strip() == "removable":
                return True
        except OSError:
            continue
    return False


def _number(path: Path) -> int:
    try:
        text = path.read_text("ascii", "replace").strip()
    except OSError:
        return 0
    return int(text) if text.isdecimal() else 0

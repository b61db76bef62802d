"""Disks of laptops as installers lay them out: a partition table by sfdisk or sgdisk, boot partitions that can be read, and the rest
encrypted."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

from discover import filesystem_images as images
from discover.filesystem_images import SYSTEM_PATH
from vector_files import cases

MIB = 1 << 20
EFI = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
BIOS_BOOT = "21686148-6449-6E6F-744E-656564454649"
RESERVED = "E3C9E316-0B5C-4DB8-817D-F92DF00215AE"
RECOVERY = "DE94BBA4-06D1-4D40-A16A-BFD50179D6AC"
XBOOTLDR = "BC13C2FF-59E6-4262-A352-B275FD6F7172"
WINDOWS_DATA = "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7"
LINUX_DATA = "0FC63DAF-8483-4772-8E79-3D69D8477DE4"

needs_tools = pytest.mark.skipif(
    not images.have("sfdisk", "mkfs.fat", "mcopy", "mke2fs", "debugfs"),
    reason="needs fdisk, dosfstools, mtools, e2fsprogs",
)


class Part(NamedTuple):
    """A partition: its type as sfdisk takes it, what stands at its start, and its size where that is more."""

    kind: str
    content: bytes = b""
    size_bytes: int = 0


def disk(path: Path, parts: Iterable[Part], *, label: str = "gpt") -> Path:
    """An image with these partitions, one behind the other from 1 MiB on; sparse."""
    at, lines, placed = MIB, [f"label: {label}"], []
    for part in parts:
        size = -(-max(part.size_bytes, len(part.content)) // MIB) * MIB
        lines.append(f"start={at // 512}, size={size // 512}, type={part.kind}")
        placed.append((at, part.content))
        at += size
    images.blank(path, at + MIB)
    command = ["sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", str(path)]
    subprocess.run(
        command, input="\n".join(lines), text=True, check=True, capture_output=True, env={"PATH": SYSTEM_PATH}
    )
    with path.open("r+b") as image:
        for start, content in placed:
            image.seek(start)
            image.write(content)
    return path


def encrypted(scheme: str = "luks2", name: str = "default") -> Part:
    """A partition of data that is encrypted well."""
    content = next(case.image for case in cases(scheme) if case.name == name)
    return Part(WINDOWS_DATA if scheme == "bitlocker" else LINUX_DATA, content)


def fat(folder: Path, files: dict[str, bytes] | None = None, name: str = "efi.img") -> bytes:
    """A small FAT volume with these files, or with a boot loader's."""
    volume = folder / name
    images.fat(volume, files or {"EFI/BOOT/BOOTX64.EFI": b"MZ" + bytes(4000)}, bits=12, size_bytes=2 * MIB, delete=())
    return volume.read_bytes()


def ext(folder: Path, files: dict[str, bytes] | None = None, name: str = "boot.img") -> bytes:
    """A small ext volume with these files, or with a kernel's."""
    volume = folder / name
    images.ext(volume, files or {"vmlinuz": b"MZ" + bytes(9000)}, kind="ext4", size_bytes=8 * MIB)
    return volume.read_bytes()

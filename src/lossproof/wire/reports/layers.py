"""Layers of what was only told: volumes laid side by side, and those of which little or nothing is said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lossproof.model.volume import Layer

_FILE_SYSTEMS = {
    "apfs": "apfs",
    "exfat": "exfat",
    "fat": "fat",
    "fat16": "fat",
    "fat32": "fat",
    "hfs": "hfsplus",
    "msdos": "fat",
    "ntfs": "ntfs",
    "refs": "refs",
    "udf": "udf",
    "vfat": "fat",
    "ext2": "ext",
    "ext3": "ext",
    "ext4": "ext",
    "xfs": "xfs",
    "btrfs": "btrfs",
    "swap": "swap",
}
_LAST_BYTE = 1 << 50


def side_by_side(layers: Iterable[Layer]) -> tuple[Layer, ...]:
    """Layers one behind the other: where each lies is seldom told, and nothing is graded by it."""
    placed: list[Layer] = []
    end = 0
    for layer in layers:
        placed.append(replace(layer, offset_bytes=min(end, _LAST_BYTE)))
        end += layer.size_bytes
    return tuple(placed)


def plain(file_system: str, size_bytes: int = 0) -> Layer:
    """A volume that is said not to be encrypted. `file_system` as other systems spell it."""
    scheme = _FILE_SYSTEMS.get(file_system.strip().lower(), "other")
    return Layer(scheme=scheme, offset_bytes=0, size_bytes=size_bytes, findings=("unencrypted_volume",))


def said_to_be_encrypted(scheme: str = "other", size_bytes: int = 0, *more: str) -> Layer:
    """A volume that is said to be encrypted, and no more: not that a secret is needed. `more` are findings beside that."""
    return Layer(scheme=scheme, offset_bytes=0, size_bytes=size_bytes, findings=("secret_not_shown", *more))


def unknown(size_bytes: int = 0) -> Layer:
    """A part of a medium of which nothing is said."""
    return Layer(scheme="other", offset_bytes=0, size_bytes=size_bytes, findings=("encryption_not_shown",))

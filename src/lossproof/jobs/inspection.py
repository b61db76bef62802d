"""Inspect one device, image or the medium below a folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from lossproof.block.source import Meter, open_source
from lossproof.errors import LossproofError
from lossproof.inspect import inspect
from lossproof.model.volume import Inspection

if TYPE_CHECKING:
    from pathlib import Path

BUDGET_BYTES = 2 << 20
"""What `inspect` may read of one target for its verdict."""


def inspect_target(target: str | os.PathLike[str]) -> Inspection:
    """Inspect a block device or a disk image. Raises `InputError` or `FormatError`."""
    meter = Meter(BUDGET_BYTES)
    source = open_source(target, meter)
    try:
        return inspect(source, os.fspath(target), meter=meter)
    finally:
        os.close(source.fd)


def inspect_below(folder: Path) -> Inspection | None:
    """Inspect the encrypted medium that a folder stands on; None where there is none, or it may not be read.

    Where there are several devices, that of the worst protection.
    """
    from lossproof.block.backing import encrypted_devices

    found: list[Inspection] = []
    for device in encrypted_devices(folder):
        try:
            found.append(inspect_target(device))
        except LossproofError:
            return None
    order = ["protected", "weak", "unknown", "partial", "unprotected"]
    return max(found, key=lambda one: order.index(one.protection.value), default=None)

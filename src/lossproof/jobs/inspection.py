"""Inspect one device, image or the medium below a folder."""

from __future__ import annotations

import os
import stat
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
        inspection = inspect(source, os.fspath(target), meter=meter)
        return _of_hardware(inspection, target) if stat.S_ISBLK(os.fstat(source.fd).st_mode) else inspection
    finally:
        os.close(source.fd)


def _of_hardware(inspection: Inspection, device: str | os.PathLike[str]) -> Inspection:
    """The inspection of a block device with what its USB ids claim: a stick that says that it encrypts by itself is `unknown`."""
    from dataclasses import replace
    from pathlib import Path

    from lossproof.inspect.hardware import claim_hardware, hardware_claim, usb_ids
    from lossproof.policy.protection import overall

    ids = usb_ids(Path(device))
    claim = hardware_claim(ids.vendor, ids.product) if ids else None
    if ids is None or claim is None:
        return replace(inspection, serial=ids.serial if ids else None)
    layers = claim_hardware(inspection.layers, claim)
    protection, access, reasons = overall(layers)
    return replace(
        inspection,
        serial=ids.serial,
        layers=layers,
        protection=protection,
        readable_without_secret=access,
        reasons=reasons,
    )


def inspect_below(folder: Path) -> Inspection | None:
    """Inspect the encrypted medium that a folder stands on; None where there is none, or it may not be read.

    Where there are several devices, that of the worst protection.
    """
    from lossproof.block.backing import encrypted_devices

    try:
        found = [inspect_target(device) for device in encrypted_devices(folder)]
    except (LossproofError, OSError):  # not ours to read, or unplugged by now
        return None
    order = ["protected", "weak", "unknown", "partial", "unprotected"]
    return max(found, key=lambda one: order.index(one.protection.value), default=None)

"""Sticks and drives that encrypt by themselves: known by their USB ids, never proved by them.

Unlocked, such a device looks like any plain stick. The table `hardware_ids.tsv` beside this module is dated, may be edited,
and lets a device be called `unknown` instead of `unprotected`; only the same serial seen locked could prove more. Linux
alone: the ids are read from sysfs (Documentation/ABI/testing/sysfs-bus-usb). Left out: TCG Opal and ATA security, which
want commands to the drive.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from lossproof.errors import FormatError
from lossproof.model.volume import Layer
from lossproof.policy.protection import grade

TABLE = Path(__file__).with_name("hardware_ids.tsv")


class HardwareClaim(NamedTuple):
    """A row of the table: four hexadecimal digits each (`product` may be `*`), what it is, and who says so."""

    vendor: str
    product: str
    name: str
    source: str


class UsbIds(NamedTuple):
    """What a USB device says of itself. `serial` is None where it says nothing."""

    vendor: str
    product: str
    serial: str | None


def hardware_claim(vendor_id: str, product_id: str, table: Path = TABLE) -> HardwareClaim | None:
    """The row for a USB device, the most exact one first, or None. Raises `FormatError` for a table that is not one."""
    wanted = (vendor_id.lower(), product_id.lower())
    claims = {(claim.vendor, claim.product): claim for claim in claims_of(table)}
    return claims.get(wanted) or claims.get((wanted[0], "*"))


def claims_of(table: Path = TABLE) -> tuple[HardwareClaim, ...]:
    """Every row of a table: lines of four fields with tabs between; a line that begins with # is skipped."""
    try:
        lines = table.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise FormatError(f"{table.name}: the table of hardware ids cannot be read") from None
    claims = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = [field.strip() for field in line.split("\t")]
        if len(fields) != 4 or not _is_id(fields[0]) or not (fields[1] == "*" or _is_id(fields[1])):
            raise FormatError(f"{table.name}: line {number} is not a vendor, a product, a name and a source")
        claims.append(HardwareClaim(fields[0].lower(), fields[1].lower(), fields[2], fields[3]))
    return tuple(claims)


def usb_ids(device: Path, sysfs_root: Path = Path("/sys")) -> UsbIds | None:
    """The USB ids of the device that the block device `device` (a disk or a partition, by any of its names) is part of.

    None where it is not on USB, is not a block device, or the system does not say.
    """
    root = os.path.realpath(sysfs_root)
    node = os.path.realpath(Path(root, "class", "block", Path(os.path.realpath(device)).name))
    while len(node) > len(root) and node.startswith(root):
        vendor, product = _attribute(node, "idVendor"), _attribute(node, "idProduct")
        if vendor and product and _is_id(vendor) and _is_id(product):
            return UsbIds(vendor.lower(), product.lower(), _attribute(node, "serial"))
        node = str(Path(node).parent)
    return None


def claim_hardware(layers: tuple[Layer, ...], claim: HardwareClaim) -> tuple[Layer, ...]:
    """`layers` of a device under one `hardware` layer, graded: unknown, unless software encrypts inside it as well."""
    end = max((layer.offset_bytes + layer.size_bytes for layer in layers), default=0)
    whole = Layer(
        scheme="hardware",
        offset_bytes=0,
        size_bytes=end,
        version=claim.name,
        findings=("hardware_claim_unproved",),
        layers=layers,
    )
    return (grade(whole),)


def _is_id(text: str) -> bool:
    return len(text) == 4 and all(digit in "0123456789abcdefABCDEF" for digit in text)


def _attribute(node: str, name: str) -> str | None:
    """The text of a sysfs attribute, printable and at most 128 characters; None where there is none."""
    try:
        with Path(node, name).open("rb") as attribute:
            text = attribute.read(256).decode("utf-8", "replace")
    except OSError:
        return None
    return "".join(character for character in text.strip() if character.isprintable())[:128] or None

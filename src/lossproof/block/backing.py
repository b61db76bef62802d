"""Which block devices a folder really stands on, as Linux says in sysfs: through device mapper down to the devices below.

Elsewhere than on Linux nothing is known and nothing is returned. What the system says is not proof: the header of each
device found is read by `inspect`.
"""

from __future__ import annotations

import os
from pathlib import Path

CRYPT_PREFIXES = ("CRYPT-LUKS1-", "CRYPT-LUKS2-", "CRYPT-BITLK-", "CRYPT-TCRYPT-", "CRYPT-FVAULT2-")
"""dm-crypt's uuid prefixes for schemes with a header of their own (cryptsetup, lib/libdevmapper.c)."""

_DEPTH = 16


def encrypted_devices(folder: Path, sysfs: Path = Path("/sys")) -> tuple[Path, ...]:
    """The devices whose encryption the folder's volume stands on: one below each dm-crypt node.

    Empty where the volume, or any leg of it (a volume group with one plain disk), does not stand on dm-crypt.
    """
    device = folder.stat().st_dev
    node = sysfs / "dev" / "block" / f"{os.major(device)}:{os.minor(device)}"
    legs = _legs(node, _DEPTH) if node.exists() else None
    return tuple(Path("/dev") / name for name in sorted(legs)) if legs else ()


def _legs(node: Path, depth: int) -> set[str] | None:
    """Names of the devices right below the crypt nodes under `node`, or None where a leg has none."""
    slaves = [slave.name for slave in (node / "slaves").iterdir()] if (node / "slaves").is_dir() else []
    if _is_crypt(node):
        return set(slaves)
    if not slaves or depth == 0:
        return None
    found: set[str] = set()
    for name in slaves:
        below = _legs(node / "slaves" / name, depth - 1)
        if not below:
            return None
        found |= below
    return found


def _is_crypt(node: Path) -> bool:
    try:
        return (node / "dm" / "uuid").read_text("ascii", "replace").startswith(CRYPT_PREFIXES)
    except OSError:
        return False

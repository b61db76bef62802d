"""Types of partitions that a machine needs to start and that hold no files of users, and how large one may be to be taken for that.

Firmware and boot loaders read these before anybody can give a secret, so no encryption of the rest covers them. Sources: UEFI 2.10
section 5.3.3, table 5.7, and section 5.2.2 (type EF); GRUB manual, "BIOS installation"; Microsoft, PARTITION_INFORMATION_GPT (reserved,
recovery) and its list of MBR types (27); UAPI Discoverable Partitions Specification and Boot Loader Specification (XBOOTLDR, type EA);
Apple TN2166 and the types that `diskutil` shows. Left out: a plain /boot or "System Reserved" of a generic type, which no table tells
from a partition with somebody's files.
"""

from __future__ import annotations

BOOT_KINDS = frozenset(
    {
        "c12a7328-f81f-11d2-ba4b-00a0c93ec93b",  # EFI system
        "21686148-6449-6e6f-744e-656564454649",  # BIOS boot
        "e3c9e316-0b5c-4db8-817d-f92df00215ae",  # Microsoft reserved
        "de94bba4-06d1-4d40-a16a-bfd50179d6ac",  # Windows recovery
        "bc13c2ff-59e6-4262-a352-b275fd6f7172",  # extended boot loader (XBOOTLDR)
        "426f6f74-0000-11aa-aa11-00306543ecac",  # Apple boot, recovery
        "52637672-7900-11aa-aa11-00306543ecac",  # Apple APFS recovery
        "69646961-6700-11aa-aa11-00306543ecac",  # Apple APFS for starting (ISC)
        "ef",  # EFI system
        "27",  # Windows recovery
        "ea",  # extended boot loader
    }
)
"""Types as tables spell them here: GUIDs in small letters, MBR types as two hexadecimal digits."""

MOST_BYTES = 2 << 30
"""The largest that one is believed to be. Installers make them of 1 MiB (BIOS boot) to 2 GiB (the largest usual /boot); a patient
database or a disk image of a ward's share is larger than what is left beside kernels."""

MOST_TOGETHER_BYTES = 6 << 30
"""The most that those of one table hold together: one EFI system, one /boot and a few of Windows' recovery partitions, beside which a
hundred of 2 GiB each would be a disk of their own."""


def is_boot(kind: str, size_bytes: int) -> bool:
    """Whether a partition of this type and size is one that a machine needs to start."""
    return kind in BOOT_KINDS and size_bytes <= MOST_BYTES


def boot_ranges(partitions: tuple[tuple[int, int, str], ...]) -> frozenset[tuple[int, int]]:
    """(offset, size) of those among `partitions` (offset, size, type) of one table; none where they hold too much together."""
    found = [(offset, size) for offset, size, kind in partitions if is_boot(kind, size)]
    return frozenset(found) if sum(size for _, size in found) <= MOST_TOGETHER_BYTES else frozenset()

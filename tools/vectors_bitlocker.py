"""Makes the BitLocker test images: `python tools/vectors_bitlocker.py`, part of `make vectors`.

There is no free program that writes BitLocker, so the headers are put together here by libyal/libbde's description of the
format, on volumes of 1 MiB. Keys, salts and nonces are zeros or counters: nothing was ever encrypted with them, and what
stands for ciphertext is bytes that look random. The same images come out each time.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import struct
import zlib
from pathlib import Path
from typing import Any, NamedTuple

VECTORS = Path(__file__).resolve().parents[1] / "tests" / "vectors" / "bitlocker"
SIZE, SECTOR = 1 << 20, 512
BLOCKS = (0x20000, 0x60000, 0xA0000)
VOLUME_HEADER, VOLUME_HEADER_BYTES = 0x30000, 0x2000
DESCRIPTORS, MAP = (0xC0000, 0xC8000), 0xD0000
WRITE_BLOCK = 0x10000
PLAIN_GUID = "3bd66749292ed84a8399f6a339e3d001"
WRITE_GUID = "3b4da89280dd0e4d9e4eb1e3284eaed8"
VOLUME_GUID = bytes(range(16))
FILETIME = bytes(8)
CLEAR, TPM, STARTUP, TPM_STARTUP, TPM_PIN, ALL_THREE, RECOVERY, SMART_CARD, PASSWORD = (
    0, 0x100, 0x200, 0x300, 0x500, 0x700, 0x800, 0x1000, 0x2000
)  # fmt: skip
DECRYPTED, SWITCHING_WITH_LOG, PAUSED, ENCRYPTED, SWITCHING = 1, 2, 3, 4, 5
XTS128 = 0x8004


class Volume(NamedTuple):
    """What is put together. `broken` are numbers of blocks whose checksum is wrong, `gone` of blocks that are zeros."""

    layout: str = "7"
    method: int = XTS128
    protectors: tuple[int, ...] = (PASSWORD, RECOVERY)
    current: int = ENCRYPTED
    following: int = ENCRYPTED
    encrypted: int = SIZE
    write_bits: int | None = None  # encrypt-on-write: how many of the 16 blocks of 64 KiB are encrypted, from the front
    broken: tuple[int, ...] = ()
    gone: tuple[int, ...] = ()
    stale_clear: bool = False  # the third copy is older, and still has a clear key
    description: str = "EXAMPLE-PC E: 01/01/2009"
    plain_text: bool = False


def datum(role: int, kind: int, value: bytes, version: int = 1) -> bytes:
    """A metadata entry."""
    return struct.pack("<HHHH", 8 + len(value), role, kind, version) + value


def vmk(number: int, protection: int) -> bytes:
    """A volume master key under one protector."""
    wrapped = datum(0, 5, FILETIME + bytes(4) + bytes(16 + 44))
    nested = {
        CLEAR: datum(0, 1, struct.pack("<I", 0x2000) + bytes(32)) + wrapped,
        STARTUP: datum(0, 4, bytes(84)) + wrapped,
        RECOVERY: datum(0, 3, struct.pack("<I", 0x1000) + bytes(16)) + wrapped,
        PASSWORD: datum(0, 3, struct.pack("<I", 0x1001) + bytes(16)) + wrapped,
    }.get(protection, datum(0, 6, bytes(64)) + wrapped)
    identity = hashlib.sha256(b"protector %d" % number).digest()[:16]
    return datum(2, 8, identity + FILETIME + struct.pack("<HH", 0, protection) + nested)


def block(volume: Volume, number: int) -> bytes:
    """A metadata block with its validation record."""
    protectors = volume.protectors + ((CLEAR,) if volume.stale_clear and number == 2 else ())
    entries = datum(7, 2, volume.description.encode("utf-16-le"))
    entries += b"".join(vmk(index, protection) for index, protection in enumerate(protectors))
    entries += datum(3, 5, bytes(72))
    entries += datum(15, 15, struct.pack("<QQ", VOLUME_HEADER, VOLUME_HEADER_BYTES))
    size = 48 + len(entries)
    nonce = 5 if volume.stale_clear and number == 2 else 9
    metadata = (
        struct.pack("<IIII", size, 1, 48, size) + VOLUME_GUID + struct.pack("<II", nonce, volume.method) + FILETIME
    )
    version = 1 if volume.layout == "vista" else 2
    whole = (64 + size + 15) // 16 * 16
    head = b"-FVE-FS-" + struct.pack(
        "<HHHH", whole if version == 1 else whole // 16, version, volume.current, volume.following
    )
    if version == 1:
        head += bytes(16) + struct.pack("<QQQQ", *BLOCKS, 0)
    else:
        sectors = 256 if volume.layout == "to_go" else 16
        head += struct.pack("<QII", volume.encrypted, 0, sectors) + struct.pack("<QQQQ", *BLOCKS, VOLUME_HEADER)
    body = (head + metadata + entries).ljust(whole, b"\0")
    checksum = zlib.crc32(body) ^ (1 if number in volume.broken else 0)
    return body + struct.pack("<HHI", 8, version, checksum)


def boot_sector(volume: Volume) -> bytes:
    """The first sector."""
    sector = bytearray(SECTOR)
    sector[0:3] = b"\xeb\x52\x90" if volume.layout == "vista" else b"\xeb\x58\x90"
    sector[3:11] = b"MSWIN4.1" if volume.layout == "to_go" else b"-FVE-FS-"
    struct.pack_into("<HB", sector, 11, SECTOR, 8)
    sector[510:512] = b"\x55\xaa"
    if volume.layout == "vista":
        struct.pack_into("<Q", sector, 56, BLOCKS[0] // (8 * SECTOR))
        return bytes(sector)
    at = 424 if volume.layout == "to_go" else 160
    sector[at : at + 16] = bytes.fromhex(PLAIN_GUID if volume.write_bits is None else WRITE_GUID)
    struct.pack_into("<QQQ", sector, at + 16, *BLOCKS)
    if volume.write_bits is not None:
        struct.pack_into("<QQ", sector, 200, *DESCRIPTORS)
    return bytes(sector)


def with_checksum(content: bytearray, at: int) -> bytes:
    """`content` with the CRC-32 of itself, its field taken as zero, at `at`."""
    struct.pack_into("<I", content, at, 0)
    struct.pack_into("<I", content, at, zlib.crc32(content))
    return bytes(content)


def write_maps(bits_set: int) -> dict[int, bytes]:
    """Encrypt-on-write descriptor twice, and one block map with two records."""
    descriptor = bytearray(
        b"FVE-EOW\0" + struct.pack("<HHIIIIIII", 56, 64, SECTOR, SECTOR, WRITE_BLOCK, 0x600, 0x400, 1, 0)
    )
    descriptor += struct.pack("<QQQ", *DESCRIPTORS, MAP)
    head = bytearray(b"FVE-EOWBM\0" + struct.pack("<HIIQQQIIII", 60, 0x600, 0, 0, SIZE, 0, 512, 1024, 512, 0))
    blocks = SIZE // WRITE_BLOCK
    records = []
    for sequence, count in ((1, 0), (2, bits_set)):
        bitmap = ((1 << count) - 1).to_bytes(blocks // 8, "little")
        record = bytearray(b"FVE-EOWBR\0" + struct.pack("<HIIQII", 36, 512, blocks, sequence, 0, 0) + bitmap)
        records.append(with_checksum(record.ljust(512, b"\0"), 32))
    area = with_checksum(head.ljust(512, b"\0"), 56) + b"".join(records)
    return {place: with_checksum(bytearray(descriptor), 36) for place in DESCRIPTORS} | {MAP: area}


def build(volume: Volume) -> bytes:
    """The image of a volume: zeros, but for its headers and 1 KiB that stands for ciphertext."""
    image = bytearray(SIZE)
    image[0:SECTOR] = boot_sector(volume)
    stand_in = b"".join(hashlib.sha256(b"stand-in %d" % n).digest() for n in range(32))
    start = 0x80000 if volume.layout == "to_go" else 0x30000
    image[start : start + 1024] = stand_in
    if volume.plain_text:
        text = b"An old letter that nobody encrypted. " * 2000
        image[0xB8000 : 0xB8000 + 0x8000] = text[:0x8000]
        image[0x31000:0x60000] = (text * 4)[: 0x60000 - 0x31000]
    for number, place in enumerate(BLOCKS):
        if number not in volume.gone:
            content = block(volume, number)
            image[place : place + len(content)] = content
    if volume.write_bits is not None:
        for place, content in write_maps(volume.write_bits).items():
            image[place : place + len(content)] = content
    return bytes(image)


def safe(*notes: str, **fields: Any) -> dict[str, Any]:
    """Expected where it protects."""
    return {"protection": "protected", "reasons": [*notes, "encrypted"], **fields}


def seen(protection: str, *reasons: str, **fields: Any) -> dict[str, Any]:
    """Expected in any other case."""
    return {"protection": protection, "reasons": list(reasons), **fields}


def kinds(*names: str) -> dict[str, Any]:
    """Expected protectors."""
    return {"protectors": list(names)}


AES = {
    "cbc128_elephant": (0x8000, "aes-cbc-elephant", 128),
    "cbc256_elephant": (0x8001, "aes-cbc-elephant", 256),
    "cbc128": (0x8002, "aes-cbc", 128),
    "cbc256": (0x8003, "aes-cbc", 256),
    "xts128": (0x8004, "aes-xts", 128),
    "xts256": (0x8005, "aes-xts", 256),
}
CASES: dict[str, tuple[Volume, dict[str, Any]]] = {
    **{
        name: (Volume(method=method), safe(cipher=cipher, key_bits=bits, state="encrypted", version="7"))
        for name, (method, cipher, bits) in AES.items()
    },
    "vista": (
        Volume("vista", 0x8000, (STARTUP, RECOVERY)),
        safe(cipher="aes-cbc-elephant", key_bits=128, version="vista", **kinds("startup_key", "recovery_password")),
    ),
    "to_go": (
        Volume("to_go", 0x8002),
        safe(cipher="aes-cbc", version="to_go", **kinds("password", "recovery_password")),
    ),
    "tpm": (Volume(protectors=(TPM, RECOVERY)), safe("automatic_unlock", **kinds("tpm", "recovery_password"))),
    "tpm_pin": (Volume(protectors=(TPM_PIN, RECOVERY)), safe(**kinds("tpm_pin", "recovery_password"))),
    "tpm_startup_key": (
        Volume(protectors=(TPM_STARTUP, RECOVERY)),
        safe(**kinds("tpm_startup_key", "recovery_password")),
    ),
    "all_three": (Volume(protectors=(ALL_THREE, RECOVERY)), safe(**kinds("tpm_pin_startup_key", "recovery_password"))),
    "smart_card": (Volume(protectors=(SMART_CARD,)), safe("no_recovery_protector", **kinds("smart_card"))),
    "password_alone": (Volume(protectors=(PASSWORD,)), safe("no_recovery_protector", **kinds("password"))),
    "unknown_protector": (Volume(protectors=(PASSWORD, RECOVERY, 0x4000)), seen("unknown", "unknown_protector")),
    "no_protector": (Volume(protectors=()), seen("unknown", "no_protector")),
    "suspended": (
        Volume(protectors=(CLEAR, TPM, RECOVERY)),
        seen("unprotected", "clear_key", "automatic_unlock", state="suspended"),
    ),
    "clear_key_alone": (Volume(protectors=(CLEAR,)), seen("unprotected", "clear_key", state="suspended")),
    "clear_key_in_old_copy": (Volume(stale_clear=True), seen("unprotected", "clear_key", state="suspended")),
    "decrypted": (
        Volume(method=0, protectors=(), current=DECRYPTED, following=DECRYPTED, encrypted=0),
        seen("unprotected", "decrypted", state="decrypted"),
    ),
    "encrypting": (
        Volume(current=SWITCHING, following=ENCRYPTED, encrypted=SIZE // 2),
        seen("partial", "conversion_incomplete", state="encrypting"),
    ),
    "encrypting_with_log": (
        Volume(current=SWITCHING_WITH_LOG, following=ENCRYPTED, encrypted=SIZE // 2),
        seen("partial", "conversion_incomplete", state="encrypting"),
    ),
    "encrypting_paused": (
        Volume(current=PAUSED, following=ENCRYPTED, encrypted=SIZE // 2),
        seen("partial", "conversion_incomplete", "conversion_paused", state="encrypting"),
    ),
    "decrypting": (
        Volume(current=SWITCHING, following=DECRYPTED, encrypted=SIZE // 4),
        seen("partial", "conversion_incomplete", state="decrypting"),
    ),
    "unknown_state": (Volume(current=9, following=9), seen("unknown", "unknown_state")),
    "unknown_method": (Volume(method=0x8123), seen("unknown", "cipher_unknown")),
    "write_all": (Volume(write_bits=16), safe(state="encrypted")),
    "write_half": (
        Volume(write_bits=8),
        seen("partial", "conversion_incomplete", "used_space_only", state="encrypted"),
    ),
    "write_none_decrypted": (
        Volume(method=0, protectors=(), current=DECRYPTED, following=DECRYPTED, encrypted=0, write_bits=0),
        seen("unprotected", "decrypted"),
    ),
    "one_bad_checksum": (Volume(broken=(0,)), safe("metadata_copies_damaged")),
    "first_copy_gone": (Volume(gone=(0,)), safe("metadata_copies_damaged")),
    "no_good_checksum": (Volume(broken=(0, 1, 2)), seen("unknown", "metadata_not_verified")),
    "no_copy": (Volume(gone=(0, 1, 2)), seen("unknown", "metadata_unreadable")),
    "plain_inside": (Volume(plain_text=True), seen("partial", "plaintext_in_data_area")),
}


def main() -> None:
    """Make the images."""
    VECTORS.mkdir(parents=True, exist_ok=True)
    for name, (volume, expect) in CASES.items():
        (VECTORS / f"{name}.img.xz").write_bytes(lzma.compress(build(volume), preset=9))
        lines = ['tool = "tools/vectors_bitlocker.py"', f"recipe = {json.dumps(str(volume))}", "", "[expect]"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in expect.items()]
        (VECTORS / f"{name}.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""BitLocker: Windows Vista, Windows 7 to 11, and To Go.

Specification: libyal/libbde, documentation/BitLocker Drive Encryption (BDE) format.asciidoc. All three metadata
blocks are read and the best is believed, but a clear key or an unfinished state in any of them counts. Left out:
unlocking; drives that encrypt by themselves (their method is not one of these, and is judged unknown).
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from lossproof.block.digest import sha256
from lossproof.block.fields import le16, le64
from lossproof.block.source import Source
from lossproof.errors import FormatError
from lossproof.inspect.ranges import Span, common, findings_of_sample, lay_out, merged
from lossproof.model.volume import Content, Extent, Kdf, Layer, Protector

if TYPE_CHECKING:
    from lossproof.inspect.fve import Block, Vmk

NAME = "bitlocker"
SPEC = "libyal/libbde: BitLocker Drive Encryption (BDE) format"
DISGUISES = frozenset({"fat", "ntfs", "exfat", "mbr"})
"""The boot sector keeps the shape of a FAT or NTFS one, and To Go carries a small readable FAT volume."""

_BITLOCKER = bytes.fromhex("3bd66749292ed84a8399f6a339e3d001")  # 4967d63b-2e29-4ad8-8399-f6a339e3d001
_ENCRYPT_ON_WRITE = bytes.fromhex("3b4da89280dd0e4d9e4eb1e3284eaed8")  # 92a84d3b-dd80-4d0e-9e4e-b1e3284eaed8
_OEM, _TO_GO_OEM = b"-FVE-FS-", b"MSWIN4.1"

_METHODS = {
    0x8000: ("aes-cbc-elephant", 128),
    0x8001: ("aes-cbc-elephant", 256),
    0x8002: ("aes-cbc", 128),
    0x8003: ("aes-cbc", 256),
    0x8004: ("aes-xts", 128),
    0x8005: ("aes-xts", 256),
}
# 0x0300, 0x0700 and 0x1000 are not in libbde's document: they follow from the bits of the others.
_PROTECTORS = {
    0x0000: "clear_key",
    0x0100: "tpm",
    0x0200: "startup_key",
    0x0300: "tpm_startup_key",
    0x0500: "tpm_pin",
    0x0700: "tpm_pin_startup_key",
    0x0800: "recovery_password",
    0x1000: "smart_card",
    0x2000: "password",
}
_STRETCH = Kdf(name="bitlocker", hash="sha256", iterations=1 << 20)
SAMPLED_EXTENTS = 4
MAXIMUM_HOLES = 65536
"""Holes of an image file that are asked for; more of them stay counted as plain."""

_DECRYPTED, _SWITCHING_WITH_LOG, _PAUSED, _ENCRYPTED, _SWITCHING = 1, 2, 3, 4, 5


def detect(source: Source) -> bool:
    """Whether the range begins with a BitLocker boot sector, To Go's included."""
    boot = source.read_at(0, 512)
    return len(boot) == 512 and (boot[3:11] == _OEM or _version(boot) != "vista")


def read(source: Source) -> Layer:
    """The BitLocker layer of the range. Raises `FormatError` where `detect` would say no."""
    boot = source.read_at(0, 512)
    if not detect(source):
        raise FormatError("not a BitLocker volume")
    version = _version(boot)
    found, missing = _blocks(source, boot, version)
    if not found:
        return Layer(
            scheme=NAME,
            offset_bytes=0,
            size_bytes=source.size_bytes,
            version=version,
            findings=("metadata_unreadable",),
            header_sha256=sha256(boot).hexdigest(),
        )
    best = max(found, key=lambda block: (block.intact is True, block.intact is None, block.nonce_counter))
    findings = [*_findings_of_copies(found, best, missing)]
    vmks = {(vmk.id, vmk.protection): vmk for block in (best, *found) for vmk in block.vmks}
    # A protector that only an older copy still holds opens the volume only if it is the clear one.
    protectors = tuple(_protector(vmk) for vmk in vmks.values() if vmk in best.vmks or vmk.protection == 0)
    state = _state(best)
    findings += _findings_of_protectors(protectors, state)
    extents, seen = _extents(source, boot, best, state)
    findings += _findings_of_state(best, state, found) + seen
    cipher, key_bits = _METHODS.get(best.method, (None, None))
    if cipher is None and state != "decrypted":
        findings.append("cipher_unknown")
    clear = "clear_key" in findings
    return Layer(
        scheme=NAME,
        offset_bytes=0,
        size_bytes=source.size_bytes,
        version=version,
        uuid=best.guid,
        cipher=cipher,
        key_bits=key_bits,
        kdf=next((protector.kdf for protector in protectors if protector.kdf), None),
        protectors=protectors,
        state="suspended" if clear and state == "encrypted" else state,
        findings=tuple(dict.fromkeys(findings)),
        extents=extents,
        header_sha256=sha256(boot + best.content).hexdigest(),
    )


def _version(boot: bytes) -> str:
    """`to_go`, `7` (and later) or `vista`, by where the GUID stands; `vista` where there is none."""
    if boot[424:440] == _BITLOCKER and boot[3:11] == _TO_GO_OEM:
        return "to_go"
    return "7" if boot[160:176] in {_BITLOCKER, _ENCRYPT_ON_WRITE} else "vista"


def _blocks(source: Source, boot: bytes, version: str) -> tuple[list[Block], bool]:
    """The metadata blocks that can be parsed, and whether one lies beyond the end of the source."""
    from lossproof.inspect.fve import read_block  # only a BitLocker volume needs it: start-up counts modules

    if version == "vista":
        places = [le64(boot, 56) * boot[13] * le16(boot, 11)]
    else:
        table = 440 if version == "to_go" else 176
        places = [le64(boot, table + 8 * copy) for copy in range(3)]
    found: list[Block] = []
    missing = False
    while places:
        place = places.pop(0)
        if place >= source.size_bytes:
            missing = True
            continue
        if any(block.offset_bytes == place for block in found):
            continue
        try:
            block = read_block(source, place)
        except FormatError:
            continue
        found.append(block)
        if len(found) == 1:
            places += [copy for copy in block.copies if copy not in places]
    return found, missing


def _findings_of_copies(found: list[Block], best: Block, missing: bool) -> list[str]:
    findings = []
    if missing:
        findings.append("data_cut_short")
    if best.intact is not True:
        findings.append("metadata_not_verified")
    elif any(block.intact is False for block in found) or (len(found) < 3 and not missing):
        findings.append("metadata_copies_damaged")
    sound = [block for block in found if block.intact is True]
    if len({(block.current, block.following, block.method, block.guid) for block in sound}) > 1:
        findings.append("headers_differ")
    return findings


def _protector(vmk: Vmk) -> Protector:
    kind = _PROTECTORS.get(vmk.protection, "unknown")
    return Protector(kind=kind, id=vmk.id, kdf=_STRETCH if vmk.stretched else None)


def _findings_of_protectors(protectors: tuple[Protector, ...], state: str | None) -> list[str]:
    kinds = {protector.kind for protector in protectors}
    if state == "decrypted":
        return []
    if not kinds:
        return ["no_protector"]
    findings = [code for kind, code in (("clear_key", "clear_key"), ("unknown", "unknown_protector")) if kind in kinds]
    if "tpm" in kinds:
        findings.append("automatic_unlock")
    if not kinds & {"recovery_password", "startup_key", "clear_key"}:
        findings.append("no_recovery_protector")
    return findings


def _state(block: Block) -> str | None:
    if block.current in {_DECRYPTED, _ENCRYPTED} and block.following in {block.current, 0}:
        return "decrypted" if block.current == _DECRYPTED else "encrypted"
    if block.current in {_DECRYPTED, _SWITCHING_WITH_LOG, _PAUSED, _ENCRYPTED, _SWITCHING}:
        return {_DECRYPTED: "decrypting", _ENCRYPTED: "encrypting"}.get(block.following)
    return None


def _findings_of_state(best: Block, state: str | None, found: list[Block]) -> list[str]:
    findings = []
    if state is None:
        findings.append("unknown_state")
    elif state == "decrypted":
        findings.append("decrypted")
    if any(_state(block) in {"encrypting", "decrypting"} for block in found):
        findings.append("conversion_incomplete")
        if best.current == _PAUSED:
            findings.append("conversion_paused")
    return findings


def _extents(source: Source, boot: bytes, best: Block, state: str | None) -> tuple[tuple[Extent, ...], list[str]]:
    """What each range holds, by state, conversion offset and encrypt-on-write maps, and findings on the way."""
    size = source.size_bytes
    findings: list[str] = []
    if state == "decrypted":
        return (Extent(offset_bytes=0, size_bytes=size, content=Content.PLAINTEXT),), findings
    plain: tuple[Span, ...] = ()
    own: tuple[Span, ...] = ()
    if state in {"encrypting", "decrypting"} and best.version == 2:
        # Encryption runs from front to back and decryption from back to front: the front is what is encrypted.
        plain = ((best.encrypted_bytes, max(0, size - best.encrypted_bytes)),)
    if boot[160:176] == _ENCRYPT_ON_WRITE:
        from lossproof.inspect.fve import read_write_map

        try:
            written = read_write_map(source, (le64(boot, 200), le64(boot, 208)))
            plain, own = merged((*plain, *written.plain)), written.own
        except FormatError:
            findings.append("write_map_unreadable")
    blank = common(plain, islice(source.holes(), MAXIMUM_HOLES)) if plain else ()
    # The boot sector, the readable part of To Go, and the blocks are the scheme's own, whatever the maps say.
    # Vista leaves the first sixteen sectors where they were, and plain, but for the boot sector's own fields.
    header_bytes = (best.header_sectors or 16) * (le16(boot, 11) or 512)
    area_bytes = 65536 if best.version == 2 else 16384
    own = (*own, (0, header_bytes), *((place, area_bytes) for place in best.copies))
    coats = ((Content.PLAINTEXT, plain), (Content.BLANK, blank), (Content.METADATA, own))
    extents = lay_out(size, Content.CIPHERTEXT if state else Content.UNKNOWN, coats)
    if state == "encrypted" and any(extent.content is Content.PLAINTEXT for extent in extents):
        findings.append("used_space_only")
    if state == "encrypted" and not plain and not findings:
        findings += _sampled(source, extents)
    return extents, findings


def _sampled(source: Source, extents: tuple[Extent, ...]) -> list[str]:
    """What the largest encrypted ranges look like. None need begin where the file system does, so no start is special."""
    encrypted = [extent for extent in extents if extent.content is Content.CIPHERTEXT]
    encrypted.sort(key=lambda extent: extent.size_bytes, reverse=True)
    seen = [
        code
        for extent in encrypted[:SAMPLED_EXTENTS]
        for code in findings_of_sample(source, extent.offset_bytes, extent.size_bytes)
    ]
    return ["plaintext_in_data_area" if code == "ciphertext_looks_plain" else code for code in seen]

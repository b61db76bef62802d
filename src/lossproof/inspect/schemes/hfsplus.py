"""HFS Plus and HFSX. Specification: Apple Technical Note TN1150, "Volume Header" and "HFS Wrapper" (big-endian).
Left out: the catalogue; volumes encrypted by CoreStorage (see `magic`)."""

from __future__ import annotations

from lossproof.block.fields import be16, be32
from lossproof.block.source import Source
from lossproof.errors import FormatError
from lossproof.inspect.schemes import sized
from lossproof.model.volume import Layer

NAME = "hfsplus"
SPEC = "Apple Technical Note TN1150"
DISGUISES = frozenset({"hfs"})

_SIGNATURES = {b"H+": "HFS+", b"HX": "HFSX"}


def detect(source: Source) -> bool:
    """Whether a volume header stands at byte 1024, or an HFS wrapper that embeds one."""
    header = source.read_at(1024, 512)
    return header[:2] in _SIGNATURES or (header[:2] == b"BD" and header[124:126] in _SIGNATURES)


def read(source: Source) -> Layer:
    """The volume; `uuid` is the 64-bit identifier in finderInfo[6] and [7]."""
    header = source.read_at(1024, 512)
    if header[:2] == b"BD" and header[124:126] in _SIGNATURES:
        return Layer(scheme=NAME, offset_bytes=0, size_bytes=source.size_bytes, version=_SIGNATURES[header[124:126]])
    version = _SIGNATURES.get(header[:2])
    block_bytes = be32(header, 40)
    if version is None or block_bytes < 512 or block_bytes & (block_bytes - 1):
        raise FormatError("a damaged HFS Plus volume header")
    size_bytes, findings = sized(be32(header, 44) * block_bytes, source)
    if be16(header, 2) not in {4, 5}:
        findings = (*findings, "header_damaged")
    identifier = header[104:112].hex()
    return Layer(
        scheme=NAME,
        offset_bytes=0,
        size_bytes=size_bytes,
        version=version,
        uuid=identifier if identifier.strip("0") else None,
        findings=findings,
    )

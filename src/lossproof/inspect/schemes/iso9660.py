"""ISO 9660 with its hybrids. Specification: ECMA-119 section 8.4 (primary volume descriptor); High Sierra by its
signature. Left out: Joliet and Rock Ridge trees, later sessions.
"""

from __future__ import annotations

from lossproof.block.fields import le16, le32
from lossproof.block.source import Source
from lossproof.errors import FormatError
from lossproof.inspect.schemes import sized
from lossproof.model.volume import Layer

NAME = "iso9660"
SPEC = "ECMA-119 section 8.4"
DISGUISES = frozenset({"mbr", "gpt", "apple_partition_map", "hfs", "hfsplus"})
"""A disc image that also starts from a stick carries these on purpose."""

DESCRIPTOR_AT = 32768


def detect(source: Source) -> bool:
    """Whether a volume descriptor stands at sector 16."""
    head = source.read_at(DESCRIPTOR_AT, 16)
    return head[1:6] == b"CD001" or head[9:14] == b"CDROM"


def read(source: Source) -> Layer:
    """The volume; `version` is ISO9660 or HighSierra."""
    descriptor = source.read_at(DESCRIPTOR_AT, 2048)
    if descriptor[9:14] == b"CDROM":
        return Layer(scheme=NAME, offset_bytes=0, size_bytes=source.size_bytes, version="HighSierra")
    if descriptor[1:6] != b"CD001":
        raise FormatError("not an ISO 9660 volume descriptor")
    if descriptor[0] != 1:
        return Layer(scheme=NAME, offset_bytes=0, size_bytes=source.size_bytes, version="ISO9660")
    size_bytes, findings = sized(le32(descriptor, 80) * le16(descriptor, 128), source)
    return Layer(scheme=NAME, offset_bytes=0, size_bytes=size_bytes, version="ISO9660", findings=findings)

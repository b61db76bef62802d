"""UDF. Specification: ECMA-167 part 2 section 9 (volume recognition sequence), OSTA UDF 2.60.
Left out: anchors, partitions and metadata: a descriptor NSR02 or NSR03 decides."""

from __future__ import annotations

from lossproof.block.source import Source
from lossproof.errors import FormatError
from lossproof.model.volume import Layer

NAME = "udf"
SPEC = "ECMA-167 part 2 section 9"
DISGUISES = frozenset({"iso9660", "mbr", "gpt", "apple_partition_map", "hfs", "hfsplus"})
"""Bridge discs carry ISO 9660; formatters write a partition table around a whole-disk volume."""

SEQUENCE_AT = 32768
MAX_DESCRIPTORS = 64
_NSR = {b"NSR02": "2.0", b"NSR03": "3.0"}
_KNOWN = {b"BEA01", b"TEA01", b"BOOT2", b"CD001", b"CDW02", *_NSR}


def detect(source: Source) -> bool:
    """Whether the volume recognition sequence names ECMA-167."""
    return _version(source) is not None


def read(source: Source) -> Layer:
    """The volume; `version` is that of its NSR descriptor (ECMA-167 second or third edition)."""
    version = _version(source)
    if version is None:
        raise FormatError("no UDF descriptor")
    return Layer(scheme=NAME, offset_bytes=0, size_bytes=source.size_bytes, version=f"NSR{version[0]}")


def _version(source: Source) -> str | None:
    for step in (2048, 4096):
        for index in range(MAX_DESCRIPTORS):
            name = source.read_at(SEQUENCE_AT + index * step, 6)[1:6]
            if name in _NSR:
                return _NSR[name]
            if name not in _KNOWN:
                break
    return None

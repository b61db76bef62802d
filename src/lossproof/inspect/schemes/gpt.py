"""GUID partition table. Specification: UEFI 2.10 section 5.3; `lossproof.block.gpt` reads it."""

from __future__ import annotations

from lossproof.block import gpt
from lossproof.block.mbr import PartitionTable
from lossproof.block.source import Source
from lossproof.model.volume import Layer

NAME = "gpt"
SPEC = "UEFI 2.10 section 5.3"


def detect(source: Source) -> bool:
    """Whether there is a header at sector 1, or at the last sector behind a protective MBR."""
    return gpt.has_table(source)


def read(source: Source) -> Layer:
    """The table's layer; its `uuid` is the disk GUID."""
    table = gpt.read_table(source)
    return Layer(scheme=NAME, offset_bytes=0, size_bytes=source.size_bytes, uuid=table.uuid, findings=table.findings)


def parts(source: Source) -> PartitionTable:
    """The partitions, those of a hybrid MBR too."""
    return gpt.read_table(source)

"""MBR partition table. Specification: UEFI 2.10 section 5.2; `lossproof.block.mbr` reads it.

The boot sectors of many volumes end in 55 AA too, and some formatters write one entry around the whole medium. So a
table that leads to no partition is believed only where nothing else is recognised.
"""

from __future__ import annotations

from lossproof.block import gpt, mbr
from lossproof.block.source import Source
from lossproof.model.volume import Layer

NAME = "mbr"
SPEC = "UEFI 2.10 section 5.2"


def detect(source: Source) -> bool:
    """Whether the first sector is a master boot record that is not there to guard a GPT."""
    sector = source.read_at(0, mbr.SECTOR_BYTES)
    is_table = mbr.has_table(sector) or mbr.has_empty_table(sector)
    return is_table and not (mbr.is_protective(sector) and gpt.has_table(source))


def yields(source: Source) -> bool:
    """Whether the table leads to no partition, so that any other scheme that is recognised here is believed instead."""
    return not mbr.read_table(source).partitions


def read(source: Source) -> Layer:
    """The table's layer; its `uuid` is the disk signature."""
    table = mbr.read_table(source)
    return Layer(scheme=NAME, offset_bytes=0, size_bytes=source.size_bytes, uuid=table.uuid, findings=table.findings)


def parts(source: Source) -> mbr.PartitionTable:
    """The partitions, primary and logical."""
    return mbr.read_table(source)

"""Discover what personal data is in a folder, or in every part of an image or device that a finder could read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from lossproof.block.source import open_source
from lossproof.discover.scan import Found, Progress, Scan, Volume
from lossproof.model.holding import NotExamined
from lossproof.model.volume import Access, Content, Extent, Inspection, Layer
from lossproof.policy.protection import grade, overall

LISTED = frozenset({"fat", "exfat", "ntfs", "ext", "hfsplus", "iso9660"})
"""File systems whose files are read one by one; any other is read as raw text and said not to be examined."""

_CIPHERS = frozenset({"luks1", "luks2", "bitlocker", "filevault2", "apfs", "veracrypt", "truecrypt"})


def workers() -> int:
    """One confined reader a core, at most eight."""
    return max(1, min(8, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1))


def discover_folder(folder: Path, *, progress: Progress | None = None, show: bool = False) -> Found:
    """Examine every file below a folder."""
    return Scan(str(folder), progress=progress, show=show).folder(folder, workers())


def discover_image(
    target: Path, inspection: Inspection, *, progress: Progress | None = None, show: bool = False
) -> Found | None:
    """Examine what a finder could read of an image or device; None where nothing of it is readable."""
    volumes = list(_volumes(inspection))
    if not volumes:
        return None
    source = open_source(target)
    try:
        return Scan(str(target), progress=progress, show=show).image(source, volumes, workers())
    finally:
        os.close(source.fd)


def locked_parts(inspection: Inspection) -> Iterator[NotExamined]:
    """Every part of an image or device that nobody reads without its secret, and that was therefore not examined."""
    for number, leaf in enumerate(inspection.leaves(), 1):
        if leaf.readable is Access.NO:
            yield NotExamined(
                path=f"part {number} ({leaf.scheme})", reason="encrypted", text="nobody reads it without its secret"
            )


def settle_blanks(inspection: Inspection, blank: frozenset[tuple[int, int]]) -> Inspection:
    """The inspection with the ranges that were now read to the last byte, and are blank, no longer called sampled."""

    def settle(layer: Layer) -> Layer:
        layers = tuple(settle(inner) for inner in layer.layers)
        findings = layer.findings
        if layer.scheme == "blank" and "sampled_only" in findings and _covered(layer, blank):
            findings = tuple(code for code in findings if code != "sampled_only")
        return replace(layer, layers=layers, findings=findings)

    if not blank:
        return inspection
    layers = tuple(grade(settle(layer)) for layer in inspection.layers)
    protection, access, reasons = overall(layers)
    return replace(inspection, layers=layers, protection=protection, readable_without_secret=access, reasons=reasons)


def _covered(layer: Layer, blank: frozenset[tuple[int, int]]) -> bool:
    end = layer.offset_bytes + layer.size_bytes
    position = layer.offset_bytes
    for start, size in sorted(blank):
        if start <= position < start + size:
            position = start + size
    return position >= end


def _volumes(inspection: Inspection) -> Iterator[Volume]:
    leaves = inspection.leaves()
    alone = sum(1 for leaf in leaves if leaf.scheme in LISTED) == 1
    for number, leaf in enumerate(leaves, 1):
        name = "" if alone and leaf.scheme in LISTED else f"part {number} ({leaf.scheme})"
        if leaf.scheme == "blank" and "sampled_only" not in leaf.findings:
            continue
        if leaf.scheme in _CIPHERS:
            yield from _plain_parts(leaf, name)
            yield from _ciphertext(leaf, name)
        elif leaf.readable is not Access.NO:
            yield Volume(
                name=name,
                offset_bytes=leaf.offset_bytes,
                size_bytes=leaf.size_bytes,
                listed=leaf.scheme in LISTED,
                note=_note(leaf),
            )


def _plain_parts(leaf: Layer, name: str) -> Iterator[Volume]:
    """What of an encrypted volume is plain: read as raw text, for its file system is torn by the encryption."""
    plain = [extent for extent in leaf.extents if extent.content is Content.PLAINTEXT]
    note = (
        "not_decrypted",
        f"a finder could open this {leaf.scheme} volume, or part of it; its files were not decrypted, so not examined",
    )
    if leaf.readable is Access.NO:
        return
    if not plain:
        yield Volume(name=name, offset_bytes=leaf.offset_bytes, size_bytes=0, listed=False, note=note)
    for extent in plain:
        yield Volume(name=name, offset_bytes=extent.offset_bytes, size_bytes=extent.size_bytes, listed=False, note=note)
        note = None  # type: ignore[assignment]  # said once


def _ciphertext(leaf: Layer, name: str) -> Iterator[Volume]:
    """The ranges of an encrypted volume that hold, or should hold, ciphertext: they are read to see that they do. What lies beyond
    its segments is among them."""
    known = sorted(leaf.extents, key=lambda extent: extent.offset_bytes)
    position, end = leaf.offset_bytes, leaf.offset_bytes + leaf.size_bytes
    for extent in [*known, Extent(offset_bytes=end, size_bytes=0, content=Content.METADATA)] if known else []:
        if extent.content is not Content.METADATA and not (
            extent.content is Content.PLAINTEXT and leaf.readable is not Access.NO
        ):
            continue
        if extent.offset_bytes > position:
            yield Volume(
                name=name,
                offset_bytes=position,
                size_bytes=extent.offset_bytes - position,
                listed=False,
                encrypted=True,
            )
        position = max(position, extent.offset_bytes + extent.size_bytes)


def _note(leaf: Layer) -> tuple[str, str] | None:
    if leaf.scheme in LISTED or leaf.scheme == "blank" or "outside_partitions" in leaf.findings:
        return None
    if leaf.scheme == "unrecognised":
        return "unrecognised", "nobody knows what this is: searched as raw text only"
    if leaf.scheme == "headerless":
        return "random_looking", "looks random: encrypted without a header, or wiped"
    return "file_system_not_examined", f"{leaf.scheme}: its files were not read one by one, only searched as raw text"

"""The JSON of scripts/windows/Get-LossproofEvidence.ps1: a computer, its disks and partitions, and what BitLocker says of each volume.

Disks that can be taken out (USB, SD) are devices of their own, with their own serial numbers; all others are the computer's. A
partition that is no volume of BitLocker's counts as unknown, but for those that only start a machine, by the types and up to the size
by which a disk that is read tells them (`model.boot_partitions`).
"""

from __future__ import annotations

from collections.abc import Iterator

from lossproof.model.boot_partitions import is_boot
from lossproof.model.facts.registration import DeviceKind
from lossproof.model.reported import ReportedDevice
from lossproof.model.volume import Layer
from lossproof.wire.reports import Report
from lossproof.wire.reports.bitlocker import BitLockerVolume, layer_of
from lossproof.wire.reports.layers import side_by_side, unknown
from lossproof.wire.reports.records import Record, flag, identifier, moment, number, record, records, share, size, text

NAME = "windows_script"
TITLE = "the JSON of Get-LossproofEvidence.ps1 (Windows)"
KNOWN: frozenset[str] = frozenset()
FORMAT = "lossproof-windows-evidence"

_CARDS = frozenset({"sd", "mmc", "12", "13"})
_TAKEN_OUT = _CARDS | {"usb", "1394", "7", "4"}
"""Bus types, by the names and the numbers of MSFT_Disk."""


def recognises(report: Report) -> bool:
    """Whether every document says that it is one of ours."""
    found = [one for document in report.documents for one in records(document)]
    return bool(found) and all(one.get("format") == FORMAT for one in found)


def read(report: Report) -> Iterator[ReportedDevice]:
    """The computer of each document, then each of its disks that can be taken out."""
    computers = [one for document in report.documents for one in records(document)]
    for place, document in enumerate(computers, 1):
        yield from _computer(document, f"computer {place}")


def _computer(document: Record, place: str) -> Iterator[ReportedDevice]:
    seen_at = moment(document.get("collected_at"))
    about = record(document.get("computer"))
    volumes = {text(one.get("device_id")).lower(): one for one in records(document.get("volumes"))}
    placed = [(disk, _layers(disk, volumes)) for disk in records(document.get("disks"))]
    inside = [layer for disk, layers in placed if not _taken_out(disk) for layer in layers]
    # Volumes on no disk that is listed are the computer's; without a disk of its own nobody knows what else there is.
    inside = [*(inside or [unknown()]), *(_volume(one) for one in volumes.values())]
    yield ReportedDevice(
        place=place,
        kind=DeviceKind.LAPTOP if flag(about.get("mobile")) else DeviceKind.OTHER,
        serial=identifier(about.get("serial")),
        names=tuple(one for one in (identifier(about.get("asset_tag")), identifier(about.get("name"))) if one),
        layers=side_by_side(inside),
        seen_at=seen_at,
    )
    apart = [(disk, layers) for disk, layers in placed if _taken_out(disk)]
    for at, (disk, layers) in enumerate(apart, 1):
        yield ReportedDevice(
            place=f"{place}, disk {at} of those that can be taken out",
            kind=_kind(disk),
            serial=identifier(disk.get("serial")),
            names=(),
            layers=side_by_side(layers),
            seen_at=seen_at,
        )


def _taken_out(disk: Record) -> bool:
    return text(disk.get("bus")).lower() in _TAKEN_OUT or flag(disk.get("removable")) is True


def _kind(disk: Record) -> DeviceKind:
    if text(disk.get("bus")).lower() in _CARDS:
        return DeviceKind.CARD
    return DeviceKind.STICK if flag(disk.get("removable")) else DeviceKind.DISK


def _layers(disk: Record, volumes: dict[str, Record]) -> list[Layer]:
    """The layers of a disk; its volumes are taken out of `volumes`."""
    layers = []
    for partition in records(disk.get("partitions")):
        volume = volumes.pop(text(partition.get("volume_id")).lower(), None)
        size_bytes = size(partition.get("size_bytes"))
        if is_boot(text(partition.get("type")).lower().strip("{}"), size_bytes):
            continue
        layers.append(unknown(size_bytes) if volume is None else _volume(volume, size_bytes))
    return layers or [unknown(size(disk.get("size_bytes")))]


def _volume(volume: Record, size_bytes: int = 0) -> Layer:
    protectors = volume.get("protectors")
    return layer_of(
        BitLockerVolume(
            size_bytes=size_bytes,
            file_system=text(volume.get("file_system")),
            conversion=number(volume.get("conversion_status")),
            percentage=share(volume.get("percentage")),
            flags=number(volume.get("flags")),
            wiping=number(volume.get("wiping_status")),
            protection=number(volume.get("protection_status")),
            method=number(volume.get("encryption_method")),
            protectors=tuple(map(number, protectors)) if isinstance(protectors, list) else None,
        )
    )

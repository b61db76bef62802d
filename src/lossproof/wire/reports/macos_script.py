"""The JSON of scripts/macos/lossproof-evidence.sh: what `diskutil`, `fdesetup` and `system_profiler` of macOS say of its disks.

An APFS volume counts as encrypted only where FileVault is on for it: chips of Apple's encrypt every volume with a key that they
give out by themselves (`Encryption` without `FileVault`). Even then it is not shown that the secret is one that nobody knows, so
such a volume is never better than `unknown` here, as when its own headers are read. Left out of it are volumes whose roles say
that macOS itself fills them. Key names: as `diskutil apfs list -plist` prints them, seen in published outputs of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from lossproof.model.facts.registration import DeviceKind
from lossproof.model.reported import ReportedDevice
from lossproof.model.volume import Layer
from lossproof.wire.reports import Report
from lossproof.wire.reports.layers import plain, side_by_side, unknown
from lossproof.wire.reports.records import Record, flag, identifier, moment, record, records, size, text

NAME = "macos_script"
TITLE = "the JSON of lossproof-evidence.sh (macOS)"
KNOWN: frozenset[str] = frozenset()
FORMAT = "lossproof-macos-evidence"

_FILLED_BY_MACOS = frozenset({"preboot", "recovery", "update", "vm", "xart", "hardware", "prelogin", "system"})
_NO_FILES = frozenset({"EFI", "Apple_APFS_ISC", "Apple_APFS_Recovery", "Apple_Boot", "Apple_partition_map"})
_DEEPEST_USB = 16


def recognises(report: Report) -> bool:
    """Whether every document says that it is one of ours."""
    found = [one for document in report.documents for one in records(document)]
    return bool(found) and all(one.get("format") == FORMAT for one in found)


def read(report: Report) -> Iterator[ReportedDevice]:
    """The computer of each document, then each of its external disks."""
    computers = [one for document in report.documents for one in records(document)]
    for place, document in enumerate(computers, 1):
        yield from _computer(document, f"computer {place}")


def _computer(document: Record, place: str) -> Iterator[ReportedDevice]:
    seen_at = moment(document.get("collected_at"))
    profile = record(document.get("profile"))
    about = next(iter(records(profile.get("SPHardwareDataType"))), {})
    serials = dict(_usb_serials(profile.get("SPUSBDataType")))
    described = record(document.get("disks"))
    disks = records(record(document.get("disk_list")).get("AllDisksAndPartitions"))
    inside: list[Layer] = []
    apart: list[ReportedDevice] = []
    for disk in disks:
        name = text(disk.get("DeviceIdentifier"))
        info = record(described.get(name))
        internal = flag(info.get("Internal")) is not False
        layers = _layers(disk, document, internal=internal)
        if internal:
            inside += layers
            continue
        apart.append(
            ReportedDevice(
                place=f"{place}, external disk {len(apart) + 1}",
                kind=DeviceKind.STICK if flag(info.get("RemovableMedia")) else DeviceKind.DISK,
                serial=serials.get(name),
                names=(),
                layers=side_by_side(layers),
                seen_at=seen_at,
            )
        )
    yield ReportedDevice(
        place=place,
        kind=DeviceKind.LAPTOP if "book" in text(about.get("machine_name")).lower() else DeviceKind.OTHER,
        serial=identifier(about.get("serial_number")),
        names=tuple(one for one in (identifier(document.get("computer_name")),) if one),
        layers=side_by_side(inside or [unknown()]),
        seen_at=seen_at,
    )
    yield from apart


def _layers(disk: Record, document: Record, *, internal: bool) -> list[Layer]:
    """The layers of one physical disk."""
    layers: list[Layer] = []
    for partition in records(disk.get("Partitions")):
        content = text(partition.get("Content"))
        if content not in _NO_FILES:
            layers += _partition(partition, content, document, internal=internal)
    return layers or [unknown(size(disk.get("Size")))]


def _partition(partition: Record, content: str, document: Record, *, internal: bool) -> list[Layer]:
    size_bytes = size(partition.get("Size"))
    name = text(partition.get("DeviceIdentifier"))
    if content == "Apple_APFS":
        container = _container(document, name)
        volumes = [one for one in records(container.get("Volumes")) if not _roles(one) & _FILLED_BY_MACOS]
        status = text(document.get("filevault")) if internal else ""
        return [_volume(one, status) for one in volumes] or [unknown(size_bytes)]
    file_system = text(record(record(document.get("disks")).get(name)).get("FilesystemType"))
    if content == "Apple_CoreStorage":
        return [Layer(scheme="filevault2", offset_bytes=0, size_bytes=size_bytes, findings=("encryption_not_shown",))]
    return [plain(file_system, size_bytes) if file_system else unknown(size_bytes)]


def _container(document: Record, store: str) -> Record:
    """The APFS container that lies on this partition."""
    for container in records(record(document.get("apfs")).get("Containers")):
        stores = {text(one.get("DeviceIdentifier")) for one in records(container.get("PhysicalStores"))}
        if store in stores:
            return container
    return {}


def _roles(volume: Record) -> set[str]:
    roles = volume.get("Roles")
    return {text(one).lower() for one in roles} if isinstance(roles, list) else set()


def _volume(volume: Record, status: str) -> Layer:
    """One APFS volume. `status` is what `fdesetup` says of FileVault on this computer's own disks, empty of others."""
    encrypted, filevault = flag(volume.get("Encryption")), flag(volume.get("FileVault"))
    size_bytes = size(volume.get("CapacityInUse"))
    if encrypted is None or filevault is None:
        return unknown(size_bytes)
    if not (encrypted and filevault):
        return Layer(scheme="apfs", offset_bytes=0, size_bytes=size_bytes, state="unencrypted")
    findings = []
    said = status.lower()
    if flag(volume.get("CryptoMigrationOn")) is not False or "in progress" in said:
        findings.append("conversion_incomplete")
    if said and "filevault is on" not in said:
        findings.append("header_inconsistent")
    return Layer(
        scheme="apfs",
        offset_bytes=0,
        size_bytes=size_bytes,
        state="encrypted",
        findings=("secret_not_shown", *findings),
    )


def _usb_serials(buses: object, depth: int = 0) -> Iterator[tuple[str, str]]:
    """The serial number of each USB device by the disks that it is, from `system_profiler SPUSBDataType`."""
    if depth > _DEEPEST_USB:
        return
    for device in records(buses):
        serial = identifier(device.get("serial_num"))
        for medium in records(device.get("Media")):
            name = text(medium.get("bsd_name"))
            if serial and name:
                yield name, serial
        yield from _usb_serials(device.get("_items"), depth + 1)

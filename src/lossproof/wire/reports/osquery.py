"""osquery's tables `bitlocker_info`, `disk_encryption`, `block_devices`, `usb_devices` and `system_info`, as JSON.

Taken is one document a computer: an object of tables (`{"system_info": [...], "bitlocker_info": [...]}`), or a snapshot in
osquery's own log, one a line, with `system_info.hardware_serial` among its decorations or columns; a bare list of rows is taken
where each row has `hardware_serial`. Specification: osquery's table schemas.

`bitlocker_info` has neither protectors nor the flag for used space only, and `disk_encryption` sees active mappings alone
(osquery issues 8402 and 4966), so neither ever makes a device protected. `usb_devices` says only that a device was there. No table
has the type of a partition: a FAT volume as small as an EFI system partition (which is always FAT: UEFI 2.10, section 13.3) may be
one, so it is a doubt and no word against a disk that was read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime

from lossproof.model.boot_partitions import MOST_BYTES
from lossproof.model.facts.registration import DeviceKind
from lossproof.model.reported import ReportedDevice
from lossproof.model.volume import Layer
from lossproof.wire.reports import Report
from lossproof.wire.reports.bitlocker import BitLockerVolume, layer_of
from lossproof.wire.reports.layers import plain, said_to_be_encrypted, side_by_side, unknown
from lossproof.wire.reports.records import Record, flag, identifier, moment, number, record, records, share, size, text

NAME = "osquery"
TITLE = "osquery's tables as JSON, each computer with its hardware_serial"
KNOWN: frozenset[str] = frozenset()

_TABLES = frozenset({"bitlocker_info", "disk_encryption", "block_devices", "usb_devices", "system_info"})
_BY_COLUMNS = (
    ("bitlocker_info", {"conversion_status", "protection_status"}),
    ("disk_encryption", {"encrypted", "encryption_status"}),
    ("block_devices", {"parent", "block_size"}),
    ("usb_devices", {"usb_address", "usb_port"}),
    ("system_info", {"hardware_serial"}),
)
"""A table by columns that it alone has, the most telling first."""

_ENCRYPTED_TYPES = frozenset({"crypto_luks", "bitlocker"})
_HOLDS_OTHERS = frozenset({"lvm2_member", "linux_raid_member"})
_FAT = frozenset({"vfat", "fat", "fat16", "fat32", "msdos"})
_STORAGE_CLASS = frozenset({"8", "08"})

Tables = dict[str, list[Record]]


def recognises(report: Report) -> bool:
    """Whether every document is of osquery's."""
    return bool(report.documents) and all(map(_is_ours, report.documents))


def read(report: Report) -> Iterator[ReportedDevice]:
    """Each computer, then the storage that was plugged into it."""
    for place, (tables, seen_at) in enumerate(_computers(report.documents), 1):
        yield from _computer(tables, seen_at, f"computer {place}")


def _is_ours(document: object) -> bool:
    found = records(document)
    return bool(found) and all(
        bool(_TABLES & one.keys()) or isinstance(one.get("snapshot"), list) or _table_of(one) is not None
        for one in found
    )


def _table_of(row: Record) -> str | None:
    return next((name for name, columns in _BY_COLUMNS if columns <= row.keys()), None)


def _computers(documents: tuple[object, ...]) -> Iterator[tuple[Tables, datetime | None]]:
    """The tables of each computer, and when they were read."""
    named: dict[str, Tables] = {}
    times: dict[str, datetime | None] = {}
    for document in documents:
        for one in records(document):
            if _TABLES & one.keys():
                yield {name: records(one.get(name)) for name in _TABLES}, _time(one)
                continue
            rows = records(one.get("snapshot")) if "snapshot" in one else [one]
            decorations = record(one.get("decorations"))
            for row in rows:
                serial = text(row.get("hardware_serial") or decorations.get("hardware_serial"))
                tables = named.setdefault(serial, defaultdict(list))
                tables["system_info"] = tables["system_info"] or [{"hardware_serial": serial}]
                if (table := _table_of(row)) not in {None, "system_info"}:
                    tables[str(table)].append(row)
                # Of several looks the oldest counts: what is said of a computer was so then.
                times[serial] = min((at for at in (times.get(serial), _time(one)) if at is not None), default=None)
    yield from ((tables, times[serial]) for serial, tables in named.items())


def _time(document: Record) -> datetime | None:
    seconds = number(document.get("unixTime"))
    if seconds is not None and 0 < seconds < 1 << 33:
        return datetime.fromtimestamp(seconds, UTC)
    return moment(document.get("collected_at"))


def _computer(tables: Tables, seen_at: datetime | None, place: str) -> Iterator[ReportedDevice]:
    about = next(iter(tables.get("system_info", [])), {})
    bitlocker, encryption = tables.get("bitlocker_info", []), tables.get("disk_encryption", [])
    blocks = tables.get("block_devices", [])
    layers = [_bitlocker(row) for row in bitlocker] + _encryption(encryption, blocks)
    names = (identifier(about.get("computer_name")), identifier(about.get("hostname")))
    yield ReportedDevice(
        place=place,
        kind=DeviceKind.OTHER,
        serial=identifier(about.get("hardware_serial")),
        names=tuple(dict.fromkeys(one for one in names if one)),
        layers=side_by_side(layers or [unknown()]),
        seen_at=seen_at,
    )
    known = {identifier(block.get("serial")) for block in blocks} - {None}
    for row in tables.get("usb_devices", []):
        serial = identifier(row.get("serial"))
        if serial and (text(row.get("class")) in _STORAGE_CLASS or serial in known):
            yield ReportedDevice(
                place=f"{place}, a USB device",
                kind=DeviceKind.OTHER,
                serial=serial,
                names=(),
                layers=None,
                seen_at=seen_at,
            )


def _bitlocker(row: Record) -> Layer:
    methods = {
        "aes_128_with_diffuser": 1,
        "aes_256_with_diffuser": 2,
        "aes_128": 3,
        "aes_256": 4,
        "hardware_encryption": 5,
    }
    methods |= {"xts_aes_128": 6, "xts_aes_256": 7}
    method = text(row.get("encryption_method"))
    return layer_of(
        BitLockerVolume(
            conversion=number(row.get("conversion_status")),
            percentage=share(row.get("percentage_encrypted")),
            protection=number(row.get("protection_status")),
            method=methods.get(method.lower(), number(method)),
        )
    )


def _encryption(rows: list[Record], blocks: list[Record]) -> list[Layer]:
    """The layers by `disk_encryption`; by `block_devices` it is known which of its rows hold others, and what they are."""
    encrypted = {text(row.get("name")): row for row in rows}
    if not blocks:
        if any(flag(row.get("encrypted")) for row in rows):
            return [said_to_be_encrypted()]
        return [_row(row, {}) for row in rows[:1]]
    parents = {text(block.get("parent")) for block in blocks} - {""}
    layers = []
    for block in blocks:
        name, kind = text(block.get("name")), text(block.get("type")).lower()
        if name in parents or kind in _HOLDS_OTHERS or not (kind or name in encrypted):
            continue
        layers.append(_row(encrypted.get(name, {}), block))
    return layers


def _row(row: Record, block: Record) -> Layer:
    size_bytes = size((number(block.get("size")) or 0) * (number(block.get("block_size")) or 0))
    kind = text(block.get("type"))
    said, filevault = flag(row.get("encrypted")), text(row.get("filevault_status")).lower()
    if kind.lower() in _ENCRYPTED_TYPES:
        return said_to_be_encrypted("other", size_bytes)
    if filevault == "off":
        return plain("apfs", size_bytes)
    if said is None or filevault == "unknown":
        return unknown(size_bytes)
    if not said and kind.lower() in _FAT and text(block.get("parent")) and 0 < size_bytes <= MOST_BYTES:
        return unknown(size_bytes)
    return said_to_be_encrypted("other", size_bytes) if said else plain(kind, size_bytes)

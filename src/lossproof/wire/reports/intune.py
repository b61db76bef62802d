"""Intune's encryption report: `managedDeviceEncryptionStates` of Microsoft Graph (beta) as JSON, or the same as CSV.

It names a device by what it is called and no serial number, so such a device is found by that name among the asset tags, unless
the CSV has a column `Serial number`. It says encrypted or not, and never with which secret, so it makes no device protected.
Specification: Microsoft Graph, managedDeviceEncryptionState. The report names no moment: whoever imports it says when it was made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lossproof.model.facts.registration import DeviceKind
from lossproof.model.reported import ReportedDevice
from lossproof.model.volume import Layer
from lossproof.wire.reports import Report
from lossproof.wire.reports.layers import plain, said_to_be_encrypted, unknown
from lossproof.wire.reports.records import Record, identifier, record, records, text
from lossproof.wire.table import bare, named

NAME = "intune"
TITLE = "Intune's encryption report, managedDeviceEncryptionStates as JSON or CSV"
_HEADINGS = """
devicename encryptionstatus encryptionstate encryptionreadiness encryptionreadinessstate osversion tpmversion
tpmspecificationversion
"""
KNOWN = frozenset(_HEADINGS.split())

_STATE = ("encryptionstate", "encryptionstatus")
_KINDS = {
    "iphone": DeviceKind.PHONE,
    "ipod": DeviceKind.PHONE,
    "android": DeviceKind.PHONE,
    "androidenterprise": DeviceKind.PHONE,
    "androidforwork": DeviceKind.PHONE,
    "windowsphone": DeviceKind.PHONE,
    "ipad": DeviceKind.TABLET,
}
_MACS = frozenset({"mac", "macmdm", "macos"})
_PLAIN_BESIDE = frozenset({"osvolumeunprotected", "fixeddrivenotencrypted"})


def recognises(report: Report) -> bool:
    """Whether it is a list of such states, or a table with a device's name and its encryption state."""
    if report.table is not None:
        headings = set(map(bare, report.table.headings))
        ready = any(one.startswith("encryptionreadiness") for one in headings)
        return "devicename" in headings and ready and bool(headings & set(_STATE))
    rows = list(_rows(report))
    return bool(rows) and all({"deviceName", "encryptionState"} <= row.keys() for row in rows)


def read(report: Report) -> Iterator[ReportedDevice]:
    """Each device of the report."""
    if report.table is not None:
        for at, cells in enumerate(report.table.rows, report.table.first):
            yield _device(named(cells, report.table.headings), f"row {at}")
        return
    for at, row in enumerate(_rows(report), 1):
        yield _device({bare(name): _words(value) for name, value in row.items()}, f"device {at}")


def _rows(report: Report) -> Iterator[Record]:
    for document in report.documents:
        inner = record(document).get("value")
        yield from records(document if inner is None else inner)


def _words(value: object) -> str:
    """A value as text: lists of words joined as Graph itself joins flags."""
    return ",".join(map(text, value)) if isinstance(value, list) else text(value)


def _device(row: Mapping[str, str], place: str) -> ReportedDevice:
    kind = bare(row.get("devicetype", "") or row.get("os", ""))
    name = identifier(row.get("devicename"))
    return ReportedDevice(
        place=place,
        kind=_KINDS.get(kind, DeviceKind.OTHER),
        serial=identifier(row.get("serialnumber")),
        names=(name,) if name else (),
        layers=(_layer(row, "apfs" if kind in _MACS else "bitlocker" if kind not in _KINDS else "other"),),
        seen_at=None,
    )


def _layer(row: Mapping[str, str], scheme: str) -> Layer:
    state = bare(next((row[name] for name in _STATE if row.get(name)), ""))
    if state == "notencrypted":
        return plain("")
    if state != "encrypted":
        return unknown()
    said = {bare(one) for one in row.get("advancedbitlockerstates", "").replace(";", ",").split(",")}
    return said_to_be_encrypted(scheme, 0, *(["unencrypted_volume_beside"] if said & _PLAIN_BESIDE else []))

"""Configuration Manager's report "BitLocker Computer Compliance", exported as CSV: a row a volume, or a row a computer.

Its columns `Cipher strength` and `Protector types` are what the policy asks for, and not what was found, so they are not read, and
it makes no device protected. It says nothing of removable drives. A computer is found by its name among the asset tags, unless there
is a column `Serial number`. Specification: Microsoft, View BitLocker reports.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime

from lossproof.model.facts.registration import DeviceKind
from lossproof.model.reported import ReportedDevice
from lossproof.model.volume import Layer
from lossproof.wire.reports import Report
from lossproof.wire.reports.layers import plain, said_to_be_encrypted, side_by_side, unknown
from lossproof.wire.reports.records import UNREADABLE, identifier, moment
from lossproof.wire.table import bare, named

NAME = "configmgr"
TITLE = "Configuration Manager's report BitLocker Computer Compliance as CSV"
_HEADINGS = """
computername domainname computertype overallcompliance driveletter encryptionstate protectorstate lastupdatedate
operatingsystemcompliance policycipherstrength
"""
KNOWN = frozenset(_HEADINGS.split())

_OWN = frozenset({"overallcompliance", "protectorstate", "policycipherstrength", "operatingsystemcompliance"})
_SLASHED = ("%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%m/%d/%y", "%d/%m/%y")


def recognises(report: Report) -> bool:
    """Whether it is a table of computers with what the report alone has."""
    headings = set(map(bare, report.table.headings)) if report.table is not None else set()
    return "computername" in headings and bool(headings & _OWN)


def read(report: Report) -> Iterator[ReportedDevice]:
    """Each computer of the report, with all of its rows."""
    computers: dict[str, list[tuple[int, dict[str, str]]]] = {}
    table = report.table
    for at, cells in enumerate(table.rows, table.first) if table is not None else ():
        row = dict(named(cells, table.headings)) if table is not None else {}
        computers.setdefault(row.get("computername", "").casefold(), []).append((at, row))
    for rows in computers.values():
        yield _computer(rows)


def _computer(rows: list[tuple[int, dict[str, str]]]) -> ReportedDevice:
    at, first = rows[0]
    name = identifier(first.get("computername"))
    portable = bare(first.get("computertype", "")) == "portable"
    # Of several dates the oldest: what is said was so then.
    dates = [found for _, row in rows for found in _dates(row.get("lastupdatedate", ""))]
    return ReportedDevice(
        place=f"row {at}",
        kind=DeviceKind.LAPTOP if portable else DeviceKind.OTHER,
        serial=identifier(first.get("serialnumber")),
        names=(name,) if name else (),
        layers=side_by_side([_layer(row) for _, row in rows if row.get("encryptionstate")] or [unknown()]),
        seen_at=min(dates, default=None),
    )


def _layer(row: dict[str, str]) -> Layer:
    state = bare(row.get("encryptionstate", ""))
    if state == "notencrypted":
        return plain("")
    if state == "encrypting":
        return said_to_be_encrypted("bitlocker", 0, "conversion_incomplete")
    if state != "encrypted":
        return unknown()
    off = bare(row.get("protectorstate", "")) == "off"
    return said_to_be_encrypted("bitlocker", 0, *(["clear_key"] if off else []))


def _dates(said: str) -> list[datetime]:
    """What a date can mean: the order of day and month is that of whoever exported it, so both are given."""
    iso = moment(said)
    if iso is None or iso is not UNREADABLE:
        return [iso] if iso else []
    found = []
    for form in _SLASHED:
        with contextlib.suppress(ValueError):
            found.append(datetime.strptime(said.split(" ", maxsplit=1)[0], form).replace(tzinfo=UTC))
    return found or [UNREADABLE]

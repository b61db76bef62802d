"""Reports as an import reads them, and what our rules make of the devices in them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from lossproof.jobs.reported_evidence import inspection_of
from lossproof.model.reported import ReportedDevice
from lossproof.wire.reports import Report, decode_json, read_report, sources
from lossproof.wire.table import as_table

RECORDED = Path(__file__).with_name("recorded")


def document(name: str) -> Any:
    """A recorded JSON document, to be changed."""
    return json.loads((RECORDED / name).read_text(encoding="utf-8"))


def report(name: str) -> Report:
    """A recorded file as a report."""
    content = (RECORDED / name).read_bytes()
    if not name.endswith(".csv"):
        return decode_json(content)
    rows = [row for row in csv.reader(content.decode().splitlines()) if row]
    return Report(table=as_table(rows, frozenset().union(*(one.KNOWN for one in sources()))))


def devices(given: Report | object) -> list[ReportedDevice]:
    """The devices of a report, or of a document."""
    wanted = given if isinstance(given, Report) else Report(documents=(given,))
    return list(read_report(wanted)[1])


def seen(device: ReportedDevice) -> tuple[str, set[str]]:
    """What a device amounts to: its protection and the codes of its reasons."""
    inspection = inspection_of(device)
    return inspection.protection.value, {one.code for one in inspection.reasons}

"""A file that somebody imports: the report of another system, or an asset list; told by what is in it, not by its name."""

from __future__ import annotations

from dataclasses import dataclass

from lossproof.discover.table_file import tables
from lossproof.errors import FormatError
from lossproof.model.reported import ReportedDevice
from lossproof.wire import asset_list
from lossproof.wire.reports import Report, decode_json, is_json, read_report, sources
from lossproof.wire.table import Table, as_table

TAKEN = "a CSV or workbook with a column for asset tags or serial numbers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """What a file holds: `devices` as `source` reports them, or else a `table` that is an asset list."""

    source: str = ""
    devices: tuple[ReportedDevice, ...] = ()
    table: Table | None = None


def read_incoming(content: bytes, name: str, *, asset_list_only: bool = False) -> Incoming:
    """What is in a file called `name`. Tables are read by a confined child; with `asset_list_only` a table is never a report.

    Raises `FormatError` for what is neither, and what `tables` raises.
    """
    if is_json(content):
        return _reported(decode_json(content))
    table = _chosen(tables(content, name))
    report = Report(table=table)
    if not asset_list_only and any(source.recognises(report) for source in sources()):
        return _reported(report)
    return Incoming(table=table)


def _chosen(found: list[list[list[str]]]) -> Table:
    """The table that lists devices by its headings, or else the first that has rows below them. Never one of several such."""
    headings = asset_list.KNOWN.union(*(source.KNOWN for source in sources()))
    filled = [table for table in (as_table(rows, headings) for rows in found) if table.rows]
    if not filled:
        what = "there are no rows below the headings" if found else "there is no table in the file"
        raise FormatError(what, hint=f"give {TAKEN}, or a report")
    listing = [table for table in filled if _lists_devices(table)]
    if len(listing) > 1:
        raise FormatError(
            "several sheets of the file list devices",
            hint="put all of them on one sheet, or each into a file of its own",
        )
    return (listing or filled)[0]


def _lists_devices(table: Table) -> bool:
    try:
        asset_list.guess_mapping(table)
    except FormatError:
        return any(source.recognises(Report(table=table)) for source in sources())
    return True


def _reported(report: Report) -> Incoming:
    source, devices = read_report(report)
    return Incoming(source=source.TITLE, devices=tuple(devices))

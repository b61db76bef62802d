from __future__ import annotations

import pytest

from lossproof.errors import FormatError
from lossproof.jobs.incoming import read_incoming
from wire.reports.reading import RECORDED


@pytest.mark.parametrize(
    ("name", "source", "count"),
    [
        ("windows_laptop.json", "Windows", 2),
        ("osquery_windows.jsonl", "osquery", 2),
        ("intune.csv", "Intune", 2),
        ("configmgr.csv", "Configuration Manager", 3),
    ],
)
def test_a_report_is_told_by_what_is_in_it(name, source, count):
    found = read_incoming((RECORDED / name).read_bytes(), "export.txt" if name.endswith("l") else name)
    assert source in found.source and len(found.devices) == count and found.table is None


def test_any_other_table_is_an_asset_list():
    found = read_incoming(b"Asset tag,Serial\nT-1,PF0001\n", "list.csv")
    assert found.table is not None and found.table.rows == [["T-1", "PF0001"]] and found.devices == ()


def test_a_report_can_be_read_as_an_asset_list_where_that_is_said():
    found = read_incoming((RECORDED / "configmgr.csv").read_bytes(), "list.csv", asset_list_only=True)
    assert found.table is not None and len(found.table.rows) == 4


def test_what_is_neither_is_refused():
    with pytest.raises(FormatError, match="no table"):
        read_incoming(b"", "empty.csv")
    with pytest.raises(FormatError, match="no report that is known"):
        read_incoming(b'{"a": 1}', "a.json")

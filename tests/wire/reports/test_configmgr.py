"""What Configuration Manager says, as devices. Its outputs are written after documentation: recorded/README.md."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lossproof.model.facts.registration import DeviceKind
from lossproof.wire.reports import Report
from lossproof.wire.table import Table
from wire.reports.reading import devices, report, seen

CSV = "configmgr.csv"


def test_the_rows_of_a_computer_are_one_device():
    found = {one.names[0]: one for one in devices(report(CSV))}
    assert {name: seen(one)[0] for name, one in found.items()} == {
        "IT-0042": "unprotected",
        "IT-0047": "unprotected",
        "IT-0048": "partial",
    }
    assert (found["IT-0042"].kind, found["IT-0047"].kind) == (DeviceKind.LAPTOP, DeviceKind.OTHER)
    assert found["IT-0042"].seen_at == datetime(2026, 11, 19, tzinfo=UTC)


def test_what_the_policy_asks_for_protects_nothing():
    (one,) = devices(Report(table=Table(*_table("Encrypted", "ON", ""))))
    assert seen(one) == ("unknown", {"secret_not_shown"})


@pytest.mark.parametrize(
    ("date", "year"), [("03/02/2026", 2026), ("2026-02-03T10:00:00", 2026), ("gestern", 1), ("3 Feb 2026", 1)]
)
def test_of_two_readings_of_a_date_the_older_counts_and_an_unreadable_one_is_never_recent(date, year):
    (one,) = devices(Report(table=Table(*_table("Encrypted", "ON", date))))
    assert one.seen_at is not None and one.seen_at.year == year
    assert date != "03/02/2026" or one.seen_at == datetime(2026, 2, 3, tzinfo=UTC)


def _table(state: str, protector: str, date: str) -> tuple[tuple[str, ...], list[list[str]], int]:
    headings = ("Computer Name", "Overall Compliance", "Protector State", "Encryption State", "Last Update Date")
    return headings, [["IT-1", "Compliant", protector, state, date]], 2

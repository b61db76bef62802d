from __future__ import annotations

import pytest

from lossproof.wire.reports.records import UNREADABLE, moment


@pytest.mark.parametrize("said", ["2026-11-20T08.15.00Z", "20/11/2026", 7, [], "Freitag"])
def test_a_time_that_cannot_be_read_is_not_taken_for_the_age_of_the_file(said):
    assert moment(said) == UNREADABLE


def test_a_report_may_leave_its_time_out():
    assert moment("") is moment(None) is None

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from lossproof.register.web.moment_field import MomentField
from lossproof.register.web.times import moment_text


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("entered", "meant"),
    [
        ("2026-06-03T09:00", datetime(2026, 6, 3, 8, tzinfo=UTC)),
        ("2026-10-25T01:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-10-25T00:59", datetime(2026, 10, 24, 23, 59, tzinfo=UTC)),
        ("2026-10-25T02:00", datetime(2026, 10, 25, 2, tzinfo=UTC)),
    ],
)
def test_an_hour_that_came_twice_is_taken_for_the_first(entered, meant):
    assert MomentField().clean(entered).astimezone(UTC) == meant


@pytest.mark.usefixtures("site")
def test_an_hour_that_was_left_out_is_refused_with_the_reason():
    with pytest.raises(ValidationError, match="clocks went forward"):
        MomentField().clean("2026-03-29T01:30")


@pytest.mark.usefixtures("site")
def test_the_two_hours_are_told_apart_when_shown():
    shown = [moment_text(datetime(2026, 10, 25, hour, 30, tzinfo=UTC)) for hour in (0, 1, 2)]
    assert shown == ["25 October 2026, 01:30 BST", "25 October 2026, 01:30 GMT", "25 October 2026, 02:30"]

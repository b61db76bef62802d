"""Times as people read them: in the register's time zone, with the day's name spelt out where it helps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

Moment = datetime | int | float | str | None
"""A time as views have it: aware, UTC epoch seconds, or RFC 3339 as facts write it."""


def as_datetime(value: Moment) -> datetime | None:
    """The aware time, or None."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return datetime.fromisoformat(value)
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    return value


def moment_text(value: Moment) -> str:
    """`3 November 2026, 14:05`; empty for None."""
    at = as_datetime(value)
    if at is None:
        return ""
    local = timezone.localtime(at)
    return f"{local.day} {_(local.strftime('%B'))} {local.year}, {local:%H:%M}"


def day_text(value: Moment) -> str:
    """`3 November 2026`; empty for None."""
    return moment_text(value).partition(",")[0]


def ago_text(value: Moment, now: datetime | None = None) -> str:
    """`3 days ago`, `in 2 hours`, `just now`; empty for None."""
    at = as_datetime(value)
    if at is None:
        return ""
    apart = (now or timezone.now()) - at
    past, span = apart >= timedelta(0), abs(apart)
    minutes, hours, days = int(span / timedelta(minutes=1)), int(span / timedelta(hours=1)), span.days
    if minutes < 2:
        return _("just now")
    if hours < 2:
        counted = ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    elif days < 2:
        counted = ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    else:
        counted = ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    return (_("%(time)s ago") if past else _("in %(time)s")) % {"time": counted}

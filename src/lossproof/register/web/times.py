"""Times as people read them: in the register's time zone, and as the language of the page writes a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lossproof.register.web.translating import in_english

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
    """`3 November 2026, 14:05`, with the zone in the hour that comes twice when clocks go back; empty for None."""
    at = as_datetime(value)
    if at is None:
        return ""
    local = timezone.localtime(at)
    twice = local.replace(fold=1 - local.fold).utcoffset() != local.utcoffset()
    return f"{_day(local)}, {local:%H:%M}{local: %Z}" if twice else f"{_day(local)}, {local:%H:%M}"


def day_text(value: Moment) -> str:
    """`3 November 2026`; empty for None."""
    at = as_datetime(value)
    return "" if at is None else _day(timezone.localtime(at))


def _day(local: datetime) -> str:
    """As Django knows the language to write it; in English with the whole name of the month."""
    return date_format(local, settings.DATE_FORMAT if in_english() else "DATE_FORMAT")


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

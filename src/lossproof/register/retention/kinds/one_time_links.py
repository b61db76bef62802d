"""Links by which people set their password: who made one for whom."""

from __future__ import annotations

from lossproof.register.accounts.models import OneTimeLink
from lossproof.register.retention.kind import rows

KIND = rows(
    "one_time_links",
    "who made a link for whose password; nothing is left",
    "the link ran out",
    OneTimeLink,
    "expires_at",
)

"""Links by which people accept devices: who made one for whom. The acceptance itself is a fact."""

from __future__ import annotations

from lossproof.register.custody.models import AcceptLink
from lossproof.register.retention.kind import rows

KIND = rows(
    "accept_links", "who made a link for which hand-over; nothing is left", "the link ran out", AcceptLink, "expires_at"
)

"""How often somebody may try what needs no login, and ask for what costs much. Counted in this process, reading as well: by address
(a /64 for IPv6), or by account where there is one."""

from __future__ import annotations

from allauth.core.internal import ratelimit
from django.http import HttpRequest

from lossproof.register.web.errors import TooMany

RATES = {
    "welcome": "10/m/ip,100/h/ip",
    "join": "20/m/ip",
    "accept": "30/m/ip",
    "enrol": "10/m/ip",
    "device_as_of": "60/m/user",
    "estate_as_of": "12/m/user",
    "preview": "12/m/user",
}
"""Attempts a minute (or hour), by what is tried. The last two decide on every device anew."""


def limit(request: HttpRequest, action: str) -> None:
    """Count one attempt from this address, or of this account. Raises `TooMany`, which becomes a page of status 429."""
    if not ratelimit.consume(request, app="lossproof", action=action, config=RATES, limit_get=True):
        raise TooMany

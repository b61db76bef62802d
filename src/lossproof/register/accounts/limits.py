"""How often somebody may try what needs no login. Counted in this process, by address (a /64 for IPv6), reading as well."""

from __future__ import annotations

from allauth.core.internal import ratelimit
from django.http import HttpRequest

from lossproof.register.web.errors import TooMany

RATES = {"welcome": "10/m/ip,100/h/ip", "join": "20/m/ip", "accept": "30/m/ip", "enrol": "10/m/ip"}
"""Attempts a minute (or hour), by what is tried."""


def limit(request: HttpRequest, action: str) -> None:
    """Count one attempt from this address. Raises `TooMany`, which becomes a page of status 429."""
    if not ratelimit.consume(request, app="lossproof", action=action, config=RATES, limit_get=True):
        raise TooMany

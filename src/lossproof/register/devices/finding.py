"""Which device a page is about, whose devices somebody may see, and what their organisations are called."""

from __future__ import annotations

from django.http import Http404, HttpRequest

from lossproof.ledger.store import Ledger
from lossproof.register.accounts.duties import Scope, scope
from lossproof.register.devices import named, queries
from lossproof.register.devices.forms import OWNERS


def listed_device(request: HttpRequest, ledger: Ledger, device: str) -> queries.Listed:
    """The device, if the person who asks may see it. Raises `Http404`."""
    found = queries.one(ledger.database, device)
    if found is None:
        raise Http404
    scope(request).require(found.organisation, found.holder)
    return found


def owners(ledger: Ledger, seen: Scope) -> list[tuple[str, str]]:
    """(id, name) of the organisations in scope that have devices and have not ended."""
    names = named.organisations(ledger)
    return [
        (one.subject, names[one.subject])
        for one in ledger.projection.organisations()
        if one.subject in seen.organisations and one.ended is None and one.relation in OWNERS
    ]

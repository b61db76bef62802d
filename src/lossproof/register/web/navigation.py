"""What stands at the top of every page. An app's `urls.py` may define `NAVIGATION`, a tuple of `Entry`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise

from lossproof.register.accounts.models import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A link for people with one of `duties` (everybody where empty), to the route `name`; the smaller `order`, the further
    left."""

    order: int
    name: str
    text: str | Promise
    duties: frozenset[str] = frozenset()


@cache
def entries() -> Sequence[Entry]:
    """Every entry of every app, in order."""
    found: list[Entry] = []
    for app in settings.FOLDERS:
        module = f"lossproof.register.{app}.urls"
        if find_spec(module) is not None:
            found.extend(getattr(import_module(module), "NAVIGATION", ()))
    return sorted(found, key=lambda entry: (entry.order, entry.name))


def navigation_for(account: Account, path: str) -> list[dict[str, object]]:
    """The links for this person, as GOV.UK's service navigation takes them; the one that leads to `path` is marked."""
    links = []
    for entry in entries():
        if not entry.duties or account.has(*entry.duties):
            href = reverse(entry.name)
            here = path == href or (href != "/" and path.startswith(f"{href}/"))
            links.append({"text": str(entry.text), "href": href, "active": here, "current": path == href})
    return links
